package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.chain.DevChainDriver;
import org.pollen.node.chain.PooledChain;

/// All APIs over a real pool and a real embedded chain, called as a client would, without a socket.
final class ApiHarness implements DevApi.DriverAccess {
    static final BigInteger CHAIN = BigInteger.valueOf(31_337);
    static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);

    private static final JsonMapper JSON = new JsonMapper();

    final PooledChain node = new PooledChain(42);
    final RpcCounters counters = new RpcCounters();
    final EthFilters filters;
    final Subscriptions readers;
    final EthSubscriptions subscriptions;
    final DevChainDriver driver;
    long clock;
    private final RpcMethods methods;
    private final RpcDispatcher dispatcher;

    ApiHarness() {
        this(EthApi.Limits.DEFAULTS);
    }

    ApiHarness(EthApi.Limits limits) {
        methods = new RpcMethods(Set.of("eth", "net", "web3", "txpool", "rpc", "evm", "anvil"));
        var random = new Random(5);
        filters = new EthFilters(node.chain, () -> clock, random);
        readers = new Subscriptions(random, counters);
        subscriptions = new EthSubscriptions(readers, node.chain);
        driver =
                new DevChainDriver(
                        node.chain,
                        node::pending,
                        () -> node.chain.head().timestamp() + 2,
                        Duration.ZERO,
                        Duration.ZERO,
                        3,
                        random,
                        0);
        var eth = new EthApi(node.chain, node, limits);
        eth.register(methods);
        new TxPoolApi(node).register(methods);
        new NetApi("pollen/test", 31_337, new Peers()).register(methods);
        filters.register(methods);
        subscriptions.register(methods);
        new DevApi(this, () -> clock).register(methods);
        node.addListener(filters::onPending);
        node.addListener(subscriptions::onPending);
        node.chain.addListener(filters::onHead);
        node.chain.addListener(subscriptions::onHead);
        node.chain.addListener(_ -> eth.onHead());
        dispatcher = new RpcDispatcher(methods, 100, counters, () -> clock);
    }

    private static final class Peers implements PeerAccess {
        @Override
        public int peers() {
            return 11;
        }

        @Override
        public boolean listening() {
            return true;
        }
    }

    @Override
    public <T> CompletableFuture<T> ask(Function<DevChainDriver, T> question) {
        return CompletableFuture.completedFuture(question.apply(driver));
    }

    /// The answer to a body, null if there is none.
    @Nullable JsonNode post(String body, RpcSession session) {
        return dispatcher
                .handle(body.getBytes(StandardCharsets.UTF_8), session)
                .join()
                .map(ApiHarness::parse)
                .orElse(null);
    }

    /// The answer to a body that has one.
    JsonNode post(String body) {
        JsonNode answer = post(body, RpcSession.LOCAL);
        if (answer == null) throw new AssertionError("no answer to " + body);
        return answer;
    }

    /// The whole answer to one call.
    JsonNode answer(RpcSession session, String method, Object... params) {
        var request = JSON.createObjectNode();
        request.put("jsonrpc", "2.0").put("id", 1).put("method", method);
        request.set("params", JSON.valueToTree(params));
        JsonNode answer = post(request.toString(), session);
        if (answer == null) throw new AssertionError("no answer to " + method);
        return answer;
    }

    /// One call that may wait: its whole answer, once there is one.
    CompletableFuture<JsonNode> begin(String method, Object... params) {
        var request = JSON.createObjectNode();
        request.put("jsonrpc", "2.0").put("id", 1).put("method", method);
        request.set("params", JSON.valueToTree(params));
        return dispatcher
                .handle(request.toString().getBytes(StandardCharsets.UTF_8), RpcSession.LOCAL)
                .thenApply(answer -> parse(answer.orElseThrow()));
    }

    /// The result of one call that succeeds.
    JsonNode call(String method, Object... params) {
        JsonNode answer = answer(RpcSession.LOCAL, method, params);
        if (answer.has("error")) throw new AssertionError(method + ": " + answer.get("error"));
        return answer.get("result");
    }

    /// The names of all methods.
    Set<String> methods() {
        return methods.names();
    }

    /// Code and text of the error that one call ends in.
    String error(String method, Object... params) {
        JsonNode error = answer(RpcSession.LOCAL, method, params).path("error");
        return error.path("code").asInt() + " " + error.path("message").textValue();
    }

    /// A transfer of one wei to account 9.
    TransactionSigner.Draft transfer(int type, int from, long nonce) {
        return node.account(from)
                .signer()
                .draft(type, CHAIN)
                .nonce(nonce)
                .fees(gwei(5), type < 2 ? gwei(5) : gwei(1))
                .gas(50_000)
                .value(BigInteger.ONE)
                .to(node.account(9).address());
    }

    String address(int account) {
        return node.account(account).address().toString();
    }

    static BigInteger gwei(long number) {
        return GWEI.multiply(BigInteger.valueOf(number));
    }

    static JsonNode parse(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A socket that keeps what it is sent.
    static final class Socket implements RpcSession, RpcPush {
        final List<JsonNode> received = new ArrayList<>();
        final List<Runnable> afterAnswer = new ArrayList<>();
        final List<Runnable> onClose = new ArrayList<>();
        int room = Integer.MAX_VALUE;

        @Override
        public boolean admits(int calls) {
            return true;
        }

        @Override
        public RpcPush push() {
            return this;
        }

        @Override
        public void afterAnswer(Runnable action) {
            afterAnswer.add(action);
        }

        @Override
        public boolean offer(byte[] message) {
            if (message.length > room) return false;
            room -= message.length;
            offerLast(message);
            return true;
        }

        @Override
        public void offerLast(byte[] message) {
            received.add(parse(message));
        }

        @Override
        public void onClose(Runnable action) {
            onClose.add(action);
        }

        void answered() {
            afterAnswer.forEach(Runnable::run);
            afterAnswer.clear();
        }
    }
}
