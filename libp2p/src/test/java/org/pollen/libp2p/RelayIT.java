package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.libp2p.TestHosts.address;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.libp2p.relay.RelayMessage;
import org.pollen.libp2p.relay.RelayStatus;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// The rows of circuit relay v2, between hosts of this process.
class RelayIT {
    private static final String ECHO = "/echo/1";
    private static final String OPTED = "/opted/1";
    private static final Reachability CLIENT =
            Reachability.NONE
                    .withRelayUse(Reachability.RelayUse.WHEN_UNREACHABLE, List.of())
                    .withLimitedProtocols(Set.of(OPTED));

    @AfterAll
    static void noLeaks() {
        assertThat(TestHosts.leaks()).isZero();
    }

    private static UnaryOperator<HostConfig.Builder> relay(RelayLimits limits) {
        return builder -> builder.reachability(Reachability.NONE.withRelayServer(limits));
    }

    @SuppressWarnings("UnnecessaryLambda") // beside relay(), which needs one
    private static UnaryOperator<HostConfig.Builder> client() {
        return builder -> builder.reachability(CLIENT);
    }

    private static HostConnection reserve(NettyHost client, NettyHost relay) throws Exception {
        HostConnection connection = connect(client, relay);
        get(client.relayClient().reserve(connection));
        return connection;
    }

    private static Multiaddr through(NettyHost relay, PeerId target) {
        return Multiaddr.parse(address(relay) + "/p2p-circuit/p2p/" + target);
    }

    private static HostConnection dialThrough(NettyHost from, NettyHost relay, NettyHost to)
            throws Exception {
        return (HostConnection) get(from.dialNow(through(relay, to.peerId())));
    }

    private static String echo(NettyHost from, Connection connection, String protocol, String text)
            throws Exception {
        var recording = new TestHosts.Recording();
        Stream stream = get(from.open(connection, List.of(protocol), recording));
        byte[] bytes = text.getBytes(UTF_8);
        stream.write(bytes, 0, bytes.length);
        stream.closeWrite();
        get(recording.readClosed);
        return new String(recording.bytes(), UTF_8);
    }

    /// Speaks the hop protocol by hand.
    private static final class Hop extends ControlStream {
        final CompletableFuture<RelayStatus> status = new CompletableFuture<>();

        Hop(NettyHost host) {
            super(host, RelayMessage.BYTES_MAX, Limit.L39_RELAY_MESSAGE);
        }

        @Override
        void message(byte[] array, int off, int len) throws org.pollen.peer.MalformedException {
            var answer = (RelayMessage.HopStatus) RelayMessage.parseHop(array, off, len);
            status.complete(Objects.requireNonNull(answer.status()));
            finish(); // what follows belongs to the circuit
        }

        @Override
        void ended(@Nullable Throwable cause) {
            status.completeExceptionally(
                    cause == null ? new IllegalStateException("no answer") : cause);
        }
    }

    private static RelayStatus hop(NettyHost from, Connection relay, byte[]... messages)
            throws Exception {
        var hop = new Hop(from);
        Stream stream = get(from.open(relay, List.of(RelayClient.HOP), hop));
        for (byte[] message : messages) {
            stream.write(message, 0, message.length);
        }
        return get(hop.status);
    }

    @Test
    @DisplayName("H-62 reserve, connect through the relay, echo; the lost connection drops it all")
    void works() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost target = hosts.start(2, client());
            NettyHost source = hosts.start(3);
            target.handle(OPTED, _ -> new TestHosts.Echo());
            HostConnection toRelay = reserve(target, relay);
            assertThat(target.addresses())
                    .contains(Multiaddr.parse(address(relay) + "/p2p-circuit"));
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(relay.metrics().relay().reservationsGiven()).isOne());
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(target.metrics().relay().reservationsHeld()).isOne());

            HostConnection circuit = dialThrough(source, relay, target);
            assertThat(circuit.remotePeer()).isEqualTo(target.peerId());
            assertThat(circuit.limited()).isTrue();
            assertThat(circuit.relayed()).isTrue();
            assertThat(circuit.transport()).isEqualTo("p2p-circuit");
            assertThat(circuit.remoteAddress()).hasToString(address(relay) + "/p2p-circuit");
            Awaitility.await().until(() -> circuit.identify().isPresent());
            assertThat(get(source.ping(circuit))).isPositive();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(relay.metrics().relay().circuits()).isOne());
            Awaitility.await()
                    .untilAsserted(() -> assertThat(relay.metrics().relay().bytes()).isPositive());
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(relay.metrics().relay().answers()).containsEntry("ok", 2L));

            toRelay.close(ErrorCodes.NONE);
            Awaitility.await().until(() -> !circuit.isOpen());
            Awaitility.await().until(() -> Objects.requireNonNull(relay.relayServer()).isIdle());
            Awaitility.await().until(() -> target.addresses().equals(target.listenAddresses()));
            assertThat(target.metrics().relay().reservationsHeld()).isZero();
        }
    }

    @Test
    @DisplayName("H-62 the signed record and identify push tell the address behind the relay")
    void advertised() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost target = hosts.start(2, client());
            reserve(target, relay);
            Multiaddr expected = Multiaddr.parse(address(relay) + "/p2p-circuit");
            Awaitility.await()
                    .until(() ->
                            Objects.requireNonNull(relay.direct(target.peerId()))
                                    .identify()
                                    .map(known -> known.listenAddresses().contains(expected))
                                    .orElse(false));
        }
    }

    @Test
    @DisplayName("H-62, L39 more bytes than the limit reset both sides")
    void bytes() throws Exception {
        try (var hosts = new TestHosts()) {
            RelayLimits limits = RelayLimits.DEFAULT.withCircuit(Duration.ofSeconds(60), 20_000);
            NettyHost relay = hosts.start(1, relay(limits));
            NettyHost target = hosts.start(2, client());
            NettyHost source = hosts.start(3, client());
            target.handle(OPTED, _ -> new TestHosts.Echo());
            reserve(target, relay);
            HostConnection circuit = dialThrough(source, relay, target);
            assertThat(echo(source, circuit, OPTED, "hello")).isEqualTo("hello");
            var recording = new TestHosts.Recording();
            Stream stream = get(source.open(circuit, List.of(OPTED), recording));
            stream.write(new byte[30_000], 0, 30_000);
            assertThat(get(recording.closed)).isNotNull();
            Awaitility.await().until(() -> !circuit.isOpen());
            Awaitility.await().until(() -> target.direct(source.peerId()) == null);
            Awaitility.await().until(() -> target.connection(source.peerId()).isEmpty());
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(relay.counters().refusals(Limit.L39_CIRCUIT_BYTES)).isOne());
            assertThat(relay.metrics().relay().circuits()).isZero();
        }
    }

    @Test
    @DisplayName("H-62, L39 a circuit that lives too long is reset at both sides")
    void duration() throws Exception {
        try (var hosts = new TestHosts()) {
            RelayLimits limits = RelayLimits.DEFAULT.withCircuit(Duration.ofSeconds(1), 1 << 20);
            NettyHost relay = hosts.start(1, relay(limits));
            NettyHost target = hosts.start(2, client());
            NettyHost source = hosts.start(3);
            reserve(target, relay);
            HostConnection circuit = dialThrough(source, relay, target);
            Awaitility.await().until(() -> !circuit.isOpen());
            Awaitility.await().until(() -> target.connection(source.peerId()).isEmpty());
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(relay.counters().refusals(Limit.L39_CIRCUIT_TIME)).isOne());
            Awaitility.await().until(() -> relay.metrics().relay().circuits() == 0);
        }
    }

    @Test
    @DisplayName("H-62 a reservation is renewed before it expires")
    void renewal() throws Exception {
        try (var hosts = new TestHosts()) {
            RelayLimits limits = RelayLimits.DEFAULT.withReservations(4, Duration.ofSeconds(2));
            NettyHost relay = hosts.start(1, relay(limits));
            NettyHost target = hosts.start(2, client());
            reserve(target, relay);
            Awaitility.await().until(() -> target.metrics().relay().reservationsGranted() >= 4);
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(relay.metrics().relay().reservationsGiven()).isOne());
        }
        assertThat(RelayClient.refreshNanos(3600)).isEqualTo(1800_000_000_000L);
        assertThat(RelayClient.refreshNanos(180)).isEqualTo(60_000_000_000L);
        assertThat(RelayClient.refreshNanos(100)).isEqualTo(50_000_000_000L);
    }

    @Test
    @DisplayName("H-62 relays are found among connected peers and configured ones")
    void automatic() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost configured = hosts.start(4, relay(RelayLimits.DEFAULT));
            NettyHost target =
                    hosts.start(
                            2,
                            builder ->
                                    builder.reachability(
                                            Reachability.NONE.withRelayUse(
                                                    Reachability.RelayUse.ALWAYS,
                                                    List.of(address(configured)))));
            connect(target, relay);
            Awaitility.await().until(() -> target.metrics().relay().reservationsHeld() == 2);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(configured.metrics().relay().reservationsGiven()).isOne());
        }
    }

    @Test
    @DisplayName("H-64 a limited connection refuses protocols that did not opt in, at both ends")
    void limitedProtocols() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost target = hosts.start(2, client());
            NettyHost source = hosts.start(3, client());
            target.handle(ECHO, _ -> new TestHosts.Echo());
            target.handle(OPTED, _ -> new TestHosts.Echo());
            reserve(target, relay);
            HostConnection circuit = dialThrough(source, relay, target);
            assertThatThrownBy(() ->
                            get(source.open(circuit, List.of(ECHO), new TestHosts.Recording())))
                    .hasCauseInstanceOf(UnsupportedProtocolException.class);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(source.counters().refusals(Limit.LIMITED_PROTOCOL)).isOne());

            // A peer that does not ask itself is refused by the other.
            circuit.limited(false);
            var recording = new TestHosts.Recording();
            get(source.open(circuit, List.of(ECHO), recording));
            assertThat(get(recording.closed)).isInstanceOf(UnsupportedProtocolException.class);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(target.counters().refusals(Limit.LIMITED_PROTOCOL)).isOne());
            circuit.limited(true);
            assertThat(echo(source, circuit, OPTED, "hi")).isEqualTo("hi");
        }
    }

    @Test
    @DisplayName("H-64 beside a direct connection the relayed one is not preferred and goes away")
    void directIsPreferred() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost target = hosts.start(2, client());
            NettyHost source = hosts.start(3);
            reserve(target, relay);
            HostConnection circuit = dialThrough(source, relay, target);
            HostConnection direct = connect(source, target);
            assertThat(direct).isNotSameAs(circuit);
            assertThat(source.connection(target.peerId())).contains(direct);
            Awaitility.await().until(() -> !circuit.isOpen());
            assertThat(direct.isOpen()).isTrue();
        }
    }

    @Test
    @DisplayName("H-65 reservation and connect over a relayed connection are answered 202")
    void relayedRequests() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost target =
                    hosts.start(
                            2,
                            builder ->
                                    builder.reachability(
                                            CLIENT.withRelayServer(RelayLimits.DEFAULT)));
            NettyHost source = hosts.start(3, client());
            reserve(target, relay);
            HostConnection circuit = dialThrough(source, relay, target);
            assertThat(hop(source, circuit, new RelayMessage.Reserve().encode()))
                    .isEqualTo(RelayStatus.PERMISSION_DENIED);
            assertThat(hop(source, circuit, new RelayMessage.HopConnect(relay.peerId()).encode()))
                    .isEqualTo(RelayStatus.PERMISSION_DENIED);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(target.counters().refusals(Limit.L39_RELAYED_REQUEST))
                                    .isEqualTo(2));
        }
    }

    @Test
    @DisplayName("H-65 an unknown target, ourselves, or one without a reservation is answered 204")
    void unknownTarget() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost other = hosts.start(2);
            NettyHost source = hosts.start(3, client());
            connect(other, relay);
            HostConnection toRelay = reserve(source, relay);
            PeerId stranger = TestHosts.key(99).publicKey().peerId();
            for (PeerId target : List.of(stranger, other.peerId(), source.peerId())) {
                assertThat(hop(source, toRelay, new RelayMessage.HopConnect(target).encode()))
                        .isEqualTo(RelayStatus.NO_RESERVATION);
            }
            assertThatThrownBy(() -> get(source.dial(through(relay, stranger))))
                    .hasMessageContaining("no_reservation");
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(source.metrics().dials()).containsEntry("relay", 1L));
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(relay.counters().refusals(Limit.L39_NO_RESERVATION))
                                    .isEqualTo(4));
        }
    }

    @Test
    @DisplayName(
            "H-65, L39 the 17th circuit of a peer is answered 201, and one more after one ended works")
    void tooManyCircuits() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost target = hosts.start(2, client());
            NettyHost source = hosts.start(3);
            reserve(target, relay);
            HostConnection toRelay = connect(source, relay);
            var streams = new ArrayList<Stream>();
            byte[] ask = new RelayMessage.HopConnect(target.peerId()).encode();
            for (int i = 0; i < 16; i++) {
                var hop = new Hop(source);
                Stream stream = get(source.open(toRelay, List.of(RelayClient.HOP), hop));
                stream.write(ask, 0, ask.length);
                assertThat(get(hop.status)).isEqualTo(RelayStatus.OK);
                streams.add(stream);
            }
            assertThat(hop(source, toRelay, ask)).isEqualTo(RelayStatus.RESOURCE_LIMIT_EXCEEDED);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(relay.counters().refusals(Limit.L39_CIRCUITS)).isOne());
            streams.getFirst().reset(ErrorCodes.NONE);
            Awaitility.await().until(() -> relay.metrics().relay().circuits() == 15);
            assertThat(hop(source, toRelay, ask)).isEqualTo(RelayStatus.OK);
        }
    }

    @Test
    @DisplayName(
            "H-61, L39 4097 bytes, nonsense and a second or wrong message are answered 400 and 401")
    void wrongMessages() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost source = hosts.start(3);
            HostConnection toRelay = connect(source, relay);
            byte[] length4097 = {(byte) 0x81, 0x20};
            assertThat(hop(source, toRelay, length4097)).isEqualTo(RelayStatus.MALFORMED_MESSAGE);
            assertThat(hop(source, toRelay, new byte[] {2, 8, 9}))
                    .isEqualTo(RelayStatus.MALFORMED_MESSAGE);
            assertThat(hop(source, toRelay, new RelayMessage.HopStatus(RelayStatus.OK).encode()))
                    .isEqualTo(RelayStatus.UNEXPECTED_MESSAGE);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(relay.counters().refusals(Limit.L39_RELAY_MESSAGE))
                                    .isEqualTo(2));
            Awaitility.await().until(() -> Objects.requireNonNull(relay.relayServer()).isIdle());
        }
    }

    @Test
    @DisplayName("H-65 whom we did not ask for a reservation brings us no strangers: 202")
    void uninvitedStop() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost pretender = hosts.start(1);
            NettyHost target = hosts.start(2, client());
            HostConnection connection = connect(pretender, target);
            var answer = new CompletableFuture<@Nullable RelayStatus>();
            var stop =
                    new ControlStream(pretender, RelayMessage.BYTES_MAX, Limit.L39_RELAY_MESSAGE) {
                        @Override
                        void message(byte[] array, int off, int len)
                                throws org.pollen.peer.MalformedException {
                            answer.complete(
                                    ((RelayMessage.StopStatus)
                                                    RelayMessage.parseStop(array, off, len))
                                            .status());
                        }
                    };
            Stream stream = get(pretender.open(connection, List.of(RelayClient.STOP), stop));
            byte[] ask = new RelayMessage.StopConnect(pretender.peerId(), null).encode();
            stream.write(ask, 0, ask.length);
            assertThat(get(answer)).isEqualTo(RelayStatus.PERMISSION_DENIED);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(target.counters().refusals(Limit.L39_NO_RESERVATION))
                                    .isOne());
        }
    }

    @Test
    @DisplayName("H-62 addresses through a relay: two relays, no target or our own id are refused")
    void wrongAddresses() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost relay = hosts.start(1, relay(RelayLimits.DEFAULT));
            NettyHost source = hosts.start(3);
            PeerId target = TestHosts.key(9).publicKey().peerId();
            String r = "/p2p/" + relay.peerId() + "/p2p-circuit";
            for (String bad :
                    List.of(
                            r + "/p2p/" + target + "/p2p-circuit/p2p/" + source.peerId(),
                            "/p2p-circuit/p2p/" + target,
                            r + "/p2p/" + target,
                            "/ip4/127.0.0.1/tcp/1/p2p-circuit/p2p/" + target,
                            "/p2p/" + source.peerId() + "/p2p-circuit/p2p/" + target)) {
                assertThatThrownBy(() -> get(source.dialNow(Multiaddr.parse(bad))))
                        .as(bad)
                        .hasCauseInstanceOf(DialException.class);
            }
            connect(source, relay);
            assertThatThrownBy(() -> get(source.dialNow(Multiaddr.parse(r + "/p2p/" + target))))
                    .hasMessageContaining("no_reservation");
        }
    }
}
