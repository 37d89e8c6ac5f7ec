package org.pollen.mempool;

/// Where a transaction is.
public enum TransactionStatus {
    /// Not in the pool.
    UNKNOWN,
    /// In the pool, but behind a nonce gap.
    QUEUED,
    /// In the pool and executable.
    PENDING
}
