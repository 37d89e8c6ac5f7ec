package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CompletableFuture;

/// What one JSON-RPC method does.
@FunctionalInterface
public interface RpcMethod {
    /// Answers a call. Throws [RpcError], or completes with it, to answer with an error.
    CompletableFuture<JsonNode> call(Params params, RpcSession session);

    /// A method that answers at once.
    @FunctionalInterface
    interface Immediate {
        /// Answers a call.
        JsonNode call(Params params, RpcSession session);
    }
}
