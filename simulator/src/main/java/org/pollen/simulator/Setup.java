package org.pollen.simulator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams;
import org.pollen.router.SigningPolicy;

/// Everything a run is built from. Immutable; the same setup gives the same run.
public final class Setup {
    private static final long STAY_NANOS = 30_000_000_000L;
    private static final long COPIES_BYTES_MAX = 64 << 20;
    private static final int COPY_BYTES = 5; // for each peer and message
    private static final int[] NOBODY = {};

    /// Makes the attackers, which have the indexes after the honest peers.
    interface Attackers {
        Actor make(Simulation simulation, Partition partition, int index);
    }

    /// Makes what an honest peer runs beside gossip.
    interface Applications {
        Application make(HonestPeer peer);
    }

    private final Builder values;
    private final List<PlannedMessage> messages;
    private final int[] subscribers; // by topic
    private final Profile profile;
    private final int[] relays;
    private final RouterParams meshless;
    private final Map<Integer, int[]> direct = new HashMap<>(); // only looked up

    private Setup(Builder values) {
        this.values = values;
        Profile given = values.profile;
        profile =
                values.crypto == Crypto.NONE
                        ? given
                        : given.with(
                                given.params().toBuilder()
                                        .signingPolicy(SigningPolicy.STRICT_SIGN)
                                        .build());
        subscribers = new int[values.masks.size()];
        for (int topic = 0; topic < subscribers.length; topic++) {
            for (int i = 0; i < values.honest; i++) if (subscribes(i, topic)) subscribers[topic]++;
        }
        messages = List.copyOf(values.messages);
        if (!values.direct.isEmpty() && !profile.routed()) {
            throw new IllegalArgumentException(
                    "direct peers with the profile %s: it has no router".formatted(profile.name()));
        }
        if (values.cpu != null && !profile.routed()) {
            throw new IllegalArgumentException(
                    "cpu with the profile %s: it has no router".formatted(profile.name()));
        }
        for (int[] pair : values.direct) {
            addDirect(pair[0], pair[1]);
            addDirect(pair[1], pair[0]);
        }
        relays = possibleRelays();
        boolean bootstraps =
                values.groups.all().stream()
                        .anyMatch(group -> group.role() == PeerGroups.Role.BOOTSTRAP);
        meshless =
                bootstraps
                        ? profile.params().withMeshTarget(0).toBuilder().peerExchange(true).build()
                        : profile.params();
    }

    /// Peers that others go through: they can be dialled, and do not come and go.
    private int[] possibleRelays() {
        if (!values.relays) return NOBODY;
        return IntStream.range(0, values.honest).filter(i -> !natted(i) && stays(i)).toArray();
    }

    private boolean stays(int index) {
        return values.churn.toggles(index).length == 0
                && values.departures.toggles(index).length == 0
                && values.departures.death(index) == Long.MAX_VALUE;
    }

    private void addDirect(int one, int other) {
        int[] before = directPeers(one);
        for (int each : before) if (each == other) return;
        int[] with = Arrays.copyOf(before, before.length + 1);
        with[before.length] = other;
        direct.put(one, with);
    }

    /// A setup to be completed.
    ///
    /// @param honest how many peers run the router
    public static Builder of(int honest, Network network, Profile profile) {
        return new Builder(honest, network, profile);
    }

    int honest() {
        return values.honest;
    }

    int total() {
        return values.honest + values.attackerCount;
    }

    Network network() {
        return values.network;
    }

    Profile profile() {
        return profile;
    }

    /// Looks at a peer at the end of each heartbeat.
    @Nullable BiConsumer<HonestPeer, Long> heartbeats() {
        return values.heartbeats;
    }

    Members members() {
        return values.members;
    }

    /// Whether messages are signed.
    Crypto crypto() {
        return values.crypto;
    }

    /// Whether validators refuse sequence numbers that are not higher than before.
    boolean freshSequences() {
        return values.freshSequences;
    }

    /// What a slow peer adds to the latency of each of its links.
    long slowNanos() {
        return values.slowNanos;
    }

    /// Whether routers keep what they remember in tables of their own, as those of nodes do.
    boolean ownStorage() {
        return values.ownStorage;
    }

    /// Whether sockets take what routers have to send at once.
    boolean deepSockets() {
        return values.deepSockets;
    }

    /// The seed of all randomness.
    public long seed() {
        return values.seed;
    }

    /// The seed of what routers draw.
    long routerSeed() {
        return values.routerSeed == 0 ? values.seed : values.routerSeed;
    }

    Links links() {
        return values.links;
    }

    List<PlannedMessage> messages() {
        return messages;
    }

    @Nullable Applications applications() {
        return values.applications;
    }

    @Nullable TraceWriter trace() {
        return values.trace;
    }

    Simulation.@Nullable Traces traces() {
        return values.traces;
    }

    Attackers attackers() {
        return values.attackers;
    }

    @Nullable EventLog record() {
        return values.record;
    }

    long joinAt() {
        return values.joinAt;
    }

    boolean phases() {
        return values.phases;
    }

    long attackAt() {
        return values.attackAt;
    }

    long attackEnd() {
        return values.attackEnd;
    }

    long end() {
        return values.end;
    }

    int workers() {
        return values.workers;
    }

    /// Whether heartbeats with nothing to do are left out and made up for later.
    boolean skipsIdle() {
        return values.skipsIdle;
    }

    long probeEvery() {
        return values.probeEvery;
    }

    List<Simulation.Probe> probes() {
        return values.probes;
    }

    /// The named groups of its peers.
    PeerGroups groups() {
        return values.groups;
    }

    /// How routers of a peer are set up.
    RouterParams params(int index) {
        return values.groups.bootstraps(index) ? meshless : profile.params();
    }

    /// The region of a peer.
    int region(int index) {
        return values.groups.region(index, values.network.latency(), values.seed);
    }

    /// The probability that a segment is lost, over time.
    Timeline losses() {
        Timeline own = values.losses;
        return own == null ? Timeline.constant(values.network.loss()) : own;
    }

    /// The probability that a segment is lost which is sent at an instant.
    double loss(long at) {
        Timeline own = values.losses;
        return own == null ? values.network.loss() : own.at(at);
    }

    /// What scenarios call a topic or a group of publishers that a message is of.
    boolean isOf(String name, int number) {
        PlannedMessage message = messages.get(number);
        PeerGroups.Group group = values.groups.of(message.publisher());
        if (group != null && group.name().equals(name)) return true;
        int topic = topicOf(number);
        return topic < values.topicNames.size()
                ? values.topicNames.get(topic).equals(name)
                : maskOf(number).text().equals(name);
    }

    /// What messages are published on, in turn.
    List<Mask> masks() {
        return values.masks;
    }

    /// What a message is published on.
    Mask maskOf(int number) {
        return values.masks.get(topicOf(number));
    }

    /// The index of what a message is published on.
    int topicOf(int number) {
        int topic = messages.get(number).topic();
        return topic < 0 ? number % values.masks.size() : topic;
    }

    /// Which histogram a message counts for: before, during, after the attack, or of its victim.
    int phase(PlannedMessage message) {
        if (message.kind() == PlannedMessage.Kind.VICTIM) return 3;
        return message.at() < attackAt() ? 0 : message.at() < attackEnd() ? 1 : 2;
    }

    /// Whether an honest peer subscribes to one of the masks.
    boolean subscribes(int index, int topic) {
        return subscribes(index) && follows(index, topic);
    }

    /// Whether a peer is of the share that subscribes to a topic.
    boolean follows(int index, int topic) {
        if (topic < 0 || topic >= values.topicShares.length) return true;
        double share = values.groups.share(index, topic, values.topicShares[topic]);
        return follows(values.seed, index, topic, share);
    }

    /// Whether a peer is of a share that subscribes to a topic.
    static boolean follows(long seed, int index, int topic, double share) {
        return share >= 1 || Mix.unit(seed, index, ((long) topic << 32) | Mix.TOPIC) < share;
    }

    /// Whether an honest peer subscribes to a topic, be it only to offer others to who grafts it.
    boolean joins(int index, int topic) {
        return subscribes(index, topic) || values.groups.bootstraps(index);
    }

    /// Whether an honest peer subscribes to the masks.
    boolean subscribes(int index) {
        return values.holders >= 1 || Mix.unit(values.seed, index, Mix.HOLDER) < values.holders;
    }

    /// The peers that pairs behind NAT may be linked through; none without relays.
    int[] relays() {
        return relays.clone();
    }

    double punchShare() {
        return values.punchShare;
    }

    /// Whether a peer can be dialled by another, as far as NATs have a say.
    boolean reachable(int dialler, int target) {
        if (!natted(target)) return true;
        if (!natted(dialler)) return false;
        return punched(dialler, target) || relay(dialler, target) >= 0;
    }

    private boolean punched(int one, int other) {
        return Mix.unit(values.seed, pair(one, other), Mix.PUNCH) < values.punchShare;
    }

    private static long pair(int one, int other) {
        return ((long) Math.min(one, other) << 32) | Math.max(one, other);
    }

    /// The peer through which two others are linked, which can be dialled and stays; -1 if they
    /// need none, or there is none.
    int relay(int one, int other) {
        if (relays.length == 0 || !natted(one) || !natted(other) || punched(one, other)) return -1;
        double u = Mix.unit(values.seed, pair(one, other), Mix.RELAY);
        return relays[(int) (u * relays.length)];
    }

    /// Whether a peer is behind NAT.
    boolean natted(int index) {
        if (index >= values.honest || values.natShare == 0) return false;
        return Mix.unit(values.seed, index, Mix.NAT) < values.natShare;
    }

    int connectionsMax() {
        return values.connectionsMax;
    }

    /// What honest peers need for what they receive; nothing if it is null.
    @Nullable Cpu cpu() {
        return values.cpu;
    }

    @Nullable Watermarks watermarks() {
        return values.watermarks;
    }

    /// The direct peers of a peer.
    int[] directPeers(int index) {
        return direct.getOrDefault(index, NOBODY);
    }

    /// Whether two peers are each other's direct peers.
    boolean direct(int one, int other) {
        for (int each : directPeers(one)) if (each == other) return true;
        return false;
    }

    /// Whether what a peer gets is counted for itself, as of a victim.
    boolean watches(int index) {
        return index < values.watched;
    }

    int slowPeers() {
        return values.slowPeers;
    }

    double slowBits() {
        return values.slowBits;
    }

    Churn churn() {
        return values.churn;
    }

    /// When the network is in two parts.
    Cuts cuts() {
        return values.cuts;
    }

    /// Who goes and comes because a scenario says so.
    Departures departures() {
        return values.departures;
    }

    /// Whether peers come and go as a file says, at the same instants under each seed.
    boolean churnOfFile() {
        return values.churnOfFile;
    }

    int rejoinDials() {
        return values.rejoinDials;
    }

    Simulation.@Nullable Listener listener() {
        return values.listener;
    }

    /// Whether peers remember how and when the first copies of messages came.
    boolean remembersCopies() {
        return values.remembersCopies;
    }

    /// Of each so many-th message, so that what all peers remember takes 64 MiB at most.
    int copiesEvery() {
        long bytes = (long) COPY_BYTES * values.honest * messages.size();
        return (int) Math.max(1, (bytes + COPIES_BYTES_MAX - 1) / COPIES_BYTES_MAX);
    }

    /// Delays of deliveries that are looked for, nanoseconds, the shortest first; not to be
    /// changed.
    long[] deadlines() {
        return values.deadlines;
    }

    /// Whether a peer counts for a message: subscribed, up when it was published and for half a
    /// minute after, and not its publisher.
    boolean counts(int peer, PlannedMessage message) {
        return peer != message.publisher()
                && subscribes(peer, message.topic())
                && (values.countsAll || up(peer, message.at(), message.at() + STAY_NANOS));
    }

    /// Whether a peer would count for a message if it had not left within half a minute.
    boolean countsUntilItLeaves(int peer, PlannedMessage message) {
        return peer != message.publisher()
                && subscribes(peer, message.topic())
                && up(peer, message.at(), message.at())
                && !counts(peer, message);
    }

    private boolean up(int peer, long from, long to) {
        return values.churn.up(peer, from, to) && values.departures.up(peer, from, to);
    }

    /// Whether there are peers that do not count for a message because they leave.
    boolean leaves() {
        boolean stay = values.churn.isNone() && values.departures.isNone();
        return !stay && !values.countsAll;
    }

    /// How many peers count for a message; none if it is invalid or its publisher is away.
    int expected(PlannedMessage message) {
        return expected(message, false);
    }

    /// How many count, or would if they had not left within half a minute.
    int expectedWithLeavers(PlannedMessage message) {
        return expected(message, true);
    }

    /// How many of the peers that are watched count for a message for which somebody does.
    int expectedWatched(PlannedMessage message) {
        int count = 0;
        for (int i = 0; i < values.watched; i++) if (counts(i, message)) count++;
        return count;
    }

    private int expected(PlannedMessage message, boolean leavers) {
        if (message.kind() == PlannedMessage.Kind.INVALID) return 0;
        int publisher = message.publisher();
        boolean here = publisher >= values.honest || up(publisher, message.at(), message.at());
        if (!here) return 0;
        boolean own = publisher < values.honest && subscribes(publisher, message.topic());
        int all = subscribers[Math.max(0, message.topic())];
        if (!leaves()) return all - (own ? 1 : 0);
        int count = 0;
        for (int i = 0; i < values.honest; i++) {
            if (counts(i, message) || (leavers && countsUntilItLeaves(i, message))) count++;
        }
        return count;
    }

    byte[] address(int index) {
        int shared = values.addressesOfAttackers;
        if (index >= values.honest && shared > 0) {
            int number = (index - values.honest) % shared;
            return new byte[] {(byte) 198, 18, (byte) (number >> 8), (byte) number};
        }
        return new byte[] {11, (byte) (index >> 16), (byte) (index >> 8), (byte) index};
    }

    /// Collects a setup.
    public static final class Builder {
        private final int honest;
        private final Network network;
        private Profile profile;
        private long seed = 1;
        private long routerSeed;
        private Links links = new Links();
        private final List<PlannedMessage> messages = new ArrayList<>();
        private int attackerCount;
        private int addressesOfAttackers;
        private Attackers attackers =
                (_, _, index) -> {
                    throw new IllegalStateException("no attackers, but index " + index);
                };
        private List<Mask> masks = List.of(Mask.topic("t"));
        private double holders = 1;
        private double[] topicShares = {};
        private List<String> topicNames = List.of();
        private PeerGroups groups = PeerGroups.NONE;
        private @Nullable Timeline losses;
        private double natShare;
        private double punchShare;
        private boolean relays;
        private int connectionsMax = Integer.MAX_VALUE;
        private @Nullable Watermarks watermarks;
        private @Nullable Cpu cpu;
        private final List<int[]> direct = new ArrayList<>();
        private int watched;
        private @Nullable TraceWriter trace;
        private Simulation.@Nullable Traces traces;
        private @Nullable EventLog record;
        private @Nullable Applications applications;
        private int slowPeers;
        private double slowBits;
        private long slowNanos;
        private boolean freshSequences;
        private Churn churn = Churn.NONE;
        private boolean churnOfFile;
        private int rejoinDials;
        private Cuts cuts = Cuts.NONE;
        private Departures departures = Departures.NONE;
        private Simulation.@Nullable Listener listener;
        private long joinAt;
        private boolean phases = true;
        private boolean skipsIdle = true;
        private Members members = Members.ALONE;
        private boolean ownStorage;
        private boolean deepSockets;
        private boolean countsAll;
        private boolean remembersCopies;
        private long[] deadlines = {3_000_000_000L, 4_000_000_000L, 6_000_000_000L};
        private @Nullable BiConsumer<HonestPeer, Long> heartbeats;
        private Crypto crypto = Crypto.NONE;
        private long attackAt = Long.MAX_VALUE;
        private long attackEnd = Long.MAX_VALUE;
        private long end = 60_000_000_000L;
        private int workers = 1;
        private long probeEvery = 1_000_000_000L;
        private final List<Simulation.Probe> probes = new ArrayList<>();

        private Builder(int honest, Network network, Profile profile) {
            if (honest < 1 || honest >= 1 << 23) {
                throw new IllegalArgumentException(
                        "%d peers: between 1 and %d".formatted(honest, (1 << 23) - 1));
            }
            this.honest = honest;
            this.network = Objects.requireNonNull(network);
            this.profile = Objects.requireNonNull(profile);
        }

        /// The seed of all randomness.
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /// Routers draw other numbers, while topology, latencies and heartbeats stay as they are; 0
        /// for those of the seed.
        public Builder routerSeed(long value) {
            routerSeed = value;
            return this;
        }

        /// Another profile.
        public Builder profile(Profile value) {
            profile = value;
            return this;
        }

        /// Who dials whom.
        public Builder links(Links value) {
            links = value;
            return this;
        }

        /// The links so far, to be added to.
        Links links() {
            return links;
        }

        /// When honest peers subscribe.
        public Builder joinAt(long nanos) {
            joinAt = nanos;
            return this;
        }

        /// All heartbeats at once, as some simulators have it: simultaneous joins give fuller
        /// meshes.
        public Builder simultaneousHeartbeats() {
            phases = false;
            return this;
        }

        /// Every heartbeat is run, whether it has something to do or not; the run is the same.
        Builder allHeartbeats() {
            skipsIdle = false;
            return this;
        }

        /// Which messages count as published during the attack.
        public Builder attackBetween(long from, long to) {
            attackAt = from;
            attackEnd = to;
            return this;
        }

        Builder attackers(int count, Attackers factory) {
            attackerCount = count;
            attackers = factory;
            return this;
        }

        /// Attackers of one's own; their indexes come after those of the honest peers.
        ///
        /// @param count how many
        /// @param maker called once for each, in the order of their numbers
        public Builder adversaries(int count, Adversaries maker) {
            if (count < 0) throw new IllegalArgumentException("%d attackers".formatted(count));
            return attackers(
                    count,
                    (simulation, partition, index) -> made(maker, simulation, partition, index));
        }

        /// The attacker at a place.
        static Adversary made(
                Adversaries maker, Simulation simulation, Partition partition, int index) {
            Adversary made = maker.make(new Adversary.Seat(simulation, partition, index));
            if (made.index() == index) return made;
            throw new IllegalArgumentException(
                    "attacker %d was made for the seat of %d".formatted(index, made.index()));
        }

        /// Attackers that subscribe, graft themselves into meshes and never deliver anything; their
        /// indexes come after those of the honest peers.
        public Builder silentSybils(int count) {
            return attackers(
                    count,
                    (simulation, partition, index) ->
                            new Sybil(simulation, partition, index, Sybil.Behaviour.SILENT));
        }

        /// Attackers share so many addresses; 0 for one each.
        Builder attackerAddresses(int count) {
            addressesOfAttackers = count;
            return this;
        }

        /// What messages are published on, in turn.
        Builder masks(List<Mask> value) {
            masks = List.copyOf(value);
            return this;
        }

        /// What messages are published on, and the share of honest peers that subscribes to each.
        Builder topics(List<Mask> value, double... shares) {
            masks = List.copyOf(value);
            topicShares = shares.clone();
            return this;
        }

        /// What scenarios call the topics.
        Builder topicNames(List<String> value) {
            topicNames = List.copyOf(value);
            return this;
        }

        /// The named groups of peers, of which adversaries are attackers; after the topics.
        Builder groups(PeerGroups value) {
            groups = value;
            return this;
        }

        /// The probability that a segment is lost, instead of that of the network if it is not
        /// null.
        Builder losses(@Nullable Timeline value) {
            losses = value;
            return this;
        }

        /// The share of honest peers that subscribe.
        Builder holders(double share) {
            holders = share;
            return this;
        }

        /// The share of honest peers that are behind NAT and cannot be dialled, 0 to 1.
        public Builder nat(double share) {
            natShare = share("nat", share);
            return this;
        }

        /// The share of pairs behind NAT that reach each other all the same, by hole punching, 0 to
        /// 1; what they say to each other over a relay first is not simulated.
        public Builder punch(double share) {
            punchShare = share("punch", share);
            return this;
        }

        /// Whether pairs behind NAT that cannot punch are linked through a third peer that can be
        /// dialled and stays: the latency is that of both hops, and 128 KiB a second go through in
        /// each direction, whatever else the relay does. What waits, waits in the sender's router.
        public Builder relays(boolean value) {
            relays = value;
            return this;
        }

        private static double share(String name, double share) {
            if (share >= 0 && share <= 1) return share;
            throw new IllegalArgumentException("%s is %s: 0 to 1".formatted(name, share));
        }

        /// Links above which an honest peer refuses to be dialled.
        public Builder connectionsMax(int count) {
            connectionsMax = count;
            return this;
        }

        /// Honest peers with more than `high` links close, a grace later, the relayed ones, then
        /// those of the lowest score, then the oldest, until `low` are left; those within their
        /// grace and to direct peers stay. Nobody has more than 1.1 times `high`: others are
        /// refused, and not dialled. A trimmed pair does not dial each other for the grace.
        ///
        /// @throws IllegalArgumentException unless 0 <= low <= high, high is at least 1 and the
        ///   grace is positive
        public Builder watermarks(int low, int high, long graceNanos) {
            watermarks = new Watermarks(low, high, graceNanos);
            return this;
        }

        /// Two honest peers are each other's direct peers: they dial each other from the beginning
        /// and whenever the link is missing, forward each other everything, and are in no mesh
        /// together.
        ///
        /// @throws IllegalArgumentException unless they are two different honest peers
        public Builder directPeers(int one, int other) {
            if (one < 0 || other < 0 || one >= honest || other >= honest || one == other) {
                throw new IllegalArgumentException(
                        "direct peers %d and %d: two different peers below %d"
                                .formatted(one, other, honest));
            }
            direct.add(new int[] {one, other});
            return this;
        }

        /// Honest peers have one processor each, for which RPCs wait. The time of the network's
        /// validation comes on top of it; that of signatures is its verification. What runs beside
        /// gossip has a processor of its own.
        public Builder cpu(Cpu value) {
            cpu = value;
            return this;
        }

        /// Honest peers run something beside gossip, which judges all messages.
        Builder applications(Applications factory) {
            applications = factory;
            return this;
        }

        /// Writes what the routers do; the run is the same. With one worker only.
        Builder trace(TraceWriter writer) {
            trace = writer;
            return this;
        }

        /// Hears what the routers do; the run is the same. With one worker only.
        public Builder traces(Simulation.Traces value) {
            traces = value;
            return this;
        }

        /// Writes all events; the run is the same. With one worker only.
        Builder record(EventLog log) {
            record = log;
            return this;
        }

        /// The first so many peers are victims: what each message reaches of them is counted.
        Builder watch(int first) {
            watched = first;
            return this;
        }

        /// So many of the honest peers, the last ones, have another bandwidth.
        Builder slow(int peers, double bitsPerSecond) {
            slowPeers = peers;
            slowBits = bitsPerSecond;
            return this;
        }

        /// So many of the honest peers, the last ones, are farther away: their links take as much
        /// longer each way.
        Builder distant(int peers, long nanos) {
            slowPeers = peers;
            slowNanos = nanos;
            return this;
        }

        /// Honest peers take of each author only messages with a higher sequence number than
        /// before; with signatures only.
        Builder freshSequences() {
            freshSequences = true;
            return this;
        }

        /// Honest peers that come and go, and how many others they dial when they are back. After
        /// the seed and the end are set.
        public Builder churn(double share, long meanUp, long meanDown, long from, int dials) {
            churnOfFile = false;
            churn =
                    new Churn(
                            honest,
                            share,
                            Churn.Stay.exponential(meanUp),
                            meanDown,
                            from,
                            end,
                            seed);
            rejoinDials = dials;
            return this;
        }

        /// Honest peers that come and go with sessions of a Weibull distribution and exponential
        /// times away, and how many others they dial when they are back. The first session begins
        /// at `from`. After the seed and the end are set.
        ///
        /// @param shape 0.6 as measured, 0.1 to 10
        /// @param scale nanoseconds that 63 % of all sessions are shorter than
        public Builder weibullChurn(
                double share, double shape, long scale, long meanDown, long from, int dials) {
            share("churn", share);
            var up = new Churn.Stay(shape, scale);
            churn = new Churn(honest, share, up, meanDown, from, end, seed);
            churnOfFile = false;
            rejoinDials = dials;
            return this;
        }

        /// Honest peers come and go as a file says, whose lines are `peer,up,down` in seconds, and
        /// dial so many others when they come; peers that it does not name stay.
        ///
        /// @throws ScenarioException that names file and line if it cannot be read or understood
        public Builder churnTrace(Path file, int dials) {
            churn = ChurnFile.read(file, honest);
            churnOfFile = true;
            rejoinDials = dials;
            return this;
        }

        /// When the network is in two parts.
        Builder cuts(Cuts value) {
            cuts = value;
            return this;
        }

        /// Who goes and comes, and how many others they dial when they are back.
        Builder departures(Departures value, int dials) {
            departures = value;
            rejoinDials = dials;
            return this;
        }

        /// Routers keep what they remember in tables of their own, as those of nodes do: the run is
        /// the same, in more memory.
        Builder ownStorage() {
            ownStorage = true;
            return this;
        }

        /// Sockets take what routers have to send at once, however busy the line is, so nothing
        /// waits in routers, where it could be taken back or overtaken.
        Builder deepSockets() {
            deepSockets = true;
            return this;
        }

        /// Every subscriber counts for every message, away or not: those that come back may get it
        /// yet.
        Builder countEverybody() {
            countsAll = true;
            return this;
        }

        /// Peers remember how and when the first copies of messages came; the run is the same, in
        /// up to 64 MiB more.
        Builder rememberCopies() {
            remembersCopies = true;
            return this;
        }

        /// After which delays deliveries are late, nanoseconds; 3, 4 and 6 s if nobody says.
        Builder deadlines(long... nanos) {
            deadlines = nanos.clone();
            Arrays.sort(deadlines);
            return this;
        }

        /// Looks at peers as their heartbeats end; those that are left out change nothing. From the
        /// threads of all partitions.
        Builder afterHeartbeats(BiConsumer<HonestPeer, Long> look) {
            heartbeats = look;
            return this;
        }

        /// The processes that execute the run; there are at least as many workers, and no probes.
        Builder members(Members together) {
            members = together;
            return this;
        }

        /// Messages are signed, really or as if.
        Builder crypto(Crypto value) {
            crypto = value;
            return this;
        }

        /// Hears of each event; the run is the same.
        Builder listener(Simulation.Listener value) {
            listener = value;
            return this;
        }

        /// When the run ends.
        public Builder end(long nanos) {
            end = nanos;
            return this;
        }

        /// How many threads execute it.
        public Builder workers(int count) {
            if (count < 1 || count > 64) {
                throw new IllegalArgumentException("%d workers: 1 to 64".formatted(count));
            }
            workers = count;
            return this;
        }

        /// Looks at the run every second of virtual time.
        public Builder probe(Simulation.Probe probe) {
            probes.add(probe);
            return this;
        }

        /// One message.
        public Builder message(PlannedMessage message) {
            messages.add(message);
            return this;
        }

        /// Messages at a fixed rate, published in turn by the first peers in a random order.
        public Builder workload(
                int publishers, double perSecond, int size, long from, long to, long gapSeed) {
            var random = new SplittableRandom(Mix.mix(seed, Mix.WORKLOAD, gapSeed));
            double gap = 1e9 / perSecond;
            for (double at = from; at < to; at += gap) {
                long nanos = (long) at / 1000 * 1000;
                int publisher = random.nextInt(publishers);
                message(new PlannedMessage(nanos, publisher, size, PlannedMessage.Kind.NORMAL));
            }
            return this;
        }

        /// The setup.
        public Setup build() {
            var copy = new Builder(honest, network, profile);
            copy.seed = seed;
            copy.routerSeed = routerSeed;
            copy.links = links;
            copy.messages.addAll(messages);
            copy.attackerCount = attackerCount;
            copy.addressesOfAttackers = addressesOfAttackers;
            copy.attackers = attackers;
            copy.masks = masks;
            copy.holders = holders;
            copy.topicShares = topicShares;
            copy.topicNames = topicNames;
            copy.groups = groups;
            copy.losses = losses;
            copy.natShare = natShare;
            copy.punchShare = punchShare;
            copy.relays = relays;
            copy.connectionsMax = connectionsMax;
            copy.watermarks = watermarks;
            copy.cpu = cpu;
            copy.direct.addAll(direct);
            copy.watched = watched;
            copy.trace = trace;
            copy.traces = traces;
            copy.record = record;
            copy.applications = applications;
            copy.slowPeers = slowPeers;
            copy.slowBits = slowBits;
            copy.slowNanos = slowNanos;
            copy.freshSequences = freshSequences;
            copy.churn = churn;
            copy.churnOfFile = churnOfFile;
            copy.rejoinDials = rejoinDials;
            copy.cuts = cuts;
            copy.departures = departures;
            copy.listener = listener;
            copy.joinAt = joinAt;
            copy.phases = phases;
            copy.skipsIdle = skipsIdle;
            copy.members = members;
            copy.ownStorage = ownStorage;
            copy.deepSockets = deepSockets;
            copy.countsAll = countsAll;
            copy.remembersCopies = remembersCopies;
            copy.deadlines = deadlines;
            copy.heartbeats = heartbeats;
            copy.crypto = crypto;
            copy.attackAt = attackAt;
            copy.attackEnd = attackEnd;
            copy.end = end;
            copy.workers = workers;
            copy.probeEvery = probeEvery;
            copy.probes.addAll(probes);
            return new Setup(copy);
        }
    }
}
