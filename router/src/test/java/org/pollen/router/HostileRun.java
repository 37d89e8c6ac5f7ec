package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.TopicScoreParams;

/// One run: a router, hostile peers, and the checks.
final class HostileRun {
    private static final int STEPS = 4000;
    private static final int PEERS = 24;

    private static RouterParams params(Dialect dialect) {
        RouterParams base =
                dialect == Dialect.BLOSSOM
                        ? Rig.PARAMS
                        : RouterParams.GOSSIPSUB_GO.toBuilder()
                                .signingPolicy(SigningPolicy.LAX_NO_SIGN)
                                .messageIds(MessageIdScheme.SHA256)
                                .build();
        return base.toBuilder()
                .meshHigh(8)
                .peerExchange(true)
                .maxIHaveLength(20)
                .maxIHaveMessages(3)
                .subscriptionsPerPeerMax(12)
                .subscriptionsTotalMax(150)
                .validationQueueMax(16)
                .validationQueueBytesMax(20_000)
                .messageCacheBytesMax(50_000)
                .promisesMax(40)
                .idontwantIdsPerPeerMax(30)
                .idontwantThreshold(100)
                .opportunisticGraftTicks(3)
                .directConnectTicks(5)
                .outboundLimits(
                        new OutboundLimits(
                                20, 20, 20_000, Duration.ofSeconds(5), Duration.ofSeconds(1)))
                .build();
    }

    private final RouterParams params;
    private final RandomGenerator random;
    private final Rig rig;
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final List<Mask> relays = new ArrayList<>();
    private final List<RpcMessage> messages = new ArrayList<>();
    private int payloads;

    HostileRun(Dialect dialect, long seed) {
        this(dialect, seed, new SplittableRandom(seed));
    }

    /// A run whose steps are chosen by this generator.
    HostileRun(Dialect dialect, long seed, RandomGenerator choices) {
        params = params(dialect);
        random = choices;
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0.01, Duration.ofSeconds(1), 10)
                        .firstMessageDeliveries(1, 0.9, 10)
                        .invalidMessageDeliveries(-1, 0.9)
                        .topicPruneThreshold(-3)
                        .build();
        PeerScoreParams scores =
                PeerScoreParams.builder()
                        .skipAtomicValidation(true)
                        .defaultTopicParams(topic)
                        .decay(Duration.ofSeconds(1), 0.01)
                        .behaviourPenalty(-1, 0, 0.8)
                        .ipColocationFactor(-1, 4)
                        .retainScore(Duration.ofSeconds(30))
                        .build();
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder()
                        .limits(-5, -10, -40)
                        .acceptPX(1)
                        .opportunisticGraft(1)
                        .build();
        boolean gated = random.nextBoolean();
        rig =
                new Rig(
                        params,
                        seed,
                        builder -> {
                            builder.scoring(scores, thresholds).tracing(seed % 3 == 0);
                            return gated ? builder.gater(PeerGaterParams.DEFAULT) : builder;
                        });
        rig.validates = true;
        rig.validated = _ -> random.nextInt(4) > 0;
        rig.router.addDirectPeer(rig.id("p0"), null, rig.now);
    }

    void run() {
        run(STEPS, () -> true);
    }

    /// Runs while the condition holds.
    void run(int stepsMax, BooleanSupplier goesOn) {
        for (int step = 0; step < stepsMax && goesOn.getAsBoolean(); step++) {
            step();
            checkAlways(step);
        }
        end();
    }

    private void step() {
        int choice = random.nextInt(100);
        if (choice < 8) connect();
        else if (choice < 12) disconnect();
        else if (choice < 62) hostileRpc();
        else if (choice < 72) mutatedFrame();
        else if (choice < 82) answer();
        else if (choice < 84) local();
        else if (choice < 88) publish();
        else if (choice < 92) rig.millis(random.nextInt(400)).tick();
        else if (choice < 94) drain();
        else if (choice < 96) special();
        else {
            rig.heartbeat();
            checkAfterHeartbeat();
        }
        rig.events();
    }

    private String name() {
        return "p" + random.nextInt(PEERS);
    }

    private boolean connected(String name) {
        return rig.router.peer(rig.id(name)) >= 0;
    }

    private void connect() {
        String name = name();
        if (connected(name)) return;
        PubsubProtocol protocol = protocol();
        rig.peer(
                name,
                random.nextInt(4) == 0,
                protocol,
                new byte[] {10, 0, 0, (byte) random.nextInt(6)});
    }

    private PubsubProtocol protocol() {
        if (params.dialect() == Dialect.BLOSSOM) {
            return random.nextInt(10) == 0
                    ? PubsubProtocol.BLOSSOMSUB_2_0
                    : PubsubProtocol.BLOSSOMSUB_2_1;
        }
        return switch (random.nextInt(12)) {
            case 0 -> PubsubProtocol.FLOODSUB_1_0;
            case 1 -> PubsubProtocol.MESHSUB_1_0;
            case 2, 3 -> PubsubProtocol.MESHSUB_1_1;
            case 4, 5, 6 -> PubsubProtocol.MESHSUB_1_2;
            default -> PubsubProtocol.MESHSUB_1_3;
        };
    }

    private void disconnect() {
        String name = name();
        if (connected(name)) rig.gone(name);
    }

    private Mask mask() {
        if (params.dialect() == Dialect.MESHSUB) {
            return Mask.topic(
                    random.nextInt(50) == 0 ? "t" + random.nextInt() : "t" + random.nextInt(6));
        }
        var bytes = new byte[random.nextInt(8) == 0 ? 2 : 1];
        int bits = random.nextInt(4);
        for (int i = 0; i < bits; i++) bytes[0] |= (byte) (1 << random.nextInt(4));
        if (random.nextInt(50) == 0) random.nextBytes(bytes);
        return Mask.of(bytes);
    }

    private RpcMessage message() {
        if (!messages.isEmpty() && random.nextInt(3) > 0) {
            return messages.get(random.nextInt(messages.size()));
        }
        String author = random.nextInt(3) == 0 ? random.nextInt(9) == 0 ? "me" : name() : null;
        String signature = author != null && random.nextBoolean() ? "s" + random.nextInt(3) : "";
        String payload = "m" + payloads++ + "x".repeat(random.nextInt(10) == 0 ? 400 : 1);
        RpcMessage message = rig.message(mask(), payload, author, signature);
        if (messages.size() < 200) messages.add(message);
        else messages.set(random.nextInt(200), message);
        return message;
    }

    private RpcBuilder hostile() {
        var builder = new RpcBuilder(params.dialect(), Integer.MAX_VALUE);
        int parts = 1 + random.nextInt(4);
        for (int part = 0; part < parts; part++) {
            int count = random.nextInt(8) == 0 ? 30 : 1 + random.nextInt(3);
            int kind = random.nextInt(params.dialect() == Dialect.MESHSUB ? 9 : 8);
            for (int i = 0; i < count; i++) {
                switch (kind) {
                    case 0 -> builder.subscription(SubOpts.subscribe(mask()));
                    case 1 -> builder.subscription(SubOpts.unsubscribe(mask()));
                    case 2 -> builder.message(message());
                    case 3 -> builder.graft(mask());
                    case 4 -> builder.prune(mask(), random.nextLong() >>> random.nextInt(64), px());
                    case 5 -> builder.ihave(mask(), message().id());
                    case 6 -> builder.iwant(message().id());
                    case 7 -> builder.idontwant(message().id());
                    default -> builder.extensions(random.nextBoolean(), random.nextBoolean());
                }
            }
        }
        return builder;
    }

    private List<PxPeer> px() {
        var offers = new ArrayList<PxPeer>();
        for (int i = random.nextInt(4); i > 0; i--) {
            byte[] id = random.nextBoolean() ? rig.id(name()).bytes() : new byte[] {1, 2};
            offers.add(new PxPeer(id, random.nextBoolean() ? new byte[] {1, 2, 3} : null));
        }
        return offers;
    }

    private void hostileRpc() {
        String name = name();
        if (connected(name)) rig.frame(name, hostile().buildWhole().toBody());
    }

    /// Bytes that were an RPC before some of them were changed.
    private void mutatedFrame() {
        String name = name();
        if (!connected(name)) return;
        byte[] body = hostile().buildWhole().toBody();
        for (int i = random.nextInt(4); i > 0 && body.length > 0; i--) {
            body[random.nextInt(body.length)] = (byte) random.nextInt();
        }
        try {
            rig.frame(name, body);
        } catch (IllegalArgumentException _) {
            rig.router.onMalformedRpc(rig.handle(name), "frame", rig.now); // the stream is reset
        }
    }

    private void answer() {
        while (!rig.tickets.isEmpty() && random.nextInt(3) > 0) {
            int at = random.nextInt(rig.tickets.size());
            rig.tickets.addFirst(rig.tickets.remove(at));
            switch (random.nextInt(8)) {
                case 0 -> rig.invalidSignature();
                case 1 -> rig.throttled();
                case 2 -> rig.router.onVerified(rig.tickets.getFirst(), rig.now);
                case 3 -> rig.verdict(Verdict.REJECT);
                case 4 -> rig.verdict(Verdict.IGNORE);
                default -> rig.verdict(Verdict.ACCEPT);
            }
        }
    }

    private void local() {
        switch (random.nextInt(4)) {
            case 0, 1 -> {
                DeliveryMode[] modes = DeliveryMode.values();
                if (subscriptions.size() < 6) {
                    subscriptions.add(
                            rig.router.subscribe(
                                    mask(), modes[random.nextInt(modes.length)], rig.now));
                }
            }
            case 2 -> {
                if (!subscriptions.isEmpty()) {
                    Subscription ended = subscriptions.remove(random.nextInt(subscriptions.size()));
                    rig.router.unsubscribe(ended, rig.now);
                }
            }
            default -> {
                if (relays.isEmpty()) {
                    relays.add(mask());
                    rig.router.relay(relays.getFirst(), rig.now);
                } else {
                    rig.router.endRelay(relays.removeFirst(), rig.now);
                }
            }
        }
    }

    private void publish() {
        if (random.nextInt(4) == 0) rig.router.announce(message(), rig.now);
        else rig.publish(mask(), "own" + payloads++);
    }

    private void drain() {
        for (int i = 0; i < PEERS; i++) {
            if (connected("p" + i)) rig.sent("p" + i);
        }
    }

    private void special() {
        String name = name();
        switch (random.nextInt(3)) {
            case 0 -> rig.router.addDirectPeer(rig.id(name), null, rig.now);
            case 1 -> rig.router.removeDirectPeer(rig.id(name));
            default -> {
                if (connected(name)) {
                    rig.router.onConnectionsChanged(
                            rig.handle(name), random.nextBoolean(), List.of());
                }
            }
        }
    }

    private void checkAlways(int step) {
        RouterState state = rig.router.state();
        assertThat(state.remote.pairs()).isLessThanOrEqualTo(params.subscriptionsTotalMax());
        assertThat(state.pipeline.size()).isLessThanOrEqualTo(params.validationQueueMax());
        assertThat(state.pipeline.bytes()).isLessThanOrEqualTo(params.validationQueueBytesMax());
        assertThat(state.cache.bytes()).isLessThanOrEqualTo(params.messageCacheBytesMax());
        assertThat(state.promises.size()).isLessThanOrEqualTo(params.promisesMax());
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) checkMesh(joined.at(i), step);
        IntSet connected = state.peers.connected();
        for (int i = 0; i < connected.size(); i++) {
            Peer peer = state.peers.at(connected.at(i));
            assertThat(peer.topics.size()).isLessThanOrEqualTo(params.subscriptionsPerPeerMax());
            assertThat(peer.ihaveRpcs).isLessThanOrEqualTo(1_000_000);
            assertThat(peer.idsAsked).isLessThanOrEqualTo(params.maxIHaveLength());
            assertThat(peer.queue.size()).isLessThanOrEqualTo(40);
            assertThat(peer.graftOut.isEmpty() && !peer.hasPrunes()).isTrue();
            for (int t = 0; t < peer.topics.size(); t++) {
                assertThat(state.remote.of(peer.topics.at(t)).contains(peer.handle)).isTrue();
            }
        }
        for (Fanouts.Fanout fanout : state.fanouts.all()) {
            for (int i = 0; i < fanout.peers.size(); i++) {
                assertThat(state.peers.at(fanout.peers.at(i)).direct).isFalse();
            }
        }
    }

    private void checkMesh(int slice, int step) {
        RouterState state = rig.router.state();
        IntSet mesh = state.meshes.of(slice);
        int inbound = 0;
        for (int i = 0; i < mesh.size(); i++) {
            Peer peer = state.peers.at(mesh.at(i));
            assertThat(peer.direct).as("step %d: direct peer in a mesh", step).isFalse();
            assertThat(state.remote.of(slice).contains(peer.handle))
                    .as("step %d: member without subscription", step)
                    .isTrue();
            assertThat(state.backoffs.isActive(slice, peer.handle, rig.now))
                    .as("step %d: member in backoff", step)
                    .isFalse();
            if (!peer.outbound) inbound++;
        }
        assertThat(inbound).as("step %d: mesh of %d", step, slice).isLessThanOrEqualTo(64);
    }

    private void checkAfterHeartbeat() {
        RouterState state = rig.router.state();
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) {
            int slice = joined.at(i);
            IntSet mesh = state.meshes.of(slice);
            int surplus = params.meshOutbound() + params.opportunisticGraftPeers();
            int composites = state.local.compositesOf(slice).size();
            assertThat(mesh.size())
                    .isLessThanOrEqualTo(state.sliceHigh(slice) + surplus * (1 + composites));
            for (int m = 0; m < mesh.size(); m++) {
                assertThat(state.scores.engine.score(mesh.at(m))).isGreaterThanOrEqualTo(0);
            }
        }
        for (LocalTopics.Composite composite : state.local.composites()) {
            var members = new IntList();
            state.meshes.composite(composite.slices, members);
            for (int i = 0; i < members.size(); i++) {
                assertThat(state.remote.holdsAll(members.get(i), composite.slices)).isTrue();
            }
        }
        IntSet connected = state.peers.connected();
        for (int i = 0; i < connected.size(); i++) {
            Peer peer = state.peers.at(connected.at(i));
            assertThat(peer.takeGossip()).isEmpty();
            assertThat(peer.idsAsked).isZero();
        }
    }

    /// When everybody is gone, every answer given and time has passed, nothing is left.
    private void end() {
        for (Subscription subscription : subscriptions)
            rig.router.unsubscribe(subscription, rig.now);
        for (Mask relay : relays) rig.router.endRelay(relay, rig.now);
        for (int i = 0; i < PEERS; i++) {
            if (connected("p" + i)) rig.gone("p" + i);
        }
        while (!rig.tickets.isEmpty()) rig.verdict(Verdict.IGNORE);
        rig.advance(Duration.ofHours(2));
        for (int i = 0; i < 40; i++) {
            rig.heartbeat();
            rig.advance(Duration.ofMinutes(2)).tick();
        }

        RouterState state = rig.router.state();
        assertThat(state.masks.size()).as("masks").isZero();
        assertThat(state.remote.pairs()).as("pairs").isZero();
        assertThat(state.backoffs.size()).as("backoffs").isZero();
        assertThat(state.promises.size()).as("promises").isZero();
        assertThat(state.unwanted.size()).as("unwanted").isZero();
        assertThat(state.pipeline.size()).as("validations").isZero();
        assertThat(state.fanouts.size()).as("fanouts").isZero();
        for (int i = 0; i < PEERS; i++) {
            assertThat(state.peers.find(rig.id("p" + i))).as("p%d is remembered", i).isEqualTo(-1);
        }
    }
}
