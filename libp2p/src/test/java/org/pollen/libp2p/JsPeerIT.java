package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.get;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.peer.Multiaddr;

/// The J rows for the layers built so far, against js-libp2p; `interop/run host` installs that and
/// runs these.
@Tag("real")
class JsPeerIT {
    private static final Path FOLDER = Path.of("..", "interop", "js");

    private TestHosts hosts;
    private NettyHost host;
    private JsPeer js;

    /// The program in `interop/js`, driven by lines.
    private static final class JsPeer implements AutoCloseable {
        private final Process process;
        private final Writer commands;
        private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final Multiaddr address;

        private JsPeer(String... options) throws Exception {
            var command = new ArrayList<>(List.of("node", "peer.mjs"));
            command.addAll(List.of(options));
            process =
                    new ProcessBuilder(command)
                            .directory(FOLDER.toFile())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            commands = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
            Thread.ofVirtual().start(this::read);
            String ready = next();
            assertThat(ready).contains("\"event\":\"ready\"");
            address = Multiaddr.parse(ready.replaceAll(".*\"addr\":\"([^\"]+)\".*", "$1"));
        }

        private void read() {
            try (var in =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.UTF_8))) {
                in.lines().forEach(lines::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String next() throws InterruptedException {
            return String.valueOf(lines.poll(60, TimeUnit.SECONDS));
        }

        String tell(String command) throws Exception {
            commands.write(command + "\n");
            commands.flush();
            return next();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @BeforeEach
    void start() throws Exception {
        assertThat(FOLDER.resolve("node_modules"))
                .as("js-libp2p is installed by interop/run")
                .isDirectory();
        hosts = new TestHosts();
        host = hosts.start(1);
        host.handle("/echo/1.0.0", _ -> new TestHosts.Echo());
        js = new JsPeer();
    }

    @AfterEach
    void stop() {
        if (js != null) {
            js.close();
        }
        if (hosts != null) {
            hosts.close();
        }
    }

    private String own() {
        return TestHosts.address(host).toString();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("H-25 Noise dial, early muxer on and off, ping 100 times")
    void dial(boolean early) throws Exception {
        NettyHost dialler = hosts.start(2, builder -> builder.earlyMuxer(early));
        Connection connection = get(dialler.dial(js.address));
        for (int i = 0; i < 100; i++) {
            assertThat(get(dialler.ping(connection))).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("H-25 Noise listen, early muxer on and off, pinged 100 times")
    void listen(boolean early) throws Exception {
        NettyHost listener = hosts.start(2, builder -> builder.earlyMuxer(early));
        assertThat(js.tell("ping " + TestHosts.address(listener) + " 100")).contains("pinged");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("H-29 TLS dial and listen, ALPN muxer on and off: certificates with empty names")
    void tls(boolean early) throws Exception {
        try (var peer = new JsPeer("--security", "tls")) {
            NettyHost ours =
                    hosts.start(
                            2,
                            builder -> builder.security(HostConfig.Security.TLS).earlyMuxer(early));
            ours.handle("/echo/1.0.0", _ -> new TestHosts.Echo());
            Connection connection = get(ours.dial(peer.address));
            assertThat(connection.security()).isEqualTo("tls");
            assertThat(connection.remotePeer()).isEqualTo(peer.address.peerId().orElseThrow());
            assertThat(get(ours.ping(connection))).isPositive();
            Awaitility.await().until(() -> connection.identify().isPresent());
            connection.close(0);
            Awaitility.await().until(() -> ours.connections().isEmpty());
            assertThat(peer.tell("echo " + TestHosts.address(ours) + " 1000000"))
                    .contains("echoed");
            Connection inbound = ours.connections().iterator().next();
            assertThat(inbound.outbound()).isFalse();
            assertThat(inbound.security()).isEqualTo("tls");
        }
    }

    private static Multiaddr through(String relay, Host target) {
        return Multiaddr.parse(relay + "/p2p-circuit/p2p/" + target.peerId());
    }

    private static UnaryOperator<HostConfig.Builder> behind(Multiaddr relay) {
        Reachability reachability =
                Reachability.NONE
                        .withRelayUse(Reachability.RelayUse.ALWAYS, List.of(relay))
                        .withLimitedProtocols(Set.of("/echo/1.0.0"));
        return builder -> builder.listen().reachability(reachability);
    }

    @Test
    @DisplayName("H-63 js dials and is dialled through our relay, within its limits")
    void jsThroughOurRelay() throws Exception {
        NettyHost relay =
                hosts.start(
                        2,
                        builder ->
                                builder.reachability(
                                        Reachability.NONE.withRelayServer(RelayLimits.DEFAULT)));
        Multiaddr at = TestHosts.address(relay);
        NettyHost target = hosts.start(3, behind(at));
        target.handle("/echo/1.0.0", _ -> new TestHosts.Echo());
        Awaitility.await().until(() -> !target.addresses().isEmpty());
        assertThat(js.tell("echo " + through(at.toString(), target) + " 10000")).contains("echoed");
        Connection inbound = target.connection(js.address.peerId().orElseThrow()).orElseThrow();
        assertThat(inbound.relayed()).isTrue();
        assertThat(inbound.limited()).isTrue();

        assertThat(js.tell("listen " + at + "/p2p-circuit")).contains("/p2p-circuit");
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(relay.metrics().relay().reservationsGiven()).isEqualTo(2));
        NettyHost source = hosts.start(4, behind(at));
        Connection outbound =
                get(
                        source.dial(
                                Multiaddr.parse(
                                        at
                                                + "/p2p-circuit/p2p/"
                                                + js.address.peerId().orElseThrow())));
        assertThat(outbound.limited()).isTrue();
        echo(source, outbound, 10_000).get(20, TimeUnit.SECONDS);
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(relay.metrics().relay().bytes()).isGreaterThan(40_000));
    }

    @Test
    @DisplayName("H-63 our client reserves at a js relay, and is dialled through it")
    void oursThroughJsRelay() throws Exception {
        try (var relay = new JsPeer("--relay", "true")) {
            NettyHost target = hosts.start(3, behind(relay.address));
            target.handle("/echo/1.0.0", _ -> new TestHosts.Echo());
            Awaitility.await().until(() -> !target.addresses().isEmpty());
            NettyHost source = hosts.start(4, behind(relay.address));
            Connection outbound = get(source.dial(through(relay.address.toString(), target)));
            assertThat(outbound.limited()).isTrue();
            assertThat(outbound.remotePeer()).isEqualTo(target.peerId());
            echo(source, outbound, 10_000).get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    @DisplayName("H-58 identify both ways, with a signed record; push reaches js")
    void identify() throws Exception {
        Connection connection = get(host.dial(js.address));
        Awaitility.await().until(() -> connection.identify().isPresent());
        IdentifyInfo info = connection.identify().orElseThrow();
        assertThat(info.agentVersion()).contains("js-libp2p");
        assertThat(info.supports("/echo/1.0.0")).isTrue();
        assertThat(info.listenAddresses()).contains(js.address.withoutPeerId());
        assertThat(info.signedPeerRecord()).isNotNull();
        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(js.tell("peers")).contains("test/1", "\"certified\":true"));
        host.handle("/new/1.0.0", _ -> new TestHosts.Echo());
        Awaitility.await().untilAsserted(() -> assertThat(js.tell("peers")).contains("/new/1.0.0"));
    }

    @Test
    @DisplayName("H-47 200 sequential and 50 parallel streams, js opens")
    void streamsOfJs() throws Exception {
        assertThat(js.tell("streams " + own() + " 200 50")).contains("streamed");
    }

    @Test
    @DisplayName("H-47 200 sequential and 50 parallel streams, we open")
    void streamsOfOurs() throws Exception {
        Connection connection = get(host.dial(js.address));
        for (int i = 0; i < 200; i++) {
            echo(connection, 100).get(20, TimeUnit.SECONDS);
        }
        var all = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < 50; i++) {
            all.add(echo(connection, 5000));
        }
        for (CompletableFuture<Void> one : all) {
            one.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    @DisplayName("H-47 64 MiB each way, js sends and reads back")
    void transferOfJs() throws Exception {
        assertThat(js.tell("echo " + own() + " " + (64 << 20))).contains("echoed");
    }

    @Test
    @DisplayName("H-47 64 MiB each way, we send and read back")
    void transferOfOurs() throws Exception {
        Connection connection = get(host.dial(js.address));
        echo(connection, 64 << 20).get(60, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("H-47 remote reset and half close are seen")
    void resetAndHalfClose() throws Exception {
        Connection connection = get(host.dial(js.address));
        var reset = new TestHosts.Recording();
        Stream toReset = get(host.open(connection, List.of("/reset/1.0.0"), reset));
        toReset.write(new byte[10], 0, 10);
        assertThat(get(reset.closed)).isInstanceOf(StreamResetException.class);

        var half = new TestHosts.Recording();
        Stream toHalf = get(host.open(connection, List.of("/half/1.0.0"), half));
        get(half.readClosed);
        toHalf.write(new byte[1000], 0, 1000);
        toHalf.closeWrite();
        assertThat(js.next()).contains("\"bytes\":1000");
        assertThat(get(half.closed)).isNull();
    }

    @Test
    @DisplayName("H-60 ping both ways reports a round trip")
    void ping() throws Exception {
        Connection connection = get(host.dial(js.address));
        assertThat(get(host.ping(connection))).isPositive();
        assertThat(js.tell("ping " + own() + " 3")).contains("pinged");
    }

    /// Sends a pattern, reads it back and compares.
    private CompletableFuture<Void> echo(Connection connection, int bytes) throws Exception {
        return echo(host, connection, bytes);
    }

    private static CompletableFuture<Void> echo(NettyHost from, Connection connection, int bytes)
            throws Exception {
        var done = new CompletableFuture<Void>();
        var handler =
                new StreamHandler() {
                    private int received;
                    private int sent;

                    private void send(Stream stream) {
                        while (sent < bytes && stream.writable()) {
                            byte[] chunk = new byte[Math.min(32 << 10, bytes - sent)];
                            for (int i = 0; i < chunk.length; i++) {
                                chunk[i] = (byte) ((sent + i) * 31);
                            }
                            stream.write(chunk, 0, chunk.length);
                            sent += chunk.length;
                            if (sent == bytes) {
                                stream.closeWrite();
                            }
                        }
                    }

                    @Override
                    public void data(Stream stream, byte[] array, int off, int len) {
                        byte[] expected = new byte[len];
                        for (int i = 0; i < len; i++) {
                            expected[i] = (byte) ((received + i) * 31);
                        }
                        assertThat(Arrays.equals(expected, 0, len, array, off, off + len)).isTrue();
                        received += len;
                    }

                    @Override
                    public void writable(Stream stream) {
                        send(stream);
                    }

                    @Override
                    public void closed(Stream stream, @Nullable Throwable cause) {
                        if (cause == null && received == bytes) {
                            done.complete(null);
                        } else {
                            done.completeExceptionally(
                                    new IOException(received + " of " + bytes, cause));
                        }
                    }
                };
        Stream stream = get(from.open(connection, List.of("/echo/1.0.0"), handler));
        ((HostConnection) connection).execute(() -> handler.send(stream));
        return done;
    }
}
