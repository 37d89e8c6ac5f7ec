package org.pollen.libp2p;

import java.io.IOException;

/// The peer reset the stream, or we did. No stack trace.
public final class StreamResetException extends IOException {
    private static final long serialVersionUID = 1;

    private final long code;

    /// @param code one of [ErrorCodes], or whatever the peer sent
    public StreamResetException(String message, long code) {
        super(message);
        this.code = code;
    }

    /// One of [ErrorCodes], or whatever the peer sent.
    public long code() {
        return code;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
