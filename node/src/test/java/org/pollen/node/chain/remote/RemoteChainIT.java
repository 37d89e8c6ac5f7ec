package org.pollen.node.chain.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.node.OperatorException;
import org.pollen.node.chain.ChainFault;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.chain.PooledChain;
import org.pollen.node.chain.RelayException;

/// The whole source over real sockets, on a chain served by us. Rows of operations.md 17.
class RemoteChainIT {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final PooledChain truth = new PooledChain(42);
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<HeadChange> changes = new CopyOnWriteArrayList<>();
    private final List<Throwable> defects = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) one.close();
        threads.shutdownNow();
        assertThat(defects).isEmpty();
    }

    /// Serves the chain over HTTP.
    private HttpServer serve(int port) throws IOException {
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        var served = new ServedChain(truth);
        server.createContext(
                "/",
                exchange -> {
                    byte[] answer;
                    synchronized (truth) {
                        answer = served.answer(exchange.getRequestBody().readAllBytes());
                    }
                    exchange.sendResponseHeaders(200, answer.length);
                    try (OutputStream out = exchange.getResponseBody()) {
                        out.write(answer);
                    }
                });
        server.setExecutor(threads);
        server.start();
        return server;
    }

    private RemoteChain connect(int port, @Nullable URI ws, @Nullable Long id, Duration patience) {
        var chain =
                RemoteChain.connect(
                        new RemoteChain.Settings(
                                URI.create("http://127.0.0.1:" + port),
                                ws,
                                id,
                                ws == null ? Duration.ofMillis(50) : Duration.ofSeconds(60),
                                Duration.ofSeconds(ws == null ? 1 : 60),
                                1000),
                        _ -> DevChain.FORKS,
                        patience,
                        new Random(3),
                        defects::add);
        var _ = chain.addListener(changes::add);
        open.add(chain);
        return chain;
    }

    private void mine() {
        synchronized (truth) {
            truth.mine();
        }
    }

    private void awaitHead(RemoteChain chain) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> chain.head().hash().equals(truth.chain.head().hash()));
    }

    @Test
    void aHeadIsFollowedByPollingAndAccountsAreRead() throws Exception {
        HttpServer server = serve(0);
        open.add(() -> server.stop(0));
        RemoteChain chain =
                connect(server.getAddress().getPort(), null, 31_337L, Duration.ofSeconds(5));
        assertThat(chain.chainId()).isEqualTo(31_337);
        var account = truth.account(3).address();
        assertThat(chain.loaded(account)).isFalse();
        assertThat(chain.load(List.of(account)).join()).isTrue();
        assertThat(chain.loaded(account)).isTrue();
        var unasked = truth.account(7).address();
        assertThat(chain.stateAt(chain.head()).orElseThrow().account(unasked))
                .isEqualTo(truth.chain.genesisState().account(unasked));
        await().until(() -> chain.loaded(unasked));
        mine();
        awaitHead(chain);
        assertThat(changes).hasSize(1);
        assertThat(chain.stateAt(chain.head()).orElseThrow().account(account))
                .isEqualTo(truth.chain.stateAt(truth.chain.head()).orElseThrow().account(account));
        assertThat(chain.byNumber(1)).isPresent();
        assertThat(chain.block(chain.head().hash())).isPresent();
        assertThat(chain.status().up()).isTrue();
        assertThat(chain.status().accounts()).isEqualTo(2);
        assertThat(chain.status().misses()).isEqualTo(1);
        assertThat(
                        chain.relay()
                                .call("eth_chainId", new JsonMapper().createArrayNode())
                                .join()
                                .asText())
                .isEqualTo("0x7a69");
        assertThatThrownBy(() ->
                        chain.relay()
                                .call("eth_nothing", new JsonMapper().createArrayNode())
                                .join())
                .hasCauseInstanceOf(RelayException.class)
                .hasMessageContaining("does not exist/is not available");
    }

    @Test
    @DisplayName("O65: a source that goes and comes back is followed on, without a restart")
    void aSourceThatGoesAndComesBack() throws Exception {
        HttpServer server = serve(0);
        int port = server.getAddress().getPort();
        RemoteChain chain = connect(port, null, null, Duration.ofSeconds(5));
        server.stop(0);
        await().atMost(Duration.ofSeconds(60)).until(() -> !chain.status().up());
        await().atMost(Duration.ofSeconds(60)).until(() -> !chain.synced());
        assertThat(chain.status().trouble()).isNotNull();
        assertThat(chain.status().errors().get(ChainFault.CONNECT)).isPositive();
        assertThat(chain.load(List.of(truth.account(4).address())).join()).isFalse();
        mine();
        HttpServer again = serve(port);
        open.add(() -> again.stop(0));
        awaitHead(chain);
        await().atMost(Duration.ofSeconds(60)).until(() -> chain.status().up() && chain.synced());
        assertThat(chain.load(List.of(truth.account(4).address())).join()).isTrue();
    }

    @Test
    @DisplayName("O66: another chain id is CHN-002 with exit code 3")
    void anotherChainIsRefused() throws Exception {
        HttpServer server = serve(0);
        open.add(() -> server.stop(0));
        assertThatThrownBy(() ->
                        connect(server.getAddress().getPort(), null, 1L, Duration.ofSeconds(5)))
                .isInstanceOf(OperatorException.class)
                .hasMessage("the source follows chain 31337, not 1")
                .satisfies(e -> assertThat(((OperatorException) e).exitCode()).isEqualTo(3));
    }

    @Test
    void nobodyThereIsChn001() throws Exception {
        HttpServer server = serve(0);
        server.stop(0);
        int port = server.getAddress().getPort();
        assertThatThrownBy(() -> connect(port, null, null, Duration.ofMillis(300)))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("the chain source http://127.0.0.1:%d gives no head", port)
                .satisfies(e -> assertThat(((OperatorException) e).exitCode()).isEqualTo(1));
    }

    @Test
    @DisplayName("O64 (source): a WebSocket that falls silent is opened again, polling goes on")
    void aWebSocketWakesAndIsOpenedAgainWhenItBreaks() throws Exception {
        HttpServer server = serve(0);
        open.add(() -> server.stop(0));
        try (var sockets = new Sockets()) {
            RemoteChain chain =
                    connect(
                            server.getAddress().getPort(),
                            URI.create("ws://127.0.0.1:" + sockets.port()),
                            null,
                            Duration.ofSeconds(5));
            await().atMost(Duration.ofSeconds(60)).until(() -> sockets.subscribed.size() == 1);
            mine();
            sockets.say("{\"method\":\"eth_subscription\",\"params\":{}}");
            awaitHead(chain); // the next poll is a minute away
            sockets.say("x".repeat(HeadFeed.MESSAGE_CHARS_MAX + 1));
            await().atMost(Duration.ofSeconds(60)).until(() -> sockets.subscribed.size() == 2);
            mine();
            sockets.say("{\"method\":\"eth_subscription\",\"params\":{}}");
            awaitHead(chain);
            sockets.drop();
            await().atMost(Duration.ofSeconds(60)).until(() -> sockets.subscribed.size() == 3);
            assertThat(chain.status().errors().get(ChainFault.WEBSOCKET)).isEqualTo(2);
        }
    }

    /// WebSockets as far as a feed needs them, one at a time.
    private final class Sockets implements AutoCloseable {
        final List<String> subscribed = new CopyOnWriteArrayList<>();
        private final ServerSocket server =
                new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        private volatile @Nullable Socket current;

        Sockets() throws IOException {
            threads.execute(this::accept);
        }

        int port() {
            return server.getLocalPort();
        }

        private void accept() {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    upgrade(socket);
                    current = socket;
                    var text = frame(socket.getInputStream());
                    say("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}");
                    subscribed.add(text);
                } catch (Exception _) {
                    // closed
                }
            }
        }

        private static void upgrade(Socket socket) throws Exception {
            var head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append((char) socket.getInputStream().read());
            }
            String key =
                    head.toString().replaceAll("(?is).*sec-websocket-key: *([^\\r\\n]+).*", "$1");
            byte[] accept =
                    MessageDigest.getInstance("SHA-1")
                            .digest(
                                    (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream()
                    .write(
                            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                            + "Connection: Upgrade\r\nSec-WebSocket-Accept: "
                                            + Base64.getEncoder().encodeToString(accept)
                                            + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
        }

        private static String frame(InputStream in) throws IOException {
            int first = in.read();
            int length = in.read() & 0x7f;
            byte[] mask = in.readNBytes(4);
            byte[] text = in.readNBytes(length);
            for (int i = 0; i < text.length; i++) text[i] ^= mask[i & 3];
            return first + new String(text, StandardCharsets.UTF_8);
        }

        void say(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            Socket socket = java.util.Objects.requireNonNull(current);
            OutputStream out = socket.getOutputStream();
            out.write(0x81);
            if (bytes.length < 126) {
                out.write(bytes.length);
            } else {
                out.write(127);
                out.write(java.nio.ByteBuffer.allocate(8).putLong(bytes.length).array());
            }
            out.write(bytes);
            out.flush();
        }

        void drop() throws IOException {
            java.util.Objects.requireNonNull(current).close();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
