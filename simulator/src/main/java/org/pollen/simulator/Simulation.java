package org.pollen.simulator;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.router.Mask;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.OutboundRpc;
import org.pollen.router.RouterParams;
import org.pollen.router.TraceEvent;

/// One run: peers, their partitions, and the windows in which partitions run in parallel.
///
/// Peers meet only through events that take at least the least latency between two partitions, the
/// look-ahead: so all partitions may run that far beyond the earliest pending event without waiting
/// for each other. Events are ordered by keys that do not depend on partitions, so any number of
/// workers gives the same run.
///
/// Source: simulator specification 2.2, 2.3, 2.7.
public final class Simulation {
    /// Called between windows, with all partitions at rest.
    public interface Probe {
        /// Looks at the run, or posts to it.
        void sample(Simulation simulation, long now);
    }

    /// Hears what the routers do, as a node's trace would; with one worker only.
    public interface Traces {
        /// An event of a peer's router.
        void event(int peer, TraceEvent event);
    }

    /// Hears of each event before it is executed; with one worker only.
    interface Listener {
        void event(long time, int peer, int eventClass, int source, @Nullable Object content);
    }

    private static final long LOOKAHEAD_MIN = 200_000;
    private static final int MANY = 10_000; // peers
    private static final int ID_NUMBER = 34;

    private final Setup setup;
    private final Actor[] actors;
    private final Partition[] partitions;
    private final byte[] regions;
    private final byte[] partitionNumbers;
    private final PeerId[] ids;
    private final Map<PeerId, Integer> signers = new HashMap<>();
    private final List<List<byte[]>> addresses = new ArrayList<>();
    private final Mask mask;
    private final Members members;
    private final long lookahead;
    private final boolean byRegion;
    private long now;
    private long barriers;
    private long agreed; // the instant of the earliest event of all members
    private boolean stopped;

    /// Builds the peers and posts what is planned.
    public Simulation(Setup setup) {
        this.setup = setup;
        mask = setup.masks().getFirst();
        int total = setup.total();
        regions = new byte[total];
        ids = new PeerId[total];
        for (int i = 0; i < total; i++) {
            regions[i] = (byte) setup.region(i);
            ids[i] = setup.crypto() == Crypto.NONE ? id(setup.seed(), i) : signerId(i);
            addresses.add(List.of(setup.address(i)));
        }
        members = setup.members();
        int workers = Math.max(setup.workers(), members.count());
        if (members.count() > 1 && !setup.probes().isEmpty()) {
            throw new IllegalArgumentException("a run of several members has no probes");
        }
        boolean few = total < MANY || members.count() > 1;
        byRegion = workers == 2 && latency().regions() == 8 && few;
        long safe = workers == 1 ? Long.MAX_VALUE / 4 : latency().lookahead(this::group);
        if (safe < LOOKAHEAD_MIN) {
            if (members.count() > 1) {
                throw new IllegalArgumentException(
                        "latencies of %d ns: several members need %d"
                                .formatted(safe, LOOKAHEAD_MIN));
            }
            workers = 1;
        }
        lookahead = safe < LOOKAHEAD_MIN ? Long.MAX_VALUE / 4 : safe;
        partitionNumbers = new byte[total];
        if (workers > 1) {
            for (int i = 0; i < total; i++) {
                partitionNumbers[i] = (byte) (byRegion ? group(regions[i]) : i % workers);
            }
        }
        if (members.count() > 1) samePlan();
        partitions = new Partition[workers];
        for (int i = 0; i < workers; i++) {
            partitions[i] = new Partition(this, i, workers, setup.messages().size());
        }
        actors = new Actor[total];
        for (int i = 0; i < total; i++) {
            Partition partition = partitions[partitionNumbers[i]];
            if (!ours(partition.number)) continue;
            actors[i] =
                    i >= setup.honest()
                            ? setup.attackers().make(this, partition, i)
                            : profile().routed()
                                    ? new HonestPeer(this, partition, i)
                                    : new LightPeer(this, partition, i);
        }
        plan();
    }

    /// Europe, West and South Africa against the rest: half of the weight, 70 ms apart. A message
    /// keeps one half busy and then the other, which costs more than windows of 2 ms do once there
    /// are enough events in each.
    private long group(long region) {
        if (!byRegion) return -1;
        return region == 1 || region == 3 || region == 6 ? 0 : 1;
    }

    /// Before anything else, since with another plan a member executes a part of another run.
    private void samePlan() {
        byte[] plan = PlanHash.of(setup);
        var to = new byte[members.count()][];
        Arrays.fill(to, plan);
        for (byte[] other : members.exchange(to)) {
            if (Arrays.equals(other, plan)) continue;
            throw new ScenarioException(
                    "the members have built different runs: each needs the same version, and the same files of edges, latencies and sessions");
        }
    }

    private boolean ours(int partition) {
        return partition % members.count() == members.self();
    }

    /// Whether a peer is executed by this member.
    boolean ours(PlannedMessage message) {
        return ours(partitionNumbers[message.publisher()]);
    }

    private void plan() {
        long initial = params().heartbeatInitialDelay().toNanos();
        for (int i = 0; i < actors.length; i++) {
            Actor actor = actors[i];
            if (!ours(partitionNumbers[i]) || actor instanceof LightPeer) continue;
            actor.post(i, initial + phaseNanos(i), Actor.HEARTBEAT, 0, null);
            if (i < setup.honest()) {
                actor.post(i, setup.joinAt(), Actor.SCRIPT, HonestPeer.JOIN, null);
                for (int other : setup.directPeers(i)) honestPeer(i).direct(other, now);
                long[] toggles = setup.churn().toggles(i);
                for (int t = 0; t < toggles.length; t++) {
                    long word = t % 2 == 0 ? HonestPeer.LEAVE : HonestPeer.RETURN;
                    actor.post(i, toggles[t], Actor.SCRIPT, word, null);
                }
            }
        }
        planEvents();
        Links links = setup.links();
        for (int i = 0; i < links.size(); i++) {
            // A dial at its time: the first event of the dialler, so that it may be busy by then.
            dialAt(links.dialler(i), links.target(i), links.at(i));
        }
        List<PlannedMessage> messages = setup.messages();
        for (int i = 0; i < messages.size(); i++) {
            PlannedMessage message = messages.get(i);
            int publisher = message.publisher();
            if (!ours(message)) continue;
            actors[publisher].post(publisher, message.at(), Actor.SCRIPT, i, null);
        }
        exchange();
        if (members.count() > 1) meet(false);
    }

    private void planEvents() {
        for (Cuts.Cut cut : setup.cuts().all()) {
            for (int i = 0; i < actors.length; i++) {
                if (!ours(partitionNumbers[i])) continue;
                actors[i].post(i, cut.from(), Actor.SCRIPT, Actor.CUT, null);
                if (cut.until() >= setup.end()) continue;
                actors[i].post(i, cut.until(), Actor.SCRIPT, Actor.HEAL, null);
            }
        }
        Departures departures = setup.departures();
        if (departures.isNone()) return;
        for (int i = 0; i < setup.honest(); i++) {
            if (!ours(partitionNumbers[i])) continue;
            long[] toggles = departures.toggles(i);
            for (int t = 0; t < toggles.length; t++) {
                long word = t % 2 == 0 ? HonestPeer.DEPART : HonestPeer.ARRIVE;
                actors[i].post(i, toggles[t], Actor.SCRIPT, word, null);
            }
            if (departures.death(i) < setup.end()) {
                actors[i].post(i, departures.death(i), Actor.SCRIPT, HonestPeer.KILL, null);
            }
        }
    }

    private void dialAt(int dialler, int target, long at) {
        if (!ours(partitionNumbers[dialler])) return;
        if (at <= now && setup.churn().absent(dialler)) return; // it dials when it comes
        if (at <= now) actors[dialler].dial(target, now);
        else actors[dialler].post(dialler, at, Actor.SCRIPT, Actor.DIALS - target, null);
    }

    /// Runs to the end.
    ///
    /// @param cancelled asked between windows; a cancelled run has a result up to that instant
    public SimulationResult run(BooleanSupplier cancelled) {
        long wall = System.nanoTime();
        ExecutorService threads = null;
        try {
            int own = 0;
            for (Partition partition : partitions) if (ours(partition.number)) own++;
            if (own > 1) threads = Executors.newFixedThreadPool(own - 1);
            windows(threads, cancelled);
        } finally {
            if (threads != null) threads.shutdownNow();
        }
        long took = System.nanoTime() - wall;
        var sum = new Tally(setup.messages().size());
        for (Partition partition : partitions) sum.add(partition.tally);
        sum.addMeshes(this);
        sum.addSavings(this);
        if (members.count() > 1) sum = together(sum);
        sum.classes.addTo(sum.phases);
        var expectations = new Expectations(setup, now);
        PropagationTimes times = PropagationTimes.of(this, expectations);
        return SimulationResult.of(sum, setup, expectations, times, now, took, barriers);
    }

    private void windows(@Nullable ExecutorService threads, BooleanSupplier cancelled) {
        long end = setup.end();
        long every = setup.probeEvery();
        long cut = every; // also where a run may be cancelled
        boolean several = members.count() > 1;
        while (now < end && !stopped) {
            if (!several && cancelled.getAsBoolean()) break;
            long first = several ? agreed : next();
            long until = Math.min(end, cut);
            if (first < until - lookahead) until = first + lookahead;
            step(threads, until);
            now = until;
            if (several) meet(cancelled.getAsBoolean());
            if (now == cut) {
                for (Probe probe : setup.probes()) probe.sample(this, now);
                exchange();
                cut += every;
            }
        }
    }

    private long next() {
        long first = Long.MAX_VALUE;
        for (Partition partition : partitions) first = Math.min(first, partition.nextTime());
        return first;
    }

    /// Gives other members the events for their partitions, takes those for ours, and agrees on the
    /// instant of the earliest.
    private void meet(boolean stop) {
        var to = new byte[members.count()][];
        long first = next();
        for (Partition from : partitions) {
            for (int other = 0; other < partitions.length; other++) {
                if (!ours(other)) first = Math.min(first, from.outbox(other).earliest());
            }
        }
        for (int m = 0; m < to.length; m++) {
            var batch = new EventBatch(first, stop);
            for (Partition from : partitions) {
                for (int other = 0; other < partitions.length; other++) {
                    boolean theirs = other % members.count() == m && !ours(other);
                    if (theirs && from.outbox(other).count() > 0) {
                        batch.add(other, from.outbox(other));
                    }
                }
            }
            to[m] = batch.toByteArray();
        }
        byte[][] got = members.exchange(to);
        agreed = Long.MAX_VALUE;
        for (byte[] batch : got) {
            agreed = Math.min(agreed, EventBatch.next(batch));
            stopped |= EventBatch.read(batch, arrivals);
        }
    }

    private final EventBatch.Target arrivals =
            new EventBatch.Target() {
                @Override
                public OutboundRpc rpc(int partition, byte[] body, boolean single) {
                    return partitions[partition].rebuild(body, single);
                }

                @Override
                public void event(
                        int partition,
                        long at,
                        long key,
                        long origin,
                        long word,
                        @Nullable Object content) {
                    partitions[partition].take(at, key, origin, word, content);
                }
            };

    /// What all members counted.
    private Tally together(Tally own) {
        var to = new byte[members.count()][];
        Arrays.fill(to, own.toByteArray());
        var sum = new Tally(setup.messages().size());
        for (byte[] part : members.exchange(to)) sum.add(Tally.read(part));
        return sum;
    }

    private void step(@Nullable ExecutorService threads, long until) {
        if (threads == null) {
            for (Partition partition : partitions) partition.run(until);
            if (partitions.length > 1) exchange();
            return;
        }
        var running = new ArrayList<Future<?>>(partitions.length);
        Partition here = partitions[members.self()];
        for (Partition partition : partitions) {
            if (partition == here || !ours(partition.number)) continue;
            running.add(threads.submit(() -> partition.run(until)));
        }
        here.run(until);
        try {
            for (Future<?> future : running) future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a partition failed", e.getCause());
        }
        barriers++;
        exchange();
    }

    private void exchange() {
        if (partitions.length == 1) return;
        for (Partition from : partitions) {
            for (Partition to : partitions) {
                if (from != to && ours(to.number)) from.deliverTo(to);
            }
        }
    }

    // What actors and probes ask.

    /// Virtual time reached by all partitions.
    long now() {
        return now;
    }

    /// Events so far; between windows.
    long events() {
        long sum = 0;
        for (Partition partition : partitions) sum += partition.tally.events;
        return sum;
    }

    /// RPCs so far; between windows.
    long rpcs() {
        long sum = 0;
        for (Partition partition : partitions) sum += partition.tally.rpcs;
        return sum;
    }

    /// The digests of the first so many seconds; between windows, or where a run was left.
    List<String> digests(int seconds) {
        var digests = new ArrayList<String>();
        for (int s = 0; s < seconds; s++) {
            long high = 0;
            long low = 0;
            for (Partition partition : partitions) {
                long[] words = partition.tally.digest;
                if (2 * s + 1 >= words.length) continue;
                high += words[2 * s];
                low += words[2 * s + 1];
            }
            digests.add("%016x%016x".formatted(high, low));
        }
        return digests;
    }

    /// Links that honest peers had with attackers so far; between windows.
    long attackLinks() {
        long sum = 0;
        for (Partition partition : partitions) sum += partition.tally.attackLinks;
        return sum;
    }

    /// The sum of a column of [Tally] over all seconds so far; between windows.
    long counted(int column) {
        long sum = 0;
        for (Partition partition : partitions) sum += partition.tally.sum(column);
        return sum;
    }

    static MessageKeyHasher hasher() {
        return new MessageKeyHasher(0x706f6c6c656eL, 0x73696dL);
    }

    private static PeerId id(long seed, int number) {
        var bytes = new byte[38];
        bytes[1] = 36;
        bytes[2] = 8;
        bytes[3] = 1;
        bytes[4] = 18;
        bytes[5] = 32;
        ByteBuffer.wrap(bytes).putLong(6, Mix.mix(seed, number)).putInt(ID_NUMBER, number);
        try {
            return PeerId.fromBytes(bytes);
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    private PeerId signerId(int number) {
        PeerId id = Signatures.key(setup.seed(), number).publicKey().peerId();
        signers.put(id, number);
        return id;
    }

    int indexOf(PeerId id) {
        if (setup.crypto() != Crypto.NONE) return signers.getOrDefault(id, -1);
        byte[] bytes = id.unsafeBytes();
        if (bytes.length != 38) return -1;
        int number = ByteBuffer.wrap(bytes).getInt(ID_NUMBER);
        return number >= 0 && number < ids.length && ids[number].equals(id) ? number : -1;
    }

    /// The identity of a peer; nobody has its key.
    public PeerId peerId(int index) {
        return ids[index];
    }

    /// How long after the others' earliest possible heartbeats those of a peer come.
    public long phaseNanos(int index) {
        if (!setup.phases()) return 0;
        long interval = params().heartbeatInterval().toNanos();
        double u = Mix.unit(setup.seed(), index, Mix.PHASE);
        return (long) (u * interval) / 1_000_000 * 1_000_000;
    }

    List<byte[]> addresses(int index) {
        return addresses.get(index);
    }

    /// Whether it is one of the peers that run the real router.
    public boolean honest(int index) {
        return index < setup.honest();
    }

    /// What the run was built from.
    public Setup setup() {
        return setup;
    }

    Profile profile() {
        return setup.profile();
    }

    RouterParams params() {
        return setup.profile().params();
    }

    Network network() {
        return setup.network();
    }

    private Latency latency() {
        return setup.network().latency();
    }

    Mask mask() {
        return mask;
    }

    long seed() {
        return setup.seed();
    }

    /// What a message is published on.
    Mask maskOf(int number) {
        return setup.maskOf(number);
    }

    int topicOf(int number) {
        return setup.topicOf(number);
    }

    PlannedMessage message(int number) {
        return setup.messages().get(number);
    }

    /// Which histogram a message counts for: before, during, after the attack, or of its victim.
    int phase(PlannedMessage message) {
        return setup.phase(message);
    }

    int regionOf(int index) {
        return regions[index];
    }

    /// Whether it is one of the slow peers of an attack.
    boolean slow(int index) {
        return index >= setup.honest() - setup.slowPeers() && index < setup.honest();
    }

    double nanosPerByte(int index) {
        if (setup.slowBits() > 0 && slow(index)) return 8e9 / setup.slowBits();
        PeerGroups.Group group = setup.groups().of(index);
        Network.Bandwidth own = group == null ? null : group.bandwidth();
        Network.Bandwidth bandwidth = own == null ? network().bandwidth() : own;
        return bandwidth.nanosPerByte(Mix.unit(seed(), index, Mix.BANDWIDTH));
    }

    int partitionOf(int index) {
        return partitionNumbers[index];
    }

    Partition[] partitions() {
        return partitions;
    }

    Actor actor(int index) {
        return actors[index];
    }

    /// Members of the mesh of an honest peer; its links if it has no router, -1 if another member
    /// has it.
    int meshSize(int index) {
        if (!ours(partitionNumbers[index])) return -1;
        return actors[index] instanceof HonestPeer peer
                ? peer.mesh().length
                : actors[index].links();
    }

    HonestPeer honestPeer(int index) {
        return (HonestPeer) actors[index];
    }

    /// What a message always takes from one peer to another, without jitter; over their relay, if
    /// there is one between them.
    public long linkNanos(int from, int to) {
        int relay = setup.relay(from, to);
        return relay < 0
                ? directNanos(from, to)
                : directNanos(from, relay) + directNanos(relay, to);
    }

    private long directNanos(int from, int to) {
        Latency latency = latency();
        double link = 0;
        if (!latency.spread().isNone()) {
            int low = Math.min(from, to);
            link = Mix.unit(seed(), low, ((long) Mix.LINK << 32) | Math.max(from, to));
        }
        long nanos = latency.linkNanos(regions[from], regions[to], link);
        if (setup.slowNanos() == 0) return nanos;
        return nanos + (slow(from) ? setup.slowNanos() : 0) + (slow(to) ? setup.slowNanos() : 0);
    }
}
