package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.pollen.simulator.Verdict.Gate;

/// The nightly rows of the acceptance list, at their full size: minutes each on two free cores, and
/// up to 18 GiB of heap. Not in the build; `docs/simulator.md` has the command, and says which of
/// them does not hold.
@Tag("load")
class NightlyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final double MINUTE = 60;
    private static final long SEED = 1;
    private static final int WORKERS = 2;

    /// What is alive, every thirty virtual seconds.
    private static final class LiveHeap implements Simulation.Probe {
        private long most;

        @Override
        public void sample(Simulation simulation, long now) {
            if (now % (30 * SECOND) == 0) look();
        }

        void look() {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            most = Math.max(most, runtime.totalMemory() - runtime.freeMemory());
        }

        double gib() {
            return most / 0x1p30;
        }
    }

    private static void say(String row, SimulationResult result) {
        say(row, result, result.wallNanos() / 1e9);
    }

    private static void say(String row, SimulationResult result, double wall) {
        LatencyHistogram delays = result.delays();
        say(
                row,
                String.format(
                        Locale.ROOT,
                        "digest %s, delivery %.6f, p50 %.1f ms, p99 %.1f ms, wall %.0f s",
                        result.digest(),
                        result.delivery(),
                        delays.quantileMillis(0.5),
                        delays.quantileMillis(0.99),
                        wall));
    }

    private static void say(String row, String line) {
        System.out.printf("NIGHTLY %s: %s%n", row, line);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void hold(String row, List<Gate> gates) {
        for (Gate gate : gates) say(row, gate.toString());
        assertThat(gates).allMatch(Gate::passes);
    }

    private static Gate wall(double minutes, double seconds) {
        return Gate.atMost("wall s", minutes * MINUTE, seconds);
    }

    /// The most the JVM can take.
    private static Gate heap(double gib) {
        return Gate.atMost("largest heap, GiB", gib, Runtime.getRuntime().maxMemory() / 0x1p30);
    }

    /// Whether a delay is held against what the specification prints: of few publishers, who are
    /// not ours (ADR 98).
    private static boolean printed(Gate gate) {
        return gate.what().endsWith(" ms");
    }

    private static void reference(String name, String check) {
        References.Row row = Objects.requireNonNull(Validation.ROWS.get(check));
        long start = System.nanoTime();
        References.Pair pair = References.run(row, SEED, WORKERS);
        double wall = since(start);

        say(name, pair.result(), wall);
        List<Gate> gates = References.hold(row, List.of(pair));
        gates.stream().filter(NightlyTest::printed).forEach(gate -> say(name, gate.toString()));
        hold(name, gates.stream().filter(gate -> !printed(gate)).toList());
        hold(name, List.of(wall(10, wall), heap(18)));
    }

    @Test
    @DisplayName(
            "S-38 (R-8, one seed, against the reference model run beside it, ADR 98): a static mesh of 100,000 peers is as the model")
    void hundredThousand() {
        reference("S-38 R-8", "V-28");
    }

    @Test
    @DisplayName(
            "S-38 (R-12, one seed, against the reference model run beside it, ADR 98): the same with 128 KiB and bandwidth")
    void hundredThousandWithBandwidth() {
        reference("S-38 R-12", "V-29");
    }

    @Test
    @DisplayName("S-41: what IDONTWANT saves of large messages among 2,000 peers")
    void savings() {
        hold(
                "S-41",
                LargeMessages.savings(
                        SEED, 2000, 10, (what, result) -> say("S-41 " + what, result)));
    }

    @Test
    @DisplayName("S-42: gossip against flooding while up to 30 % of 1,000 peers come and go")
    void churn() {
        hold(
                "S-42",
                LargeMessages.churn(SEED, 1000, (what, result) -> say("S-42 " + what, result)));
    }

    /// The full form of an entry of the catalogue.
    private static Verdict full(String row, String entry) {
        Verdict verdict = FullAttacks.of(Attacks.named(entry)).run(SEED, WORKERS);
        say(
                row,
                String.format(
                        Locale.ROOT,
                        "digest %s, wall %.0f s",
                        verdict.digest(),
                        verdict.seconds()));
        hold(row, verdict.gates());
        return verdict;
    }

    @Test
    @DisplayName("S-50: the eclipse of the network as published, 5,000 peers and 120 messages/s")
    void eclipse() {
        hold("S-50", List.of(wall(20, full("S-50", "K-02").seconds())));
    }

    @Test
    @DisplayName("S-52: K-06 of the published size (H0o from 90 s on: ADR 101)")
    void coldBoot() {
        full("S-52", "K-06");
    }

    @Test
    @DisplayName("S-53: K-07 quick under five seeds")
    void covertFlash() {
        for (long seed = SEED; seed < SEED + 5; seed++) {
            Verdict verdict = Attacks.named("K-07").run(seed, WORKERS);
            say("S-53", "seed %d, digest %s".formatted(seed, verdict.digest()));
            hold("S-53", verdict.gates());
        }
    }

    @Test
    @DisplayName("S-76: 100,000 peers with 40 links each, a message a second for a minute")
    void fortyLinks() {
        int peers = 100_000;
        Network network = Network.ideal(Latency.INTEROP8).withBandwidth(Network.Bandwidth.INTEROP);
        var live = new LiveHeap();
        long start = System.nanoTime();
        SimulationResult result =
                new Simulation(
                                Setup.of(peers, network, Profile.H1)
                                        .seed(SEED)
                                        .workers(WORKERS)
                                        .links(new Links().dial(peers, 20, 0, SEED))
                                        .probe(live)
                                        .end(100 * SECOND)
                                        .workload(peers, 1, 1024, 30 * SECOND, 90 * SECOND, 1)
                                        .build())
                        .run(() -> false);
        double wall = since(start);

        say("S-76", result, wall);
        hold(
                "S-76",
                List.of(
                        Gate.atLeast("delivery", 0.9999, result.delivery()),
                        Gate.atMost("p99 ms", 340, result.delays().quantileMillis(0.99)),
                        Gate.atMost("live heap, GiB", 8, live.gib()),
                        wall(10, wall)));
    }

    @Test
    @DisplayName("S-75: the estimate of the memory of 100,000 peers is within a fifth")
    void estimate() {
        AcceptanceTest.estimated(100_000);
    }

    @Test
    @DisplayName("S-77: a message reaches 1,000,000 peers without routers")
    void million() {
        int peers = 1_000_000;
        var live = new LiveHeap();
        long start = System.nanoTime();
        var simulation =
                new Simulation(
                        Setup.of(peers, Network.ideal(Latency.INTEROP8), Profile.LIGHT)
                                .seed(SEED)
                                .workers(WORKERS)
                                .links(new Links().dial(peers, 5, 0, SEED))
                                .end(6 * SECOND)
                                .message(
                                        new PlannedMessage(
                                                2 * SECOND, 0, 1024, PlannedMessage.Kind.NORMAL))
                                .build());
        SimulationResult result = simulation.run(() -> false);
        double wall = since(start);
        live.look();

        say("S-77", result, wall);
        assertThat(simulation.honest(0)).isTrue(); // so it was alive
        hold(
                "S-77",
                List.of(
                        Gate.atLeast("delivery", 1, result.delivery()),
                        Gate.atMost("live heap, GiB", 20, live.gib()),
                        heap(20),
                        wall(15, wall)));
    }
}
