package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.address;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.autonat.AutoNatLimits;
import org.pollen.libp2p.autonat.AutoNatMessage;
import org.pollen.libp2p.autonat.Verdicts;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;

/// Row H-68, between hosts of this process.
class AutoNatIT {
    private static final Multiaddr SOMEWHERE = Multiaddr.parse("/ip4/127.0.0.1/tcp/1");
    private static final AutoNatLimits LIMITS =
            AutoNatLimits.DEFAULT.withPrivateAddresses(true).withWaitMax(Duration.ZERO);
    private static final Reachability ASKING = Reachability.NONE.withAutoNat(true, 1, true);

    @AfterAll
    static void noLeaks() {
        assertThat(TestHosts.leaks()).isZero();
    }

    private static UnaryOperator<HostConfig.Builder> with(Reachability reachability) {
        return builder -> builder.reachability(reachability);
    }

    private static UnaryOperator<HostConfig.Builder> server(AutoNatLimits limits) {
        return with(Reachability.NONE.withAutoNatServer(limits));
    }

    private static Verdicts.Verdict verdict(NettyHost host) {
        return java.util.Objects.requireNonNull(host.autoNatClient()).verdict();
    }

    /// Keeps what comes, and how it ends.
    private static final class Answers extends ControlStream {
        final CompletableFuture<AutoNatMessage> first = new CompletableFuture<>();
        final CompletableFuture<@Nullable Throwable> end = new CompletableFuture<>();

        Answers(NettyHost host) {
            super(host, AutoNatMessage.BYTES_MAX, Limit.L41_AUTONAT_MESSAGE);
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            first.complete(AutoNatMessage.parse(array, off, len));
        }

        @Override
        void ended(@Nullable Throwable cause) {
            first.completeExceptionally(cause == null ? new IllegalStateException() : cause);
            end.complete(cause);
        }
    }

    private static AutoNatMessage request(NettyHost from, Connection to, Multiaddr... addresses)
            throws Exception {
        var answers = new Answers(from);
        Stream stream = get(from.open(to, List.of(AutoNatClient.DIAL_REQUEST), answers));
        ControlStream.send(stream, AutoNatMessage.DialRequest.of(List.of(addresses), 7).encode());
        return get(answers.first);
    }

    @Test
    @DisplayName("H-68 a host that can be dialled learns it; the dial-back leaves no connection")
    void reachable() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost server = hosts.start(1, server(LIMITS));
            NettyHost client = hosts.start(2, with(ASKING));
            connect(client, server);
            Awaitility.await().until(() -> verdict(client) == Verdicts.Verdict.REACHABLE);
            assertThat(java.util.Objects.requireNonNull(client.autoNatClient()).confirmed())
                    .containsExactlyElementsOf(client.listenAddresses());
            Awaitility.await()
                    .untilAsserted(() -> assertThat(client.metrics().autoNat().reached()).isOne());
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(client.metrics().autoNat().verdict())
                                    .isEqualTo("reachable"));
            Awaitility.await().until(() -> client.connections().size() == 1);
            assertThat(server.connections()).hasSize(1);
        }
    }

    @Test
    @DisplayName(
            "H-68 a host that cannot be dialled learns it, stops telling the address and asks a relay")
    void unreachable() throws Exception {
        ConnectionGate shut =
                new ConnectionGate() {
                    @Override
                    public boolean allowAddress(InetAddress address, boolean outbound) {
                        return outbound;
                    }
                };
        try (var hosts = new TestHosts()) {
            NettyHost server =
                    hosts.start(
                            1,
                            with(
                                    Reachability.NONE
                                            .withAutoNatServer(LIMITS)
                                            .withRelayServer(RelayLimits.DEFAULT)));
            NettyHost client =
                    hosts.start(
                            2,
                            builder ->
                                    builder.gate(shut)
                                            .reachability(
                                                    ASKING.withRelayUse(
                                                            Reachability.RelayUse.WHEN_UNREACHABLE,
                                                            List.of())));
            connect(client, server);
            Awaitility.await().until(() -> verdict(client) == Verdicts.Verdict.UNREACHABLE);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(client.metrics().autoNat().failed()).isOne());
            Awaitility.await().until(() -> client.metrics().relay().reservationsHeld() == 1);
            assertThat(client.addresses())
                    .containsExactly(Multiaddr.parse(address(server) + "/p2p-circuit"));
        }
    }

    @Test
    @DisplayName("H-68 an address that is not the asker's costs it 30000 to 100000 bytes")
    void dataPath() throws Exception {
        InetAddress from = InetAddress.getLoopbackAddress();
        try (var hosts = new TestHosts()) {
            NettyHost server = hosts.start(1, server(LIMITS));
            NettyHost client =
                    hosts.start(
                            2,
                            builder ->
                                    builder.listen(Multiaddr.parse("/ip4/127.0.0.2/tcp/0"))
                                            .dialFrom(from)
                                            .reachability(ASKING));
            connect(client, server);
            Awaitility.await().until(() -> verdict(client) == Verdicts.Verdict.REACHABLE);
            long bytes =
                    server.metrics().traffic().stream()
                            .filter(one -> one.protocol().equals(AutoNatClient.DIAL_REQUEST))
                            .mapToLong(HostMetrics.ProtocolTraffic::bytesIn)
                            .sum();
            assertThat(bytes).isBetween(30_000L, 104_000L);
        }
    }

    @Test
    @DisplayName("H-68 small chunks of data are no payment: reset")
    void smallChunks() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost server = hosts.start(1, server(LIMITS));
            NettyHost client = hosts.start(2);
            HostConnection connection = connect(client, server);
            var answers = new Answers(client);
            Stream stream =
                    get(client.open(connection, List.of(AutoNatClient.DIAL_REQUEST), answers));
            ControlStream.send(
                    stream,
                    AutoNatMessage.DialRequest.of(
                                    List.of(Multiaddr.parse("/ip4/127.0.0.9/tcp/1")), 7)
                            .encode());
            var wanted = (AutoNatMessage.DialDataRequest) get(answers.first);
            assertThat(wanted.bytes()).isBetween(30_000L, 100_000L);
            ControlStream.send(stream, new AutoNatMessage.DialDataResponse(99).encode());
            assertThat(get(answers.end)).isInstanceOf(StreamResetException.class);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(server.counters().refusals(Limit.L41_AUTONAT_DATA)).isOne());
        }
    }

    @Test
    @DisplayName("H-68 nothing that may be dialled: names, relays, private addresses, port 0: 101")
    void refused() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost server = hosts.start(1, server(AutoNatLimits.DEFAULT));
            NettyHost client = hosts.start(2);
            HostConnection connection = connect(client, server);
            var refusal = new AutoNatMessage.DialResponse(AutoNatMessage.STATUS_DIAL_REFUSED, 0, 0);
            assertThat(
                            request(
                                    client,
                                    connection,
                                    SOMEWHERE,
                                    Multiaddr.parse("/ip4/192.168.1.1/tcp/1"),
                                    Multiaddr.parse("/dns/example.org/tcp/1"),
                                    Multiaddr.parse("/ip4/1.2.3.4/tcp/0"),
                                    Multiaddr.parse("/ip4/1.2.3.4/udp/1"),
                                    Multiaddr.parse(
                                            "/ip4/1.2.3.4/tcp/1/p2p/"
                                                    + server.peerId()
                                                    + "/p2p-circuit")))
                    .isEqualTo(refusal);
            assertThat(request(client, connection)).isEqualTo(refusal);
        }
    }

    @Test
    @DisplayName("H-68, L41 the 13th request of a peer within a minute is answered 100")
    void rate() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost server = hosts.start(1, server(AutoNatLimits.DEFAULT));
            NettyHost client = hosts.start(2);
            HostConnection connection = connect(client, server);
            for (int i = 0; i < 12; i++) {
                assertThat(((AutoNatMessage.DialResponse) request(client, connection)).status())
                        .isEqualTo(AutoNatMessage.STATUS_DIAL_REFUSED);
            }
            assertThat(((AutoNatMessage.DialResponse) request(client, connection)).status())
                    .isEqualTo(AutoNatMessage.STATUS_REQUEST_REJECTED);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(server.counters().refusals(Limit.L41_AUTONAT_RATE)).isOne());
        }
    }

    @Test
    @DisplayName("H-68 the first that can be dialled is, and no other: its index is told")
    void index() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost server = hosts.start(1, server(LIMITS));
            NettyHost client = hosts.start(2);
            HostConnection connection = connect(client, server);
            var answer =
                    (AutoNatMessage.DialResponse)
                            request(
                                    client,
                                    connection,
                                    Multiaddr.parse("/dns/example.org/tcp/1"),
                                    SOMEWHERE,
                                    client.listenAddresses().getFirst());
            assertThat(answer)
                    .isEqualTo(
                            new AutoNatMessage.DialResponse(
                                    AutoNatMessage.STATUS_OK, 1, AutoNatMessage.DIAL_ERROR));
            // Nobody serves the dial-back there.
            answer =
                    (AutoNatMessage.DialResponse)
                            request(client, connection, client.listenAddresses().getFirst());
            assertThat(answer)
                    .isEqualTo(
                            new AutoNatMessage.DialResponse(
                                    AutoNatMessage.STATUS_OK, 0, AutoNatMessage.DIAL_BACK_ERROR));
        }
    }

    @Test
    @DisplayName("H-68 a dial-back with a wrong number is reset and counted")
    void wrongNonce() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost client = hosts.start(2, with(ASKING));
            NettyHost stranger = hosts.start(3);
            HostConnection connection = connect(stranger, client);
            var recording = new TestHosts.Recording();
            Stream stream =
                    get(stranger.open(connection, List.of(AutoNatClient.DIAL_BACK), recording));
            ControlStream.send(stream, AutoNatMessage.dialBack(99));
            assertThat(get(recording.closed)).isInstanceOf(StreamResetException.class);
            assertThat(recording.bytes()).isEmpty();
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(client.counters().refusals(Limit.L41_AUTONAT_NONCE))
                                    .isOne());
        }
    }

    /// A server that answers as the test likes.
    private static HostConnection liar(
            TestHosts hosts, NettyHost client, Function<AutoNatMessage.DialRequest, byte[]> answer)
            throws Exception {
        NettyHost liar = hosts.start(66);
        liar.handle(
                AutoNatClient.DIAL_REQUEST,
                stream ->
                        new ControlStream(
                                liar, AutoNatMessage.BYTES_MAX, Limit.L41_AUTONAT_MESSAGE) {
                            @Override
                            void message(byte[] array, int off, int len) throws MalformedException {
                                if (AutoNatMessage.parse(array, off, len)
                                        instanceof AutoNatMessage.DialRequest request) {
                                    send(stream, answer.apply(request));
                                }
                            }
                        });
        return connect(client, liar);
    }

    @Test
    @DisplayName("H-68 a success without a dial-back is not believed")
    void lies() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost client = hosts.start(2, with(ASKING));
            liar(
                    hosts,
                    client,
                    _ ->
                            new AutoNatMessage.DialResponse(
                                            AutoNatMessage.STATUS_OK, 0, AutoNatMessage.DIAL_OK)
                                    .encode());
            Awaitility.await().until(() -> client.metrics().autoNat().discarded() == 1);
            assertThat(verdict(client)).isEqualTo(Verdicts.Verdict.UNKNOWN);
        }
    }

    @Test
    @DisplayName("H-68 an index out of range is discarded and the stream reset")
    void indexOutOfRange() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost client = hosts.start(2, with(ASKING));
            liar(
                    hosts,
                    client,
                    _ ->
                            new AutoNatMessage.DialResponse(
                                            AutoNatMessage.STATUS_OK, 1, AutoNatMessage.DIAL_ERROR)
                                    .encode());
            Awaitility.await()
                    .until(() -> client.counters().refusals(Limit.L41_AUTONAT_MESSAGE) == 1);
            assertThat(verdict(client)).isEqualTo(Verdicts.Verdict.UNKNOWN);
        }
    }

    @Test
    @DisplayName(
            "H-68 who asks for over 100000 bytes, or for an address we did not name, gets none")
    void tooMuchData() throws Exception {
        for (byte[] wanted :
                List.of(
                        new AutoNatMessage.DialDataRequest(0, 100_001).encode(),
                        new AutoNatMessage.DialDataRequest(1, 30_000).encode())) {
            try (var hosts = new TestHosts()) {
                NettyHost client = hosts.start(2, with(ASKING));
                HostConnection connection = liar(hosts, client, _ -> wanted);
                Awaitility.await()
                        .until(() -> client.counters().refusals(Limit.L41_AUTONAT_MESSAGE) == 1);
                assertThat(connection.isOpen()).isTrue();
                assertThat(
                                client.metrics().traffic().stream()
                                        .filter(one ->
                                                one.protocol().equals(AutoNatClient.DIAL_REQUEST))
                                        .mapToLong(HostMetrics.ProtocolTraffic::bytesOut)
                                        .sum())
                        .isLessThan(1000);
            }
        }
    }

    @Test
    @DisplayName("H-68 what peers see with our listener's port is asked about; relays' view is not")
    void observed() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost server = hosts.start(1, server(LIMITS));
            NettyHost client =
                    hosts.start(
                            2,
                            builder ->
                                    builder.listen(Multiaddr.parse("/ip4/127.0.0.3/tcp/0"))
                                            .dialFrom(InetAddress.getLoopbackAddress())
                                            .reachability(ASKING));
            connect(client, server);
            int port = client.listenAddresses().getFirst().tcpPort().orElseThrow();
            AutoNatClient asking = java.util.Objects.requireNonNull(client.autoNatClient());
            Awaitility.await()
                    .until(() ->
                            asking.candidates()
                                    .contains(Multiaddr.parse("/ip4/127.0.0.1/tcp/" + port)));
        }
    }
}
