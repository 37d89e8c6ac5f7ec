package org.pollen.node.chain.remote;

import java.util.concurrent.CompletionException;
import org.pollen.node.chain.ChainFault;

/// A chain source that did not answer, or not as it should; what a client says is no defect of
/// ours, so there is no stack trace.
final class ChainException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ChainFault fault;

    ChainException(ChainFault fault, String message) {
        super(message, null, false, false);
        this.fault = fault;
    }

    ChainFault fault() {
        return fault;
    }

    String text() {
        String message = getMessage();
        return message == null ? fault.label() : message;
    }

    /// What a failed future failed with; null if that is no fault of the source.
    static @org.jspecify.annotations.Nullable ChainException of(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof ChainException known ? known : null;
    }
}
