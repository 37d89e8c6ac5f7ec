package org.pollen.node.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CompletableFuture;

/// Passes JSON-RPC calls on to the client that a chain comes from: what only it can answer, such as
/// old blocks, receipts with their logs, and the result of code.
public interface ChainRelay {
    /// One call.
    ///
    /// @param params an array
    /// @return the result; fails with [RelayException] if the client answers with an error or not
    ///   at all
    CompletableFuture<JsonNode> call(String method, JsonNode params);
}
