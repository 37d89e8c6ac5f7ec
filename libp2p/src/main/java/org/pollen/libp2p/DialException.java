package org.pollen.libp2p;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A dial that led to no connection. No stack trace: they are everyday events.
public final class DialException extends IOException {
    private static final long serialVersionUID = 1;

    private final DialResult result;

    /// @param cause null where the result says all
    public DialException(DialResult result, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.result = result;
    }

    public DialResult result() {
        return result;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
