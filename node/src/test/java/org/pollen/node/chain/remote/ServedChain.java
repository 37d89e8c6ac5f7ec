package org.pollen.node.chain.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.pollen.node.chain.ChainFault;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.PooledChain;
import org.pollen.node.rpc.EthApi;
import org.pollen.node.rpc.RpcCounters;
import org.pollen.node.rpc.RpcDispatcher;
import org.pollen.node.rpc.RpcMethods;
import org.pollen.node.rpc.RpcSession;

/// A client that serves an embedded chain through our own JSON-RPC, without a socket: what it says
/// can be changed on its way, held back, or not come at all.
final class ServedChain implements ChainClient {
    private static final JsonMapper JSON = new JsonMapper();

    final List<String> asked = new ArrayList<>();
    final List<Runnable> held = new ArrayList<>();
    boolean hold;
    @Nullable ChainFault broken;
    UnaryOperator<JsonNode> tamper = answers -> answers;
    private RpcDispatcher dispatcher;

    ServedChain(PooledChain node) {
        dispatcher = dispatcher(node);
    }

    /// From now on another chain answers at the same address.
    void serve(PooledChain node) {
        dispatcher = dispatcher(node);
    }

    private static RpcDispatcher dispatcher(PooledChain node) {
        DevChain chain = node.chain;
        var methods = new RpcMethods(Set.of("eth"));
        new EthApi(chain, node, EthApi.Limits.DEFAULTS).register(methods);
        return new RpcDispatcher(methods, CALLS_MAX, new RpcCounters(), () -> 0);
    }

    @Override
    public CompletableFuture<List<Answer>> send(List<Call> calls) {
        ChainFault fault = broken;
        if (fault != null) {
            return CompletableFuture.failedFuture(new ChainException(fault, "broken"));
        }
        var answer = new CompletableFuture<List<Answer>>();
        Runnable serve =
                () -> {
                    try {
                        answer.complete(answers(calls));
                    } catch (ChainException e) {
                        answer.completeExceptionally(e);
                    }
                };
        if (hold) held.add(serve);
        else serve.run();
        return answer;
    }

    private List<Answer> answers(List<Call> calls) {
        ArrayNode batch = JSON.createArrayNode();
        for (int i = 0; i < calls.size(); i++) {
            asked.add(calls.get(i).method());
            batch.addObject()
                    .put("jsonrpc", "2.0")
                    .put("id", i)
                    .put("method", calls.get(i).method())
                    .set("params", calls.get(i).params());
        }
        byte[] body = batch.toString().getBytes(StandardCharsets.UTF_8);
        byte[] answer = answer(body);
        try {
            JsonNode json = tamper.apply(JSON.readTree(answer));
            return HttpChainClient.answers(json, calls.size(), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The answer to a body, as an HTTP server would give it.
    byte[] answer(byte[] body) {
        return dispatcher.handle(body, RpcSession.LOCAL).join().orElseThrow();
    }

    /// Lets what was held back come, in order.
    void release() {
        hold = false;
        var now = List.copyOf(held);
        held.clear();
        now.forEach(Runnable::run);
    }

    /// How often a method was called.
    long calls(String method) {
        return asked.stream().filter(method::equals).count();
    }

    @Override
    public void close() {}
}
