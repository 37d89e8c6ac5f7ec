package org.pollen.libp2p;

/// A peer went over a bound. Stackless, since a flood of them must stay cheap.
final class ViolationException extends Exception {
    private static final long serialVersionUID = 1;

    private final Limit limit;
    private final long code;

    /// @param code what is told to the peer where the layer can tell: a GoAway code, [ErrorCodes]
    ViolationException(Limit limit, long code, String message) {
        super(message, null, false, false);
        this.limit = limit;
        this.code = code;
    }

    ViolationException(Limit limit, String message) {
        this(limit, ErrorCodes.CONNECTION_PROTOCOL_ERROR, message);
    }

    Limit limit() {
        return limit;
    }

    long code() {
        return code;
    }
}
