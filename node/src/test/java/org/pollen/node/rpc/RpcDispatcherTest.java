package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// From bytes to bytes. Source: JSON-RPC 2.0, mempool.md 10.1.
class RpcDispatcherTest {
    private final ApiHarness api = new ApiHarness();

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"a\":1}}", "nope", "[1,]"})
    void whatIsNotJsonIsAParseError(String body) {
        JsonNode answer = api.post(body);

        assertThat(answer.at("/error/code").intValue()).isEqualTo(-32700);
        assertThat(answer.at("/error/message").textValue()).startsWith("parse error");
        assertThat(answer.get("id").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "\"eth_chainId\"",
                "{}",
                "{\"jsonrpc\":\"2.0\",\"id\":1}",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"eth_chainId\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"eth_chainId\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}",
                "[]"
            })
    void jsonThatIsNoRequestIsAnInvalidRequest(String body) {
        assertThat(api.post(body).at("/error/code").intValue()).isEqualTo(-32600);
    }

    @Test
    void anUnknownMethodSaysWhatClientsRecognise() {
        assertThat(api.error("eth_fillTransaction"))
                .isEqualTo("-32601 the method eth_fillTransaction does not exist/is not available");
        assertThat(api.counters.requests()).containsKey(new RpcCounters.Call("unknown", "-32601"));
    }

    @Test
    void parametersByNameAreNotTaken() {
        JsonNode answer =
                api.post(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\","
                                + "\"params\":{\"a\":1}}");

        assertThat(answer.at("/error/code").intValue()).isEqualTo(-32602);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1", "\"x\"", "null", "1.50", "99999999999999999999"})
    void theIdComesBackAsItWas(String id) {
        JsonNode answer =
                api.post("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"eth_chainId\"}");

        assertThat(answer.get("result").textValue()).isEqualTo("0x7a69");
        assertThat(answer.get("id"))
                .isEqualTo(ApiHarness.parse(id.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aNotificationIsRunAndNotAnswered() {
        assertThat(api.post("{\"jsonrpc\":\"2.0\",\"method\":\"evm_mine\"}", RpcSession.LOCAL))
                .isNull();
        assertThat(api.call("eth_blockNumber").textValue()).isEqualTo("0x1");
        assertThat(api.post("[{\"jsonrpc\":\"2.0\",\"method\":\"evm_mine\"}]", RpcSession.LOCAL))
                .isNull();
    }

    @Test
    @DisplayName("O41: a batch of 100 is answered in order")
    void aFullBatchIsAnsweredInOrder() {
        JsonNode answers = api.post(batch(100, "evm_mine"));

        assertThat(answers).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(answers.get(i).get("id").intValue()).isEqualTo(i);
        }
    }

    @Test
    @DisplayName("O41: a batch of 101 is one error and nothing is executed")
    void aBatchOverTheLimitIsOneError() {
        JsonNode answer = api.post(batch(101, "evm_mine"));

        assertThat(answer.isObject()).isTrue();
        assertThat(answer.at("/error/code").intValue()).isEqualTo(-32005);
        assertThat(api.call("eth_blockNumber").textValue()).isEqualTo("0x0");
        assertThat(api.counters.refusals(RpcMetrics.Refusal.BATCH)).isEqualTo(1);
    }

    @Test
    void aBatchMixesAnswersErrorsAndNotifications() {
        JsonNode answers =
                api.post(
                        """
                        [{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},
                         {"jsonrpc":"2.0","method":"evm_mine"},
                         7,
                         {"jsonrpc":"2.0","id":2,"method":"eth_blockNumber"}]
                        """);

        assertThat(answers).hasSize(3);
        assertThat(answers.get(1).at("/error/code").intValue()).isEqualTo(-32600);
        assertThat(answers.get(2).get("result").textValue()).isEqualTo("0x1");
    }

    @Test
    void callsOfABatchWaitForEachOther() {
        var waiting = new ArrayList<CompletableFuture<JsonNode>>();
        var methods =
                new RpcMethods(Set.of("t"))
                        .add(
                                "t_wait",
                                (_, _) -> {
                                    var answer = new CompletableFuture<JsonNode>();
                                    waiting.add(answer);
                                    return answer;
                                });
        var dispatcher = new RpcDispatcher(methods, 100, new RpcCounters(), () -> 0);

        var answer =
                dispatcher.handle(
                        batch(2, "t_wait").getBytes(StandardCharsets.UTF_8), RpcSession.LOCAL);

        assertThat(waiting).hasSize(1);
        waiting.getFirst().complete(TextNode.valueOf("a"));
        assertThat(waiting).hasSize(2);
        assertThat(answer).isNotDone();
        waiting.getLast().complete(TextNode.valueOf("b"));
        JsonNode answers = ApiHarness.parse(answer.join().orElseThrow());
        assertThat(answers.get(1).get("result").textValue()).isEqualTo("b");
    }

    @Test
    @DisplayName("O46: JSON nested 64 deep is read, deeper is a parse error")
    void nestingIsLimited() {
        String call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"evm_snapshot\",\"params\":%s}";

        JsonNode deep = api.post(call.formatted("[".repeat(63) + "]".repeat(63)));
        JsonNode deeper = api.post(call.formatted("[".repeat(64) + "]".repeat(64)));

        assertThat(deep.get("result").textValue()).isEqualTo("0x1");
        assertThat(deeper.at("/error/code").intValue()).isEqualTo(-32700);
        assertThat(api.post("[".repeat(500_000)).at("/error/code").intValue()).isEqualTo(-32700);
        assertThat(api.counters.requests())
                .hasEntrySatisfying(
                        new RpcCounters.Call("unknown", "-32700"),
                        calls -> assertThat(calls.count()).isEqualTo(2));
    }

    @Test
    @DisplayName("mempool.md 10.1: more parameters than a method takes are refused, not ignored")
    void tooManyParametersAreRefused() {
        assertThat(api.error("eth_chainId", 1))
                .isEqualTo("-32602 too many arguments, want at most 0");
        assertThat(api.error("eth_getBalance", api.address(0), "latest", "x"))
                .isEqualTo("-32602 too many arguments, want at most 2");
        assertThat(api.error("eth_subscribe", "newHeads", 1, 2, 3))
                .isEqualTo("-32602 too many arguments, want at most 3");
    }

    @Test
    void aDefectOfOursIsAnInternalError() {
        var methods =
                new RpcMethods(Set.of("t"))
                        .addImmediate(
                                "t_fail",
                                0,
                                (_, _) -> {
                                    throw new IllegalStateException("secret");
                                });
        var dispatcher = new RpcDispatcher(methods, 100, new RpcCounters(), () -> 0);
        byte[] call =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"t_fail\"}"
                        .getBytes(StandardCharsets.UTF_8);

        JsonNode answer =
                ApiHarness.parse(dispatcher.handle(call, RpcSession.LOCAL).join().orElseThrow());

        assertThat(answer.get("error"))
                .hasToString("{\"code\":-32603,\"message\":\"internal error\"}");
    }

    @Test
    void aFullQueueIsALimitAndNotADefect() {
        var methods =
                new RpcMethods(Set.of("t"))
                        .add(
                                "t_busy",
                                (_, _) ->
                                        CompletableFuture.failedFuture(
                                                new RejectedExecutionException("pool")));
        var dispatcher = new RpcDispatcher(methods, 100, new RpcCounters(), () -> 0);
        byte[] call =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"t_busy\"}"
                        .getBytes(StandardCharsets.UTF_8);

        JsonNode answer =
                ApiHarness.parse(dispatcher.handle(call, RpcSession.LOCAL).join().orElseThrow());

        assertThat(answer.at("/error/code").intValue()).isEqualTo(-32005);
    }

    @Test
    void callsOverTheAllowanceAreRefused() {
        RpcSession poor =
                new RpcSession() {
                    @Override
                    public boolean admits(int calls) {
                        return calls <= 1;
                    }

                    @Override
                    public @Nullable RpcPush push() {
                        return null;
                    }

                    @Override
                    public void afterAnswer(Runnable action) {}
                };

        JsonNode answer = api.post(batch(2, "evm_mine"), poor);

        assertThat(Objects.requireNonNull(answer).at("/error/message").textValue())
                .isEqualTo("rate limit exceeded");
        assertThat(api.call("eth_blockNumber").textValue()).isEqualTo("0x0");
    }

    @Test
    void bucketsRefillAtTheirRateAndForgetTheIdlest() throws UnknownHostException {
        long[] now = {0};
        var buckets = new TokenBuckets(10, () -> now[0]);
        InetAddress one = InetAddress.ofLiteral("192.0.2.1");

        assertThat(buckets.take(one, 20)).isTrue();
        assertThat(buckets.take(one, 1)).isFalse();
        assertThat(buckets.take(InetAddress.ofLiteral("192.0.2.2"), 1)).isTrue();
        now[0] = 100_000_000;
        assertThat(buckets.take(one, 1)).isTrue();
        assertThat(buckets.take(one, 1)).isFalse();
        InetAddress six = InetAddress.ofLiteral("2001:db8::1");
        assertThat(buckets.take(six, 20)).isTrue();
        assertThat(buckets.take(InetAddress.ofLiteral("2001:db8::2"), 1)).isFalse();
        for (int i = 0; i < TokenBuckets.ADDRESSES_MAX + 10; i++) {
            buckets.take(
                    InetAddress.getByAddress(
                            new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i}),
                    1);
        }
        assertThat(buckets.size()).isEqualTo(TokenBuckets.ADDRESSES_MAX);
    }

    @ParameterizedTest(name = "O44: {0}")
    @ValueSource(strings = {"admin", "debug", "evm", "anvil"})
    void privateMethodsAreNeverServedInPublic(String namespace) {
        var config =
                RpcConfig.publicListener(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 9811));

        Assertions.assertThatThrownBy(() -> config.withNamespaces(Set.of("eth", namespace)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "rpc.apis contains "
                                + namespace
                                + ": it can never be served on the public listener");
    }

    @Test
    void theChainsListenerIsOnLoopbackOnly() {
        assertThat(
                        RpcConfig.devChainListener(new InetSocketAddress("127.60.0.1", 9809))
                                .namespaces())
                .contains("evm", "anvil");
        Assertions.assertThatThrownBy(
                        () -> RpcConfig.devChainListener(new InetSocketAddress("0.0.0.0", 9809)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void methodsOutsideTheNamespacesDoNotExist() {
        var methods = new RpcMethods(Set.of("net"));
        new NetApi("x", 1, new NoPeers()).register(methods);

        assertThat(methods.names())
                .containsExactly("net_version", "net_listening", "net_peerCount");
    }

    private static final class NoPeers implements PeerAccess {
        @Override
        public int peers() {
            return 0;
        }

        @Override
        public boolean listening() {
            return false;
        }
    }

    private static String batch(int calls, String method) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            all.add(
                    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":[]}"
                            .formatted(i, method));
        }
        return "[" + String.join(",", all) + "]";
    }
}
