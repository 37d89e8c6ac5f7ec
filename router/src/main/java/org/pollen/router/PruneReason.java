package org.pollen.router;

/// Why a peer left a mesh.
public enum PruneReason {
    /// It pruned us, or ended its subscription.
    REMOTE("remote"),
    /// Its score fell below zero.
    BAD_SCORE("bad_score"),
    /// Its score in this topic fell below the floor of the topic.
    TOPIC_FLOOR("topic_floor"),
    /// The mesh was too large.
    EXCESS("excess"),
    /// It disconnected.
    DISCONNECTED("disconnected"),
    /// We left the topic, or it became a direct peer.
    LEFT("left");

    private final String label;

    PruneReason(String label) {
        this.label = label;
    }

    /// The name in metrics.
    public String label() {
        return label;
    }
}
