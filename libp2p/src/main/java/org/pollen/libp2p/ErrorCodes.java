package org.pollen.libp2p;

/// The numbers that travel in GoAway (connection) and RST (stream). Mind the shift by one between
/// the two lists. Unknown numbers are passed on as they are.
///
/// Source: libp2p specifications, "error codes"; go-libp2p puts them on Yamux.
public final class ErrorCodes {
    public static final long NONE = 0;

    public static final long CONNECTION_PROTOCOL_ERROR = 1; // Yamux's own
    public static final long CONNECTION_NEGOTIATION_FAILED = 0x1000;
    public static final long CONNECTION_RESOURCE_LIMIT = 0x1001;
    public static final long CONNECTION_RATE_LIMITED = 0x1002;
    public static final long CONNECTION_PROTOCOL_VIOLATION = 0x1003;
    public static final long CONNECTION_SUPPLANTED = 0x1004;
    public static final long CONNECTION_GARBAGE_COLLECTED = 0x1005;
    public static final long CONNECTION_SHUTDOWN = 0x1006;
    public static final long CONNECTION_GATED = 0x1007;

    public static final long STREAM_NEGOTIATION_FAILED = 0x1001;
    public static final long STREAM_RESOURCE_LIMIT = 0x1002;
    public static final long STREAM_RATE_LIMITED = 0x1003;
    public static final long STREAM_PROTOCOL_VIOLATION = 0x1004;
    public static final long STREAM_SUPPLANTED = 0x1005;
    public static final long STREAM_GARBAGE_COLLECTED = 0x1006;
    public static final long STREAM_SHUTDOWN = 0x1007;
    public static final long STREAM_GATED = 0x1008;

    private ErrorCodes() {}
}
