package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.pollen.mempool.Hash32;
import org.pollen.node.chain.ChainRelay;
import org.pollen.node.chain.RelayException;

/// The `eth` methods that the chain's own client answers: blocks of any age, state, calls of code,
/// receipts with their logs. What is in the pool is answered from the pool.
///
/// Only these names are passed on, whatever a caller asks for, so that a public listener opens no
/// door to a client's other methods. Source: operations.md 7.
final class RelayedApi {
    private static final List<String> NAMES =
            List.of(
                    "eth_getBlockByNumber",
                    "eth_getBlockByHash",
                    "eth_getHeaderByNumber",
                    "eth_getHeaderByHash",
                    "eth_getBlockReceipts",
                    "eth_getBlockTransactionCountByNumber",
                    "eth_getBlockTransactionCountByHash",
                    "eth_getTransactionByBlockNumberAndIndex",
                    "eth_getTransactionByBlockHashAndIndex",
                    "eth_getRawTransactionByBlockNumberAndIndex",
                    "eth_getRawTransactionByBlockHashAndIndex",
                    "eth_getUncleCountByBlockNumber",
                    "eth_getUncleCountByBlockHash",
                    "eth_getTransactionReceipt",
                    "eth_getBalance",
                    "eth_getCode",
                    "eth_getStorageAt",
                    "eth_getProof",
                    "eth_call",
                    "eth_estimateGas",
                    "eth_createAccessList",
                    "eth_feeHistory",
                    "eth_blobBaseFee",
                    "eth_getLogs");

    private final ChainRelay relay;
    private final BothPools pools;

    RelayedApi(ChainRelay relay, PoolAccess pool) {
        this.relay = relay;
        this.pools = new BothPools(pool);
    }

    /// Serves the methods, instead of those that answer from memory.
    void register(RpcMethods methods) {
        for (String name : NAMES) methods.replace(name, (params, _) -> pass(name, params));
        methods.replace("eth_getTransactionCount", (params, _) -> transactionCount(params))
                .replace("eth_getTransactionByHash", (params, _) -> transaction(params))
                .replace("eth_getRawTransactionByHash", (params, _) -> rawTransaction(params));
    }

    private CompletableFuture<JsonNode> transaction(Params params) {
        return pools.transaction(hash(params))
                .thenCompose(found ->
                        found.<CompletableFuture<JsonNode>>map(tx ->
                                        CompletableFuture.completedFuture(ChainJson.pending(tx)))
                                .orElseGet(() -> pass("eth_getTransactionByHash", params)));
    }

    private CompletableFuture<JsonNode> rawTransaction(Params params) {
        return pools.raw(hash(params))
                .thenCompose(found ->
                        found.<CompletableFuture<JsonNode>>map(raw ->
                                        CompletableFuture.completedFuture(
                                                TextNode.valueOf(Hex.data(raw))))
                                .orElseGet(() -> pass("eth_getRawTransactionByHash", params)));
    }

    private static Hash32 hash(Params params) {
        return new Hash32(params.data(0, Hash32.BYTES, "common.Hash"));
    }

    /// What is pooled counts as sent; an account without pooled transactions is as at the head.
    private CompletableFuture<JsonNode> transactionCount(Params params) {
        var address = EthApi.address(params, 0);
        if (!BlockChoice.pending(params, 1)) return pass("eth_getTransactionCount", params);
        OptionalLong next = pools.nextNonce(address);
        if (next.isPresent()) {
            return CompletableFuture.completedFuture(
                    TextNode.valueOf(Hex.quantity(next.getAsLong())));
        }
        ArrayNode latest =
                JsonNodeFactory.instance.arrayNode().add(address.toString()).add("latest");
        return send("eth_getTransactionCount", latest);
    }

    private CompletableFuture<JsonNode> pass(String method, Params params) {
        return send(method, params.array());
    }

    private CompletableFuture<JsonNode> send(String method, JsonNode params) {
        return call(relay, method, params);
    }

    /// A call whose refusal is the client's own.
    static CompletableFuture<JsonNode> call(ChainRelay relay, String method, JsonNode params) {
        return relay.call(method, params)
                .exceptionallyCompose(failure -> {
                    Throwable cause = failure.getCause();
                    Throwable why =
                            failure instanceof CompletionException && cause != null
                                    ? cause
                                    : failure;
                    if (!(why instanceof RelayException refusal)) {
                        return CompletableFuture.failedFuture(failure);
                    }
                    JsonNode data = refusal.data();
                    return CompletableFuture.failedFuture(
                            new RpcError(
                                    refusal.code(),
                                    String.valueOf(refusal.getMessage()),
                                    data instanceof NullNode ? null : data));
                });
    }
}
