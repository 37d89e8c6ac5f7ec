package org.pollen.mempool;

/// A transaction in the pool as readers see it.
///
/// @param firstSeen when it came, monotonic nanoseconds
public record PooledTransaction(
        Transaction transaction, TransactionSource source, long firstSeen) {}
