package org.pollen.node.chain.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.node.chain.ChainFault;
import org.pollen.node.chain.remote.ChainClient.Answer;
import org.pollen.node.chain.remote.ChainClient.Call;

/// What a broken or hostile client can answer over HTTP, and what becomes of it.
class HttpChainClientIT {
    private static final int ANSWER_MAX = 1 << 16;
    private static final List<Call> TWO = List.of(Call.of("a"), Call.of("b"));

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private HttpChainClient client;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        client =
                new HttpChainClient(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"),
                        Duration.ofSeconds(1),
                        ANSWER_MAX);
    }

    @AfterEach
    void close() {
        over.countDown();
        client.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private void answers(int status, String body) {
        server.createContext("/", exchange -> reply(exchange, status, body));
    }

    private static void reply(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private void refuses(ChainFault kind, String text) {
        assertThatThrownBy(() -> client.send(TWO).join())
                .isInstanceOf(CompletionException.class)
                .satisfies(failure -> {
                    ChainException fault =
                            java.util.Objects.requireNonNull(ChainException.of(failure));
                    assertThat(fault.fault()).isEqualTo(kind);
                    assertThat(fault.text()).contains(text);
                });
    }

    @Test
    void answersComeBackInTheOrderOfTheCallsWhateverTheirs() {
        answers(
                200,
                """
                [{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"no\\nsuch"}},
                 {"jsonrpc":"2.0","id":0,"result":null}]
                """);
        List<Answer> answers = client.send(TWO).join();
        assertThat(answers.get(0).required("a").isNull()).isTrue();
        assertThatThrownBy(() -> answers.get(1).required("b"))
                .isInstanceOf(ChainException.class)
                .hasMessage("b: no such");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            textBlock =
                    """
                    500 | {}                                             | HTTP      | HTTP status 500
                    429 | slow down                                      | HTTP      | HTTP status 429
                    302 | ''                                             | HTTP      | HTTP status 302
                    200 | ''                                             | MALFORMED | answer
                    200 | <html>                                         | MALFORMED | is no JSON
                    200 | [{"id":0,"result":1}                           | MALFORMED | is no JSON
                    200 | 7                                              | MALFORMED | has no id of ours
                    200 | []                                             | MALFORMED | has 0 parts for 2 calls
                    200 | [{"id":0,"result":1},{"id":0,"result":1}]      | MALFORMED | an id that nobody asked with
                    200 | [{"id":0,"result":1},{"id":2,"result":1}]      | MALFORMED | an id that nobody asked with
                    200 | [{"id":0,"result":1},{"id":"1","result":1}]    | MALFORMED | has no id of ours
                    200 | [{"id":0,"result":1},{"id":1.5,"result":1}]    | MALFORMED | has no id of ours
                    200 | [{"id":0,"result":1},{"id":99999999999999999999,"result":1}] | MALFORMED | has no id of ours
                    200 | [{"id":0,"result":1},{"id":1}]                 | MALFORMED | neither result nor error
                    200 | [{"id":0,"result":1},[]]                       | MALFORMED | has no id of ours
                    200 | {"id":0,"result":1}                            | MALFORMED | lacks a part
                    200 | {"id":null,"error":{"message":"no batches"}}   | RPC       | batch refused: no batches
                    """,
            delimiter = '|')
    void whatIsNoAnswerIsRefused(int status, String body, ChainFault kind, String text) {
        answers(status, body);
        refuses(kind, text);
    }

    @Test
    void aBodyIsReadUpToItsLimitOnly() {
        String start = "[{\"id\":0,\"result\":\"";
        String end = "\"},{\"id\":1,\"result\":1}]";
        String fits = start + "x".repeat(ANSWER_MAX - start.length() - end.length()) + end;
        var size = new java.util.concurrent.atomic.AtomicInteger();
        server.createContext("/", exchange -> reply(exchange, 200, fits + " ".repeat(size.get())));
        assertThat(client.send(TWO).join()).hasSize(2);
        size.set(1);
        refuses(ChainFault.TOO_LARGE, "exceeds capacity");
    }

    @Test
    void anAnswerNestedDeeplyIsNoJson() {
        answers(200, "[".repeat(10_000));
        refuses(ChainFault.MALFORMED, "is no JSON");
    }

    @Test
    void aBodyThatNeverEndsTakesTwiceTheTimeoutAtMost() {
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('[');
                    exchange.getResponseBody().flush();
                    try {
                        over.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                });
        refuses(ChainFault.TIMEOUT, "no answer in time");
    }

    @Test
    void nobodyListening() {
        server.stop(0);
        refuses(ChainFault.CONNECT, "");
    }

    @Test
    void tooManyRequestsAtOnceAreRefusedRatherThanKept() {
        server.createContext(
                "/",
                _ -> {
                    try {
                        over.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                });
        for (int i = 0; i < 64; i++) {
            var _ = client.send(TWO);
        }
        refuses(ChainFault.TIMEOUT, "64 requests wait");
    }
}
