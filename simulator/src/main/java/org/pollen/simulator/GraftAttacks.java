package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue in which attackers graft without end.
///
/// Source: simulator specification 3.4, K-10 and K-17.
final class GraftAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final long ATTACK = 30 * SECOND;

    /// Of P7 under H1: above it, a peer with no other score is graylisted.
    private static final double GRAYLISTED = 13.07;

    private GraftAttacks() {}

    // K-10.

    static List<Gate> regraft(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(70);
        var sybils = new ArrayList<Sybil>();
        arena.actors(
                200,
                (s, p, i) -> {
                    var sybil = new Sybil(s, p, i, Sybil.Behaviour.SILENT.regraft(SECOND));
                    sybils.add(sybil);
                    return sybil;
                });
        arena.connectSybils(20, HONEST, ATTACK);
        var charges = new Charges(20, 0);
        arena.setup().probe(charges);
        arena.traffic();
        SimulationResult result = arena.run();
        var gates = new ArrayList<Gate>();
        gates.add(Gate.atLeast("each second: delivery", 1, result.delivery()));
        gates.add(
                Gate.atMost(
                        "each second: GRAFTs of a link that are answered, most",
                        8,
                        sybils.stream().mapToInt(Sybil::prunesMost).max().orElse(0)));
        gates.add(Gate.atLeast("each second: links refused", 100, charges.refused()));
        gates.add(
                Gate.atMost(
                        "each second: of them, never graylisted (P7 up to 13.07)",
                        0,
                        charges.refusedUpTo(GRAYLISTED)));
        gates.add(
                Gate.atMost(
                        "each second: least sybil score (graylist -500)",
                        -500,
                        charges.scoreLeast()));
        gates.addAll(few(arena.again(), 0, 40, "at once"));
        gates.addAll(few(arena.again(), 15, 900, "every 15 s"));
        gates.addAll(few(arena.again(), 61, 260, "every 61 s"));
        return gates;
    }

    /// Ten honest peers, all linked to 30 sybils, for as long as the counters take to converge.
    private static List<Gate> few(Arena arena, int seconds, int end, String name) {
        int honest = 10;
        int attackers = 30;
        long at = 11 * SECOND - SECOND / 5; // GRAFTs come just before the probe looks
        var links = new Links().dial(honest, 6, 0, arena.seed());
        for (int a = 0; a < attackers; a++) {
            for (int peer = 0; peer < honest; peer++) links.add(honest + a, peer, at);
        }
        // A round trip less, so that GRAFTs are 15 s apart.
        long wait = seconds * SECOND - (seconds == 15 ? SECOND / 20 : 0);
        var behaviour = Sybil.Behaviour.SILENT.regraft(wait);
        var sybils = new ArrayList<Sybil>();
        var charges = new Charges(10, seconds == 15 ? (end - 40) * SECOND : 0);
        SimulationResult result =
                arena.run(
                        Setup.of(
                                        honest,
                                        Network.ideal(Latency.PL25),
                                        arena.mutated(TopicAttacks.h1(1)))
                                .seed(arena.seed())
                                .links(links)
                                .attackers(
                                        attackers,
                                        (s, p, i) -> {
                                            var sybil = new Sybil(s, p, i, behaviour);
                                            sybils.add(sybil);
                                            return sybil;
                                        })
                                .attackBetween(at, Long.MAX_VALUE)
                                .probe(charges)
                                .end(end * SECOND)
                                .workload(honest, 1, 256, 5 * SECOND, (end - 10) * SECOND, 1));
        int grafts = sybils.stream().mapToInt(Sybil::graftsMost).max().orElse(0);
        var gates = new ArrayList<Gate>();
        gates.add(Gate.atLeast(name + ": delivery", 1, result.delivery()));
        switch (seconds) {
            case 0 -> {
                int prunes = sybils.stream().mapToInt(Sybil::prunesMost).max().orElse(0);
                gates.add(Gate.atMost(name + ": GRAFTs of a link answered, most", 8, prunes));
                gates.add(
                        Gate.atMost(
                                name + ": least score (graylist -500)",
                                -500,
                                charges.scoreLeast()));
            }
            case 15 -> {
                double most = charges.behaviourMost();
                gates.add(Gate.atLeast(name + ": counter of P7 (9.20)", 9.15, most));
                gates.add(Gate.atMost(name + ": counter of P7 (9.20)", 9.25, most));
                gates.add(
                        Gate.atMost(
                                name + ": P7 of the score (-102; gossip -100)",
                                -100,
                                charges.partLeast()));
                gates.add(
                        Gate.atLeast(
                                name + ": least score (graylist -500)",
                                -499.999,
                                charges.scoreLeast()));
            }
            default -> {
                gates.add(Gate.atLeast(name + ": GRAFTs of a link, most", 3, grafts));
                gates.add(Gate.atMost(name + ": counter of P7", 0, charges.behaviourMost()));
            }
        }
        return gates;
    }

    // K-17.

    /// Sybils in meshes as heartbeats end, and for how long they are more than Dhi - Dout
    /// (docs/adr/0107-the-bound-of-a-take-over-is-dhi-less-one.md).
    private static final class Inbound implements BiConsumer<HonestPeer, Long> {
        private final int honest;
        private final int limit;
        private final Map<Integer, Long> above = new LinkedHashMap<>(); // since when, by peer
        private int most;
        private long longest;

        Inbound(int honest, int limit) {
            this.honest = honest;
            this.limit = limit;
        }

        @Override
        public synchronized void accept(HonestPeer peer, Long now) {
            int sybils = 0;
            for (int member : peer.mesh()) if (member >= honest) sybils++;
            most = Math.max(most, sybils);
            Long since = above.get(peer.index);
            if (since != null) longest = Math.max(longest, now - since);
            if (sybils <= limit) above.remove(peer.index);
            else if (since == null) above.put(peer.index, now);
        }

        List<Gate> gates(String name, SimulationResult result) {
            return List.of(
                    Gate.atLeast(name + ": delivery", 1, result.delivery()),
                    Gate.atMost(
                            name + ": sybils in any mesh when a heartbeat ends (Dhi - 1)",
                            11,
                            most),
                    Gate.atLeast(name + ": and at least", 1, most),
                    Gate.atLeast(
                            name + ": longest time with over Dhi - Dout, s (reported)",
                            0,
                            longest / 1e9));
        }
    }

    static List<Gate> takeOver(Arena arena) {
        var gates = new ArrayList<>(waves(arena));
        gates.addAll(once(arena.again()));
        return gates;
    }

    /// Forty honest peers, each with 400 links to sybils, and as many waves as fit.
    private static List<Gate> waves(Arena arena) {
        int honest = 40;
        int attackers = 400;
        int end = 160;
        var links = new Links().dial(honest, 10, 0, arena.seed());
        for (int a = 0; a < attackers; a++) {
            for (int peer = 0; peer < honest; peer++) {
                links.add(honest + a, peer, arena.around(ATTACK));
            }
        }
        var behaviour = Sybil.Behaviour.SILENT.regraft(61 * SECOND);
        var inbound = new Inbound(honest, 10);
        SimulationResult result =
                arena.run(
                        Setup.of(
                                        honest,
                                        Network.ideal(Latency.PL25),
                                        arena.mutated(TopicAttacks.h1(4)))
                                .seed(arena.seed())
                                .links(links)
                                .attackers(attackers, (s, p, i) -> new Sybil(s, p, i, behaviour))
                                .attackBetween(ATTACK, Long.MAX_VALUE)
                                .afterHeartbeats(inbound)
                                .end(end * SECOND)
                                .workload(honest, 4, 256, 5 * SECOND, (end - 10) * SECOND, 1));
        return inbound.gates("400 links", result);
    }

    /// A hundred honest peers, each with 160 links to sybils, and one wave.
    private static List<Gate> once(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(90);
        arena.sybils(400, Sybil.Behaviour.SILENT.regraft(61 * SECOND));
        arena.connectSybils(40, HONEST, ATTACK);
        var inbound = new Inbound(HONEST, 10);
        arena.setup().afterHeartbeats(inbound);
        arena.traffic();
        SimulationResult result = arena.run();
        return inbound.gates("160 links", result);
    }
}
