package org.pollen.mempool.fetch;

import java.util.List;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;

/// The pools of a node as the fetcher needs them, on the same thread.
public interface FetchPool {
    /// Whether a transaction is in one of them.
    boolean has(Hash32 hash);

    /// Adds transactions, in order; the outcome of each at its place.
    List<AddOutcome> add(List<Transaction> batch);
}
