package org.pollen.node.rpc;

/// What JSON-RPC tells of the network.
public interface PeerAccess {
    /// Connected peers.
    int peers();

    /// Whether the node listens for peers.
    boolean listening();
}
