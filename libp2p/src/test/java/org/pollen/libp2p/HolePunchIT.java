package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.address;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.libp2p.holepunch.HolePunchMessage;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.peer.Multiaddr;

/// Rows H-66 and H-67, between hosts of this process on addresses of their own. Loopback has no
/// NAT: which side's socket gets through is chosen by forbidding the other.
class HolePunchIT {
    private static final Reachability PUNCHING =
            Reachability.NONE
                    .withRelayUse(Reachability.RelayUse.WHEN_UNREACHABLE, List.of())
                    .withAutoNat(false, 1, true)
                    .withHolePunch(true);

    @AfterAll
    static void noLeaks() {
        assertThat(TestHosts.leaks()).isZero();
    }

    /// Forbids to dial an address.
    private static ConnectionGate not(String forbidden) {
        return new ConnectionGate() {
            @Override
            public boolean allowAddress(InetAddress address, boolean outbound) {
                return !outbound || !address.getHostAddress().equals(forbidden);
            }
        };
    }

    private static NettyHost start(TestHosts hosts, int n, String ip, String suffix, String not)
            throws Exception {
        return hosts.start(
                n,
                builder ->
                        builder.listen(
                                        Multiaddr.parse("/ip4/" + ip + "/tcp/0"),
                                        Multiaddr.parse("/ip4/" + ip + suffix))
                                .gate(not(not))
                                .reachability(PUNCHING));
    }

    private static NettyHost relay(TestHosts hosts) throws Exception {
        return hosts.start(
                1,
                builder ->
                        builder.reachability(
                                Reachability.NONE.withRelayServer(RelayLimits.DEFAULT)));
    }

    private static HostConnection dialThrough(NettyHost from, NettyHost relay, NettyHost to)
            throws Exception {
        get(to.relayClient().reserve(connect(to, relay)));
        return (HostConnection)
                get(
                        from.dialNow(
                                Multiaddr.parse(
                                        address(relay) + "/p2p-circuit/p2p/" + to.peerId())));
    }

    private static HolePuncher puncher(NettyHost host) {
        return Objects.requireNonNull(host.holePuncher());
    }

    @ParameterizedTest
    @CsvSource({
        "tcp, none, none",
        "tcp, 127.0.0.3, none", // the target may not dial the source: the source's socket counts
        "tcp, none, 127.0.0.2" // the source may not dial the target: the target's socket counts
    })
    @DisplayName(
            "H-66 TCP: a direct connection with the roles as specified, the relayed one retired")
    void tcp(String transport, String targetMayNot, String sourceMayNot) throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = relay(hosts);
            NettyHost target = start(hosts, 2, "127.0.0.2", "/tcp/0/ws", targetMayNot);
            NettyHost source = start(hosts, 3, "127.0.0.3", "/tcp/0/ws", sourceMayNot);
            HostConnection circuit = dialThrough(source, relay, target);
            Awaitility.await().until(() -> source.hasDirect(target.peerId()));
            Awaitility.await().until(() -> target.hasDirect(source.peerId()));
            HostConnection direct = Objects.requireNonNull(source.direct(target.peerId()));
            assertThat(direct.transport()).isEqualTo(transport);
            assertThat(direct.outbound()).as("the circuit's dialler is the client").isTrue();
            assertThat(Objects.requireNonNull(target.direct(source.peerId())).outbound()).isFalse();
            assertThat(get(source.ping(direct))).isPositive();
            Awaitility.await().until(() -> target.metrics().holePunch().punched() == 1);
            Awaitility.await().until(() -> !circuit.isOpen());
            assertThat(source.connection(target.peerId())).get().isEqualTo(direct);
            Awaitility.await().until(() -> puncher(source).isIdle() && puncher(target).isIdle());
            Awaitility.await().until(() -> source.admission().usage().startsWith("transients=0/0"));
            Awaitility.await().until(() -> target.admission().usage().startsWith("transients=0/0"));
        }
    }

    @Test
    @DisplayName(
            "H-66 QUIC: the circuit's dialler dials from its listening port, the other sends datagrams")
    void quic() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = relay(hosts);
            NettyHost target = start(hosts, 2, "127.0.0.2", "/udp/0/quic-v1", "127.0.0.3");
            // No TCP at the source: only QUIC is common.
            NettyHost source =
                    hosts.start(
                            3,
                            builder ->
                                    builder.listen(Multiaddr.parse("/ip4/127.0.0.3/udp/0/quic-v1"))
                                            .reachability(PUNCHING));
            HostConnection circuit = dialThrough(source, relay, target);
            Awaitility.await().until(() -> target.hasDirect(source.peerId()));
            Awaitility.await().until(() -> source.hasDirect(target.peerId()));
            HostConnection direct = Objects.requireNonNull(source.direct(target.peerId()));
            assertThat(direct.transport()).isEqualTo("quic-v1");
            assertThat(direct.outbound()).isTrue();
            assertThat(Objects.requireNonNull(target.direct(source.peerId())).remoteAddress())
                    .as("the port it listens on")
                    .isEqualTo(source.listenAddresses().getFirst());
            assertThat(get(source.ping(direct))).isPositive();
            Awaitility.await().until(() -> !circuit.isOpen());
        }
    }

    @Test
    @DisplayName("H-66 the same on NIO's sockets")
    void nio() throws Exception {
        try (var hosts = new TestHosts(EventLoops.createNio("nio-loop", 2))) {
            NettyHost relay = relay(hosts);
            NettyHost target = start(hosts, 2, "127.0.0.2", "/udp/0/quic-v1", "none");
            NettyHost source = start(hosts, 3, "127.0.0.3", "/udp/0/quic-v1", "none");
            HostConnection circuit = dialThrough(source, relay, target);
            Awaitility.await().until(() -> target.hasDirect(source.peerId()));
            Awaitility.await().until(() -> source.hasDirect(target.peerId()));
            Awaitility.await().until(() -> !circuit.isOpen());
        }
    }

    @Test
    @DisplayName(
            "H-54 a QUIC dial from the listening port; the listener accepts 100 more meanwhile")
    void dialFromListeningPort() throws Exception {
        Multiaddr listen = Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1");
        try (var hosts = new TestHosts()) {
            NettyHost dialler =
                    hosts.start(2, builder -> builder.listen(listen).reachability(PUNCHING));
            NettyHost target = hosts.start(3, builder -> builder.listen(listen));
            NettyHost visitor = hosts.start(4, builder -> builder.listen(List.of()));
            var over = new CompletableFuture<Void>();
            Multiaddr there = target.listenAddresses().getFirst();
            dialler.punchDialer()
                    .dial(
                            there,
                            Objects.requireNonNull(NettyHost.socket(there)),
                            target.peerId(),
                            true,
                            over);
            Awaitility.await().until(() -> dialler.hasDirect(target.peerId()));
            Awaitility.await().until(() -> target.hasDirect(dialler.peerId()));
            assertThat(Objects.requireNonNull(target.direct(dialler.peerId())).remoteAddress())
                    .isEqualTo(dialler.listenAddresses().getFirst());
            for (int i = 0; i < 100; i++) {
                Connection visit = get(visitor.dialNow(address(dialler)));
                assertThat(get(visitor.ping(visit))).isPositive();
                visit.close(ErrorCodes.NONE);
                Awaitility.await().until(() -> visitor.connections().isEmpty());
            }
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(dialler.metrics().openedInbound()).isEqualTo(100));
            assertThat(get(dialler.ping(Objects.requireNonNull(dialler.direct(target.peerId())))))
                    .isPositive();
            over.complete(null);
        }
    }

    @Test
    @DisplayName("H-66 three attempts without a hole, then the relayed connection stays as it is")
    void noHole() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = relay(hosts);
            NettyHost target = start(hosts, 2, "127.0.0.2", "/tcp/0/ws", "127.0.0.3");
            NettyHost source = start(hosts, 3, "127.0.0.3", "/tcp/0/ws", "127.0.0.2");
            puncher(target).punchTime(200_000_000L);
            puncher(source).punchTime(100_000_000L);
            HostConnection circuit = dialThrough(source, relay, target);
            Awaitility.await().until(() -> target.metrics().holePunch().failed() == 1);
            assertThat(circuit.isOpen()).isTrue();
            assertThat(target.metrics().holePunch().punched()).isZero();
            Awaitility.await().until(() -> puncher(source).isIdle() && puncher(target).isIdle());
        }
    }

    @Test
    @DisplayName("H-67 over a connection that we did not dial through a relay: reset")
    void wrongDirection() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = relay(hosts);
            NettyHost target = start(hosts, 2, "127.0.0.2", "/tcp/0/ws", "127.0.0.3");
            NettyHost source =
                    hosts.start(
                            3,
                            builder ->
                                    builder.reachability(
                                            Reachability.NONE.withLimitedProtocols(
                                                    Set.of(HolePuncher.PROTOCOL))));
            HostConnection circuit = dialThrough(source, relay, target);
            HostConnection direct = connect(source, target);
            for (HostConnection wrong : List.of(circuit, direct)) {
                var recording = new TestHosts.Recording();
                Stream stream = get(source.open(wrong, List.of(HolePuncher.PROTOCOL), recording));
                ControlStream.send(
                        stream, HolePunchMessage.connect(target.listenAddresses()).encode());
                assertThat(get(recording.closed)).isInstanceOf(StreamResetException.class);
                assertThat(recording.bytes()).isEmpty();
            }
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(target.counters().refusals(Limit.L40_DCUTR_DIRECTION))
                                    .isEqualTo(2));
        }
    }

    @Test
    @DisplayName(
            "H-67, L40 SYNC first, no addresses, 4097 bytes, or two at once: reset and counted")
    void wrongTalk() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = relay(hosts);
            NettyHost source = start(hosts, 3, "127.0.0.3", "/tcp/0/ws", "none");
            NettyHost target =
                    hosts.start(
                            2,
                            builder ->
                                    builder.reachability(
                                            Reachability.NONE.withRelayUse(
                                                    Reachability.RelayUse.WHEN_UNREACHABLE,
                                                    List.of())));
            dialThrough(source, relay, target);
            Awaitility.await().until(() -> target.connection(source.peerId()).isPresent());
            Connection circuit = target.connection(source.peerId()).orElseThrow();
            byte[] tooLong = {(byte) 0x81, 0x20};
            for (byte[] bad :
                    List.of(
                            HolePunchMessage.sync().encode(),
                            HolePunchMessage.connect(List.of()).encode(),
                            tooLong)) {
                var recording = new TestHosts.Recording();
                Stream stream = get(target.open(circuit, List.of(HolePuncher.PROTOCOL), recording));
                ControlStream.send(stream, bad);
                assertThat(get(recording.closed)).isInstanceOf(StreamResetException.class);
            }
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(source.counters().refusals(Limit.L40_DCUTR_MESSAGE))
                                    .isEqualTo(3));
            var first = new TestHosts.Recording();
            get(target.open(circuit, List.of(HolePuncher.PROTOCOL), first));
            var second = new TestHosts.Recording();
            get(target.open(circuit, List.of(HolePuncher.PROTOCOL), second));
            assertThat(get(second.closed)).isInstanceOf(StreamResetException.class);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(source.counters().refusals(Limit.L40_DCUTR_BUSY)).isOne());
        }
    }
}
