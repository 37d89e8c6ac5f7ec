package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;

/// L31, L33: strangers who abuse a QUIC listener.
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
            assertThat(b.metrics().openedInbound()).isEqualTo(1);
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
}
