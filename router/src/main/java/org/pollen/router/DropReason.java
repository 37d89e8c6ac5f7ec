package org.pollen.router;

/// Why an outgoing RPC was not sent.
public enum DropReason {
    /// The queue was full of what goes before it.
    FULL("full"),
    /// It waited too long.
    EXPIRED("expired"),
    /// The queue was closed.
    CLOSED("closed"),
    /// The peer said IDONTWANT while it waited.
    UNWANTED("unwanted"),
    /// It alone exceeds the frame limit.
    OVERSIZED("oversized");

    private final String label;

    DropReason(String label) {
        this.label = label;
    }

    /// The name in metrics.
    public String label() {
        return label;
    }
}
