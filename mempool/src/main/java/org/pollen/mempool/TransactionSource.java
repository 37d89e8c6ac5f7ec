package org.pollen.mempool;

/// Where a transaction came from.
public enum TransactionSource {
    /// Submitted to this node.
    LOCAL,
    /// Heard from a peer.
    GOSSIP,
    /// In a block that left the canonical chain.
    BLOCK
}
