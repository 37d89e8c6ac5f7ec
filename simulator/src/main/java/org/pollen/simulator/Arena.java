package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Mask;
import org.pollen.router.RpcMessage;
import org.pollen.scoring.PeerScoreParams;

/// What the entries of the catalogue share: 100 honest peers that dial ten others each, 25 ms links
/// with jitter, 12 messages a second from ten publishers, and the attackers.
final class Arena {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final int PUBLISHERS = 10;

    final MeshProbe probe = new MeshProbe();
    private final @Nullable EntryRuns runs;
    private String name = "";
    private final long seed;
    private final Setup.Builder setup;
    private final SplittableRandom random;
    private final List<Spammer> spammers = new ArrayList<>();
    private final Map<RpcMessage, Long> asked = new LinkedHashMap<>();
    private Profile profile = Profile.H0_QUICK;
    private int attackers;
    private long attackAt = 30 * SECOND;
    private long end = 60 * SECOND;
    private long honestAt;
    private int dials = 10;
    private String fingerprint = "";
    private long attackUntil = Long.MAX_VALUE;
    private final List<String> digests;
    private UnaryOperator<Profile> mutation = UnaryOperator.identity();
    private BooleanSupplier stop = () -> false;
    private @Nullable Setup built;

    Arena(long seed, int workers) {
        this(seed, workers, null);
    }

    /// @param runs has a hand in them
    Arena(long seed, int workers, @Nullable EntryRuns runs) {
        this(seed, workers, runs, new ArrayList<>());
    }

    private Arena(long seed, int workers, @Nullable EntryRuns runs, List<String> digests) {
        this.seed = seed;
        this.runs = runs;
        this.digests = digests;
        random = new SplittableRandom(Mix.mix(seed, Mix.ATTACK));
        setup =
                Setup.of(HONEST, Network.ideal(Latency.PL25), profile)
                        .seed(seed)
                        .workers(workers)
                        .probe(probe);
    }

    /// Another run of the same entry, without attackers and traffic so far.
    Arena again() {
        var other = new Arena(seed, setup.build().workers(), runs, digests);
        other.mutate(mutation);
        other.stopWhen(stop);
        return other;
    }

    void profile(Profile value) {
        profile = value;
        setup.profile(mutation.apply(value));
    }

    /// Honest peers are configured otherwise than the entry says, as without one of their defences.
    void mutate(UnaryOperator<Profile> change) {
        mutation = change;
        profile(profile);
    }

    /// The profile that honest peers have instead of one.
    Profile mutated(Profile value) {
        return mutation.apply(value);
    }

    /// Runs are abandoned when this says so.
    void stopWhen(BooleanSupplier condition) {
        stop = condition;
    }

    /// Called now and then by whatever takes time.
    ///
    /// @throws StoppedException if the entry is to be abandoned
    void goOn() {
        if (stop.getAsBoolean()) throw new StoppedException();
    }

    PeerScoreParams scores() {
        return Objects.requireNonNull(profile.scores());
    }

    Mask mask() {
        return setup.build().masks().getFirst();
    }

    void end(long seconds) {
        end = seconds * SECOND;
        setup.end(end);
    }

    /// How many others each honest peer dials.
    void dials(int count) {
        dials = count;
    }

    void honestAt(long nanos) {
        honestAt = nanos;
    }

    void attackAt(long nanos) {
        attackAt = nanos;
    }

    void attackUntil(long nanos) {
        attackUntil = nanos;
    }

    Setup.Builder setup() {
        return setup;
    }

    void workers(int count) {
        setup.workers(count);
    }

    void addresses(int count) {
        setup.attackerAddresses(count);
    }

    void sybils(int count, Sybil.Behaviour behaviour) {
        attackers = count;
        setup.attackers(count, (s, p, i) -> new Sybil(s, p, i, behaviour));
    }

    void spam(int count, Spammer.Beat beat) {
        spam(count, 0, beat);
    }

    /// @param every nanoseconds between beats, 0 for the heartbeat interval
    void spam(int count, long every, Spammer.Beat beat) {
        attackers = count;
        attackAt = 20 * SECOND;
        setup.attackers(
                count,
                (s, p, i) -> {
                    var spammer = new Spammer(s, p, i, 20 * SECOND, every, beat);
                    spammers.add(spammer);
                    return spammer;
                });
    }

    List<Spammer> spammers() {
        return spammers;
    }

    void link(int from, int to, long at) {
        setup.links().add(from, to, at);
    }

    /// An instant within five percent.
    long around(long at) {
        return at + (long) (at * 0.1 * (random.nextDouble() - 0.5));
    }

    /// Each attacker dials so many of the first peers.
    void connectSybils(int degree, int among, long at) {
        for (int i = 0; i < attackers; i++) {
            for (int j = 0; j < degree; j++) {
                link(HONEST + i, random.nextInt(among), around(at));
            }
        }
    }

    /// Each attacker dials each honest peer.
    void connectSybilsToAll(long at) {
        for (int i = 0; i < attackers; i++) {
            for (int j = 0; j < HONEST; j++) link(HONEST + i, j, around(at));
        }
    }

    void traffic() {
        traffic(10 + honestAt / SECOND, end / SECOND - 10);
    }

    void traffic(long from, long to) {
        setup.workload(PUBLISHERS, 12, 2048, from * SECOND, to * SECOND, 1);
    }

    void victimTraffic() {
        for (long at = attackAt + SECOND; at < end - 10 * SECOND; at += SECOND) {
            setup.message(new PlannedMessage(at, 0, 2048, PlannedMessage.Kind.VICTIM));
        }
    }

    /// The first message an attacker heard of; null before.
    @Nullable RpcMessage remember(Spammer spammer) {
        if (spammer.heard.isEmpty()) return null;
        RpcMessage last = spammer.heard.getFirst();
        asked.putIfAbsent(last, 1L);
        return last;
    }

    /// How often the attacker got each message it asked for.
    List<Long> copies(Spammer spammer) {
        var copies = new ArrayList<Long>();
        for (RpcMessage message : asked.keySet()) copies.add(spammer.copies(message));
        return copies;
    }

    long seed() {
        return seed;
    }

    /// Attackers of another kind.
    void actors(int count, Setup.Attackers factory) {
        attackers = count;
        setup.attackers(count, factory);
    }

    void traffic(long from, long to, double perSecond) {
        setup.workload(PUBLISHERS, perSecond, 256, from * SECOND, to * SECOND, 1);
    }

    /// What the next run is called where an entry has several; otherwise by its profile.
    Arena named(String run) {
        name = run;
        return this;
    }

    /// Runs a network of its own instead.
    SimulationResult run(Setup.Builder other) {
        String called = name.isEmpty() ? other.build().profile().name() : name;
        name = "";
        return runs == null ? run(other.build()) : runs.run(called, other, this::run);
    }

    private SimulationResult run(Setup complete) {
        SimulationResult made =
                new Simulation(complete)
                        .run(() -> {
                            goOn();
                            return false;
                        });
        built = complete;
        digests.add(made.digest());
        return made;
    }

    SimulationResult run() {
        var links = setup.links();
        links.dial(HONEST, dials, honestAt, seed);
        setup.attackBetween(attackAt, attackUntil);
        return run(setup);
    }

    /// For an entry without a network: what stands for the digest of a run.
    void fingerprint(long a, long b, long c) {
        fingerprint = "%016x%016x".formatted(Mix.mix(a, b, c), Mix.mix(c, b, a));
    }

    /// The share of messages published from an instant on that reached the first peer, its own
    /// apart.
    double toWatched(SimulationResult run, long from) {
        List<PlannedMessage> messages = Objects.requireNonNull(built).messages();
        int sent = 0;
        int reached = 0;
        for (int m = 0; m < messages.size(); m++) {
            PlannedMessage message = messages.get(m);
            if (message.at() < from || message.publisher() == 0) continue;
            sent++;
            reached += run.reachedWatched()[m];
        }
        return sent == 0 ? 0 : (double) reached / sent;
    }

    /// Of the last run.
    String digest() {
        return digests.isEmpty() ? fingerprint : digests.getLast();
    }
}
