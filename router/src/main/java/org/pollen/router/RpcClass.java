package org.pollen.router;

/// What an outgoing RPC is for: the order in which it leaves, highest first, and the reverse of the
/// order in which it is dropped when a peer's queue is full.
///
/// Source: router specification 9.2.
public enum RpcClass {
    /// Subscriptions, GRAFT, PRUNE, IDONTWANT, extensions: never dropped to make room.
    CONTROL(0, "control"),
    /// Messages published here.
    OWN(1, "own"),
    /// Messages of others passed on.
    FORWARD(2, "forward"),
    /// Messages a peer asked for.
    IWANT_REPLY(3, "iwant"),
    /// IHAVE and IWANT.
    GOSSIP(4, "gossip");

    private final int rank;
    private final String label;

    RpcClass(int rank, String label) {
        this.rank = rank;
        this.label = label;
    }

    /// The name in metrics.
    public String label() {
        return label;
    }

    /// Place in the order of sending: 0 is first.
    int rank() {
        return rank;
    }
}
