package org.pollen.node.chain.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Asks an execution client, without waiting.
interface ChainClient extends AutoCloseable {
    /// Calls that one request may hold; what common clients and providers take.
    int CALLS_MAX = 99;

    /// One call.
    ///
    /// @param params an array
    record Call(String method, JsonNode params) {
        /// A call with texts, flags and trees as its parameters.
        static Call of(String method, Object... params) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            for (Object param : params) {
                switch (param) {
                    case JsonNode tree -> array.add(tree);
                    case Boolean flag -> array.add(flag);
                    default -> array.add(param.toString());
                }
            }
            return new Call(method, array);
        }
    }

    /// What one call ended in.
    ///
    /// @param result null if it ended in an error
    /// @param error the error object; null if there is a result
    record Answer(@Nullable JsonNode result, @Nullable JsonNode error) {
        /// The result.
        ///
        /// @throws ChainException of kind RPC with the client's text if there is none
        JsonNode required(String method) {
            if (result != null) return result;
            throw new ChainException(
                    org.pollen.node.chain.ChainFault.RPC,
                    method + ": " + ChainJsonReader.text(error));
        }
    }

    /// Sends calls in one request.
    ///
    /// @param calls at most [#CALLS_MAX]
    /// @return an answer for each, in the order of the calls; fails with [ChainException]
    CompletableFuture<List<Answer>> send(List<Call> calls);

    @Override
    void close();
}
