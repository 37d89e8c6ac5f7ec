package org.pollen.mempool;

import java.util.List;

/// What the pool tells the world; one sink, called on the thread that owns the pool.
///
/// An implementation must not call back into the pool, except to request a reset, which then waits
/// for the next run.
public interface PoolEvents {
    /// At most once a run: everything that became executable, grouped by account, in nonce order
    /// within each.
    void announced(List<Announcement> announcements);

    /// A transaction left the pool.
    void dropped(PooledTransaction pooled, DropReason reason, long now);

    /// Transactions of blocks that left the canonical chain are pooled again; those that became
    /// executable are announced as well.
    void reinjected(List<Transaction> transactions);

    /// A run ended.
    void runFinished(RunReport report);

    /// Something the operator should know: a reset that could not be done, and why.
    void warning(String text);

    /// A sink that ignores everything.
    PoolEvents NONE =
            new PoolEvents() {
                @Override
                public void announced(List<Announcement> announcements) {}

                @Override
                public void dropped(PooledTransaction pooled, DropReason reason, long now) {}

                @Override
                public void reinjected(List<Transaction> transactions) {}

                @Override
                public void runFinished(RunReport report) {}

                @Override
                public void warning(String text) {}
            };
}
