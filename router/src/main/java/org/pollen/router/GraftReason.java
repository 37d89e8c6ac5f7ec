package org.pollen.router;

/// Why a peer came into a mesh.
public enum GraftReason {
    /// It grafted us.
    REMOTE("remote"),
    /// The mesh was too small.
    NOT_ENOUGH("not_enough"),
    /// Chosen at random without another reason.
    RANDOM("random"),
    /// We joined the topic.
    SUBSCRIBED("subscribed"),
    /// We joined the topic and it was in the fanout.
    FANOUT("fanout"),
    /// The mesh had too few peers that we dialled.
    OUTBOUND("outbound"),
    /// The mesh scored badly.
    OPPORTUNISTIC("opportunistic");

    private final String label;

    GraftReason(String label) {
        this.label = label;
    }

    /// The name in metrics.
    public String label() {
        return label;
    }
}
