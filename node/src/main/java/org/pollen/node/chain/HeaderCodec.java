package org.pollen.node.chain;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.pollen.mempool.Address;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Keccak256;
import org.pollen.mempool.RlpWriter;
import org.pollen.mempool.Transaction;

/// Headers of the embedded chain.
///
/// A header has the fields and the encoding of Prague, and a block's hash is keccak256 of that
/// encoding, so whoever reads a block over JSON-RPC can compute its hash. The roots inside are not
/// those of Merkle tries, which nothing here would verify, but plain commitments:
///
/// * state: keccak256(parent's state root ‖ address, nonce, balance, delegate of each account the
///   block touched, in the order of addresses)
/// * transactions: keccak256 of the hashes one after the other
/// * receipts: keccak256 of status, gas and price of each, one after the other
final class HeaderCodec {
    /// keccak256(rlp([])): there are no uncles.
    private static final Hash32 NO_UNCLES =
            Hash32.parse("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");

    /// Root of an empty trie: there are no withdrawals.
    private static final Hash32 EMPTY_TRIE =
            Hash32.parse("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

    /// sha256 of nothing: there are no requests.
    private static final Hash32 NO_REQUESTS =
            Hash32.parse("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    private static final Hash32 ZERO = new Hash32(new byte[Hash32.BYTES]);
    private static final byte[] NO_BLOOM = new byte[256];
    private static final byte[] NO_NONCE = new byte[8];

    private HeaderCodec() {}

    /// The first block.
    static ChainBlock genesis(DevChainConfig config, Address beneficiary, int accounts) {
        var seal =
                new ChainBlock.Seal(
                        beneficiary,
                        new Hash32(seeded(config.seed(), "state", accounts)),
                        EMPTY_TRIE,
                        EMPTY_TRIE,
                        new Hash32(seeded(config.seed(), "mix", 0)),
                        "pollen".getBytes(StandardCharsets.US_ASCII));
        return block(
                seal,
                ZERO,
                0,
                config.genesisTime(),
                config.gasLimit(),
                0,
                config.baseFee(),
                List.of(),
                List.of(),
                Set.of());
    }

    /// The block of what a builder executed.
    ///
    /// @param branch number of the branch, without which two branches without transactions would be
    ///   the same
    static ChainBlock seal(
            long seed,
            long branch,
            ChainBlock parent,
            Address beneficiary,
            BigInteger baseFee,
            long gasLimit,
            long time,
            BlockBuilder builder,
            DevState.Changes changes,
            Set<Address> touched) {
        long number = parent.number() + 1;
        var seal =
                new ChainBlock.Seal(
                        beneficiary,
                        stateRoot(parent.seal().stateRoot(), changes.touched()),
                        transactionsRoot(builder.transactions()),
                        receiptsRoot(builder.receipts()),
                        new Hash32(seeded(seed + 31 * branch, "mix", number)),
                        "pollen".getBytes(StandardCharsets.US_ASCII));
        return block(
                seal,
                parent.hash(),
                number,
                time,
                gasLimit,
                builder.gasUsed(),
                baseFee,
                builder.transactions(),
                builder.receipts(),
                touched);
    }

    /// 32 bytes that follow from a seed, a purpose and a number.
    static byte[] seeded(long seed, String purpose, long number) {
        byte[] label = purpose.getBytes(StandardCharsets.US_ASCII);
        return Keccak256.hash(
                ByteBuffer.allocate(label.length + 16)
                        .put(label)
                        .putLong(seed)
                        .putLong(number)
                        .array());
    }

    private static ChainBlock block(
            ChainBlock.Seal seal,
            Hash32 parentHash,
            long number,
            long time,
            long gasLimit,
            long gasUsed,
            BigInteger baseFee,
            List<Transaction> transactions,
            List<Receipt> receipts,
            Collection<Address> touched) {
        long blobGas = ChainBlock.blobGas(transactions);
        byte[] encoded =
                encode(seal, parentHash, number, time, gasLimit, gasUsed, baseFee, blobGas);
        int size = encoded.length;
        for (Transaction tx : transactions) size += tx.size();
        var header =
                new BlockHeader(
                        new Hash32(Keccak256.hash(encoded)),
                        parentHash,
                        number,
                        time,
                        gasLimit,
                        gasUsed,
                        baseFee);
        return new ChainBlock(
                new Block(header, new ArrayList<>(transactions), Set.copyOf(touched)),
                seal,
                receipts,
                size);
    }

    /// The header as Prague encodes it.
    private static byte[] encode(
            ChainBlock.Seal seal,
            Hash32 parentHash,
            long number,
            long time,
            long gasLimit,
            long gasUsed,
            BigInteger baseFee,
            long blobGas) {
        return new RlpWriter()
                .bytes(parentHash.bytes())
                .bytes(NO_UNCLES.bytes())
                .bytes(seal.beneficiary().bytes())
                .bytes(seal.stateRoot().bytes())
                .bytes(seal.transactionsRoot().bytes())
                .bytes(seal.receiptsRoot().bytes())
                .bytes(NO_BLOOM)
                .number(0) // difficulty
                .number(number)
                .number(gasLimit)
                .number(gasUsed)
                .number(time)
                .bytes(seal.extraData())
                .bytes(seal.mixHash().bytes())
                .bytes(NO_NONCE)
                .number(baseFee)
                .bytes(EMPTY_TRIE.bytes()) // withdrawals
                .number(blobGas)
                .number(0) // excess blob gas
                .bytes(ZERO.bytes()) // parent beacon block
                .bytes(NO_REQUESTS.bytes())
                .toEnvelope(0);
    }

    private static Hash32 stateRoot(Hash32 before, Map<Address, DevState.Account> touched) {
        var out = new RlpWriter().bytes(before.bytes());
        new TreeMap<>(touched)
                .forEach((address, account) -> {
                    Address delegate = account.delegate();
                    out.bytes(address.bytes())
                            .number(account.nonce())
                            .number(account.balance())
                            .bytes(delegate == null ? new byte[0] : delegate.bytes());
                });
        return new Hash32(Keccak256.hash(out.toByteArray()));
    }

    private static Hash32 transactionsRoot(List<Transaction> transactions) {
        if (transactions.isEmpty()) return EMPTY_TRIE;
        var out = new RlpWriter();
        for (Transaction tx : transactions) out.bytes(tx.hash().bytes());
        return new Hash32(Keccak256.hash(out.toByteArray()));
    }

    private static Hash32 receiptsRoot(List<Receipt> receipts) {
        if (receipts.isEmpty()) return EMPTY_TRIE;
        var out = new RlpWriter();
        for (Receipt receipt : receipts) {
            out.number(receipt.success() ? 1 : 0)
                    .number(receipt.cumulativeGasUsed())
                    .number(receipt.effectiveGasPrice());
        }
        return new Hash32(Keccak256.hash(out.toByteArray()));
    }
}
