package org.pollen.libp2p;

/// How a dial ended; the labels are those of the metric.
public enum DialResult {
    OK("ok"),
    TIMEOUT("timeout"),
    /// Nobody listens there.
    REFUSED("refused"),
    /// Negotiation, authentication or the peer id failed.
    HANDSHAKE("handshake"),
    /// The address is our own.
    SELF("self"),
    /// The gate forbids the address or the peer.
    BANNED("banned"),
    /// Earlier failures ask for patience. Nothing was sent.
    BACKOFF("backoff"),
    /// Too many dials or connections on our side.
    LIMIT("limit"),
    /// Another address led to the peer first.
    CANCELLED("cancelled"),
    /// A relay refused, or could not reach the peer.
    RELAY("relay"),
    /// Unusable address, unreachable network, host closed.
    OTHER("other");

    private final String label;

    DialResult(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
