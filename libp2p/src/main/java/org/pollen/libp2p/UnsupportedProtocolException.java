package org.pollen.libp2p;

import java.io.IOException;

/// The peer speaks none of the proposed protocols. No stack trace.
public final class UnsupportedProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    /// @param message what was proposed
    public UnsupportedProtocolException(String message) {
        super(message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
