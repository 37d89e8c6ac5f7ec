package org.pollen.node.pool;

import java.util.List;
import org.pollen.mempool.Announcement;
import org.pollen.mempool.RunReport;
import org.pollen.mempool.Transaction;

/// Hears what happens in a pool; called on the pool's thread, must not block.
public interface PoolListener {
    /// Transactions became executable, grouped by account, in nonce order within each.
    default void announced(List<Announcement> announcements) {}

    /// A blob transaction came into the pool, or came back from an abandoned block.
    default void blobPooled(Transaction tx) {}

    /// Transactions of abandoned blocks are pooled again.
    default void reinjected(List<Transaction> transactions) {}

    /// A run with a new head ended.
    default void followed(RunReport report) {}
}
