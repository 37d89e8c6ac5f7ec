package org.pollen.libp2p;

/// Why a connection ended; the names are metric labels.
public enum CloseReason {
    /// We closed it on request.
    LOCAL("local"),
    /// The peer closed or said goodbye.
    REMOTE("remote"),
    /// The socket failed.
    RESET("reset"),
    /// The peer broke a rule: see the counters of [Limit].
    PROTOCOL("protocol"),
    /// A flood was stopped.
    RATE("rate"),
    /// No answer to keepalive, or a socket that takes no bytes.
    TIMEOUT("timeout"),
    /// No streams and no protection for the idle time.
    IDLE("idle"),
    /// A second connection to the same peer was kept instead.
    SUPPLANTED("supplanted"),
    /// The host closes.
    SHUTDOWN("shutdown");

    private final String label;

    CloseReason(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
