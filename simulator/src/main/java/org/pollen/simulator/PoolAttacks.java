package org.pollen.simulator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Block;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolMode;
import org.pollen.mempool.Transaction;
import org.pollen.scoring.ScorePresets;
import org.pollen.simulator.Verdict.Gate;

/// Attacks on pools over the network: each honest peer runs the pool of a node, at an eighth of its
/// default size, full of honest transactions at price 300; five attackers have 20 links each.
///
/// Source: simulator specification 3.7.
final class PoolAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final int ATTACKERS = 5;
    private static final int LINKS = 20;

    /// After the network has formed and before the first block.
    private static final long ATTACK = 6 * SECOND;

    private static final long MEASURED = 11 * SECOND;

    /// The most that newcomers may push out in one run: a quarter of the slots, and one.
    private static final int THROTTLE = PoolWorld.SLOTS / 4 + 1;

    private static final int LARGE = PoolWorld.SLOTS;

    private PoolAttacks() {}

    /// One run and what its pools came to.
    private static final class Field implements Simulation.Probe {
        private final PoolWorld world;
        private final Arena arena;
        private final Map<Integer, PoolPeer> pools = new LinkedHashMap<>();
        private final Set<Integer> firstHop = new HashSet<>();
        private final Map<Long, Double> similarity = new LinkedHashMap<>();
        private final int seconds;
        private long from = ATTACK;
        private long every = SECOND;
        private int beats = 1;
        private boolean advertises;
        private int arrivals;
        private PoolAttacker.Plan plan = (_, _, _) -> List.of();
        private int lostFirst;
        private int lostBeyond;
        private int kept;
        private int pooledMost;
        private double leastScore;
        private double leastPaid = Double.POSITIVE_INFINITY;
        private @Nullable SimulationResult result;

        Field(Arena arena, PoolMode mode, int seconds) {
            this.arena = arena;
            this.seconds = seconds;
            arena.named(mode.name().toLowerCase(java.util.Locale.ROOT));
            world =
                    new PoolWorld(
                            PoolConfig.DEFAULTS
                                    .withMode(mode)
                                    .withLimits(16, PoolWorld.SLOTS, 64, PoolWorld.QUEUE));
        }

        /// Sends everything at once, on all links.
        Field burst(List<Transaction> transactions) {
            world.attacks(transactions);
            plan = (_, _, _) -> transactions;
            return this;
        }

        Field run() {
            var links = new Links().dial(HONEST, 10, 0, arena.seed());
            var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 50));
            for (int a = 0; a < ATTACKERS; a++) {
                for (int i = 0; i < LINKS; i++) {
                    int target = random.nextInt(HONEST);
                    firstHop.add(target);
                    links.add(HONEST + a, target, 0);
                }
            }
            Profile profile = Profile.H1.with(ScorePresets.RECOMMENDED, Profile.H1.thresholds());
            Setup.Builder setup =
                    Setup.of(HONEST, Network.ideal(Latency.INTEROP8), profile)
                            .seed(arena.seed())
                            .masks(List.of(PoolWorld.TRANSACTIONS, PoolWorld.BLOCKS))
                            .links(links)
                            .attackBetween(from, Long.MAX_VALUE)
                            .applications(this::application)
                            .attackers(
                                    ATTACKERS,
                                    (s, p, i) ->
                                            new PoolAttacker(
                                                    s, p, i, from, every, beats, plan, advertises))
                            .probe(this)
                            .end(seconds * SECOND);
            result = arena.run(setup);
            return this;
        }

        private Application application(HonestPeer peer) {
            var own = new ArrayList<Transaction>();
            if (peer.index < arrivals) {
                for (int n = 0; n < seconds - 6; n++) {
                    int account = PoolWorld.ARRIVALS + peer.index;
                    own.add(PoolWorld.transaction(account, n, PoolWorld.PRICE + 50, 100));
                }
            }
            var pool = new PoolPeer(peer, world, own);
            pools.put(peer.index, pool);
            return pool;
        }

        @Override
        public void sample(Simulation simulation, long now) {
            if (now == MEASURED) {
                pools.forEach((index, pool) -> {
                    int lost = PoolWorld.FULL - pool.honestPending();
                    if (firstHop.contains(index)) lostFirst = Math.max(lostFirst, lost);
                    else lostBeyond = Math.max(lostBeyond, lost);
                    int attack = pool.attackPending();
                    kept = Math.max(kept, attack);
                    double paid = attack * 301.0 / (lost * (double) PoolWorld.PRICE);
                    if (lost > 0) leastPaid = Math.min(leastPaid, paid);
                });
            }
            for (PoolPeer pool : pools.values()) {
                int pooled = pool.pool().pendingCount() + pool.pool().queuedCount();
                pooledMost = Math.max(pooledMost, pooled);
            }
            for (int i = 0; i < HONEST; i++) {
                for (int a = HONEST; a < HONEST + ATTACKERS; a++) {
                    leastScore = Math.min(leastScore, simulation.honestPeer(i).scoreOf(a));
                }
            }
            if (arrivals > 0) similarity.put(now, similarity(now));
        }

        /// The mean Jaccard similarity of ten pools with that of peer 0, without the last two
        /// seconds.
        private double similarity(long now) {
            Set<Hash32> first = pool(0).hashes(now - 2 * SECOND);
            double sum = 0;
            for (int i = 1; i <= 10; i++) {
                Set<Hash32> other = pool(9 * i).hashes(now - 2 * SECOND);
                var common = new HashSet<>(first);
                common.retainAll(other);
                int union = first.size() + other.size() - common.size();
                sum += union == 0 ? 1 : (double) common.size() / union;
            }
            return sum / 10;
        }

        private PoolPeer pool(int index) {
            return Objects.requireNonNull(pools.get(index));
        }

        SimulationResult result() {
            return Objects.requireNonNull(result);
        }

        double p99(int phase) {
            return result().phases().get(phase).quantileMillis(0.99);
        }

        /// The share of honest transactions in the gas of the first blocks.
        double honestGas(int blocks) {
            long honest = 0;
            long all = 0;
            for (Block block : world.chain.subList(0, Math.min(blocks, world.chain.size()))) {
                for (Transaction tx : block.transactions()) {
                    all += tx.gas();
                    if (world.isHonest(tx)) honest += tx.gas();
                }
            }
            return all == 0 ? 0 : (double) honest / all;
        }
    }

    /// From one account, nonces from a first one on.
    private static List<Transaction> run(
            int account, int first, int count, long price, long value) {
        return IntStream.range(first, first + count)
                .mapToObj(n -> PoolWorld.transaction(account, n, price, value))
                .toList();
    }

    private static List<PoolMode> modes() {
        return List.of(PoolMode.REFERENCE, PoolMode.HARDENED);
    }

    private static String name(PoolMode mode) {
        return mode == PoolMode.REFERENCE ? "R: " : "H: ";
    }

    static List<Gate> deterX(Arena arena) {
        var gates = new ArrayList<Gate>();
        for (PoolMode mode : modes()) {
            Field field =
                    new Field(arena, mode, 12)
                            .burst(run(PoolWorld.ATTACKERS, 1000, PoolWorld.FULL, 500, 100))
                            .run();
            String name = name(mode);
            int lost = Math.max(field.lostFirst, field.lostBeyond);
            gates.add(Gate.atMost(name + "honest lost at any peer", 0, lost));
            gates.add(
                    Gate.atMost(
                            name + "copies beyond the first hop", 0, field.world.beyondFirstHop));
        }
        return gates;
    }

    static List<Gate> overdraft(Arena arena) {
        var gates = new ArrayList<Gate>();
        for (PoolMode mode : modes()) {
            // Each can be paid for, no two can.
            var field = new Field(arena, mode, 12);
            field.world.balance(PoolWorld.ATTACKERS + 1, 100_000_000_000L);
            field.burst(run(PoolWorld.ATTACKERS + 1, 0, LARGE, 500, 90_000_000_000L)).run();
            damage(gates, field, mode, 1);
        }
        return gates;
    }

    private static void damage(List<Gate> gates, Field field, PoolMode mode, int hardened) {
        String name = name(mode);
        int limit = mode == PoolMode.REFERENCE ? THROTTLE : hardened;
        gates.add(Gate.atMost(name + "honest lost at a first hop", limit, field.lostFirst));
        gates.add(
                Gate.atMost(
                        name + "honest lost beyond (as at the first hop)",
                        field.lostFirst,
                        field.lostBeyond));
    }

    static List<Gate> replacements(Arena arena) {
        var field = new Field(arena, PoolMode.HARDENED, 12);
        // Ten a burst of the attackers' own transactions at 9 % more, a thousand a second.
        List<Transaction> first =
                IntStream.range(0, 10)
                        .mapToObj(i ->
                                PoolWorld.transaction(PoolWorld.ATTACKERS + 10 + i, 0, 400, 100))
                        .toList();
        var next = new ArrayList<List<Transaction>>();
        next.add(first);
        for (int beat = 1; beat <= 30; beat++) {
            int b = beat;
            next.add(
                    IntStream.range(0, 10)
                            .mapToObj(i ->
                                    PoolWorld.transaction(
                                            PoolWorld.ATTACKERS + 10 + i, 0, 436, 100 + b))
                            .toList());
        }
        for (List<Transaction> list : next) field.world.attacks(list);
        field.plan = (beat, _, _) -> next.get(beat);
        field.beats = next.size();
        field.every = 100_000_000;
        field.run();
        return List.of(
                Gate.atMost("replacements", 0, field.world.replacements),
                Gate.atLeast("kept at a peer: the first ten", 10, field.kept),
                Gate.atMost("kept at a peer: the first ten", 10, field.kept),
                Gate.atLeast(
                        "least score of a sender (IGNORE costs nothing)", 0, field.leastScore));
    }

    static List<Gate> memPurge(Arena arena) {
        var gates = new ArrayList<Gate>();
        for (PoolMode mode : modes()) {
            var burst = new ArrayList<Transaction>();
            burst.add(PoolWorld.transaction(PoolWorld.ATTACKERS + 30, 0, 301, 100));
            burst.addAll(run(PoolWorld.ATTACKERS + 30, 1, LARGE, 1000, 100));
            var field = new Field(arena, mode, 63);
            field.arrivals = 3;
            field.burst(burst).run();
            damage(gates, field, mode, 16);
            gates.add(
                    Gate.atLeast(
                            name(mode) + "honest share of the gas of five blocks",
                            mode == PoolMode.REFERENCE ? 0.75 : 0.98,
                            field.honestGas(5)));
        }
        return gates;
    }

    static List<Gate> eviction(Arena arena) {
        List<Transaction> all =
                IntStream.range(0, PoolWorld.FULL)
                        .mapToObj(i ->
                                PoolWorld.transaction(PoolWorld.ATTACKERS + 100 + i, 0, 301, 100))
                        .toList();
        Field field = new Field(arena, PoolMode.HARDENED, 12).burst(all).run();
        return List.of(
                Gate.atMost("admitted in a run", THROTTLE, field.world.admittedMost),
                Gate.atLeast(
                        "fees of what attackers hold against those of what was lost, at each peer",
                        1,
                        field.leastPaid));
    }

    static List<Gate> stall(Arena arena) {
        var quiet = new Field(arena, PoolMode.HARDENED, 40);
        quiet.arrivals = 3;
        quiet.from = Long.MAX_VALUE / 2;
        arena.named("without the attack");
        quiet.run();
        var field = new Field(arena, PoolMode.HARDENED, 40);
        field.arrivals = 3;
        field.advertises = true;
        field.run();
        double before = worst(quiet.similarity, 10 * SECOND, 38 * SECOND);
        double during = worst(field.similarity, 10 * SECOND, 38 * SECOND);
        return List.of(
                Gate.atLeast("least similarity of pools without it", 0.99, before),
                // Two seconds are left out of it: what came later than a second more would show.
                Gate.atLeast("least similarity of pools, all but two seconds", 0.99, during),
                Gate.atMost("least score of a liar", -0.001, field.leastScore));
    }

    private static double worst(Map<Long, Double> values, long from, long to) {
        return values.entrySet().stream()
                .filter(entry -> entry.getKey() >= from && entry.getKey() <= to)
                .mapToDouble(Map.Entry::getValue)
                .min()
                .orElse(0);
    }

    /// Against the same blocks of the same peers without the attack.
    static List<Gate> flood(Arena arena) {
        var quiet = new Field(arena, PoolMode.HARDENED, 100);
        quiet.from = 50 * SECOND;
        arena.named("without the attack");
        quiet.run();
        var field = new Field(arena, PoolMode.HARDENED, 100);
        field.from = 50 * SECOND;
        field.every = 100_000_000;
        field.beats = 300;
        // A thousand a second at a price that the pool takes once blocks have made room.
        var bursts = new ArrayList<List<Transaction>>();
        for (int beat = 0; beat < 300; beat++) {
            int b = beat;
            List<Transaction> burst =
                    IntStream.range(0, 20)
                            .mapToObj(i ->
                                    PoolWorld.transaction(
                                            PoolWorld.ATTACKERS + 2000 + i, b, 2, 100))
                            .toList();
            field.world.attacks(burst);
            bursts.add(burst);
        }
        field.plan =
                (beat, _, self) -> {
                    int part = self.index % ATTACKERS;
                    return bursts.get(beat).subList(part * 4, part * 4 + 4);
                };
        field.run();
        return List.of(
                Gate.atMost(
                        "transactions in a pool, at most",
                        PoolWorld.SLOTS + PoolWorld.QUEUE,
                        field.pooledMost),
                Gate.atLeast("transactions in a pool, at most", PoolWorld.FULL, field.pooledMost),
                Gate.atMost(
                        "p99 of blocks against the same run without it",
                        1.5,
                        field.p99(1) / quiet.p99(1)));
    }

    static List<Gate> divergence(Arena arena) {
        var field = new Field(arena, PoolMode.HARDENED, 60);
        field.arrivals = 3;
        field.from = 26 * SECOND;
        // Eighty accounts, each with one of two transactions, by link.
        var even = new ArrayList<Transaction>();
        var odd = new ArrayList<Transaction>();
        for (int i = 0; i < 80; i++) {
            even.add(PoolWorld.transaction(PoolWorld.ATTACKERS + 3000 + i, 0, 1000, 100));
            odd.add(PoolWorld.transaction(PoolWorld.ATTACKERS + 3000 + i, 0, 1000, 200));
        }
        field.world.attacks(even);
        field.world.attacks(odd);
        field.plan = (_, handle, _) -> handle % 2 == 0 ? even : odd;
        field.run();
        return List.of(
                Gate.atLeast(
                        "similarity before",
                        0.99,
                        worst(field.similarity, 10 * SECOND, 26 * SECOND)),
                Gate.atMost(
                        "similarity right after",
                        0.95,
                        worst(field.similarity, 28 * SECOND, 35 * SECOND)),
                Gate.atLeast(
                        "similarity two slots after, and from then on",
                        0.99,
                        worst(field.similarity, 26 * SECOND + 2 * PoolWorld.SLOT, 58 * SECOND)));
    }
}
