package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// Rows H-73 and H-76: who is let in, who is dialled again and when.
class AdmissionTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String UNUSED =
            "transients=0/0 connections=0/0 streams=0/0 prefixes=0 peers=0";
    private static final PeerId PEER = TestHosts.key(1).publicKey().peerId();

    private static InetAddress ip(String text) throws Exception {
        return InetAddress.getByName(text);
    }

    private static Admission.Ticket ticket(Admission.Answer answer) {
        return Objects.requireNonNull(answer.ticket());
    }

    @Test
    @DisplayName(
            "H-76 L1: the 9th connection of an IPv4 address is refused, and let in after one left")
    void perAddress() throws Exception {
        var admission = new Admission(HostLimits.DEFAULT);
        var tickets = new ArrayList<Admission.Ticket>();
        for (int i = 0; i < 8; i++) {
            tickets.add(ticket(admission.accept(ip("192.0.2.1"), 0)));
        }
        assertThat(admission.accept(ip("192.0.2.1"), 0).refusal())
                .isEqualTo(Limit.L1_IP_CONNECTIONS);
        assertThat(admission.accept(ip("192.0.2.2"), 0).refusal()).isNull();
        tickets.getFirst().release();
        tickets.getFirst().release(); // once only
        assertThat(admission.accept(ip("192.0.2.1"), 0).refusal()).isNull();
        assertThat(admission.accept(ip("192.0.2.1"), 0).refusal())
                .isEqualTo(Limit.L1_IP_CONNECTIONS);
    }

    @Test
    @DisplayName("H-76 L1: 8 connections for an IPv6 /56, 64 for a /48")
    void perPrefix() throws Exception {
        var limits = HostLimits.DEFAULT;
        var admission = new Admission(limits);
        for (int net = 0; net < 8; net++) {
            for (int i = 0; i < 8; i++) {
                String address = "2001:db8:0:%x::%x".formatted(net << 8, i);
                Admission.Ticket ticket = ticket(admission.accept(ip(address), 0));
                assertThat(ticket.promote(TestHosts.key(net * 8 + i).publicKey().peerId()))
                        .isNull();
            }
        }
        assertThat(admission.accept(ip("2001:db8:0:0:ffff::1"), 0).refusal())
                .isEqualTo(Limit.L1_IP_CONNECTIONS); // same /56
        assertThat(admission.accept(ip("2001:db8:0:900::1"), 0).refusal())
                .isEqualTo(Limit.L1_IP_CONNECTIONS); // same /48
        assertThat(admission.accept(ip("2001:db8:1:900::1"), 0).refusal()).isNull();
    }

    @Test
    @DisplayName("H-76 L1: 16 accepts at once and then one each 5 s; loopback is exempt")
    void acceptRate() throws Exception {
        var admission = new Admission(HostLimits.DEFAULT);
        for (int i = 0; i < 16; i++) {
            ticket(admission.accept(ip("192.0.2.1"), 0)).release();
        }
        assertThat(admission.accept(ip("192.0.2.1"), 0).refusal()).isEqualTo(Limit.L1_IP_RATE);
        assertThat(admission.accept(ip("192.0.2.1"), 5 * SECOND - 1).refusal())
                .isEqualTo(Limit.L1_IP_RATE);
        ticket(admission.accept(ip("192.0.2.1"), 5 * SECOND)).release();
        assertThat(admission.accept(ip("192.0.2.1"), 5 * SECOND).refusal())
                .isEqualTo(Limit.L1_IP_RATE);
        for (int i = 0; i < 100; i++) {
            ticket(admission.accept(ip("127.0.0.1"), 0)).release();
        }
        assertThat(admission.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName("H-76 L2: the 33rd inbound socket without a peer is refused, the newest")
    void transientScope() throws Exception {
        var admission = new Admission(HostLimits.DEFAULT);
        var tickets = new ArrayList<Admission.Ticket>();
        for (int i = 0; i < 32; i++) {
            tickets.add(ticket(admission.accept(ip("127.0.0.1"), 0)));
        }
        assertThat(admission.accept(ip("127.0.0.1"), 0).refusal()).isEqualTo(Limit.L2_TRANSIENT);
        assertThat(tickets.getFirst().promote(PEER)).isNull();
        assertThat(admission.accept(ip("127.0.0.1"), 0).refusal()).isNull();
    }

    @Test
    @DisplayName("H-76 8 connections per peer and the host's inbound limit hold exactly")
    void perPeer() throws Exception {
        var admission = new Admission(HostLimits.DEFAULT.withConnections(20, 10));
        var tickets = new ArrayList<Admission.Ticket>();
        for (int i = 0; i < 8; i++) {
            tickets.add(ticket(admission.accept(ip("127.0.0.1"), 0)));
            assertThat(tickets.getLast().promote(PEER)).isNull();
        }
        Admission.Ticket ninth = ticket(admission.accept(ip("127.0.0.1"), 0));
        assertThat(ninth.promote(PEER)).isEqualTo(Limit.CONNECTIONS_PER_PEER);
        ninth.release();
        for (int i = 2; i < 4; i++) {
            Admission.Ticket other = ticket(admission.accept(ip("127.0.0.1"), 0));
            assertThat(other.promote(TestHosts.key(i).publicKey().peerId())).isNull();
            tickets.add(other);
        }
        Admission.Ticket eleventh = ticket(admission.accept(ip("127.0.0.1"), 0));
        assertThat(eleventh.promote(TestHosts.key(5).publicKey().peerId()))
                .isEqualTo(Limit.CONNECTIONS);
        eleventh.release();
        Admission.Ticket outbound = ticket(admission.dial());
        assertThat(outbound.promote(TestHosts.key(5).publicKey().peerId())).isNull();
        outbound.release();
        tickets.forEach(Admission.Ticket::release);
        assertThat(admission.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName("H-76 256 inbound streams per peer, 512 in all; closing makes room")
    void streamsPerPeer() {
        var admission = new Admission(HostLimits.DEFAULT);
        for (int i = 0; i < 256; i++) {
            assertThat(admission.openStream(PEER, true)).isNull();
        }
        assertThat(admission.openStream(PEER, true)).isEqualTo(Limit.STREAMS_PER_PEER);
        for (int i = 0; i < 256; i++) {
            assertThat(admission.openStream(PEER, false)).isNull();
        }
        assertThat(admission.openStream(PEER, false)).isEqualTo(Limit.STREAMS_PER_PEER);
        admission.closeStream(PEER, true);
        assertThat(admission.openStream(PEER, true)).isNull();
        for (int i = 0; i < 256; i++) {
            admission.closeStream(PEER, true);
            admission.closeStream(PEER, false);
        }
        assertThat(admission.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName("H-76 no drift after 10 000 cycles of connections and streams")
    void noDrift() throws Exception {
        var admission = new Admission(HostLimits.DEFAULT);
        List<PeerId> peers = List.of(PEER, TestHosts.key(2).publicKey().peerId());
        for (int i = 0; i < 10_000; i++) {
            PeerId peer = peers.get(i % 2);
            Admission.Ticket in = ticket(admission.accept(ip("192.0.2.1"), i * (5 * SECOND)));
            Admission.Ticket out = ticket(admission.dial());
            if (i % 3 != 0) {
                assertThat(in.promote(peer)).isNull();
                assertThat(out.promote(peer)).isNull();
                assertThat(admission.openStream(peer, i % 5 == 0)).isNull();
                admission.closeStream(peer, i % 5 == 0);
            }
            in.release();
            out.release();
        }
        assertThat(admission.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName(
            "H-76 memory: reserving stops at the exact byte of the inner and of the outer budget")
    void memory() {
        var host = new MemoryScope(1 << 20, null);
        var one = new MemoryScope(1 << 19, host);
        var two = new MemoryScope(1 << 20, host);
        assertThat(one.reserve(1 << 19, MemoryScope.NEEDED)).isTrue();
        assertThat(one.reserve(1, MemoryScope.NEEDED)).isFalse();
        assertThat(two.reserve((1 << 19) + 1, MemoryScope.NEEDED)).isFalse();
        assertThat(two.reserved()).isZero();
        assertThat(two.reserve(1 << 19, MemoryScope.NEEDED)).isTrue();
        assertThat(two.reserve(1, MemoryScope.OPTIONAL)).isFalse();
        one.release(1 << 19);
        two.release(1 << 19);
        assertThat(host.reserved()).isZero();
        assertThat(one.reserve((1 << 18) + (1 << 11), MemoryScope.OPTIONAL)).isTrue();
        assertThat(one.reserve(1, MemoryScope.OPTIONAL)).isFalse(); // 129 / 256 of its limit
    }

    @ParameterizedTest
    @DisplayName("H-73 backoff is 5 s and n^2, at most 5 minutes")
    @CsvSource({"1, 5", "2, 6", "3, 9", "4, 14", "11, 105", "18, 294", "19, 300", "30, 300"})
    void backoff(int failures, long seconds) {
        var backoff = new DialBackoff();
        Multiaddr address = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");
        for (int i = 0; i < failures; i++) {
            backoff.failed(address, 7);
        }
        assertThat(backoff.remaining(address, 7)).isEqualTo(seconds * SECOND);
        assertThat(backoff.remaining(address, 7 + seconds * SECOND)).isZero();
        assertThat(backoff.remaining(Multiaddr.parse("/ip4/192.0.2.1/tcp/2"), 7)).isZero();
    }

    @Test
    @DisplayName("H-73 a success clears the backoff")
    void backoffCleared() {
        var backoff = new DialBackoff();
        Multiaddr address = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");
        backoff.failed(address, 0);
        backoff.failed(address, 0);
        backoff.succeeded(address);
        assertThat(backoff.remaining(address, 0)).isZero();
        backoff.failed(address, 0);
        assertThat(backoff.remaining(address, 0)).isEqualTo(5 * SECOND);
    }

    @Test
    void aRateWindowForgetsOneSecondAtATime() {
        var window = new RateWindow();
        for (int second = 0; second < 10; second++) {
            assertThat(window.add(second * SECOND)).isEqualTo(second + 1);
        }
        assertThat(window.add(10 * SECOND)).isEqualTo(10);
        assertThat(window.add(15 * SECOND)).isEqualTo(6);
        assertThat(window.add(1000 * SECOND)).isEqualTo(1);
    }
}
