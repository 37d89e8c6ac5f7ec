package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/// A call that is answered with an error object.
///
/// Clients tell errors apart by their English text, so the texts are interface: what follows a
/// colon may change, what precedes it may not. Source: mempool.md 10.1, operations.md 7.
public final class RpcError extends RuntimeException {
    /// The body is not JSON, or nests too deeply.
    public static final int PARSE = -32700;

    /// JSON, but not a request.
    public static final int INVALID_REQUEST = -32600;

    /// No such method here.
    public static final int NO_METHOD = -32601;

    /// The parameters do not fit the method.
    public static final int INVALID_PARAMS = -32602;

    /// A defect of ours.
    public static final int INTERNAL = -32603;

    /// The pool or the chain says no; the message is its text.
    public static final int SERVER = -32000;

    /// A limit of this listener.
    public static final int LIMIT = -32005;

    private static final long serialVersionUID = 1;

    private final int code;
    private final transient @Nullable JsonNode data;

    /// An error without data.
    public RpcError(int code, String message) {
        this(code, message, null);
    }

    /// An error.
    ///
    /// @param data further fields for programs; null for none
    public RpcError(int code, String message, @Nullable JsonNode data) {
        super(message, null, false, false); // made for every refused call: no stack trace
        this.code = code;
        this.data = data;
    }

    /// The method is not served by this listener.
    public static RpcError noMethod(String method) {
        return new RpcError(NO_METHOD, "the method " + method + " does not exist/is not available");
    }

    /// A parameter that is missing.
    public static RpcError missing(int index) {
        return new RpcError(INVALID_PARAMS, "missing value for required argument " + index);
    }

    /// A parameter that cannot be read.
    public static RpcError invalid(int index, String why) {
        return new RpcError(INVALID_PARAMS, "invalid argument " + index + ": " + why);
    }

    /// What the pool or the chain answers.
    public static RpcError server(String message) {
        return new RpcError(SERVER, message);
    }

    /// A limit of this listener.
    public static RpcError limit(String message) {
        return new RpcError(LIMIT, message);
    }

    /// The JSON-RPC code.
    public int code() {
        return code;
    }

    /// Further fields for programs.
    public @Nullable JsonNode data() {
        return data;
    }

    /// The text clients read.
    public String text() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
