package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Mask;
import org.pollen.router.SigningPolicy;

/// Everything a run is built from. Immutable; the same setup gives the same run.
public final class Setup {
    private static final long STAY_NANOS = 30_000_000_000L;

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
    private final int subscribers;
    private final Profile profile;

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
        int count = 0;
        for (int i = 0; i < values.honest; i++) if (subscribes(i)) count++;
        subscribers = count;
        messages = List.copyOf(values.messages);
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

    /// What messages are published on, in turn.
    List<Mask> masks() {
        return values.masks;
    }

    /// Whether an honest peer subscribes to the masks.
    boolean subscribes(int index) {
        return values.holders >= 1 || Mix.unit(values.seed, index, Mix.HOLDER) < values.holders;
    }

    double punchShare() {
        return values.punchShare;
    }

    /// Whether a peer can be dialled by another, as far as NATs have a say.
    boolean reachable(int dialler, int target) {
        if (!natted(target)) return true;
        if (!natted(dialler)) return false;
        long pair = ((long) Math.min(dialler, target) << 32) | Math.max(dialler, target);
        return Mix.unit(values.seed, pair, Mix.PUNCH) < values.punchShare;
    }

    /// Whether a peer is behind NAT.
    boolean natted(int index) {
        if (index >= values.honest || values.natShare == 0) return false;
        return Mix.unit(values.seed, index, Mix.NAT) < values.natShare;
    }

    int connectionsMax() {
        return values.connectionsMax;
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

    int rejoinDials() {
        return values.rejoinDials;
    }

    Simulation.@Nullable Listener listener() {
        return values.listener;
    }

    /// Whether a peer counts for a message: subscribed, up when it was published and for half a
    /// minute after, and not its publisher.
    boolean counts(int peer, PlannedMessage message) {
        return peer != message.publisher()
                && subscribes(peer)
                && (values.countsAll
                        || values.churn.up(peer, message.at(), message.at() + STAY_NANOS));
    }

    /// How many peers count for a message; none if it is invalid or its publisher is away.
    int expected(PlannedMessage message) {
        if (message.kind() == PlannedMessage.Kind.INVALID) return 0;
        int publisher = message.publisher();
        boolean here =
                publisher >= values.honest
                        || values.churn.up(publisher, message.at(), message.at());
        if (!here) return 0;
        boolean own = publisher < values.honest && subscribes(publisher);
        if (values.churn.isNone() || values.countsAll) return subscribers - (own ? 1 : 0);
        int count = 0;
        for (int i = 0; i < values.honest; i++) if (counts(i, message)) count++;
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
        private double natShare;
        private double punchShare;
        private int connectionsMax = Integer.MAX_VALUE;
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
        private int rejoinDials;
        private Simulation.@Nullable Listener listener;
        private long joinAt;
        private boolean phases = true;
        private boolean skipsIdle = true;
        private Members members = Members.ALONE;
        private boolean ownStorage;
        private boolean deepSockets;
        private boolean countsAll;
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

        private static double share(String name, double share) {
            if (share >= 0 && share <= 1) return share;
            throw new IllegalArgumentException("%s is %s: 0 to 1".formatted(name, share));
        }

        /// Links above which an honest peer refuses to be dialled.
        public Builder connectionsMax(int count) {
            connectionsMax = count;
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
            churn = new Churn(honest, share, meanUp, meanDown, from, end, seed);
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
            copy.natShare = natShare;
            copy.punchShare = punchShare;
            copy.connectionsMax = connectionsMax;
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
            copy.rejoinDials = rejoinDials;
            copy.listener = listener;
            copy.joinAt = joinAt;
            copy.phases = phases;
            copy.skipsIdle = skipsIdle;
            copy.members = members;
            copy.ownStorage = ownStorage;
            copy.deepSockets = deepSockets;
            copy.countsAll = countsAll;
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
