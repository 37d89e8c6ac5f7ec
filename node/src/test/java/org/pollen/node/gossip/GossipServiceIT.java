package org.pollen.node.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ConnectionGate;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.Reachability;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.node.Shared;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Mask;
import org.pollen.router.ProtocolList;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterParams;
import org.pollen.router.Verdict;
import org.pollen.scoring.ScorePresets;

/// Gossip over hosts on loopback.
class GossipServiceIT {
    private static final Mask TOPIC = Mask.topic("it");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String MESHSUB = "/meshsub/1.1.0";

    private final Shared shared = new Shared(2);
    private final SplittableRandom random = new SplittableRandom(20);
    private final List<Node> nodes = new ArrayList<>();

    private static final class Node {
        final Host host;
        final GossipService gossip;
        final List<String> payloads = new CopyOnWriteArrayList<>();
        private @Nullable GossipView last;
        private int seen;

        Node(Host host, GossipService gossip) {
            this.host = host;
            this.gossip = gossip;
        }

        PeerId id() {
            return host.peerId();
        }

        List<PeerId> mesh() {
            GossipView view = gossip.view();
            if (view == null) return List.of();
            return view.snapshot().topics().stream().flatMap(t -> t.mesh().stream()).toList();
        }

        int heartbeats() {
            GossipView view = gossip.view();
            if (view == null) return 0;
            if (view != last) {
                last = view;
                seen++;
            }
            return seen;
        }

        boolean connectedTo(Node other) {
            return host.connection(other.id()).isPresent();
        }

        void dial(Node other) throws Exception {
            Multiaddr address = other.host.listenAddresses().getLast().withPeerId(other.id());
            host.dialNow(address).get(10, TimeUnit.SECONDS);
        }
    }

    private Node node(
            UnaryOperator<HostConfig.Builder> hosted,
            UnaryOperator<RouterParams.Builder> params,
            TopicValidator validator) {
        return node(hosted, params, validator, setup -> setup);
    }

    private Node node(
            UnaryOperator<HostConfig.Builder> hosted,
            UnaryOperator<RouterParams.Builder> params,
            TopicValidator validator,
            UnaryOperator<GossipSetup> setup) {
        byte[] seed = new byte[32];
        random.nextBytes(seed);
        var key = PrivateKey.ed25519(seed);
        HostConfig config =
                hosted.apply(
                                HostConfig.builder(key)
                                        .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                                        .eventLoops(shared.loops())
                                        .handshakes(shared.handshakes()))
                        .build();
        Host host = Host.create(config);
        host.start().join();
        var gossip =
                new GossipService(
                        setup.apply(
                                new GossipSetup(
                                        "it" + nodes.size(),
                                        key,
                                        host,
                                        params.apply(
                                                        RouterParams.GOSSIPSUB_GO.toBuilder()
                                                                .heartbeatInterval(
                                                                        Duration.ofMillis(200))
                                                                .heartbeatInitialDelay(
                                                                        Duration.ofMillis(20)))
                                                .build(),
                                        List.of(MESHSUB),
                                        ScorePresets.RECOMMENDED,
                                        ScorePresets.RECOMMENDED_THRESHOLDS.toBuilder()
                                                .acceptPX(0)
                                                .build(),
                                        random.split(),
                                        System::nanoTime,
                                        nodes.size(),
                                        true,
                                        config.reachability().limitedProtocols().contains(MESHSUB),
                                        null,
                                        null,
                                        null)),
                        shared.validation(),
                        GossipEvents.NONE,
                        failure -> {
                            throw new AssertionError(failure);
                        },
                        // Routers of both kinds meet in every test.
                        nodes.size() % 2 == 0 ? shared.loops().next() : null);
        var node = new Node(host, gossip);
        gossip.join(
                "it",
                TOPIC,
                validator,
                message -> node.payloads.add(new String(message.data(), StandardCharsets.UTF_8)));
        gossip.start();
        nodes.add(node);
        return node;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("H-64 a connection that a relay limits carries gossip only where that is set")
    void limitedConnections(boolean allowed) throws Exception {
        var relayConfig =
                HostConfig.builder(PrivateKey.generateEd25519(new java.security.SecureRandom()))
                        .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                        .eventLoops(shared.loops())
                        .handshakes(shared.handshakes())
                        .reachability(Reachability.NONE.withRelayServer(RelayLimits.DEFAULT))
                        .build();
        try (Host relay = Host.create(relayConfig)) {
            relay.start().join();
            Multiaddr at = relay.listenAddresses().getFirst().withPeerId(relay.peerId());
            Reachability behind =
                    Reachability.NONE
                            .withRelayUse(Reachability.RelayUse.ALWAYS, List.of(at))
                            .withLimitedProtocols(allowed ? Set.of(MESHSUB) : Set.of());
            UnaryOperator<HostConfig.Builder> hidden = host -> host.listen().reachability(behind);
            Node target = node(hidden, params -> params, (_, answer) -> accept(answer));
            Node source = node(hidden, params -> params, (_, answer) -> accept(answer));
            await(() -> !target.host.addresses().isEmpty());
            Connection circuit =
                    source.host
                            .dialNow(Multiaddr.parse(at + "/p2p-circuit/p2p/" + target.id()))
                            .get(10, TimeUnit.SECONDS);
            assertThat(circuit.limited()).isTrue();
            await(() -> circuit.identify().isPresent());
            if (allowed) {
                await(() -> source.mesh().contains(target.id()));
                source.gossip.publish(TOPIC, new byte[] {'x'}, false).get(30, TimeUnit.SECONDS);
                await(() -> target.payloads.contains("x"));
            } else {
                int before = source.heartbeats();
                await(() -> source.heartbeats() > before + 5);
                for (Node end : List.of(source, target)) { // the relay itself may be tried
                    GossipView view = Objects.requireNonNull(end.gossip.view());
                    PeerId other = end == source ? target.id() : source.id();
                    assertThat(view.snapshot().peers()).noneMatch(peer -> peer.id().equals(other));
                }
                assertThat(circuit.streams())
                        .noneMatch(stream -> stream.protocol().equals(MESHSUB));
            }
        }
    }

    @Test
    @DisplayName("peers that others name go to whoever decides about dials, if there is somebody")
    void exchangeThrough() throws Exception {
        Node hub =
                node(
                        host -> host,
                        params ->
                                params.peerExchange(true)
                                        .meshTarget(1)
                                        .meshLow(1)
                                        .meshHigh(1)
                                        .meshScore(1)
                                        .meshOutbound(0),
                        (_, answer) -> accept(answer));
        Node first = node(host -> host, params -> params, (_, answer) -> accept(answer));
        Node refused = node(host -> host, params -> params, (_, answer) -> accept(answer));
        var told = new ConcurrentLinkedQueue<PeerId>();
        refused.gossip.exchangeThrough((_, peer) -> told.add(peer));
        first.dial(hub);
        await(() -> hub.mesh().contains(first.id()));
        refused.dial(hub);
        await(() -> told.contains(first.id()));
        assertThat(refused.connectedTo(first)).isFalse();
        assertThat(refused.gossip.exchanged()).isPositive();
    }

    private static boolean accept(java.util.function.Consumer<Verdict> answer) {
        answer.accept(Verdict.ACCEPT);
        return true;
    }

    @AfterEach
    void stop() {
        for (Node node : nodes) {
            node.gossip.close();
            node.host.close();
        }
        shared.close();
    }

    @Test
    @DisplayName("C72 a peer that is refused dials those it is told of, each at all its addresses")
    void refusedPeerDialsOthers() throws Exception {
        Node hub =
                node(
                        host -> host,
                        params ->
                                params.peerExchange(true)
                                        .meshTarget(1)
                                        .meshLow(1)
                                        .meshHigh(1)
                                        .meshScore(1)
                                        .meshOutbound(0),
                        (_, answer) -> accept(answer));
        Node first =
                node(
                        host ->
                                host.listen(
                                        Multiaddr.parse("/ip4/127.0.0.2/tcp/0"),
                                        Multiaddr.parse("/ip4/127.0.0.1/tcp/0")),
                        params -> params,
                        (_, answer) -> accept(answer));
        var blocked = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        var gate =
                new ConnectionGate() {
                    @Override
                    public boolean allowAddress(InetAddress address, boolean outbound) {
                        return !address.equals(blocked);
                    }
                };
        Node refused =
                node(host -> host.gate(gate), params -> params, (_, answer) -> accept(answer));

        first.dial(hub);
        await(() -> hub.mesh().contains(first.id()));
        refused.dial(hub);

        await(() -> refused.connectedTo(first));
        await(() -> refused.mesh().contains(first.id()));
        assertThat(hub.mesh()).containsExactly(first.id());
    }

    @Test
    @DisplayName("each message arrives once, whether its validator answers at once or later")
    void deliversOnce() throws Exception {
        Node publisher = node(host -> host, params -> params, (_, answer) -> accept(answer));
        Node now = node(host -> host, params -> params, (_, answer) -> accept(answer));
        Node later =
                node(
                        host -> host,
                        params -> params,
                        (_, answer) -> {
                            shared.calls().execute(() -> accept(answer));
                            return true;
                        });
        Node full = node(host -> host, params -> params, (_, _) -> false);
        for (Node node : List.of(now, later, full)) node.dial(publisher);
        await(() -> publisher.mesh().size() == 3);

        for (int i = 0; i < 50; i++) {
            byte[] payload = ("m" + i).getBytes(StandardCharsets.UTF_8);
            publisher.gossip.publish(TOPIC, payload, false).get(30, TimeUnit.SECONDS);
        }

        for (Node node : List.of(now, later)) {
            await(() -> node.payloads.size() >= 50);
            assertThat(node.payloads).doesNotHaveDuplicates().hasSize(50);
        }
        assertThat(full.payloads).isEmpty();
    }

    @Test
    @DisplayName(
            "a message that is dropped for want of room is accounted for, however full the inbox")
    void fullInboxLosesNoAnswer() throws Exception {
        Node publisher = node(host -> host, params -> params, (_, answer) -> accept(answer));
        var behind = new AtomicReference<GossipService>();
        Node node =
                node(
                        host -> host,
                        params -> params,
                        (_, _) -> {
                            GossipService gossip = behind.get();
                            while (gossip.depth() < gossip.capacity()) gossip.probe(() -> {});
                            return false;
                        });
        behind.set(node.gossip);
        node.dial(publisher);
        await(() -> publisher.mesh().contains(node.id()));

        byte[] payload = "m".getBytes(StandardCharsets.UTF_8);
        publisher.gossip.publish(TOPIC, payload, false).get(30, TimeUnit.SECONDS);

        await(() -> {
            GossipView view = node.gossip.view();
            return view != null
                    && view.samples().stream()
                            .filter(sample -> sample.labels().contains("validation_throttled"))
                            .anyMatch(sample -> sample.value() == 1);
        });
        assertThat(node.payloads).isEmpty();
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).until(condition);
    }

    @Test
    @DisplayName("C123 (router): identifiers of a network's own, whose versions may differ")
    void nodesOfVersionsThatMatchFormAMesh() throws Exception {
        Node older = speaking("/own/mesh/1.0.0");
        Node newer = speaking("/own/mesh/1.2.0");
        Node stranger = speaking("/other/mesh/1.0.0");

        newer.dial(older);
        newer.dial(stranger);

        await(() -> newer.mesh().contains(older.id()) && older.mesh().contains(newer.id()));
        newer.gossip.publish(TOPIC, "hello".getBytes(StandardCharsets.UTF_8), false).join();
        await(() -> older.payloads.contains("hello"));
        assertThat(java.util.Objects.requireNonNull(newer.gossip.view()).snapshot().peers())
                .extracting(peer -> peer.id(), peer -> peer.protocol())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                older.id(), PubsubProtocol.MESHSUB_1_1));
        assertThat(stranger.payloads).isEmpty();
    }

    private Node speaking(String protocol) {
        ProtocolList list =
                ProtocolList.of(List.of(protocol), _ -> PubsubProtocol.MESHSUB_1_1)
                        .matching(ProtocolList.IGNORING_VERSION);
        return node(
                hosted -> hosted,
                params -> params,
                (_, answer) -> {
                    answer.accept(Verdict.ACCEPT);
                    return true;
                },
                setup -> setup.withProtocols(list));
    }
}
