package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue in which sybils connect to a network that is there already: K-01 to
/// K-05 and K-09.
///
/// Source: simulator specification 3.4.
final class Eclipses {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final int PUBLISHERS = 10;
    private static final int ADDRESSES = 25;
    private static final long ATTACK = 30 * SECOND;

    /// When the whole network is attacked: at 60 s P3 becomes active, and meshes lose the members
    /// that are too far away to deliver within its 5 ms, attack or not.
    private static final long LATE = 90 * SECOND;

    private Eclipses() {}

    // K-01.

    static List<Gate> one(Arena arena) {
        arena.end(170); // until those who were pruned have tried again
        arena.sybils(100, Sybil.Behaviour.SILENT);
        for (int i = 0; i < 100; i++) arena.link(HONEST + i, 0, arena.around(ATTACK));
        var stays = new Stays();
        arena.setup().probe(stays);
        arena.traffic();
        arena.victimTraffic();
        SimulationResult result = arena.run();
        List<MeshProbe.Sample> during = arena.probe.from(ATTACK);
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("victim p99 ms", 250, result.phases().get(3).quantileMillis(0.99)),
                Gate.atLeast(
                        "honest members of the victim's mesh",
                        6,
                        least(during, MeshProbe.Sample::victimHonest)),
                Gate.atMost(
                        "sybils in the victim's mesh",
                        6,
                        most(during, MeshProbe.Sample::victimSybils)),
                Gate.atLeast("sybils that were in it and left", 1, stays.ended()),
                Gate.atMost("longest stay of one, s", 62, stays.longestSeconds()),
                Gate.atMost("of them there a second time", 0, stays.again()));
    }

    // K-02.

    static List<Gate> everybody(Arena arena) {
        arena.end(250); // until those who were pruned have tried again
        arena.attackAt(LATE);
        arena.sybils(400, Sybil.Behaviour.SILENT);
        arena.connectSybils(20, HONEST, LATE);
        return whole(arena);
    }

    /// What has to hold when all honest peers are attacked, after 90 s.
    private static List<Gate> whole(Arena arena) {
        var stays = new Stays();
        arena.setup().probe(stays);
        arena.traffic();
        SimulationResult result = arena.run();
        double before = arena.probe.at(LATE - 10 * SECOND).honestMean();
        List<MeshProbe.Sample> during = arena.probe.from(LATE);
        int high = Profile.H0_QUICK.params().meshHigh();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("p99 against before", 1.25, p99(result, 1) / p99(result, 0)),
                Gate.atLeast(
                        "honest members against before",
                        0.95,
                        least(during, MeshProbe.Sample::honestMean) / before),
                Gate.atMost(
                        "sybils for each slot that was free below Dhi",
                        1.1,
                        most(during, s -> s.sybilShare() * high) / (high - before)),
                Gate.atMost(
                        "sybil share (1.25 x what is free below Dhi)",
                        1.25 * (high - before) / high,
                        most(during, MeshProbe.Sample::sybilShare)),
                Gate.atLeast("stays of sybils that ended", 50, stays.ended()),
                Gate.atMost("of them admitted a second time", 0, stays.again()));
    }

    // K-03.

    /// The quarter of the published number that is the published ratio, and as many as were run
    /// besides.
    static List<Gate> publishers(Arena arena) {
        var gates = new ArrayList<Gate>();
        gates.addAll(publishers(arena, 100));
        gates.addAll(publishers(arena.again(), 400));
        return gates;
    }

    private static List<Gate> publishers(Arena arena, int sybils) {
        arena.end(110);
        arena.sybils(sybils, Sybil.Behaviour.SILENT);
        for (int i = 0; i < sybils; i++) {
            for (int p = 0; p < PUBLISHERS; p++) arena.link(HONEST + i, p, arena.around(ATTACK));
        }
        var least = new int[] {Integer.MAX_VALUE};
        arena.setup()
                .probe((simulation, now) -> {
                    if (now < ATTACK) return;
                    for (int p = 0; p < PUBLISHERS; p++) {
                        int honest = 0;
                        for (int member : simulation.honestPeer(p).mesh()) {
                            if (simulation.honest(member)) honest++;
                        }
                        least[0] = Math.min(least[0], honest);
                    }
                });
        arena.traffic();
        SimulationResult result = arena.run();
        String what = sybils + " sybils: ";
        return List.of(
                Gate.atLeast(what + "delivery", 1, result.delivery()),
                Gate.atMost(what + "p99 ms", 1600, p99(result, 1)),
                Gate.atLeast(what + "honest members of any publisher's mesh", 6, least[0]));
    }

    // K-04, K-05.

    static List<Gate> censor(Arena arena) {
        arena.end(100);
        arena.sybils(200, Sybil.Behaviour.SILENT.onlyVictim());
        arena.connectSybils(20, HONEST, ATTACK);
        arena.traffic();
        arena.victimTraffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost(
                        "victim p99 against others",
                        2,
                        result.phases().get(3).quantileMillis(0.99) / p99(result, 1)),
                Gate.atMost(
                        "sybil share at the end (reported)",
                        1,
                        arena.probe.samples.getLast().sybilShare()));
    }

    static List<Gate> degrade(Arena arena) {
        arena.end(100);
        arena.sybils(200, Sybil.Behaviour.SILENT.dropping(0.5));
        arena.connectSybils(20, HONEST, ATTACK);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("p99 ms", 1600, p99(result, 1)));
    }

    // K-09.

    private static void addresses(Arena arena, int count) {
        PeerScoreParams scores = arena.scores().toBuilder().ipColocationFactor(-10, 1).build();
        arena.profile(Profile.H0_QUICK.with(scores, Profile.H0_QUICK.thresholds()));
        arena.sybils(400, Sybil.Behaviour.SILENT);
        arena.addresses(count);
    }

    static List<Gate> sharedAddresses(Arena arena) {
        var gates = new ArrayList<>(many(arena));
        gates.addAll(few(arena.again()));
        return gates;
    }

    /// As published: three sybils for each address at a victim, and three addresses with one only.
    private static List<Gate> many(Arena arena) {
        arena.end(100);
        addresses(arena, ADDRESSES);
        arena.connectSybils(20, HONEST, ATTACK);
        // All are linked, scores were refreshed, and there was a heartbeat.
        long settled = ATTACK + 4 * SECOND;
        var sharing = new int[2]; // members that share an address, and sybils that do
        arena.setup()
                .probe((simulation, now) -> {
                    if (now < settled) return;
                    for (int i = 0; i < HONEST; i++) look(simulation.honestPeer(i), sharing);
                });
        arena.traffic();
        SimulationResult result = arena.run();
        int high = Profile.H0_QUICK.params().meshHigh();
        double free = (high - arena.probe.at(ATTACK - 5 * SECOND).honestMean()) / high;
        return List.of(
                Gate.atLeast("25 addresses: delivery", 1, result.delivery()),
                Gate.atLeast("25 addresses: sybils that share one at a victim", 1000, sharing[1]),
                Gate.atMost("of them in its mesh, after a decay tick", 0, sharing[0]),
                Gate.atMost(
                        "25 addresses: sybil share, of those that share none (free below Dhi)",
                        free,
                        most(arena.probe.from(settled), MeshProbe.Sample::sybilShare)));
    }

    /// Eight for each address, so that hardly one is alone.
    private static List<Gate> few(Arena arena) {
        arena.end(100);
        addresses(arena, 10);
        arena.connectSybils(20, HONEST, ATTACK);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("10 addresses: delivery", 1, result.delivery()),
                Gate.atMost(
                        "10 addresses: sybil share",
                        0.10,
                        most(arena.probe.from(ATTACK + 3 * SECOND), MeshProbe.Sample::sybilShare)));
    }

    private static void look(HonestPeer peer, int[] sharing) {
        Map<Integer, Integer> perAddress = new LinkedHashMap<>();
        for (int remote : peer.remotes()) {
            if (remote < HONEST) continue;
            perAddress.merge((remote - HONEST) % ADDRESSES, 1, Integer::sum);
        }
        for (int count : perAddress.values()) if (count > 1) sharing[1] += count;
        for (int member : peer.mesh()) {
            if (member < HONEST) continue;
            if (perAddress.getOrDefault((member - HONEST) % ADDRESSES, 0) > 1) sharing[0]++;
        }
    }

    // K-09b.

    static List<Gate> carefulAddresses(Arena arena) {
        arena.end(250);
        arena.attackAt(LATE);
        addresses(arena, ADDRESSES);
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 9));
        for (int victim = 0; victim < HONEST; victim++) {
            for (int address = 0; address < ADDRESSES; address++) {
                int sybil = address + ADDRESSES * random.nextInt(16);
                arena.link(HONEST + sybil, victim, arena.around(LATE));
            }
        }
        var worst = new double[1];
        arena.setup()
                .probe((simulation, now) -> {
                    if (now < LATE || now / SECOND % 10 != 5) return;
                    for (int i = 0; i < HONEST; i++) {
                        HonestPeer peer = simulation.honestPeer(i);
                        for (int remote : peer.remotes()) {
                            if (simulation.honest(remote)) continue;
                            double part = peer.snapshotOf(remote, now).ipColocationContribution();
                            worst[0] = Math.min(worst[0], part);
                        }
                    }
                });
        var gates = new ArrayList<>(whole(arena));
        gates.add(1, Gate.atLeast("least P6 of a sybil", 0, worst[0]));
        return gates;
    }

    private static double p99(SimulationResult result, int phase) {
        return result.phases().get(phase).quantileMillis(0.99);
    }

    private static double least(
            List<MeshProbe.Sample> samples, ToDoubleFunction<MeshProbe.Sample> value) {
        return samples.stream().mapToDouble(value).min().orElse(Double.NaN);
    }

    private static double most(
            List<MeshProbe.Sample> samples, ToDoubleFunction<MeshProbe.Sample> value) {
        return samples.stream().mapToDouble(value).max().orElse(Double.NaN);
    }
}
