package org.pollen.node.pool;

/// What became of a transaction that the owner of a node wants out of its pool.
public enum DropAnswer {
    /// It is gone, from the journal, too.
    DROPPED,
    /// It is in neither pool, and not in the journal.
    UNKNOWN,
    /// It is in neither pool any more, but the journal could not be written: a restart may bring it
    /// back, unless the journal can be written before.
    NOT_WRITTEN,
    /// It is not in the pool, but it may be among the blob transactions on the disk, which wait for
    /// the chain.
    NOT_OPEN
}
