package org.pollen.router;

import java.util.function.BiPredicate;
import java.util.random.RandomGenerator;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.ScoreEngine;
import org.pollen.scoring.ScoreEnvironment;

/// The parts of one router, each the owner of its own state, and the few questions that need
/// several of them.
///
/// Made once by [GossipRouter]; parts find each other here, so that none needs a constructor with
/// all the others.
final class RouterState {
    final RouterConfig config;
    final RouterParams params;
    final RouterOutput output;
    final MessageKeyHasher hasher;
    final RecentMessages recent;
    final long pruneBackoffNanos;
    final long slackNanos;

    // Tables.
    final MaskTable masks;
    final PeerTable peers;
    final RemoteSubscriptions remote;
    final LocalTopics local;
    final Meshes meshes;
    final Fanouts fanouts;
    final Backoffs backoffs;
    final Promises promises;
    final RequestedIds requested;
    final Unwanted unwanted;
    final MessageCache cache;
    final HeldKeys heldKeys;
    final SeenCache seen;
    final RouterMetrics metrics;
    final DuplicateDelays duplicateDelays = new DuplicateDelays();
    final Scores scores;
    final BiPredicate<PeerId, Mask> peerFilter;

    /// Connected direct peers; connected peers without meshes; connected peers we dialled.
    final IntSet directConnected = new IntSet();

    final IntSet meshless = new IntSet();
    final IntSet outboundConnected = new IntSet();

    // Rules.
    final Tracer tracer;
    final Sender sender;
    final MeshControl control;
    final SubscriptionInbox subscriptionInbox;
    final Gate gate;
    final DeliveryTags tags;
    final DirectPeers directPeers;
    final PeerExchange exchange;
    final Announcer announcer;
    final Discovery discovery;
    final WaitingPublications waiting;
    final Partials partials;
    final Idontwant idontwant;
    final GossipInbox gossipInbox;
    final GossipEmitter emitter;
    final SliceMesh sliceMesh;
    final CompositeMesh compositeMesh;
    final Targets targets;
    final Delivery delivery;
    final ValidationPipeline pipeline;
    final MessageInbox messageInbox;
    final Joiner joiner;
    final Publisher publisher;
    final Heartbeat heartbeat;
    final IdleHeartbeats idleHeartbeats;

    /// The test and the rings of all queues to peers.
    final OutboundQueue.UnwantedTest unwantedTest = this::unwanted;

    final OutboundQueue.Rings rings = new OutboundQueue.Rings();

    private final IntSet forgotten = new IntSet(); // handles that scores no longer need

    RouterState(RouterConfig config, RouterOutput output, SplittableGenerator random, long now) {
        this.config = config;
        this.params = config.params();
        this.output = output;
        hasher = config.hasher().copy();
        hasher.hash(config.self().unsafeBytes(), 0, config.self().unsafeBytes().length);
        recent = new RecentMessages(hasher.hi());
        pruneBackoffNanos = params.pruneBackoff().toNanos();
        slackNanos = params.heartbeatInterval().toNanos() * params.backoffSlackHeartbeats();
        // Slices of peers, of ours, and masks in flight: each pair may intern one.
        masks =
                new MaskTable(
                        params.dialect(), 2 * params.subscriptionsTotalMax() + 65_536, hasher);
        peers = new PeerTable(hasher);
        remote =
                new RemoteSubscriptions(
                        masks, params.subscriptionsPerPeerMax(), params.subscriptionsTotalMax());
        local = new LocalTopics(masks, params.relayMode() == RouterParams.RelayMode.ANY);
        meshes = new Meshes();
        fanouts = new Fanouts(masks);
        backoffs = new Backoffs(slackNanos);
        long followup = params.iwantFollowupTime().toNanos();
        promises = new Promises(followup, params.promisesMax(), random.split());
        long interval = params.heartbeatInterval().toNanos();
        requested =
                new RequestedIds(
                        params.limitIWantRequesters(),
                        Math.min(interval, followup),
                        Math.max(followup, params.historyGossip() * interval),
                        now);
        unwanted =
                new Unwanted(
                        params.idontwantTtlHeartbeats(),
                        params.maxIDontWantMessages(),
                        params.maxIDontWantLength(),
                        params.idontwantIdsPerPeerMax());
        cache =
                new MessageCache(
                        params.historyGossip(),
                        params.historyLength(),
                        params.messageCacheBytesMax());
        heldKeys = new HeldKeys(masks, params.historyLength());
        SeenCache given = config.seenCache();
        seen =
                given != null
                        ? given
                        : SeenCache.create(
                                params.seenStrategy(), params.seenTtl(), params.seenEntriesMax());
        metrics = new RouterMetrics(params.dialect(), config.metricTopicsMax());
        metrics.promiseSeconds = promises.keptSeconds();
        scores = new Scores(engine(config.scoreParams(), now), config.thresholds(), metrics);
        peerFilter = config.peerFilter();

        tracer = new Tracer(this, config.tracing());
        sender = new Sender(this);
        control = new MeshControl(this);
        subscriptionInbox = new SubscriptionInbox(this);
        gate = gate(config.gater(), random.split(), now);
        tags = new DeliveryTags(this, now);
        directPeers = new DirectPeers(this);
        exchange = new PeerExchange(this, random.split());
        announcer = new Announcer(this, random.split());
        discovery = new Discovery(this, config.discovery(), now);
        waiting = new WaitingPublications(this, now);
        partials = new Partials(this);
        idontwant = new Idontwant(this, random.split());
        gossipInbox = new GossipInbox(this, random.split());
        emitter = new GossipEmitter(this, random.split());
        sliceMesh = new SliceMesh(this);
        compositeMesh = new CompositeMesh(this);
        targets = new Targets(this, random.split());
        delivery = new Delivery(this, targets);
        pipeline = new ValidationPipeline(this, delivery);
        messageInbox = new MessageInbox(this, delivery, pipeline);
        var keeper = new MeshKeeper(this, random.split());
        joiner = new Joiner(this, keeper);
        publisher = new Publisher(this, random.split());
        heartbeat = new Heartbeat(this, keeper, emitter, targets);
        idleHeartbeats = new IdleHeartbeats(this);
    }

    private Gate gate(@Nullable PeerGaterParams gaterParams, RandomGenerator random, long now) {
        if (gaterParams == null) return new Gate(this, null, Long.MAX_VALUE / 2, now);
        var gater = new PeerGater(gaterParams, random);
        return new Gate(this, gater, gaterParams.decayInterval().toNanos(), now);
    }

    private ScoreEngine engine(@Nullable PeerScoreParams scoreParams, long now) {
        ScoreEnvironment environment = this::forget;
        return scoreParams == null
                ? ScoreEngine.disabled(environment, now)
                : new ScoreEngine(scoreParams, environment, now);
    }

    private void forget(int peer) {
        forgotten.add(peer);
    }

    /// Gives the handles of peers to others, once nothing remembers them.
    void recycle() {
        for (int i = forgotten.size() - 1; i >= 0; i--) {
            int peer = forgotten.at(i);
            boolean back = peers.get(peer) != null;
            if (!back && (backoffs.holds(peer) || pipeline.holds(peer))) continue;
            forgotten.remove(peer);
            if (back || scores.engine.known(peer)) continue;
            promises.forget(peer);
            cache.forgetRequests(peer);
            peers.forget(peer);
        }
    }

    /// Whether a peer may come into a mesh at all, backoffs apart.
    boolean canGraft(int handle) {
        Peer peer = peers.at(handle);
        return peer.protocol.mesh() && !peer.direct && scores.notNegative(handle);
    }

    /// Whether a peer asked not to be sent a message; direct peers may be exempt.
    boolean unwanted(int handle, long hi, long lo) {
        if (!unwanted.contains(handle, hi, lo)) return false;
        return !(params.directIgnoreIdontwant() && directConnected.contains(handle));
    }

    /// How many members the mesh of a slice may have before inbound GRAFTs are refused: Dhi for
    /// each mesh that shares it.
    int sliceHigh(int slice) {
        int users = local.compositesOf(slice).size() + (local.single(slice) ? 1 : 0);
        return params.meshHigh() * Math.max(1, users);
    }

    /// The topics that a message on a mask counts for in scores.
    ///
    /// @param key the handle of the mask, or -1 if it has none
    int[] scoreKeys(int key, int[] slices) {
        if (slices.length == 1) return slices;
        return switch (scores.engine.params().scoreKeyPolicy()) {
            case PER_SLICE -> slices;
            case FIRST_SLICE -> new int[] {slices[0]};
            case EXACT -> key < 0 ? new int[0] : new int[] {key};
        };
    }
}
