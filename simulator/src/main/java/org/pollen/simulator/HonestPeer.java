package org.pollen.simulator;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.router.DeliveryMode;
import org.pollen.router.Dialect;
import org.pollen.router.GossipRouter;
import org.pollen.router.Mask;
import org.pollen.router.MessageFields;
import org.pollen.router.OutboundQueue;
import org.pollen.router.OutboundRpc;
import org.pollen.router.PublishOptions;
import org.pollen.router.RouterConfig;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterOutput;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.router.RouterSnapshot;
import org.pollen.router.Rpc;
import org.pollen.router.RpcClass;
import org.pollen.router.RpcMessage;
import org.pollen.router.SequenceNumberValidator;
import org.pollen.router.Subscription;
import org.pollen.router.TraceEvent;
import org.pollen.router.Verdict;
import org.pollen.scoring.PeerScoreSnapshot;

/// A peer that runs the router of a node, its outputs wired to the event queue.
///
/// The uplink serves the links in turn, one RPC each: what waits, waits in the router's own queues,
/// where IDONTWANT can cancel it and limits hold.
final class HonestPeer extends Actor implements RouterOutput {
    static final long JOIN = -1;
    static final long LEAVE = -2;
    static final long RETURN = -3;

    /// As LEAVE and RETURN, because the scenario says so and not by churn.
    static final long DEPART = -4;

    static final long ARRIVE = -5;

    /// The machine is off.
    static final long KILL = -6;

    private static final int BY_CHURN = 1;
    private static final int BY_EVENT = 2;

    private final GossipRouter router;
    private boolean joined;
    private int away; // why, by bits
    private int[] turns = new int[4]; // a ring of handles whose queues hold something
    private int turnHead;
    private int turnCount;
    private int turnsKnown; // at the end of the last event
    private boolean uplinkPosted;
    private int atRelays; // links that wait for theirs
    private @Nullable SplittableRandom order;
    private int idleLeft; // so many of the next heartbeats need not be run
    private int idleCount; // so many were not, the first of them at
    private long idleFirst;
    private final @Nullable DeepSockets sockets;
    private final @Nullable Application application;
    private final @Nullable SequenceNumberValidator sequences;
    private long subscriberEvents;
    private final @Nullable TraceWriter trace;
    private final Simulation.@Nullable Traces traces;

    HonestPeer(Simulation simulation, Partition partition, int index) {
        super(simulation, partition, index);
        Profile profile = simulation.profile();
        sequences =
                simulation.setup().freshSequences()
                        ? new SequenceNumberValidator(
                                SequenceNumberValidator.inMemory(simulation.setup().total()))
                        : null;
        sockets = simulation.setup().deepSockets() ? new DeepSockets() : null;
        trace = simulation.setup().trace();
        traces = simulation.setup().traces();
        RouterConfig.Builder config =
                RouterConfig.builder(simulation.peerId(index), simulation.setup().params(index))
                        .hasher(Simulation.hasher())
                        .composer(this::compose)
                        .tracing(trace != null || traces != null);
        if (!simulation.setup().ownStorage()) {
            long seen = profile.params().seenTtl().toNanos();
            config.seenCache(new InternedSeenCache(partition.messageNumbers, seen));
        }
        if (profile.scores() != null) config.scoring(profile.scores(), profile.thresholds());
        SplittableRandom random = Mix.stream(simulation.setup().routerSeed(), index, Mix.ROUTER);
        router = new GossipRouter(config.build(), this, random, 0);
        Setup.Applications applications = simulation.setup().applications();
        application = applications == null ? null : applications.make(this);
    }

    /// The router, to be given something or asked, with all its heartbeats.
    GossipRouter router() {
        catchUp();
        idleLeft = 0;
        return router;
    }

    private void catchUp() {
        if (idleCount == 0) return;
        int count = idleCount;
        idleCount = 0;
        router.onIdleHeartbeats(count, idleFirst, intervalNanos());
    }

    private long intervalNanos() {
        return simulation.params().heartbeatInterval().toNanos();
    }

    // Events.

    @Override
    int onLinkUp(int remote, boolean outbound, long now) {
        boolean byRelay = simulation.setup().relay(index, remote) >= 0;
        return router().onPeerConnected(
                        simulation.peerId(remote),
                        simulation.profile().protocol(),
                        outbound,
                        byRelay ? List.of() : simulation.addresses(remote),
                        now);
    }

    @Override
    void onLinkDown(int handle, int remote, long now) {
        router().onPeerDisconnected(handle, now);
        if (sockets != null) sockets.close(handle);
    }

    @Override
    void onMessage(int handle, RpcMessage message, long now) {
        if (trace != null) trace.copy(this, message, now);
        router().onRpc(handle, partition.carry(message), now);
    }

    @Override
    void onRpc(int handle, Rpc rpc, long now) {
        router().onRpc(handle, rpc, now);
    }

    @Override
    void onRefused(int handle, String why, long now) {
        router().onMalformedRpc(handle, why, now);
    }

    @Override
    boolean accepts(int remote) {
        Setup setup = simulation.setup();
        return away == 0 && setup.reachable(remote, index) && links() < setup.connectionsMax();
    }

    @Override
    boolean absent() {
        return (away & BY_EVENT) != 0;
    }

    /// Whether it has left, or is dead, because the scenario says so.
    boolean gone() {
        return absent() || isDead();
    }

    /// Whether it is there: neither away nor dead, for whatever reason.
    boolean isHere() {
        return away == 0 && !isDead();
    }

    @Override
    double scoreAt(int handle) {
        return router().scores().score(handle);
    }

    /// Adds a direct peer, and dials it.
    void direct(int remote, long now) {
        router().addDirectPeer(simulation.peerId(remote), null, now);
    }

    @Override
    void onHeartbeat(long now) {
        long next = now + intervalNanos();
        if (idleLeft > 0) {
            idleLeft--;
            partition.tally.idleHeartbeats++;
            if (idleCount++ == 0) idleFirst = now;
        } else {
            catchUp();
            router.onHeartbeat(now);
            var look = simulation.setup().heartbeats();
            if (look != null) look.accept(this, now);
            if (turnCount + atRelays == 0 && simulation.setup().skipsIdle()) {
                idleLeft = router.idleHeartbeats(next, intervalNanos());
            }
        }
        post(index, next, HEARTBEAT, 0, null);
    }

    @Override
    void onScript(long word, long now) {
        if (word == JOIN) {
            if (joined || !simulation.setup().subscribes(index)) return;
            joined = true;
            List<Mask> masks = simulation.setup().masks();
            for (int topic = 0; topic < masks.size(); topic++) {
                if (!simulation.setup().joins(index, topic)) continue;
                router().subscribe(masks.get(topic), DeliveryMode.SUPERSET, now);
            }
            return;
        }
        if (word == KILL) {
            die(now);
            return;
        }
        if (word == LEAVE || word == DEPART) {
            away |= word == LEAVE ? BY_CHURN : BY_EVENT;
            for (int remote : remotes()) hangUp(remote, now);
            return;
        }
        if (word == RETURN || word == ARRIVE) {
            away &= word == RETURN ? ~BY_CHURN : ~BY_EVENT;
            if (away != 0) return;
            SplittableRandom random = new SplittableRandom(returns(word, now));
            for (int i = 0; i < simulation.setup().rejoinDials(); i++) {
                dial(random.nextInt(simulation.setup().honest()), now);
            }
            return;
        }
        if (away != 0) return;
        PlannedMessage message = simulation.message((int) word);
        byte[] payload = message.payload((int) word);
        if (firstCopies != null) firstCopies.published((int) word);
        router().publish(simulation.maskOf((int) word), payload, PublishOptions.DEFAULT, now);
    }

    /// Publishes something beside the workload.
    void publish(Mask mask, byte[] payload, long now) {
        router().publish(mask, payload, PublishOptions.DEFAULT, now);
        settle(now);
    }

    /// What draws whom a peer dials that is back. Random churn differs with the seed as it is; what
    /// a scenario or a file says is at the same instant under each.
    private long returns(long word, long now) {
        long draw = Mix.mix(now, index, Mix.CHURN);
        boolean planned = word == ARRIVE || simulation.setup().churnOfFile();
        return planned ? Mix.mix(draw, simulation.seed()) : draw;
    }

    @Override
    void onApplication(long word, long now) {
        if (application != null) application.event(word, now);
    }

    @Override
    void onValidated(long word, @Nullable Object content, long now) {
        if (!(content instanceof RpcMessage message)) return;
        if (partition.signatures != null && !partition.signatures.genuine(message)) {
            router().onInvalidSignature(word, now);
            return;
        }
        Verdict verdict =
                invalid(message)
                        ? Verdict.REJECT
                        : sequences == null ? Verdict.ACCEPT : sequences.validate(message);
        router().onValidated(word, verdict, now);
    }

    private RpcMessage compose(Mask mask, byte[] payload) {
        Signatures signatures = partition.signatures;
        return signatures == null
                ? partition.signer.compose(mask, payload)
                : signatures.compose(index, mask, payload, true);
    }

    /// Whether validators reject it.
    static boolean invalid(RpcMessage message) {
        return message.dataLength() < PlannedMessage.HEADER
                || message.array()[message.dataOffset() + 4] == PlannedMessage.Kind.INVALID.code();
    }

    // The wire.

    @Override
    void onUplink(long now) {
        uplinkPosted = false;
    }

    @Override
    void onRelayFree(int handle) {
        atRelays--;
        turn(handle);
    }

    @Override
    void settle(long now) {
        if (sockets != null) fill(sockets, now);
        if (uplinkLimited()) shuffleNewTurns();
        while (turnCount > 0 && uplinkFree(now)) {
            int handle = turns[turnHead];
            turnHead = (turnHead + 1) & (turns.length - 1);
            turnCount--;
            if (handleOf(remoteOf(handle)) != handle) continue; // gone
            if (awaitsRelay(handle, now)) {
                atRelays++;
                continue;
            }
            if (sockets != null) {
                OutboundRpc rpc = sockets.poll(handle);
                if (rpc != null) transmit(handle, rpc, stamp(handle, rpc, false), now);
                if (!sockets.isEmpty(handle)) turn(handle);
                continue;
            }
            OutboundQueue queue = router().outbound(handle);
            int asked = firstCopies == null ? 0 : queue.size(RpcClass.IWANT_REPLY);
            OutboundRpc rpc = queue.poll(now);
            if (rpc == null) continue;
            boolean reply = firstCopies != null && queue.size(RpcClass.IWANT_REPLY) < asked;
            transmit(handle, rpc, stamp(handle, rpc, reply), now);
            if (!queue.isEmpty()) turn(handle);
        }
        turnsKnown = turnCount;
        if (turnCount > 0 && !uplinkPosted) {
            uplinkPosted = true;
            post(index, uplinkFreeAt(), UPLINK, 0, null);
        }
    }

    /// What goes with an RPC if somebody remembers first copies.
    ///
    /// @param reply whether it is the last to leave the queue, and an answer to IWANT left it; one
    ///   that is dropped there is followed by no single message
    private int stamp(int handle, OutboundRpc rpc, boolean reply) {
        if (firstCopies == null) return 0;
        RpcMessage message = rpc.singleMessage();
        if (message == null || message.dataLength() < PlannedMessage.HEADER) return 0;
        if (reply) return firstCopies.stamp(message, CopyCounts.Way.IWANT);
        int number = PlannedMessage.number(message.array(), message.dataOffset());
        if (number < 0 || number >= simulation.setup().messages().size()) return 0;
        boolean own = simulation.message(number).publisher() == index;
        Mask mask = simulation.maskOf(number);
        boolean sliced = simulation.params().dialect() == Dialect.BLOSSOM && mask.bitCount() > 1;
        MultiBitMode mode = simulation.params().multiBitMode();
        boolean flooded = sliced && mode == MultiBitMode.FLOOD_HOLDERS;
        boolean pushed = !flooded && (!own || inMesh(mask, remoteOf(handle)));
        return firstCopies.stamp(message, pushed ? CopyCounts.Way.MESH : CopyCounts.Way.FLOOD);
    }

    private boolean inMesh(Mask mask, int remote) {
        return router.mesh(mask).contains(simulation.peerId(remote));
    }

    /// Links that have something to send since the last event, in any order. The router names them
    /// by handle: after a common start that is the nearest first, who would have all messages
    /// sooner than in a network where members of a mesh came one by one, or whose routers use hash
    /// maps.
    private void shuffleNewTurns() {
        for (int i = turnCount - 1; i > turnsKnown; i--) {
            if (order == null) order = Mix.stream(simulation.seed(), index, Mix.TURN);
            int at = (turnHead + i) & (turns.length - 1);
            int other =
                    (turnHead + turnsKnown + order.nextInt(i - turnsKnown + 1))
                            & (turns.length - 1);
            int handle = turns[at];
            turns[at] = turns[other];
            turns[other] = handle;
        }
    }

    private void turn(int handle) {
        if (turnCount == turns.length) {
            var more = new int[turns.length * 2];
            for (int i = 0; i < turnCount; i++) {
                more[i] = turns[(turnHead + i) & (turns.length - 1)];
            }
            turns = more;
            turnHead = 0;
        }
        turns[(turnHead + turnCount++) & (turns.length - 1)] = handle;
    }

    // What the router wants.

    @Override
    public void writable(int peer) {
        turn(peer);
    }

    /// Moves what the router queued since the last event into sockets; links that were sending keep
    /// the turn they have.
    private void fill(DeepSockets sockets, long now) {
        int count = turnCount - turnsKnown;
        turnCount = turnsKnown;
        var ready = new int[count];
        for (int i = 0; i < count; i++) {
            ready[i] = turns[(turnHead + turnsKnown + i) & (turns.length - 1)];
        }
        for (int handle : ready) {
            if (handleOf(remoteOf(handle)) != handle) continue; // gone
            if (sockets.take(handle, router().outbound(handle), now)) turn(handle);
        }
    }

    @Override
    public boolean validates(Mask mask, RpcMessage message) {
        return application != null
                || partition.signatures != null
                || simulation.network().validationNanos() > 0
                || simulation.setup().cpu() != null
                || invalid(message);
    }

    @Override
    public void validate(long ticket, RpcMessage message, int fromPeer) {
        partition.tally.validations++;
        if (firstCopies != null) firstCopies.accepted(message, partition.now());
        if (application != null) {
            application.judge(ticket, message, remoteOf(fromPeer), partition.now());
            return;
        }
        long done = verifiedAt(partition.now()) + simulation.network().validationNanos();
        boolean free = simulation.setup().cpu() == null;
        if (free && partition.signatures != null) done += Crypto.VERIFY_NANOS;
        post(index, done, VALIDATED, ticket, message);
    }

    @Override
    public boolean deliver(Subscription to, RpcMessage message, int fromPeer) {
        if (application != null
                || fromPeer < 0
                || message.length(MessageFields.DATA) < PlannedMessage.HEADER) return true;
        Tally tally = partition.tally;
        if (invalid(message)) {
            tally.invalidDeliveries++;
            return true;
        }
        int number = PlannedMessage.number(message.array(), message.dataOffset());
        if (number < 0 || number >= simulation.setup().messages().size()) return true;
        if (firstCopies != null) firstCopies.accepted(message, partition.now());
        PlannedMessage planned = simulation.message(number);
        if (!simulation.setup().counts(index, planned)) {
            if (simulation.setup().countsUntilItLeaves(index, planned)) {
                tally.reachedLeavers[number]++;
            }
            return true;
        }
        tally.deliveries++;
        tally.reached[number]++;
        if (simulation.setup().watches(index)) tally.reachedWatched[number]++;
        tally.count(partition.now(), Tally.DELIVERIES, 1);
        tally.count(partition.now(), Tally.FIRST_BYTES, Network.wireBytes(message.bodyLength()));
        // The delay of the network, as publications have it: without the last validation.
        long delay = partition.now() - simulation.network().validationNanos() - planned.at();
        Setup setup = simulation.setup();
        tally.classes.delivered(
                setup.topicOf(number), setup.phase(planned), delay, setup.deadlines());
        if (firstCopies != null) firstCopies.delivered(number, delay);
        tally.slowest[number] = Math.max(tally.slowest[number], delay);
        return true;
    }

    @Override
    public void connect(PeerId peer, byte @Nullable [] signedRecord) {
        int remote = simulation.indexOf(peer);
        if (!simulation.setup().direct(index, remote)) partition.tally.exchangeDials++;
        else if (away != 0) return;
        if (remote >= 0) dial(remote, partition.now());
    }

    @Override
    public void disconnect(int peer, String reason) {
        hangUp(remoteOf(peer), partition.now());
    }

    @Override
    public void resetStream(int peer, String reason) {
        hangUp(remoteOf(peer), partition.now());
    }

    @Override
    public void trace(TraceEvent event) {
        if (trace != null) trace.event(this, event);
        if (traces != null) traces.event(index, event);
    }

    @Override
    public void subscriber(int peer, Mask slice, boolean subscribed) {
        subscriberEvents++;
    }

    // For probes.

    /// How often it heard that a peer began or ceased to subscribe.
    long subscriberEvents() {
        return subscriberEvents;
    }

    /// Entries in the tables of the router that peers can make grow.
    long entries(long now) {
        RouterSnapshot state = router().snapshot(now);
        long subscriptions = 0;
        for (RouterSnapshot.PeerView peer : state.peers()) subscriptions += peer.subscriptions();
        return subscriptions
                + router.masks()
                + state.topics().size()
                + state.composites().size()
                + state.fanouts().size()
                + state.remoteTopics()
                + state.backoffs()
                + state.seenEntries()
                + state.cachedMessages()
                + state.validating()
                + state.promises()
                + state.retainedPeers()
                + state.deliveryRecords();
    }

    /// Indexes of the members of the mesh.
    int[] mesh() {
        return mesh(simulation.mask());
    }

    /// Indexes of the members of the mesh of a mask.
    int[] mesh(Mask mask) {
        if (isDead()) return new int[0];
        catchUp();
        List<PeerId> members = router.mesh(mask);
        var indexes = new int[members.size()];
        for (int i = 0; i < indexes.length; i++) indexes[i] = simulation.indexOf(members.get(i));
        return indexes;
    }

    /// Indexes of the peers it is linked to, by handle.
    int[] remotes() {
        return linkedRemotes();
    }

    /// The score of a linked peer, taken apart.
    PeerScoreSnapshot snapshotOf(int remote, long now) {
        catchUp();
        return router.scores().snapshot(handleOf(remote), now);
    }

    /// How many messages a linked peer asked not to be sent that are remembered.
    int unwantedOf(int remote) {
        catchUp();
        int handle = handleOf(remote);
        return handle < 0 ? 0 : router.unwanted(handle);
    }

    /// All counters of the router.
    List<RouterMetrics.Sample> samples() {
        return router.metrics().samples();
    }

    /// The peers it is linked to, as its router sees them.
    List<RouterSnapshot.PeerView> views(long now) {
        catchUp();
        return router.snapshot(now).peers();
    }

    /// A counter of the router, over the samples that have a label with this value.
    long counter(String name, String label) {
        catchUp();
        return router.metrics().total(name, label);
    }

    /// The score of a peer, or 0 if it is not connected.
    double scoreOf(int remote) {
        int handle = handleOf(remote);
        catchUp();
        return handle < 0 ? 0 : router.scores().score(handle);
    }
}
