package org.pollen.node.chain.remote;

import static org.pollen.node.chain.remote.ChainJsonReader.absent;
import static org.pollen.node.chain.remote.ChainJsonReader.address;
import static org.pollen.node.chain.remote.ChainJsonReader.data;
import static org.pollen.node.chain.remote.ChainJsonReader.hash;
import static org.pollen.node.chain.remote.ChainJsonReader.list;
import static org.pollen.node.chain.remote.ChainJsonReader.number;
import static org.pollen.node.chain.remote.ChainJsonReader.object;
import static org.pollen.node.chain.remote.ChainJsonReader.quantity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.ForkRules;
import org.pollen.mempool.ForkSchedule;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.IntrinsicGas;
import org.pollen.mempool.RlpWriter;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainFault;

/// Turns a client's block with full transactions into ours.
///
/// A transaction is put together from its fields, and is only taken for what it says if its hash
/// and its sender come out as the client states them. Others (of a type we do not know, or sent in
/// the name of an account on a dev chain) are *foreign*: they touch accounts, but are not pooled
/// again when their block goes.
final class BlockReader {
    /// No block of any chain we know has so many.
    static final int TRANSACTIONS_MAX = 100_000;

    private static final int WITHDRAWALS_MAX = 10_000;
    private static final int LIST_MAX = 10_000;
    private static final byte[] NONE = new byte[0];

    private final LongFunction<ForkSchedule> schedules;
    private @Nullable ForkSchedule forks;

    /// @param forks of the chain with an id, asked once
    BlockReader(LongFunction<ForkSchedule> forks) {
        this.schedules = forks;
    }

    /// Says which chain the blocks are of, before the first is read.
    void chain(long id) {
        if (forks == null) forks = schedules.apply(id);
    }

    /// A block, and what it does to accounts.
    ///
    /// @param block names the accounts that its transactions, its withdrawals and its proposer name
    /// @param opaque whether code ran in it, which may have paid accounts that it does not name
    record Read(ChainBlock block, boolean opaque) {}

    /// Reads a block.
    ///
    /// @throws ChainException of kind MALFORMED if it cannot be a block
    Read read(JsonNode json) {
        object(json, "block");
        BlockHeader header = header(json);
        var touched = new LinkedHashSet<Address>();
        Address beneficiary = address(json, "miner");
        touched.add(beneficiary);
        if (!absent(json, "withdrawals")) {
            for (JsonNode one : list(json, "withdrawals", WITHDRAWALS_MAX)) {
                touched.add(address(one, "address"));
            }
        }
        ForkSchedule schedule = forks;
        if (schedule == null) throw new IllegalStateException("of which chain are these blocks?");
        ForkRules rules = schedule.rules(header.number(), header.timestamp());
        var transactions = new ArrayList<Transaction>();
        boolean opaque = false;
        long transfers = 0;
        for (JsonNode one : list(json, "transactions", TRANSACTIONS_MAX)) {
            object(one, "transaction");
            Transaction tx = transaction(one);
            touched.add(address(one, "from"));
            if (!absent(one, "to")) touched.add(address(one, "to"));
            if (tx == null) {
                opaque = true;
                continue;
            }
            transactions.add(tx);
            touched.addAll(tx.authorities());
            touched.add(tx.sender());
            long gas = IntrinsicGas.of(tx, rules);
            if (rules.prague()) gas = Math.max(gas, IntrinsicGas.floor(tx, rules));
            transfers += gas;
        }
        // Gas beyond what transactions cost before any code runs was used by code.
        opaque |= transfers != header.gasUsed();
        long size = absent(json, "size") ? 0 : number(json, "size");
        ObjectNode shown = ((ObjectNode) json).deepCopy();
        shown.remove(List.of("transactions", "uncles", "withdrawals", "size", "totalDifficulty"));
        var seal =
                new ChainBlock.Seal(
                        beneficiary,
                        hash(json, "stateRoot"),
                        hash(json, "transactionsRoot"),
                        hash(json, "receiptsRoot"),
                        absent(json, "mixHash")
                                ? new Hash32(new byte[Hash32.BYTES])
                                : hash(json, "mixHash"),
                        data(json, "extraData"));
        var block =
                new ChainBlock(
                        new Block(header, transactions, touched),
                        seal,
                        List.of(),
                        (int) Math.min(size, Integer.MAX_VALUE),
                        shown);
        return new Read(block, opaque);
    }

    /// The header of a block, whatever form its transactions have.
    BlockHeader header(JsonNode json) {
        object(json, "block");
        return new BlockHeader(
                hash(json, "hash"),
                hash(json, "parentHash"),
                number(json, "number"),
                number(json, "timestamp"),
                number(json, "gasLimit"),
                number(json, "gasUsed"),
                absent(json, "baseFeePerGas") ? null : quantity(json, "baseFeePerGas", 256));
    }

    /// The same block with further accounts among those it touches.
    static ChainBlock touching(ChainBlock block, Set<Address> more) {
        Block old = block.block();
        var touched = new LinkedHashSet<Address>();
        if (old.touched() != null) touched.addAll(old.touched());
        touched.addAll(more);
        return new ChainBlock(
                new Block(old.header(), old.transactions(), touched),
                block.seal(),
                block.receipts(),
                block.size(),
                block.shown());
    }

    /// A block that has to be the one that was asked for.
    ///
    /// @throws ChainException of kind INCONSISTENT
    static void check(BlockHeader header, @Nullable Hash32 hash, @Nullable Long number) {
        if (hash != null && !hash.equals(header.hash())) {
            throw new ChainException(
                    ChainFault.INCONSISTENT,
                    "asked for block " + hash + ", answered with " + header.hash());
        }
        if (number != null && number != header.number()) {
            throw new ChainException(
                    ChainFault.INCONSISTENT,
                    "block %s says number %d, its child says %d"
                            .formatted(header.hash(), header.number(), number));
        }
    }

    /// A transaction; null for a foreign one.
    private static @Nullable Transaction transaction(JsonNode json) {
        Hash32 hash = hash(json, "hash");
        Address from = address(json, "from");
        try {
            Transaction tx = TransactionDecoder.decode(envelope(json));
            return tx.hash().equals(hash) && from.equals(tx.senderOrNull()) ? tx : null;
        } catch (TransactionRefusedException | UnknownTypeException _) {
            return null;
        }
    }

    /// A type of transaction that we do not know; no stack trace, as a block may be full of them.
    private static final class UnknownTypeException extends Exception {
        private static final long serialVersionUID = 1;

        UnknownTypeException() {
            super(null, null, false, false);
        }
    }

    private static byte[] envelope(JsonNode json) throws UnknownTypeException {
        long type = absent(json, "type") ? Transaction.LEGACY : number(json, "type");
        if (type > Transaction.SET_CODE) throw new UnknownTypeException();
        var out = new RlpWriter();
        if (type != Transaction.LEGACY) out.number(quantity(json, "chainId", 256));
        out.number(ChainJsonReader.unsigned(json, "nonce"));
        if (type >= Transaction.DYNAMIC_FEE) {
            out.number(quantity(json, "maxPriorityFeePerGas", 256));
            out.number(quantity(json, "maxFeePerGas", 256));
        } else {
            out.number(quantity(json, "gasPrice", 256));
        }
        out.number(ChainJsonReader.unsigned(json, "gas"))
                .bytes(absent(json, "to") ? NONE : address(json, "to").bytes())
                .number(quantity(json, "value", 256))
                .bytes(data(json, "input"));
        if (type != Transaction.LEGACY) out.list(accessList(json));
        if (type == Transaction.BLOB) {
            out.number(quantity(json, "maxFeePerBlobGas", 256));
            var hashes = new RlpWriter();
            for (JsonNode one : list(json, "blobVersionedHashes", LIST_MAX)) {
                hashes.bytes(ChainJsonReader.hashOf(one, "blobVersionedHashes").bytes());
            }
            out.list(hashes);
        }
        if (type == Transaction.SET_CODE) out.list(authorizations(json));
        boolean parity = type != Transaction.LEGACY && !absent(json, "yParity");
        BigInteger v = quantity(json, parity ? "yParity" : "v", 256);
        return out.number(v)
                .number(quantity(json, "r", 256))
                .number(quantity(json, "s", 256))
                .toEnvelope((int) type);
    }

    private static RlpWriter accessList(JsonNode json) {
        var entries = new RlpWriter();
        if (absent(json, "accessList")) return entries;
        for (JsonNode entry : list(json, "accessList", LIST_MAX)) {
            var keys = new RlpWriter();
            for (JsonNode key : list(entry, "storageKeys", LIST_MAX)) {
                keys.bytes(ChainJsonReader.hashOf(key, "storageKeys").bytes());
            }
            entries.list(new RlpWriter().bytes(address(entry, "address").bytes()).list(keys));
        }
        return entries;
    }

    private static RlpWriter authorizations(JsonNode json) {
        var entries = new RlpWriter();
        for (JsonNode one : list(json, "authorizationList", LIST_MAX)) {
            entries.list(
                    new RlpWriter()
                            .number(quantity(one, "chainId", 256))
                            .bytes(address(one, "address").bytes())
                            .number(ChainJsonReader.unsigned(one, "nonce"))
                            .number(quantity(one, absent(one, "yParity") ? "v" : "yParity", 256))
                            .number(quantity(one, "r", 256))
                            .number(quantity(one, "s", 256)));
        }
        return entries;
    }
}
