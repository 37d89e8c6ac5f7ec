package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// L30 to L33: strangers who abuse a QUIC listener.
class QuicFloodIT {
    private static final Multiaddr QUIC = Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1");

    @Test
    @DisplayName("L31 short Initials, other versions and noise open nothing; honest peers connect")
    void datagrams() throws Exception {
        try (var hosts = new TestHosts();
                var stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            String text = b.listenAddresses().getFirst().toString();
            int port = Integer.parseInt(text.replaceAll(".*/udp/(\\d+)/.*", "$1"));
            var random = new Random(31);
            for (int i = 0; i < 300; i++) {
                byte[] datagram = new byte[i % 3 == 0 ? 1199 : i % 3 == 1 ? 1200 : 40];
                random.nextBytes(datagram);
                if (i % 3 != 2) {
                    datagram[0] = (byte) 0xc3; // Initial, long header
                    datagram[1] = 0;
                    datagram[2] = 0;
                    datagram[3] = 0;
                    datagram[4] = (byte) (i % 3 == 0 ? 1 : 0x7f); // v1 but short, or no version
                    datagram[5] = 8;
                }
                stranger.send(
                        new DatagramPacket(
                                datagram, datagram.length, InetAddress.getLoopbackAddress(), port));
            }
            assertThat(connect(a, b).isOpen()).isTrue();
            Awaitility.await()
                    .until(() ->
                            b.admission().usage().startsWith("transients=0/0 connections=1/1"));
            Awaitility.await()
                    .untilAsserted(() -> assertThat(b.metrics().openedInbound()).isEqualTo(1));
        }
    }

    @Test
    @DisplayName("L33 over 200 streams reset before a byte within 10 s end the connection")
    void resets() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            NettyHost honest = hosts.start(3, c -> c.listen());
            b.handle("/echo/1", _ -> new TestHosts.Echo());
            HostConnection attack = connect(a, b);
            HostConnection other = connect(honest, b);
            for (int i = 0; i < 400 && attack.isOpen(); i++) {
                var recording = new TestHosts.Recording();
                try {
                    Stream stream = get(a.open(attack, List.of("/echo/1"), recording));
                    stream.reset(ErrorCodes.STREAM_RATE_LIMITED);
                } catch (java.util.concurrent.ExecutionException _) {
                    break; // the connection is gone
                }
            }
            Awaitility.await().until(() -> b.counters().refusals(Limit.L33_RESETS) == 1);
            Awaitility.await().until(() -> !attack.isOpen());
            assertThat(other.isOpen()).isTrue();
            assertThat(get(honest.ping(other))).isPositive();
        }
    }

    private static HostTimeouts handshake(Duration limit) {
        HostTimeouts d = HostTimeouts.DEFAULT;
        return new HostTimeouts(
                d.connect(),
                d.dial(),
                d.upgrade(),
                limit,
                d.negotiation(),
                d.identify(),
                d.keepAlive(),
                d.pong(),
                d.writeStuck(),
                d.ping(),
                d.idle(),
                d.drain());
    }

    private static int port(NettyHost host) {
        String text = host.listenAddresses().getFirst().toString();
        return Integer.parseInt(text.replaceAll(".*/udp/(\\d+)/.*", "$1"));
    }

    /// The first datagrams of as many dials, each of a connection of its own.
    private static List<byte[]> initials(NettyHost dialler, int count) throws Exception {
        var found = new ArrayList<byte[]>();
        for (int i = 0; i < count; i++) {
            try (var sink = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                sink.setSoTimeout(10_000);
                PeerId nobody = TestHosts.key(900 + i).publicKey().peerId();
                var _ =
                        dialler.dialNow(
                                Multiaddr.parse(
                                        "/ip4/127.0.0.1/udp/%d/quic-v1/p2p/%s"
                                                .formatted(sink.getLocalPort(), nobody)));
                var datagram = new DatagramPacket(new byte[2048], 2048);
                sink.receive(datagram);
                found.add(Arrays.copyOf(datagram.getData(), datagram.getLength()));
            }
        }
        return found;
    }

    @Test
    @DisplayName(
            "L30 while strangers who never answer fill half the handshakes, newcomers get a Retry:"
                    + " honest ones return its token and connect, more strangers cost nothing")
    void retryUnderLoad() throws Exception {
        try (var hosts = new TestHosts();
                var stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b =
                    hosts.start(
                            2,
                            c ->
                                    c.listen(QUIC)
                                            .limits(
                                                    HostLimits.DEFAULT.withTransientConnections(
                                                            64, 8)));
            assertThat(connect(a, b).isOpen()).isTrue();
            assertThat(b.counters().refusals(Limit.L30_RETRY)).isZero();

            NettyHost source = hosts.start(3, c -> c.listen());
            for (byte[] initial : initials(source, 12)) {
                stranger.send(
                        new DatagramPacket(
                                initial,
                                initial.length,
                                InetAddress.getLoopbackAddress(),
                                port(b)));
            }
            Awaitility.await().until(() -> b.counters().refusals(Limit.L30_RETRY) == 8);
            assertThat(b.admission().usage()).startsWith("transients=4/4 ");

            NettyHost honest = hosts.start(4, c -> c.listen());
            HostConnection connection = connect(honest, b);
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(b.counters().refusals(Limit.L30_RETRY)).isEqualTo(9));
            assertThat(get(honest.ping(connection))).isPositive();
            assertThat(b.counters().refusals(Limit.L2_TRANSIENT)).isZero();
        }
    }

    @Test
    @DisplayName("L30 an address that used up its rate gets a Retry, then nothing")
    void rateOfAnAddress() throws Exception {
        try (var hosts = new TestHosts()) {
            HostTimeouts quick = handshake(Duration.ofSeconds(1));
            NettyHost b =
                    hosts.start(
                            2,
                            c ->
                                    c.listen(QUIC)
                                            .limits(
                                                    HostLimits.DEFAULT.withConnectionsPerIp(
                                                            2, false)));
            assertThat(connect(hosts.start(3, c -> c.listen()), b).isOpen()).isTrue();
            assertThat(connect(hosts.start(4, c -> c.listen()), b).isOpen()).isTrue();
            NettyHost third = hosts.start(5, c -> c.listen().timeouts(quick));
            assertThatThrownBy(() -> connect(third, b)).isInstanceOf(ExecutionException.class);
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(b.counters().refusals(Limit.L30_RETRY)).isPositive());
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(b.counters().refusals(Limit.L1_IP_CONNECTIONS))
                                    .isPositive());
            Awaitility.await()
                    .untilAsserted(() -> assertThat(b.metrics().openedInbound()).isEqualTo(2));
            assertThat(b.admission().usage()).startsWith("transients=0/0 connections=2/2");
        }
    }

    @Test
    @DisplayName(
            "L30 a token is good for the address, port and connection that it was made for, for a"
                    + " while")
    void tokens() throws Exception {
        var now = new AtomicLong(1_000);
        var admission = new Admission(HostLimits.DEFAULT.withTransientConnections(8, 2));
        var counters = new HostCounters();
        var tokens = new QuicTokens(admission, counters, now::get, 1_000, new SecureRandom());
        var from = new InetSocketAddress("192.0.2.1", 4001);
        ByteBuf id = Unpooled.wrappedBuffer(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        ByteBuf token = Unpooled.buffer();
        assertThat(tokens.writeToken(token, id, from)).isFalse();
        admission.accept(from.getAddress(), 0);
        assertThat(tokens.writeToken(token, id, from)).isTrue();
        assertThat(token.readableBytes()).isLessThanOrEqualTo(tokens.maxTokenLength());
        int at = tokens.validateToken(token, from);
        assertThat(token.slice(at, token.readableBytes() - at)).isEqualTo(id);

        assertThat(tokens.validateToken(token, new InetSocketAddress("192.0.2.1", 4002)))
                .isEqualTo(-1);
        assertThat(tokens.validateToken(token, new InetSocketAddress("192.0.2.2", 4001)))
                .isEqualTo(-1);
        for (int i = 0; i < token.readableBytes(); i++) {
            ByteBuf changed = token.copy();
            changed.setByte(i, changed.getByte(i) ^ 1);
            assertThat(tokens.validateToken(changed, from)).as("byte %d", i).isEqualTo(-1);
        }
        assertThat(tokens.validateToken(token.slice(0, 20), from)).isEqualTo(-1);
        now.addAndGet(1_001);
        assertThat(tokens.validateToken(token, from)).isEqualTo(-1);
        Awaitility.await()
                .untilAsserted(() -> assertThat(counters.refusals(Limit.L30_TOKEN)).isPositive());
    }

    @Test
    @DisplayName("L30 a token that another server gave is answered with a Retry, not dropped")
    void foreignTokens() throws Exception {
        try (var hosts = new TestHosts();
                var client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            NettyHost dialler = hosts.start(1, c -> c.listen());
            NettyHost target = hosts.start(2, c -> c.listen(QUIC));
            byte[] initial = initials(dialler, 1).getFirst();
            int tokenAt = 6 + initial[5] + 1 + initial[6 + initial[5]];
            assertThat(initial[tokenAt]).as("no token").isZero();
            byte[] shown = new byte[initial.length + 40];
            System.arraycopy(initial, 0, shown, 0, tokenAt);
            shown[tokenAt] = 40;
            Arrays.fill(shown, tokenAt + 1, tokenAt + 41, (byte) 7);
            System.arraycopy(
                    initial, tokenAt + 1, shown, tokenAt + 41, initial.length - tokenAt - 1);

            client.setSoTimeout(20_000);
            client.send(
                    new DatagramPacket(
                            shown, shown.length, InetAddress.getLoopbackAddress(), port(target)));
            var answer = new DatagramPacket(new byte[2048], 2048);
            client.receive(answer);

            byte[] retry = Arrays.copyOf(answer.getData(), answer.getLength());
            assertThat(retry[0] & 0xf0).as("a Retry").isEqualTo(0xf0);
            int source = 6 + initial[5];
            assertThat(Arrays.copyOfRange(retry, 5, 6 + retry[5]))
                    .as("to the client's connection id")
                    .isEqualTo(Arrays.copyOfRange(initial, source, source + 1 + initial[source]));
            byte[] destination = Arrays.copyOfRange(initial, 6, 6 + initial[5]);
            byte[] packet = Arrays.copyOf(retry, retry.length - 16);
            assertThat(QuicForeignTokens.sealed(destination, packet)).isEqualTo(retry);
            assertThat(connect(dialler, target).isOpen()).isTrue();
        }
    }

    @Test
    @DisplayName(
            "L32 our transport parameters allow no unidirectional stream, at either end; data flows"
                    + " on")
    void unidirectional() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2, c -> c.listen(QUIC));
            HostConnection outbound = connect(a, b);
            Awaitility.await().until(() -> !b.connections().isEmpty());
            var inbound = (HostConnection) b.connections().iterator().next();
            for (HostConnection end : List.of(outbound, inbound)) {
                QuicChannel channel = ((QuicConnection) end).channel();
                assertThat(channel.peerAllowedStreams(QuicStreamType.UNIDIRECTIONAL)).isZero();
                assertThat(channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL)).isPositive();
                var refused =
                        channel.createStream(
                                        QuicStreamType.UNIDIRECTIONAL,
                                        new ChannelInboundHandlerAdapter())
                                .await();
                assertThat(refused.isSuccess()).isFalse();
            }
            assertThat(get(a.ping(outbound))).isPositive();
        }
    }
}
