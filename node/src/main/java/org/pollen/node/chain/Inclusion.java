package org.pollen.node.chain;

import org.pollen.mempool.Transaction;

/// The place of a transaction in a block.
///
/// @param index from 0
public record Inclusion(ChainBlock block, int index) {
    /// The transaction.
    public Transaction transaction() {
        return block.transactions().get(index);
    }

    /// Its receipt.
    public Receipt receipt() {
        return block.receipts().get(index);
    }
}
