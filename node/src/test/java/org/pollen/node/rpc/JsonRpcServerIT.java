package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.EventLoops;
import org.pollen.node.chain.PooledChain;
import org.pollen.node.rpc.RpcMetrics.Refusal;

/// The rules of the listener, over real sockets. Source: operations.md 6, 7 and 17.
class JsonRpcServerIT {
    private static final String CHAIN_ID =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}";
    private static final String CHAIN_ID_ANSWER =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x7a69\"}";

    private static final String UPGRADE =
            """
            GET / HTTP/1.1\r
            Host: 127.0.0.1\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r
            """;

    private final EventLoopGroup group = EventLoops.create("rpc-test", 1); // what nodes run on
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newHttpClient();
    private final RpcCounters counters = new RpcCounters();
    private final PooledChain node = new PooledChain(1);
    private final List<NodeRpc> servers = new ArrayList<>();
    private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @AfterEach
    void close() {
        servers.forEach(NodeRpc::close);
        client.close();
        calls.close();
        group.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.MILLISECONDS)
                .syncUninterruptibly();
    }

    @Test
    void aPostIsAnsweredAndTheConnectionIsKept() throws Exception {
        start(config -> config);

        HttpResponse<String> response = post(CHAIN_ID);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(CHAIN_ID_ANSWER);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.headers().firstValue("access-control-allow-origin")).isEmpty();
        assertThat(post(CHAIN_ID).body()).isEqualTo(CHAIN_ID_ANSWER);
        assertThat(counters.connections()).containsEntry("http", 1L);
    }

    @Test
    void requestsThatArriveTogetherAreAnsweredInOrder() throws Exception {
        start(config -> config);
        String one = request("POST / HTTP/1.1\r\nHost: 127.0.0.1", CHAIN_ID);
        String two =
                request(
                        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close",
                        CHAIN_ID.replace("\"id\":1", "\"id\":2"));

        String answers = exchange(one + two);

        assertThat(answers.split("\"id\":1", -1)).hasSize(2);
        assertThat(answers.indexOf("\"id\":1")).isLessThan(answers.indexOf("\"id\":2"));
    }

    @Test
    void aNotificationHasNoBody() throws Exception {
        start(config -> config);

        HttpResponse<String> response = post("{\"jsonrpc\":\"2.0\",\"method\":\"eth_chainId\"}");

        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.body()).isEmpty();
    }

    @Test
    @DisplayName("operations.md 7: GET is answered 405 with help")
    void aGetIsRefusedWithHelp() throws Exception {
        start(config -> config);

        HttpResponse<String> response =
                client.send(
                        HttpRequest.newBuilder(uri("http", "/")).build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).contains("POST");
        assertThat(response.body()).contains("rpc_modules").contains("WebSocket");
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.METHOD)).isEqualTo(1));
    }

    @Test
    @DisplayName("O41: 100 in order, 101 is one error")
    void batchesAreLimited() throws Exception {
        start(config -> config);

        String full = post(batch(100)).body();
        String tooMany = post(batch(101)).body();

        assertThat(ApiHarness.parse(full.getBytes(StandardCharsets.UTF_8))).hasSize(100);
        assertThat(tooMany).contains("-32005").startsWith("{");
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.BATCH)).isEqualTo(1));
    }

    @Test
    @DisplayName("O42: a Host header that is not listed is answered 403 and counted")
    void foreignHostsAreRefused() throws Exception {
        start(config -> config.withCallers(List.of("localhost", "node.example"), Set.of()));

        assertThat(exchange(closing("evil.example"))).startsWith("HTTP/1.1 403 ");
        assertThat(exchange(closing("evil.example:" + address.getPort())))
                .startsWith("HTTP/1.1 403 ");
        assertThat(exchange(request("POST / HTTP/1.0", CHAIN_ID))).startsWith("HTTP/1.1 403 ");
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.HOST)).isEqualTo(3));
        for (String host : List.of("127.0.0.1", "[::1]:9811", "LOCALHOST", "node.example:1")) {
            assertThat(exchange(closing(host))).as(host).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    @DisplayName("O43: a WebSocket from a page of another origin is refused and counted")
    void foreignPagesCannotOpenAWebSocket() {
        start(config -> config.withCallers(List.of(), Set.of("https://page.example")));

        assertThatThrownBy(() -> open(new Reader(), "https://evil.example"))
                .isInstanceOf(CompletionException.class);
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.ORIGIN)).isEqualTo(1));
        open(new Reader(), "https://page.example").abort();
        open(new Reader(), null).abort();
    }

    @Test
    void answersAreForListedPagesOnly() throws Exception {
        start(config -> config.withCallers(List.of(), Set.of("https://page.example")));
        String head = "OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: ";

        assertThat(exchange(head + "https://page.example\r\n\r\n"))
                .startsWith("HTTP/1.1 204 ")
                .contains("access-control-allow-origin: https://page.example")
                .contains("access-control-allow-methods: POST");
        assertThat(exchange(head + "https://evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .doesNotContain("access-control");
    }

    @Test
    void onlyJsonIsTakenSinceAPageMaySendTheRestUnasked() throws Exception {
        start(config -> config);

        String answer =
                exchange(
                        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
                                + "Content-Length: 2\r\n\r\n{}");

        assertThat(answer).startsWith("HTTP/1.1 415 ");
        assertThat(exchange("POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ");
        assertThat(exchange("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    @DisplayName("O46: a body of 2 MiB is answered 413, announced or not")
    void largeBodiesAreRefused() throws Exception {
        start(config -> config);
        byte[] body = " ".repeat(2 << 20).getBytes(StandardCharsets.UTF_8);

        HttpResponse<String> announced =
                client.send(
                        builder().POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                        HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> chunked =
                client.send(
                        builder()
                                .POST(
                                        HttpRequest.BodyPublishers.fromPublisher(
                                                HttpRequest.BodyPublishers.ofByteArray(body)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(announced.statusCode()).isEqualTo(413);
        assertThat(chunked.statusCode()).isEqualTo(413);
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.SIZE)).isEqualTo(2));
        assertThat(post(CHAIN_ID).statusCode()).isEqualTo(200);
    }

    @Test
    @DisplayName("O46: a body of 1 MiB is read")
    void aBodyOfExactlyTheLimitIsRead() throws Exception {
        start(config -> config);

        assertThat(post(CHAIN_ID + " ".repeat((1 << 20) - CHAIN_ID.length())).body())
                .isEqualTo(CHAIN_ID_ANSWER);
        assertThat(post(CHAIN_ID + " ".repeat((1 << 20) + 1 - CHAIN_ID.length())).statusCode())
                .isEqualTo(413);
    }

    @Test
    @DisplayName("O46: deep nesting is a parse error")
    void deepNestingIsAParseError() throws Exception {
        start(config -> config);

        assertThat(post("[".repeat(100_000)).body()).contains("-32700");
    }

    @Test
    @DisplayName("O46: a half-sent body, a half-sent header and silence are closed in time")
    void slowClientsAreClosed() throws Exception {
        start(config ->
                config.withTimes(
                        Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofSeconds(30)));
        String head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";

        for (String start : List.of(head + "Content-Length: 100\r\n\r\n{", head, "")) {
            assertThat(exchange(start)).as(start).isEmpty();
        }
        String keptAlive = exchange(request("POST / HTTP/1.1\r\nHost: 127.0.0.1", CHAIN_ID));
        assertThat(keptAlive).startsWith("HTTP/1.1 200 ").endsWith(CHAIN_ID_ANSWER);
        await().untilAsserted(() -> assertThat(counters.connections()).containsEntry("http", 0L));
        await().untilAsserted(() ->
                assertThat(counters.refusals(Refusal.SLOW))
                        .isEqualTo(3)); // an idle client is not slow
    }

    @Test
    @DisplayName(
            "operations.md 6: a client that never reads its answers holds a few, and is closed")
    void answersThatNobodyReadsAreBounded() throws Exception {
        for (int account = 0; account < 10; account++) {
            for (int nonce = 0; nonce < 10; nonce++) {
                node.add(
                        node.account(account)
                                .signer()
                                .draft(2, ApiHarness.CHAIN)
                                .nonce(nonce)
                                .fees(ApiHarness.gwei(5), ApiHarness.gwei(1))
                                .gas(21_000)
                                .to(node.account(9).address())
                                .sign());
            }
        }
        node.mine();
        start(config ->
                config.withLimits(1 << 20, 100, 200, 100_000, 1 << 20)
                        .withTimes(
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(30)));
        String call =
                request(
                        "POST / HTTP/1.1\r\nHost: 127.0.0.1",
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBlockByNumber\","
                                + "\"params\":[\"0x1\",true]}");
        int requests = 2000;
        try (Socket deaf = new Socket()) {
            deaf.setReceiveBufferSize(4096);
            deaf.connect(address);
            deaf.getOutputStream().write(call.repeat(requests).getBytes(StandardCharsets.UTF_8));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Long.valueOf(0).equals(counters.connections().get("http")));
        }
        long answered =
                counters.requests().values().stream()
                        .mapToLong(RpcCounters.Calls::count)
                        .sum(); // as many as the sockets' buffers hold
        assertThat(answered).isPositive().isLessThan(requests / 2);
        assertThat(post(CHAIN_ID).body()).isEqualTo(CHAIN_ID_ANSWER);
    }

    @Test
    @DisplayName("operations.md 6: a byte now and then does not make a request longer")
    void aTrickleIsClosedToo() throws Exception {
        start(config ->
                config.withTimes(
                        Duration.ofMillis(400), Duration.ofMillis(400), Duration.ofSeconds(30)));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
            var sent = new java.util.concurrent.atomic.AtomicInteger();
            await().pollInterval(Duration.ofMillis(40))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        if (sent.incrementAndGet() < 500) socket.getOutputStream().write('x');
                        return counters.refusals(Refusal.SLOW) == 1;
                    });
        }
    }

    @Test
    @DisplayName("docs/limits.md: request line 4 KiB, headers 16 KiB: at, one past, far past")
    void longHeadsAreRefused() throws Exception {
        start(config -> config);
        String line = "POST /?%s HTTP/1.1";
        int fixed = line.length() - 2;

        for (int length : new int[] {4096, 4097, 100_000}) {
            String head = line.formatted("x".repeat(length - fixed)) + "\r\nHost: 127.0.0.1";
            String answer = exchange(request(head + "\r\nConnection: close", CHAIN_ID));
            if (length > 50_000 && answer.isEmpty()) continue; // closed while we still sent
            assertThat(answer)
                    .as("line of %d", length)
                    .startsWith(length <= 4096 ? "HTTP/1.1 200 " : "HTTP/1.1 400 ");
        }
        for (int length : new int[] {15_000, 17_000, 200_000}) {
            String head =
                    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: "
                            + "x".repeat(length);
            String answer = exchange(request(head, CHAIN_ID));
            if (length > 50_000 && answer.isEmpty()) continue; // closed while we still sent
            assertThat(answer)
                    .as("headers of %d", length)
                    .startsWith(length <= 16_384 ? "HTTP/1.1 200 " : "HTTP/1.1 400 ");
        }
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.MALFORMED)).isEqualTo(4));
    }

    @Test
    @DisplayName("operations.md 7: a batch over the limit on a WebSocket is one error, too")
    void batchesAreLimitedOnAWebSocket() {
        start(config -> config);
        var reader = new Reader();
        WebSocket socket = open(reader, null);

        for (int calls : new int[] {100, 101, 10_000}) {
            socket.sendText(batch(calls), true).join();
            if (calls == 100) {
                await().until(() -> reader.received.stream().anyMatch(m -> m.startsWith("[")));
            }
        }
        await().until(() -> counters.refusals(Refusal.BATCH) == 2);
        await().until(() ->
                reader.received.stream().anyMatch(m -> m.contains("10000 calls, limit 100")));
        socket.abort();
    }

    @Test
    @DisplayName("operations.md 6: what is no request of ours is counted by reason")
    void wrongFormsAreCounted() throws Exception {
        start(config -> config);

        assertThat(exchange("\u0016\u0003\u0001\u0000\r\n\r\n")).startsWith("HTTP/1.1 400 "); // TLS
        assertThat(exchange("POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ");
        var reader = new Reader();
        WebSocket socket = open(reader, null);
        socket.sendBinary(java.nio.ByteBuffer.wrap(new byte[] {1}), true).join();

        assertThat(reader.closed.join()).isEqualTo(1003);
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.MALFORMED)).isEqualTo(1));
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.FORM)).isEqualTo(2));
    }

    @Test
    @DisplayName("operations.md 6: one token bucket for each address")
    void callsOverTheRateAreRefused() throws Exception {
        start(config -> config.withLimits(1 << 20, 100, 200, 5, 1 << 20));

        // The bucket fills meanwhile, so a slow machine gets more than its ten calls.
        HttpResponse<String> over = post(CHAIN_ID);
        int calls = 1;
        for (; over.statusCode() == 200 && calls < 1000; calls++) over = post(CHAIN_ID);

        assertThat(calls).isGreaterThan(10);
        assertThat(over.statusCode()).isEqualTo(429);
        assertThat(over.headers().firstValue("retry-after")).contains("1");
        await().untilAsserted(() -> assertThat(counters.refusals(Refusal.RATE)).isPositive());
        await().pollInterval(Duration.ofMillis(700)) // three calls' worth
                .untilAsserted(() -> assertThat(post(batch(3)).body()).contains("0x7a69"));
    }

    @Test
    void connectionsAreLimited() throws Exception {
        start(config -> config.withLimits(1 << 20, 100, 1, 200, 1 << 20));

        try (Socket first = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
            await().untilAsserted(
                            () -> assertThat(counters.connections()).containsEntry("http", 1L));
            assertThat(exchange(closing("127.0.0.1"))).isEmpty();
            assertThat(first.isConnected()).isTrue();
            await().untilAsserted(
                            () -> assertThat(counters.refusals(Refusal.CONNECTIONS)).isEqualTo(1));
        }
        await().untilAsserted(() ->
                assertThat(exchange(closing("127.0.0.1"))).startsWith("HTTP/1.1 200 "));
    }

    @Test
    void aWebSocketAnswersCallsAndPushesWhatWasSubscribed() {
        start(config -> config);
        var reader = new Reader();
        WebSocket socket = open(reader, null);

        socket.sendText(CHAIN_ID, true).join();
        await().until(() -> reader.received.contains(CHAIN_ID_ANSWER));
        socket.sendText(
                        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_subscribe\","
                                + "\"params\":[\"newHeads\"]}",
                        true)
                .join();
        await().until(() -> subscribed(1));
        await().until(() -> reader.received.stream().anyMatch(m -> m.contains("\"id\":2")));
        node.mine();

        await().until(() -> reader.received.stream().anyMatch(m -> m.contains("\"0x1\"")));
        assertThat(counters.connections()).containsEntry("ws", 1L).containsEntry("http", 0L);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        await().until(() -> !subscribed(1));
        await().untilAsserted(() -> assertThat(counters.connections()).containsEntry("ws", 0L));
    }

    @Test
    void aLargeMessageInManyFramesEndsTheWebSocketToo() {
        start(config -> config.withLimits(1000, 100, 200, 200, 1 << 20));
        var reader = new Reader();
        WebSocket socket = open(reader, null);

        socket.sendText(" ".repeat(600), false).join();
        socket.sendText(" ".repeat(600), true).join();

        assertThat(reader.closed.join()).isEqualTo(1009);
        await().until(() -> counters.refusals(Refusal.SIZE) == 1);
    }

    @Test
    void aLargeMessageEndsTheWebSocket() {
        start(config -> config.withLimits(1000, 100, 200, 200, 1 << 20));
        var reader = new Reader();
        WebSocket socket = open(reader, null);

        socket.sendText(" ".repeat(1001), true).join();

        assertThat(reader.closed.join()).isEqualTo(1009);
        await().until(() -> counters.refusals(Refusal.SIZE) == 1);
    }

    @Test
    void aSilentWebSocketIsClosedAfterTwoPings() throws Exception {
        start(config ->
                config.withTimes(
                        Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofMillis(100)));

        String answer = exchange(UPGRADE); // returns when the server closes

        assertThat(answer)
                .startsWith("HTTP/1.1 101 ")
                .contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                .contains("\u0089"); // a ping
        var reader = new Reader();
        WebSocket polite = open(reader, null); // this client answers pings
        for (int i = 0; i < 3; i++) {
            node.mine();
        }
        assertThat(reader.closed).isNotDone();
        polite.abort();
    }

    @Test
    @DisplayName("O47: a subscriber that never reads is dropped, the others are not affected")
    void aSubscriberThatNeverReadsIsDropped() throws Exception {
        start(config -> config.withLimits(1 << 20, 100, 200, 200, 64 * 1024));
        var reader = new Reader();
        WebSocket good = open(reader, null);
        String subscribe =
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_subscribe\","
                        + "\"params\":[\"newHeads\"]}";
        good.sendText(subscribe, true).join();
        try (Socket deaf = new Socket()) {
            deaf.setReceiveBufferSize(4096);
            deaf.connect(address);
            deaf.getOutputStream().write(UPGRADE.getBytes(StandardCharsets.UTF_8));
            InputStream in = deaf.getInputStream();
            while (in.read() != '\n' || in.read() != '\r' || in.read() != '\n') {
                // to the end of the handshake, and not a byte further
            }
            deaf.getOutputStream().write(masked(subscribe));
            await().until(() -> subscribed(2));

            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> {
                        for (int i = 0; i < 10; i++) node.mine();
                        awaitHead(reader); // a test that outruns it would drop it, too
                        return counters.notificationsDropped().containsValue(1L);
                    });
        }
        node.mine();
        awaitHead(reader);
    }

    private void awaitHead(Reader reader) {
        String last = "\"number\":\"0x" + Long.toHexString(node.chain.latest().number()) + "\"";
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> reader.received.stream().anyMatch(m -> m.contains(last)));
    }

    @Test
    @DisplayName("O6: a busy port is named with its host")
    void aBusyPortIsNamed() {
        start(config -> config);
        NodeRpc second = server(RpcConfig.publicListener(address));

        assertThatThrownBy(() -> second.listen().join())
                .hasCauseInstanceOf(PortTakenException.class)
                .cause()
                .hasMessage("cannot listen on 127.0.0.1:" + address.getPort() + " (address in use)")
                .isInstanceOfSatisfying(
                        PortTakenException.class,
                        e -> {
                            assertThat(e.host()).isEqualTo("127.0.0.1");
                            assertThat(e.port()).isEqualTo(address.getPort());
                        });
    }

    @Test
    @DisplayName("operations.md 8.3: a draining listener answers 503")
    void aDrainingListenerRefusesNewWork() throws Exception {
        start(config -> config);
        servers.getFirst().drain();

        assertThat(post(CHAIN_ID).statusCode()).isEqualTo(503);
    }

    private void start(UnaryOperator<RpcConfig> change) {
        NodeRpc server =
                server(
                        change.apply(
                                RpcConfig.publicListener(
                                        new InetSocketAddress(
                                                InetAddress.getLoopbackAddress(), 0))));
        address = server.listen().join();
    }

    private boolean subscribed(long count) {
        return counters.subscriptions().containsValue(count);
    }

    private NodeRpc server(RpcConfig config) {
        var server =
                new NodeRpc(
                        config,
                        EthApi.Limits.DEFAULTS,
                        node.chain,
                        node,
                        new Peers(),
                        null,
                        "pollen/test",
                        null,
                        counters,
                        new NodeRpc.Runtime(
                                group,
                                Epoll.isAvailable()
                                        ? EpollServerSocketChannel.class
                                        : NioServerSocketChannel.class,
                                calls,
                                System::nanoTime,
                                new Random(1)));
        servers.add(server);
        return server;
    }

    private static final class Peers implements PeerAccess {
        @Override
        public int peers() {
            return 0;
        }

        @Override
        public boolean listening() {
            return true;
        }
    }

    private HttpRequest.Builder builder() {
        return HttpRequest.newBuilder(uri("http", "/"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Content-Type", "application/json");
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return client.send(
                builder().POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private WebSocket open(Reader reader, @org.jspecify.annotations.Nullable String origin) {
        var builder = client.newWebSocketBuilder();
        if (origin != null) builder.header("Origin", origin);
        return builder.buildAsync(uri("ws", "/"), reader).join();
    }

    private URI uri(String scheme, String path) {
        return URI.create(scheme + "://127.0.0.1:" + address.getPort() + path);
    }

    /// Sends bytes and reads to the end.
    private String exchange(String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
            socket.setSoTimeout(10_000);
            var all = new ByteArrayOutputStream();
            try {
                socket.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8));
                socket.getInputStream().transferTo(all);
            } catch (java.net.SocketException _) {
                // reset by a server that does not wait for what we still send
            }
            return all.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private static String closing(String host) {
        return request("POST / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close", CHAIN_ID);
    }

    private static String request(String head, String body) {
        return head
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body;
    }

    private static String batch(int calls) {
        return "[" + (CHAIN_ID + ",").repeat(calls - 1) + CHAIN_ID + "]";
    }

    /// A text frame as a client sends it, masked with zeros.
    private static byte[] masked(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(bytes.length).isLessThan(126);
        byte[] frame = new byte[6 + bytes.length];
        frame[0] = (byte) 0x81;
        frame[1] = (byte) (0x80 | bytes.length);
        System.arraycopy(bytes, 0, frame, 6, bytes.length);
        return frame;
    }

    private static final class Reader implements WebSocket.Listener {
        final Queue<String> received = new ConcurrentLinkedQueue<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            message.append(text);
            if (last) {
                received.add(message.toString());
                message.setLength(0);
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return CompletableFuture.completedFuture(null);
        }
    }
}
