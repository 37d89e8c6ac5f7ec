package org.pollen.router;

/// Why a GRAFT was not followed.
public enum GraftRefusal {
    /// Its backoff has not ended.
    BACKOFF("backoff"),
    /// Its backoff has hardly begun.
    FLOOD("flood"),
    /// The peer's score is negative.
    NEGATIVE_SCORE("negative_score"),
    /// The mesh is full.
    FULL("full"),
    /// We are not in the topic.
    UNKNOWN_TOPIC("unknown_topic"),
    /// The peer is a direct one: it needs no mesh.
    DIRECT("direct");

    private final String label;

    GraftRefusal(String label) {
        this.label = label;
    }

    /// The name in metrics.
    public String label() {
        return label;
    }
}
