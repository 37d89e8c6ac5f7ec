package org.pollen.libp2p.holepunch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.ProtoWriter;

/// The talk of a hole punch, its messages, and what it achieves between two NATs.
class HolePunchTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final long MILLI = 1_000_000L;
    private static final Multiaddr QUIC = Multiaddr.parse("/ip4/192.0.2.1/udp/4001/quic-v1");
    private static final Multiaddr A = Multiaddr.parse("/ip4/198.51.100.1/tcp/4001");
    private static final Multiaddr B = Multiaddr.parse("/ip4/203.0.113.1/tcp/4001");
    private static final Multiaddr RELAYED =
            Multiaddr.parse(
                    "/ip4/192.0.2.9/tcp/1/p2p/12D3KooWCBhEQvCyRKCkbySdmeYUuEykyWBrBEhYWQqRBGvHx2Fa/p2p-circuit");

    private static boolean usable(Multiaddr address) {
        return !address.isRelayed() && !address.isLoopback();
    }

    private static HolePunch initiator() {
        return HolePunch.initiator(List.of(B), HolePunchTest::usable);
    }

    private static HolePunch responder() {
        return HolePunch.responder(List.of(A), HolePunchTest::usable);
    }

    private static void malformed(HolePunch punch, HolePunchMessage message) {
        assertThatThrownBy(() -> punch.receive(message, 0)).isInstanceOf(MalformedException.class);
        assertThat(punch.done()).isTrue();
    }

    @Test
    @DisplayName("H-67 the messages equal the vectors, both ways")
    void vectors() throws Exception {
        byte[] connect = HEX.parseHex("0f0864120b04c000020191020fa1cd03");
        assertThat(HolePunchMessage.connect(List.of(QUIC)).encode()).isEqualTo(connect);
        assertThat(HolePunchMessage.parse(connect, 1, connect.length - 1))
                .isEqualTo(HolePunchMessage.connect(List.of(QUIC)));
        byte[] sync = HEX.parseHex("0308ac02");
        assertThat(HolePunchMessage.sync().encode()).isEqualTo(sync);
        assertThat(HolePunchMessage.parse(sync, 1, 3)).isEqualTo(HolePunchMessage.sync());
    }

    @Test
    @DisplayName(
            "H-67, L40 no type or an unknown one is malformed; 32 addresses are read, 4096 bytes written")
    void wrongMessages() throws Exception {
        for (String bad : List.of("", "0801", "120b04c000020191020fa1cd03", "08", "0864120f04")) {
            byte[] wire = HEX.parseHex(bad);
            assertThatThrownBy(() -> HolePunchMessage.parse(wire, 0, wire.length))
                    .as(bad)
                    .isInstanceOf(MalformedException.class);
        }
        var many = new ProtoWriter().varint(1, 100).bytes(2, new byte[] {0x7f, 0x7f});
        for (int i = 0; i < 50; i++) {
            many.bytes(2, QUIC.bytes());
        }
        byte[] wire = many.toByteArray();
        assertThat(HolePunchMessage.parse(wire, 0, wire.length).addresses()).hasSize(31);
        assertThat(HolePunchMessage.connect(Collections.nCopies(90, QUIC)).addresses()).hasSize(32);
        Multiaddr big =
                Multiaddr.parse(
                        "/dns/"
                                + "a".repeat(60)
                                + ".example/tcp/1/tls/sni/"
                                + "b".repeat(150)
                                + "/ws");
        assertThat(HolePunchMessage.connect(Collections.nCopies(32, big)).encode().length)
                .isLessThanOrEqualTo(4096);
    }

    @Test
    @DisplayName("H-67 CONNECT, CONNECT, SYNC: the initiator dials half a round trip after SYNC")
    void talk() throws Exception {
        HolePunch b = initiator();
        HolePunch a = responder();
        HolePunch.Send first = b.start(0);
        assertThat(first.message()).isEqualTo(HolePunchMessage.connect(List.of(B)));
        List<HolePunch.Step> answer = a.receive(first.message(), 50 * MILLI);
        assertThat(answer)
                .containsExactly(new HolePunch.Send(HolePunchMessage.connect(List.of(A))));
        List<HolePunch.Step> third =
                b.receive(((HolePunch.Send) answer.getFirst()).message(), 100 * MILLI);
        assertThat(third)
                .containsExactly(
                        new HolePunch.Send(HolePunchMessage.sync()),
                        new HolePunch.Dial(List.of(A), 150 * MILLI));
        assertThat(a.receive(HolePunchMessage.sync(), 150 * MILLI))
                .containsExactly(new HolePunch.Dial(List.of(B), 150 * MILLI));
        assertThat(a.done()).isTrue();
        assertThat(b.done()).isTrue();
    }

    @Test
    @DisplayName("H-67 SYNC before CONNECT, a second CONNECT, SYNC to the initiator: over")
    void outOfTurn() throws Exception {
        malformed(responder(), HolePunchMessage.sync());
        HolePunch a = responder();
        a.receive(HolePunchMessage.connect(List.of(B)), 0);
        malformed(a, HolePunchMessage.connect(List.of(B)));
        malformed(a, HolePunchMessage.sync());
        HolePunch b = initiator();
        malformed(b, HolePunchMessage.connect(List.of(A)));
        HolePunch started = initiator();
        started.start(0);
        malformed(started, HolePunchMessage.sync());
        assertThatThrownBy(() -> started.start(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> responder().start(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName(
            "H-67 no addresses, or only relayed and loopback ones: over; ours are not told either")
    void noAddresses() {
        malformed(responder(), HolePunchMessage.connect(List.of()));
        malformed(
                responder(),
                HolePunchMessage.connect(
                        List.of(RELAYED, Multiaddr.parse("/ip4/127.0.0.1/tcp/1"))));
        HolePunch b = HolePunch.initiator(List.of(RELAYED, B), HolePunchTest::usable);
        assertThat(b.start(0).message().addresses()).containsExactly(B);
        malformed(b, HolePunchMessage.connect(List.of(RELAYED)));
    }

    // ---- two NATs

    /// A network of two peers, each behind a NAT that lets in only what answers: a packet from an
    /// address is let in once one went out to it.
    private static final class FakeNetwork {
        private record Event(long at, long order, Runnable what) {}

        private final PriorityQueue<Event> events =
                new PriorityQueue<>(
                        Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
        private final Map<Multiaddr, List<Multiaddr>> sentTo = new HashMap<>();
        private final List<String> arrived = new ArrayList<>();
        private final Map<String, Long> dialledAt = new HashMap<>();
        private final long direct;
        private long now;
        private long order;

        FakeNetwork(long direct) {
            this.direct = direct;
        }

        void at(long time, Runnable what) {
            events.add(new Event(time, order++, what));
        }

        void run() {
            Event next;
            while ((next = events.poll()) != null) {
                now = next.at;
                next.what.run();
            }
        }

        /// SYNs as the system sends them, until one gets through or five seconds are over.
        void dial(String name, Multiaddr from, Multiaddr to, long at) {
            dialledAt.put(name, at);
            for (long again : List.of(0L, 1000L, 3000L)) {
                at(
                        at + again * MILLI,
                        () -> {
                            sentTo.computeIfAbsent(from, _ -> new ArrayList<>()).add(to);
                            at(
                                    now + direct,
                                    () -> {
                                        if (sentTo.getOrDefault(to, List.of()).contains(from)) {
                                            arrived.add(name + "@" + now / MILLI);
                                        }
                                    });
                        });
            }
        }
    }

    private static void talk(FakeNetwork net, long toA, long toB) {
        HolePunch b = initiator();
        HolePunch a = responder();
        HolePunchMessage first = b.start(0).message();
        net.at(toA, () -> hear(net, a, b, "A", first, toB, toA));
        net.run();
    }

    /// One side hears a message over the relay and does what the talk says.
    private static void hear(
            FakeNetwork net,
            HolePunch self,
            HolePunch other,
            String name,
            HolePunchMessage message,
            long delay,
            long back) {
        try {
            for (HolePunch.Step step : self.receive(message, net.now)) {
                switch (step) {
                    case HolePunch.Send words ->
                            net.at(
                                    net.now + delay,
                                    () ->
                                            hear(
                                                    net,
                                                    other,
                                                    self,
                                                    name.equals("A") ? "B" : "A",
                                                    words.message(),
                                                    back,
                                                    delay));
                    case HolePunch.Dial dial ->
                            net.dial(
                                    name,
                                    name.equals("A") ? A : B,
                                    dial.addresses().getFirst(),
                                    dial.at());
                }
            }
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"50, 50, 30", "10, 10, 10", "80, 20, 25", "20, 80, 60", "0, 0, 1"})
    @DisplayName("H-66 between two NATs the first packets cross, and the second of them gets in")
    void fakeNetwork(long toA, long toB, long direct) {
        var net = new FakeNetwork(direct * MILLI);
        talk(net, toA * MILLI, toB * MILLI);
        long a = net.dialledAt.getOrDefault("A", -1L);
        long b = net.dialledAt.getOrDefault("B", -1L);
        assertThat(Math.abs(a - b)).isLessThanOrEqualTo(Math.abs(toA - toB) * MILLI / 2);
        assertThat(net.arrived).isNotEmpty();
        if (Math.abs(toA - toB) / 2 <= direct) {
            // Both were on their way before either arrived: no packet was wasted.
            assertThat(net.arrived.getFirst()).endsWith("@" + (Math.min(a, b) / MILLI + direct));
        }
    }

    @FuzzTest(maxDuration = "10m")
    void fuzz(byte[] data) {
        try {
            HolePunchMessage message = HolePunchMessage.parse(data, 0, data.length);
            assertThat(message.addresses()).hasSizeLessThanOrEqualTo(32);
            HolePunchMessage again = HolePunchMessage.connect(message.addresses());
            assertThat(again.encode().length).isLessThanOrEqualTo(4098);
            initiator().receive(message, 0);
        } catch (MalformedException _) {
            // the documented answer
        }
    }
}
