package org.pollen.node.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.node.NodeProfiles;
import org.pollen.node.Shared;
import org.pollen.node.Topics;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.PublishResult;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterParams;
import org.pollen.router.RouterSnapshot;
import org.pollen.router.RpcBuilder;
import org.pollen.router.SigningPolicy;
import org.pollen.router.SubOpts;
import org.pollen.router.Verdict;
import org.pollen.scoring.ScoreComponent;

/// A node that speaks both dialects, among nodes that speak one. Router specification 2.4.
class TwoDialectsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Shared shared = new Shared(2);
    private final SplittableRandom random = new SplittableRandom(30);
    private final List<Node> nodes = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private final class Node {
        final Host host;
        final GossipService gossip;
        final List<String> payloads = new CopyOnWriteArrayList<>();
        final List<String> judged = new CopyOnWriteArrayList<>();

        Node(String dialect) {
            byte[] seed = new byte[32];
            random.nextBytes(seed);
            var key = PrivateKey.ed25519(seed);
            host = newHost(key);
            NodeProfiles.Gossip profile = NodeProfiles.gossip(dialect, 20);
            NodeProfiles.Gossip second = profile.second();
            gossip =
                    new GossipService(
                            new GossipSetup(
                                    dialect + nodes.size(),
                                    key,
                                    host,
                                    quick(profile.router()),
                                    profile.protocols(),
                                    profile.scores(),
                                    profile.thresholds(),
                                    random.split(),
                                    System::nanoTime,
                                    nodes.size(),
                                    true,
                                    false,
                                    second == null
                                            ? null
                                            : new GossipSetup.Second(
                                                    quick(second.router()),
                                                    second.scores(),
                                                    second.thresholds()),
                                    null,
                                    null),
                            shared.validation(),
                            GossipEvents.NONE,
                            failure::set);
            gossip.join(
                    Topics.TRANSACTIONS,
                    spoken -> Topics.mask(Topics.TRANSACTIONS, spoken),
                    (message, answer) -> {
                        String text = text(message.data());
                        judged.add(text);
                        answer.accept(text.startsWith("bad") ? Verdict.REJECT : Verdict.ACCEPT);
                        return true;
                    },
                    message -> payloads.add(text(message.data())));
            gossip.start();
            nodes.add(this);
        }

        PeerId id() {
            return host.peerId();
        }

        void dial(Node other) throws Exception {
            host.dialNow(other.host.listenAddresses().getFirst().withPeerId(other.id()))
                    .get(10, TimeUnit.SECONDS);
        }

        PublishResult publish(String text) throws Exception {
            return gossip.publish(mask(), text.getBytes(StandardCharsets.UTF_8), false)
                    .get(30, TimeUnit.SECONDS);
        }

        Mask mask() {
            return Topics.mask(Topics.TRANSACTIONS, gossip.setup().params().dialect());
        }

        List<PeerId> mesh() {
            GossipView view = gossip.view();
            if (view == null) return List.of();
            return view.snapshot().topics().stream().flatMap(t -> t.mesh().stream()).toList();
        }

        RouterSnapshot.@Nullable PeerView peer(PeerId id) {
            GossipView view = gossip.view();
            if (view == null) return null;
            var found = view.snapshot().peers().stream().filter(p -> p.id().equals(id)).toList();
            assertThat(found).as("a peer appears once").hasSizeLessThan(2);
            return found.isEmpty() ? null : found.getFirst();
        }

        @Nullable PubsubProtocol protocol(PeerId id) {
            RouterSnapshot.PeerView peer = peer(id);
            return peer == null ? null : peer.protocol();
        }
    }

    private Host newHost(PrivateKey key) {
        Host host =
                Host.create(
                        HostConfig.builder(key)
                                .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                                .eventLoops(shared.loops())
                                .handshakes(shared.handshakes())
                                .build());
        host.start().join();
        return host;
    }

    private static RouterParams quick(RouterParams params) {
        return params.toBuilder()
                .heartbeatInterval(Duration.ofMillis(200))
                .heartbeatInitialDelay(Duration.ofMillis(20))
                .build();
    }

    private static String text(byte[] payload) {
        return new String(payload, StandardCharsets.UTF_8);
    }

    private static List<String> numbered(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    @AfterEach
    void stop() {
        for (Node node : nodes) {
            node.gossip.close();
            node.host.close();
        }
        shared.close();
        assertThat(failure.get()).isNull();
    }

    @Test
    @DisplayName(
            "2.4 a node with both dialects passes messages both ways, each once, and shows each peer"
                    + " once")
    void passesBothWays() throws Exception {
        var both = new Node("both");
        var blossom = new Node("blossom-2.1");
        var old = new Node("blossom-2.0");
        var meshsub = new Node("meshsub");
        blossom.dial(both);
        both.dial(old);
        both.dial(meshsub);
        await(() -> both.mesh().size() == 3);
        for (Node one : List.of(blossom, old, meshsub)) await(() -> one.mesh().size() == 1);

        assertThat(both.protocol(blossom.id())).isEqualTo(PubsubProtocol.BLOSSOMSUB_2_1);
        assertThat(both.protocol(old.id())).isEqualTo(PubsubProtocol.BLOSSOMSUB_2_0);
        assertThat(both.protocol(meshsub.id())).isEqualTo(PubsubProtocol.MESHSUB_1_3);
        var expected = new ArrayList<String>();
        for (Map.Entry<String, Node> from :
                Map.of("bl", blossom, "me", meshsub, "bo", both).entrySet()) {
            List<String> texts = numbered(from.getKey(), 20);
            expected.addAll(texts);
            for (String text : texts) {
                PublishResult result = from.getValue().publish(text);
                assertThat(result.status()).isEqualTo(PublishResult.Status.OK);
                if (from.getValue() == both) assertThat(result.peers()).isEqualTo(3);
            }
        }

        for (Node node : List.of(blossom, old, meshsub, both)) {
            await(() -> node.payloads.size() >= 60);
        }
        for (int i = 0; i < 5; i++) pass(both); // what would loop shows by then
        for (Node node : List.of(blossom, old, meshsub, both)) {
            assertThat(node.payloads).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(node.judged).doesNotHaveDuplicates();
        }
        assertThat(both.gossip.passedTo(Dialect.MESHSUB)).isEqualTo(20);
        assertThat(both.gossip.passedTo(Dialect.BLOSSOM)).isEqualTo(20);
        assertUnited(both, meshsub);
    }

    /// Another heartbeat of the node.
    private static void pass(Node node) {
        GossipView before = node.gossip.view();
        await(() -> node.gossip.view() != before);
    }

    private static void assertUnited(Node both, Node meshsub) {
        GossipView view = Objects.requireNonNull(both.gossip.view());
        assertThat(view.snapshot().topics()).hasSize(1);
        assertThat(view.snapshot().topics().getFirst().subscribers()).isEqualTo(3);
        assertThat(both.gossip.nameOf(view.snapshot().topics().getFirst().mask())).isEqualTo("tx");
        var series = new LinkedHashMap<String, RouterMetrics.Sample>();
        for (RouterMetrics.Sample sample : view.samples()) {
            assertThat(series.put(sample.name() + sample.labels(), sample))
                    .as("%s", sample)
                    .isNull();
        }
        assertThat(view.total("gossipsub_messages_received_total")).isEqualTo(40);
        var score = Objects.requireNonNull(both.peer(meshsub.id())).score();
        assertThat(score.contribution(ScoreComponent.P2)).isPositive();
        assertThat(score.topics().getFirst().key())
                .as("explained under the topic's name in the first dialect")
                .isEqualTo(view.snapshot().topics().getFirst().name());
    }

    @Test
    @DisplayName("2.4 two bridges between the same networks make no loop and no second delivery")
    void twoBridges() throws Exception {
        var one = new Node("both");
        var two = new Node("both");
        var blossom = new Node("blossom-2.1");
        var meshsub = new Node("meshsub");
        for (Node bridge : List.of(one, two)) {
            blossom.dial(bridge);
            meshsub.dial(bridge);
        }
        one.dial(two);
        for (Node bridge : List.of(one, two)) await(() -> bridge.mesh().size() == 3);
        assertThat(one.protocol(two.id())).isEqualTo(PubsubProtocol.BLOSSOMSUB_2_1);

        for (String text : numbered("b", 30)) blossom.publish(text);
        for (String text : numbered("m", 30)) meshsub.publish(text);

        for (Node node : nodes) await(() -> node.payloads.size() >= 60);
        for (int i = 0; i < 5; i++) pass(one);
        for (Node node : nodes) {
            assertThat(node.payloads).hasSize(60).doesNotHaveDuplicates();
            assertThat(node.judged).doesNotHaveDuplicates();
        }
    }

    @Test
    @DisplayName("2.4 a message refused in one dialect is not passed on, and its sender pays alone")
    void refusedInOne() throws Exception {
        var both = new Node("both");
        var blossom = new Node("blossom-2.1");
        var meshsub = new Node("meshsub");
        blossom.dial(both);
        meshsub.dial(both);
        await(() -> both.mesh().size() == 2);

        meshsub.publish("bad");
        meshsub.publish("good");

        await(() -> blossom.payloads.contains("good"));
        assertThat(blossom.judged).doesNotContain("bad");
        await(() -> {
            var peer = both.peer(meshsub.id());
            return peer != null && peer.score().contribution(ScoreComponent.P4) < 0;
        });
        var innocent = Objects.requireNonNull(both.peer(blossom.id()));
        assertThat(innocent.score().contribution(ScoreComponent.P4)).isZero();
    }

    /// A peer that takes either dialect and speaks what the test says.
    private final class Stranger implements StreamHandler, AutoCloseable {
        final Host host;
        final List<Stream> inbound = new CopyOnWriteArrayList<>();

        Stranger() {
            byte[] seed = new byte[32];
            random.nextBytes(seed);
            host = newHost(PrivateKey.ed25519(seed));
            for (PubsubProtocol protocol : PubsubProtocol.values()) {
                host.handle(
                        protocol.id(),
                        stream -> {
                            inbound.add(stream);
                            return this;
                        });
            }
        }

        Connection dial(Node node) throws Exception {
            return host.dialNow(node.host.listenAddresses().getFirst().withPeerId(node.id()))
                    .get(10, TimeUnit.SECONDS);
        }

        /// Opens a stream and says on it that we subscribe, then sends a message.
        Stream speak(Connection to, PubsubProtocol protocol, String text) throws Exception {
            Stream stream = host.open(to, List.of(protocol.id()), this).get(10, TimeUnit.SECONDS);
            Mask mask = Topics.mask(Topics.TRANSACTIONS, protocol.dialect());
            byte[] payload = text.getBytes(StandardCharsets.UTF_8);
            var body =
                    new RpcBuilder(protocol.dialect(), Integer.MAX_VALUE)
                            .subscription(SubOpts.subscribe(mask))
                            .message(composer(protocol.dialect()).apply(payload))
                            .buildWhole()
                            .toBody();
            byte[] frame = new byte[body.length + 1];
            assertThat(body.length).isLessThan(128);
            frame[0] = (byte) body.length;
            System.arraycopy(body, 0, frame, 1, body.length);
            stream.write(frame, 0, frame.length);
            return stream;
        }

        @Nullable String ours() {
            return inbound.isEmpty() ? null : inbound.getLast().protocol();
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {}

        @Override
        public void writable(Stream stream) {}

        @Override
        public void readClosed(Stream stream) {}

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {}

        @Override
        public void close() {
            host.close();
        }
    }

    private static java.util.function.Function<byte[], org.pollen.router.RpcMessage> composer(
            Dialect dialect) {
        var signer =
                new org.pollen.router.MessageSigner(
                        dialect,
                        SigningPolicy.STRICT_NO_SIGN,
                        null,
                        null,
                        0,
                        new org.pollen.router.MessageIdentifier(
                                Topics.IDS, new org.pollen.router.MessageKeyHasher(1, 2)));
        return payload -> signer.compose(Topics.mask(Topics.TRANSACTIONS, dialect), payload);
    }

    @Test
    @DisplayName(
            "2.4 a peer that takes our dialect and speaks the other is followed into its own, and"
                    + " what it said is not lost")
    void followsThePeer() throws Exception {
        var both = new Node("both");
        try (var peer = new Stranger()) {
            Connection connection = peer.dial(both);
            await(() -> both.protocol(peer.host.peerId()) == PubsubProtocol.BLOSSOMSUB_2_1);
            assertThat(peer.ours()).isEqualTo("/blossomsub/2.1.0");

            peer.speak(connection, PubsubProtocol.MESHSUB_1_2, "in meshsub");

            await(() -> both.payloads.contains("in meshsub"));
            await(() -> both.protocol(peer.host.peerId()) == PubsubProtocol.MESHSUB_1_3);
            assertThat(peer.ours()).isEqualTo("/meshsub/1.3.0");

            // It may not make us change for ever: at the end what it says is dropped.
            for (int i = 0; i < 4; i++) {
                String text = "change " + i;
                long dropped = both.gossip.rpcsDropped();
                peer.speak(
                        connection,
                        i % 2 == 0 ? PubsubProtocol.BLOSSOMSUB_2_0 : PubsubProtocol.MESHSUB_1_2,
                        text);
                await(() -> both.judged.contains(text) || both.gossip.rpcsDropped() > dropped);
            }
            assertThat(both.gossip.rpcsDropped()).isPositive();
            assertThat(peer.inbound).hasSizeLessThan(4);
            assertThat(both.judged).doesNotHaveDuplicates();
            assertThat(both.protocol(peer.host.peerId())).isNotNull();
        }
    }

    @Test
    @DisplayName("2.4 a peer with a negative score does not shed it by changing the dialect")
    void keepsNegativeScores() throws Exception {
        var both = new Node("both");
        try (var peer = new Stranger()) {
            Connection connection = peer.dial(both);
            await(() -> both.protocol(peer.host.peerId()) != null);
            peer.speak(connection, PubsubProtocol.BLOSSOMSUB_2_1, "bad news");
            await(() -> {
                var seen = both.peer(peer.host.peerId());
                return seen != null && seen.score().score() < 0;
            });

            peer.speak(connection, PubsubProtocol.MESHSUB_1_2, "innocent");
            await(() -> both.gossip.rpcsDropped() > 0);
            assertThat(both.protocol(peer.host.peerId())).isEqualTo(PubsubProtocol.BLOSSOMSUB_2_1);

            connection.close(0);
            await(() -> both.host.connection(peer.host.peerId()).isEmpty());
            Connection again = peer.dial(both);
            peer.speak(again, PubsubProtocol.MESHSUB_1_2, "innocent again");
            await(() -> both.protocol(peer.host.peerId()) != null);
            var back = Objects.requireNonNull(both.peer(peer.host.peerId()));
            assertThat(back.protocol()).isEqualTo(PubsubProtocol.BLOSSOMSUB_2_1);
            assertThat(back.score().score()).isNegative();
            assertThat(both.judged).containsExactly("bad news");
        }
    }

    @Test
    @DisplayName("3.2 both dialects need a policy without signatures, and equal message ids")
    void refusesSignatures() {
        RouterParams blossom = NodeProfiles.gossip("blossom-2.1", 20).router();
        RouterParams meshsub = NodeProfiles.gossip("meshsub", 20).router();
        for (SigningPolicy policy : SigningPolicy.values()) {
            if (policy == SigningPolicy.STRICT_NO_SIGN) continue;
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            DialectBridge.check(
                                    blossom, meshsub.toBuilder().signingPolicy(policy).build()))
                    .withMessageContaining("needs STRICT_NO_SIGN");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        DialectBridge.check(
                                blossom,
                                meshsub.toBuilder()
                                        .messageIds(RouterParams.BLOSSOM_21.messageIds())
                                        .build()))
                .withMessageContaining("name messages alike");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DialectBridge.check(blossom, blossom));
        DialectBridge.check(blossom, meshsub);
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).until(condition);
    }
}
