package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.libp2p.TestHosts.address;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import io.netty.channel.EventLoopGroup;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// QUIC between hosts of this process: rows H-49 to H-53 as far as they need no other stack.
class QuicIT {
    private static final String ECHO = "/echo/1";
    private static final Multiaddr QUIC = Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1");
    private static final String UNUSED =
            "transients=0/0 connections=0/0 streams=0/0 prefixes=0 peers=0";

    @AfterAll
    static void noLeaks() {
        assertThat(TestHosts.leaks()).isZero();
    }

    private static void echo(NettyHost from, Connection connection, int bytes) throws Exception {
        var recording = new TestHosts.Recording();
        Stream stream = get(from.open(connection, List.of(ECHO), recording));
        byte[] sent = new byte[bytes];
        new Random(1).nextBytes(sent);
        stream.write(sent, 0, bytes);
        stream.closeWrite();
        get(recording.readClosed);
        assertThat(recording.bytes()).hasSize(bytes);
        assertThat(Arrays.equals(recording.bytes(), sent)).isTrue();
        assertThat(get(recording.closed)).isNull();
    }

    private static int attempts(NettyHost host) {
        return Objects.requireNonNull(host.quic()).attempts();
    }

    private static HostTimeouts keepAlive(Duration keepAlive) {
        HostTimeouts d = HostTimeouts.DEFAULT;
        return new HostTimeouts(
                d.connect(),
                d.dial(),
                d.upgrade(),
                d.handshake(),
                d.negotiation(),
                d.identify(),
                keepAlive,
                d.pong(),
                d.writeStuck(),
                d.ping(),
                d.idle(),
                d.drain());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "H-49 between our hosts: dial, listen, identify, ping, echo, half close; NIO, epoll")
    void works(boolean nio) throws Exception {
        EventLoopGroup loops =
                nio ? EventLoops.createNio("nio-loop", 2) : EventLoops.create("test-loop", 2);
        try (var hosts = new TestHosts(loops)) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            b.handle(ECHO, _ -> new TestHosts.Echo());
            assertThat(address(b).toString()).contains("/udp/", "/quic-v1/p2p/");
            HostConnection connection = connect(a, b);
            assertThat(connection.transport()).isEqualTo("quic-v1");
            assertThat(connection.remotePeer()).isEqualTo(b.peerId());
            assertThat(get(a.ping(connection))).isPositive();
            Awaitility.await().until(() -> connection.identify().isPresent());
            echo(a, connection, 5);
            echo(a, connection, 3_000_000);
            Connection inbound = b.connections().iterator().next();
            assertThat(inbound.remotePeer()).isEqualTo(a.peerId());
            a.handle(ECHO, _ -> new TestHosts.Echo());
            echo(b, inbound, 1000);

            connection.close(0x1234);
            Awaitility.await().until(() -> b.connections().isEmpty());
            Awaitility.await().until(() -> a.openSockets() == 0 && b.openSockets() == 1);
            Awaitility.await()
                    .until(() ->
                            a.admission().usage().equals(UNUSED)
                                    && b.admission().usage().equals(UNUSED));
            assertThat(attempts(a) + attempts(b)).isZero();
        }
    }

    @Test
    @DisplayName("H-49 the code of a reset is seen by the other end, both ways")
    void resetCode() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            var atB = new CompletableFuture<@Nullable Throwable>();
            b.handle(
                    "/mine/1",
                    _ ->
                            new StreamHandler() {
                                @Override
                                public void data(Stream s, byte[] array, int off, int len) {}

                                @Override
                                public void closed(Stream s, @Nullable Throwable cause) {
                                    atB.complete(cause);
                                }
                            });
            b.handle(
                    "/yours/1",
                    _ -> (stream, _, _, _) -> stream.reset(ErrorCodes.STREAM_RATE_LIMITED));
            HostConnection connection = connect(a, b);
            Stream mine = get(a.open(connection, List.of("/mine/1"), new TestHosts.Recording()));
            mine.write(new byte[10], 0, 10);
            Awaitility.await()
                    .until(() ->
                            b.metrics().traffic().stream()
                                    .anyMatch(t ->
                                            t.protocol().equals("/mine/1") && t.bytesIn() == 10));
            mine.reset(0x1009);
            assertThat(get(atB))
                    .isInstanceOfSatisfying(
                            StreamResetException.class,
                            e -> assertThat(e.code()).isEqualTo(0x1009));
            var recording = new TestHosts.Recording();
            Stream yours = get(a.open(connection, List.of("/yours/1"), recording));
            yours.write(new byte[10], 0, 10);
            assertThat(get(recording.closed))
                    .isInstanceOfSatisfying(
                            StreamResetException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCodes.STREAM_RATE_LIMITED));
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @Test
    @DisplayName("H-50 another peer than expected: both ends fail, no socket stays")
    void wrongPeer() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            PeerId other = TestHosts.key(9).publicKey().peerId();
            assertThatThrownBy(() -> get(a.dial(b.listenAddresses().getFirst().withPeerId(other))))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .hasMessageContaining(other.toString())
                    .hasMessageContaining(b.peerId().toString());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60)) // the listener's handshake timer at the latest
                    .until(() -> a.openSockets() == 0 && b.openSockets() == 1);
            Awaitility.await().until(() -> b.admission().usage().equals(UNUSED));
            assertThat(a.admission().usage()).isEqualTo(UNUSED);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(a.counters().refusals(Limit.L12_AUTHENTICATION))
                                    .isEqualTo(1));
            assertThat(b.metrics().openedInbound()).isZero();
        }
    }

    @Test
    @DisplayName("H-52 the 257th stream waits and proceeds after one closes")
    void streamLimit() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            b.handle(ECHO, _ -> new TestHosts.Echo());
            HostConnection connection = connect(a, b);
            Awaitility.await().until(() -> connection.identify().isPresent());
            Awaitility.await().until(() -> connection.streams().isEmpty()); // identify's own stream
            var streams = new ArrayList<Stream>();
            for (int i = 0; i < 256; i++) {
                streams.add(get(a.open(connection, List.of(ECHO), new TestHosts.Recording())));
                streams.getLast().write(new byte[1], 0, 1);
            }
            var late = new TestHosts.Recording();
            Stream last = get(a.open(connection, List.of(ECHO), late));
            last.write(new byte[7], 0, 7);
            get(
                    a.ping(connection)
                            .handle((_, failure) -> failure == null)
                            .completeOnTimeout(false, 300, TimeUnit.MILLISECONDS));
            assertThat(late.chunks).isEmpty();
            streams.getFirst().closeWrite();
            streams.get(1).closeWrite();
            Awaitility.await().until(() -> late.bytes().length == 7);
        }
    }

    @Test
    @DisplayName("H-53 an idle connection outlives the idle timeout by our pings")
    void keepAlive() throws Exception {
        try (var hosts = new TestHosts()) {
            var quick = keepAlive(Duration.ofMillis(2_400));
            NettyHost a = hosts.start(1, c -> c.listen().timeouts(quick));
            NettyHost b = hosts.start(2, c -> c.listen(QUIC).timeouts(quick));
            HostConnection connection = connect(a, b);
            Awaitility.await()
                    .pollDelay(Duration.ofSeconds(6))
                    .until(() -> connection.isOpen() && !b.connections().isEmpty());
        }
    }

    @Test
    @DisplayName("H-51 cancelled and failed dials, QUIC and TCP, leave no socket and no ticket")
    void failedDials() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a =
                    hosts.start(
                            1,
                            c ->
                                    c.listen()
                                            .timeouts(
                                                    HostTimeouts.DEFAULT.withDial(
                                                            Duration.ofMillis(300)))
                                            .limits(
                                                    HostLimits.DEFAULT.withTransientConnections(
                                                            400, 32)));
            var dials = new ArrayList<CompletableFuture<Connection>>();
            try (var silent = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                    var deaf = new ServerSocket(0, 500, InetAddress.getLoopbackAddress())) {
                for (int i = 0; i < 500; i++) {
                    PeerId peer = TestHosts.key(1000 + i).publicKey().peerId();
                    dials.add(
                            a.dial(
                                    Multiaddr.parse(
                                                    "/ip4/127.0.0.1/udp/%d/quic-v1"
                                                            .formatted(silent.getLocalPort()))
                                            .withPeerId(peer)));
                    dials.add(
                            a.dial(
                                    Multiaddr.parse(
                                                    "/ip4/127.0.0.1/tcp/%d"
                                                            .formatted(deaf.getLocalPort()))
                                            .withPeerId(peer)));
                }
                for (CompletableFuture<Connection> dial : dials) {
                    assertThatThrownBy(() -> get(dial)).isInstanceOf(ExecutionException.class);
                }
            }
            Awaitility.await().until(() -> a.openSockets() == 0);
            assertThat(a.admission().usage()).isEqualTo(UNUSED);
            assertThat(attempts(a)).isZero();
        }
    }

    @Test
    @DisplayName("H-77 closing a host ends its QUIC connections with a word for the peer")
    void shutdown() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            HostConnection connection = connect(a, b);
            b.close();
            Awaitility.await().until(() -> !connection.isOpen());
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(a.metrics().closedOutbound()).containsEntry("remote", 1L));
            Awaitility.await().until(() -> a.openSockets() == 0);
            assertThat(b.openSockets()).isZero();
        }
    }
}
