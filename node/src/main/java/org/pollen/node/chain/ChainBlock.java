package org.pollen.node.chain;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;

/// A block with everything JSON-RPC shows of it.
///
/// @param block what the pool reads
/// @param seal the other fields of its header
/// @param receipts one for each transaction, in order; none at all where only the chain's client
///   has them
/// @param size of the block's encoding in bytes
/// @param shown header as the chain's client shows it, not changed after construction; null for a
///   block of the embedded chain
public record ChainBlock(
        Block block, Seal seal, List<Receipt> receipts, int size, @Nullable ObjectNode shown) {
    /// Gas of a blob.
    public static final long BLOB_GAS = 131_072;

    /// Copies the list.
    public ChainBlock {
        receipts = List.copyOf(receipts);
        if (receipts.size() != block.transactions().size()
                && (shown == null || !receipts.isEmpty())) {
            throw new IllegalArgumentException(
                    "block has %d transactions and %d receipts: there must be one for each"
                            .formatted(block.transactions().size(), receipts.size()));
        }
    }

    /// A block of the embedded chain.
    public ChainBlock(Block block, Seal seal, List<Receipt> receipts, int size) {
        this(block, seal, receipts, size, null);
    }

    /// Wei that a transaction paid for one gas.
    public BigInteger effectiveGasPrice(Transaction tx) {
        BigInteger baseFee = header().baseFee();
        return baseFee == null ? tx.feeCap() : tx.feeCap().min(baseFee.add(tx.tipCap()));
    }

    /// The fields of a header that only matter to those who verify it.
    ///
    /// @param extraData not changed after construction
    public record Seal(
            Address beneficiary,
            Hash32 stateRoot,
            Hash32 transactionsRoot,
            Hash32 receiptsRoot,
            Hash32 mixHash,
            byte[] extraData) {}

    /// Gas of the blobs of its transactions.
    public long blobGas() {
        return blobGas(transactions());
    }

    static long blobGas(List<Transaction> transactions) {
        long blobs = 0;
        for (Transaction tx : transactions) blobs += tx.blobHashes().size();
        return blobs * BLOB_GAS;
    }

    /// The header as the pool reads it.
    public BlockHeader header() {
        return block.header();
    }

    /// keccak256 of the encoded header.
    public Hash32 hash() {
        return block.header().hash();
    }

    /// Hash of the block before it.
    public Hash32 parentHash() {
        return block.header().parentHash();
    }

    /// Height; 0 for the first block.
    public long number() {
        return block.header().number();
    }

    /// The transactions, in order of execution.
    public List<Transaction> transactions() {
        return block.transactions();
    }
}
