package org.pollen.simulator;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue in the published size: 1,000 honest peers that dial twenty others, of
/// which a hundred publish, and 4,000 sybils with a hundred links each. Some need an hour of
/// processor time.
///
/// Source: simulator specification 3.4.
final class FullAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 1000;
    private static final int SYBILS = 4000;
    private static final int DEGREE = 100;

    private static final Map<String, Attacks.Script> SCRIPTS = new LinkedHashMap<>();

    static {
        SCRIPTS.put("K-02", FullAttacks::eclipse);
        SCRIPTS.put("K-06", FullAttacks::coldBoot);
    }

    private FullAttacks() {}

    /// What follows the id of an entry.
    static final String FULL = " full";

    /// The full form of an entry, with an id of its own: its verdicts are not those of the quick
    /// form.
    ///
    /// @throws IllegalArgumentException if it has none
    static Attacks.Entry of(Attacks.Entry quick) {
        Attacks.Script script = SCRIPTS.get(quick.id());
        if (script == null) {
            throw new IllegalArgumentException(
                    "--full %s: only %s"
                            .formatted(quick.id(), String.join(", ", SCRIPTS.keySet())));
        }
        return new Attacks.Entry(
                quick.id() + FULL, quick.title(), quick.explanation(), quick.published(), script);
    }

    private static Setup.Builder field(
            Arena arena, Profile profile, double rate, long at, long end) {
        var links = new Links().dial(HONEST, 20, 0, arena.seed());
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK));
        for (int sybil = HONEST; sybil < HONEST + SYBILS; sybil++) {
            for (int i = 0; i < DEGREE; i++) {
                long jitter = (long) (at * 0.1 * (random.nextDouble() - 0.5));
                links.add(sybil, random.nextInt(HONEST), at + jitter);
            }
        }
        return Setup.of(HONEST, Network.ideal(Latency.PL25), profile)
                .seed(arena.seed())
                .workers(arena.setup().build().workers())
                .links(links)
                .attackers(SYBILS, (s, p, i) -> new Sybil(s, p, i, Sybil.Behaviour.SILENT))
                .attackBetween(at, Long.MAX_VALUE)
                .workload(100, rate, 2048, 30 * SECOND, end - 30 * SECOND, 1)
                .end(end);
    }

    /// At 90 s for the 60 s of the experiment: at 60 s P3 becomes active, and meshes lose the
    /// members that are too far away for its 5 ms, attack or not.
    private static List<Gate> eclipse(Arena arena) {
        long attack = 90 * SECOND;
        var meshes = new MeshProbe();
        var stays = new Stays();
        SimulationResult result =
                arena.run(
                        field(arena, Profile.H0, 120, attack, 240 * SECOND)
                                .probe(meshes)
                                .probe(stays));
        double before = meshes.at(attack - 10 * SECOND).honestMean();
        List<MeshProbe.Sample> during = meshes.from(attack);
        int high = Profile.H0.params().meshHigh();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost(
                        "p99 against before",
                        1.25,
                        result.phases().get(1).quantileMillis(0.99)
                                / result.phases().get(0).quantileMillis(0.99)),
                Gate.atLeast(
                        "honest members against before",
                        0.95,
                        extreme(during, MeshProbe.Sample::honestMean, false) / before),
                Gate.atMost(
                        "mean sybil share",
                        0.25,
                        during.stream()
                                .mapToDouble(MeshProbe.Sample::sybilShare)
                                .average()
                                .orElse(Double.NaN)),
                Gate.atMost(
                        "sybil share, most (1.25 x what is free below Dhi)",
                        1.25 * (high - before) / high,
                        extreme(during, MeshProbe.Sample::sybilShare, true)),
                Gate.atMost("sybils in the mesh of a peer twice", 0, stays.again()));
    }

    /// H0, H0o and V10 with a tenth of the load, for the published three minutes.
    private static List<Gate> coldBoot(Arena arena) {
        return ColdBoot.gates(
                boot(arena, Profile.H0_QUICK),
                boot(arena, Profile.H0O_QUICK),
                boot(arena, Profile.V10));
    }

    private static SimulationResult boot(Arena arena, Profile profile) {
        return arena.run(
                field(arena, profile, 12, 0, 240 * SECOND).attackBetween(0, ColdBoot.RECOVERED));
    }

    private static double extreme(
            List<MeshProbe.Sample> samples, ToDoubleFunction<MeshProbe.Sample> of, boolean most) {
        var values = samples.stream().mapToDouble(of);
        return (most ? values.max() : values.min()).orElse(Double.NaN);
    }
}
