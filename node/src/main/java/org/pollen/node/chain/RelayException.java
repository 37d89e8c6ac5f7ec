package org.pollen.node.chain;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/// A call that was passed on and has no result.
public final class RelayException extends RuntimeException {
    /// The code for a client that did not answer, or not in the expected form.
    public static final int UNREACHABLE = -32000;

    private static final long serialVersionUID = 1;

    private final int code;
    private final transient @Nullable JsonNode data;

    /// @param code of JSON-RPC
    /// @param message as the client wrote it
    /// @param data as the client sent it; null for none
    public RelayException(int code, String message, @Nullable JsonNode data) {
        super(message, null, false, false); // an answer to somebody's call: no stack trace
        this.code = code;
        this.data = data;
    }

    /// The code of JSON-RPC.
    public int code() {
        return code;
    }

    /// Further fields for programs, such as what a reverted call returns.
    public @Nullable JsonNode data() {
        return data;
    }
}
