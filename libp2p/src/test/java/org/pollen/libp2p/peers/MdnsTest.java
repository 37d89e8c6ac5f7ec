package org.pollen.libp2p.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// H-70, L44: mDNS on a virtual clock, without a network.
class MdnsTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<String> found = new ArrayList<>();
    private final InetAddress lan = ip(192, 168, 1, 7);
    private final InetAddress loopback = ip(127, 0, 0, 1);

    private static InetAddress ip(int a, int b, int c, int d) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private Mdns node(int n, String... addresses) {
        List<Multiaddr> own = java.util.Arrays.stream(addresses).map(Multiaddr::parse).toList();
        return new Mdns(
                Peers.id(n),
                new Random(n),
                () -> own,
                (PeerId peer, List<Multiaddr> at) -> found.add(peer.abbreviated() + " " + at),
                0);
    }

    private static ByteBuf packet(byte[] bytes) {
        return Unpooled.wrappedBuffer(bytes);
    }

    @Test
    @DisplayName("H-70 a question is answered with our private addresses, and the asker finds us")
    void asksAndAnswers() {
        Mdns a = node(1, "/ip4/192.168.1.2/tcp/1");
        Mdns b =
                node(
                        2,
                        "/ip4/192.168.1.3/tcp/2",
                        "/ip4/8.8.8.8/tcp/2",
                        "/ip4/192.168.1.3/udp/2/quic-v1");
        byte[] question = a.tick(0).getFirst();
        byte[] answer = b.receive(packet(question), lan, 0).getFirst();
        assertThat(answer.length).isLessThan(1500);
        assertThat(a.receive(packet(answer), lan, 0)).isEmpty();
        assertThat(found)
                .containsExactly(
                        Peers.id(2).abbreviated()
                                + " [/ip4/192.168.1.3/tcp/2, /ip4/192.168.1.3/udp/2/quic-v1]");
        assertThat(a.ignored()).isZero();
    }

    @Test
    @DisplayName("H-70 our own answer is ignored; a question is answered once a second")
    void own() {
        Mdns a = node(1, "/ip4/192.168.1.2/tcp/1");
        byte[] question = a.tick(0).getFirst();
        byte[] answer = a.receive(packet(question), lan, 0).getFirst();
        a.receive(packet(answer), lan, 0);
        assertThat(found).isEmpty();
        assertThat(a.receive(packet(question), lan, SECOND - 1)).isEmpty();
        assertThat(a.receive(packet(question), lan, SECOND)).hasSize(1);
        assertThat(node(3).receive(packet(question), lan, 0)).isEmpty(); // nothing to tell
    }

    @Test
    @DisplayName("H-70 questions are asked at once, after 10 s, 20 s and at most each 5 minutes")
    void questions() {
        Mdns a = node(1);
        var asked = new ArrayList<Long>();
        for (long now = 0; now < 1600; now++) {
            if (!a.tick(now * SECOND).isEmpty()) {
                asked.add(now);
            }
        }
        assertThat(asked).containsExactly(0L, 10L, 30L, 70L, 150L, 310L, 610L, 910L, 1210L, 1510L);
    }

    @Test
    @DisplayName("L44 addresses that are not of the link do not count, nor packets from outside")
    void links() {
        Mdns b = node(2);
        byte[] answer =
                MdnsPackets.answer(
                        "x",
                        List.of(
                                Multiaddr.parse("/ip4/8.8.8.8/tcp/1").withPeerId(Peers.id(1)),
                                Multiaddr.parse("/ip4/127.0.0.1/tcp/1").withPeerId(Peers.id(1)),
                                Multiaddr.parse("/dns4/example.com/tcp/1").withPeerId(Peers.id(1)),
                                Multiaddr.parse("/ip4/10.0.0.1/tcp/1")));
        b.receive(packet(answer), lan, 0);
        assertThat(found).isEmpty();
        assertThat(b.ignored()).isEqualTo(4);
        b.receive(packet(answer), ip(8, 8, 8, 8), 0);
        assertThat(b.ignored()).isEqualTo(5);
        b.receive(packet(answer), loopback, 0);
        assertThat(found).containsExactly(Peers.id(1).abbreviated() + " [/ip4/127.0.0.1/tcp/1]");
    }

    @Test
    @DisplayName("L44 over 9000 bytes, over 64 records, cut and scrambled packets are ignored")
    void malformed() {
        byte[] answer =
                MdnsPackets.answer(
                        "x",
                        List.of(Multiaddr.parse("/ip4/10.0.0.1/tcp/1").withPeerId(Peers.id(1))));
        assertThatThrownBy(() -> MdnsPackets.read(packet(new byte[9001])))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> MdnsPackets.read(packet(new byte[11])))
                .isInstanceOf(MalformedException.class);
        byte[] many = answer.clone();
        many[6] = 1; // 257 answers
        assertThatThrownBy(() -> MdnsPackets.read(packet(many)))
                .isInstanceOf(MalformedException.class);
        Mdns b = node(2);
        long now = 0;
        for (int length = 0; length < answer.length; length++) {
            b.receive(Unpooled.wrappedBuffer(answer, 0, length), lan, now += SECOND);
        }
        assertThat(found).isEmpty();
        var random = new Random(44);
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = answer.clone();
            for (int flips = 0; flips <= i % 4; flips++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            b.receive(packet(bad), lan, now += SECOND);
        }
        assertThat(b.ignored()).isPositive();
    }

    @Test
    @DisplayName("L44 32 addresses of a packet are read; 100 packets a second")
    void bounds() throws Exception {
        var addresses = new ArrayList<Multiaddr>();
        for (int i = 0; i < 10; i++) {
            addresses.add(Multiaddr.parse("/ip4/10.0.0.1/tcp/" + (i + 1)).withPeerId(Peers.id(1)));
        }
        byte[] one = MdnsPackets.answer("x", addresses);
        int told = MdnsPackets.read(packet(one)).addresses().size();
        assertThat(told).isBetween(8, 10);
        // The same records many times over: PTR and TXT are one answer and one additional record.
        ByteBuf many = Unpooled.buffer();
        many.writeBytes(one, 0, 6).writeShort(16).writeShort(0).writeShort(0);
        for (int i = 0; i < 8; i++) {
            many.writeBytes(one, 12, one.length - 12);
        }
        MdnsPackets.Packet read =
                MdnsPackets.read(many.readableBytes() > 9000 ? many.slice(0, 9000) : many);
        assertThat(read.addresses()).hasSize(32);
        assertThat(read.dropped()).isEqualTo(8 * told - 32);

        Mdns b = node(2);
        for (int i = 0; i < 150; i++) {
            b.receive(packet(one), lan, 0);
        }
        assertThat(found).hasSize(100);
        assertThat(b.ignored()).isEqualTo(50);
    }
}
