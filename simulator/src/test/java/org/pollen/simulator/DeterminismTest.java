package org.pollen.simulator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeterminismTest {
    private static final List<ToDoubleFunction<SimulationResult>> SUMMARY =
            List.of(
                    result -> result.delays().quantileMillis(0.5),
                    result -> result.delays().quantileMillis(0.95),
                    result -> result.delays().quantileMillis(0.99),
                    result -> result.delays().maxMillis(),
                    SimulationResult::duplicatesPerDelivery,
                    SimulationResult::meshMean,
                    SimulationResult::rpcs,
                    SimulationResult::messageRpcs);

    private static final long SECOND = 1_000_000_000L;

    /// The one figure of the wall clock, in `run.json` and in the report.
    private static final Pattern WALL =
            Pattern.compile("wallSeconds(?:\": |</dt><dd><code>)[0-9.]+");

    @TempDir Path folder = Path.of("");

    private static Setup.Builder setup(int peers, Latency latency, long seed) {
        return Setup.of(peers, Network.ideal(latency), Profile.H0_QUICK)
                .seed(seed)
                .links(new Links().dial(peers, 10, 0, seed))
                .end(15 * SECOND)
                .workload(20, 4, 512, 8 * SECOND, 11 * SECOND, 1);
    }

    private static SimulationResult run(Setup.Builder setup) {
        return run(setup.build());
    }

    private static SimulationResult run(Setup setup) {
        return new Simulation(setup).run(() -> false);
    }

    @Test
    @DisplayName("S-01: twice the same, 1,000 peers that come and go and 200 sybils: equal files")
    void twice() throws IOException {
        SimulationResult first = attacked(folder.resolve("first"));
        SimulationResult second = attacked(folder.resolve("second"));

        assertThat(first.digest()).isEqualTo(second.digest());
        assertThat(first.deliveries()).isPositive();
        // Those that come and go do not count.
        assertThat(first.expected()).isBetween(1L, 2 * 998L);
        List<String> names = names(folder.resolve("first"));
        assertThat(names)
                .hasSize(36)
                .contains("summary.json", "scores.parquet", "report.html", "trace.pb")
                .isEqualTo(names(folder.resolve("second")));
        for (String name : names) {
            // Said by name: there are megabytes of them.
            boolean equal = Arrays.equals(bytes("second", name), bytes("first", name));
            assertThat(equal).as(name).isTrue();
        }
    }

    /// A run with churn and an attack that leaves everything a run can.
    private static SimulationResult attacked(Path into) {
        int peers = 1000;
        Setup.Builder builder =
                Setup.of(peers, Network.ideal(Latency.PL25), Profile.H0_QUICK)
                        .seed(7)
                        .links(new Links().dial(peers, 6, 0, 7))
                        .end(5 * SECOND)
                        .churn(0.3, SECOND, SECOND, SECOND, 6)
                        .silentSybils(200)
                        .attackBetween(2 * SECOND, 4 * SECOND)
                        .workload(1000, 2, 512, 3 * SECOND, 4 * SECOND, 1);
        for (int i = 0; i < 200; i++) {
            for (int j = 0; j < 5; j++) {
                builder.links().add(peers + i, (i * 7 + j * 31) % peers, 2 * SECOND);
            }
        }
        var recorder = new Recorder();
        try (var logs = new RunLogs(into, "pb", false, true)) {
            Setup setup = recorder.at(logs.into(builder)).build();
            SimulationResult result = run(setup);
            logs.complete();
            var made = RunFolder.of("twice", Map.of(), setup, result, recorder, List.of(), true);
            made.write(into, true);
            RunFolder.write(into, "report.html", Report.html(List.of(made)));
            return result;
        }
    }

    private static List<String> names(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /// A file but for the fields that tell the wall clock.
    private byte[] bytes(String run, String name) throws IOException {
        byte[] all = Files.readAllBytes(folder.resolve(run).resolve(name));
        String text = new String(all, ISO_8859_1);
        String without = WALL.matcher(text).replaceFirst("");
        boolean tells = name.equals("run.json") || name.equals("report.html");
        assertThat(!without.equals(text)).as(name).isEqualTo(tells);
        return without.getBytes(ISO_8859_1);
    }

    @Test
    @DisplayName("S-02: another seed is another run, with about the same summary")
    void otherSeed() {
        SimulationResult first = run(setup(500, Latency.PL25, 1));
        SimulationResult second = run(setup(500, Latency.PL25, 2));

        assertThat(first.digest()).isNotEqualTo(second.digest());
        for (ToDoubleFunction<SimulationResult> number : SUMMARY) {
            double one = number.applyAsDouble(first);
            assertThat(one).isPositive();
            assertThat(number.applyAsDouble(second)).isBetween(one * 0.8, one * 1.2);
        }
        assertThat(first.delivery()).isEqualTo(1);
        assertThat(second.delivery()).isEqualTo(1);
    }

    @Test
    @DisplayName("S-03 (300 peers): 1, 2, 3 and 8 workers give equal digests")
    void workers() {
        List<String> digests =
                List.of(1, 2, 3, 8).stream()
                        .map(n -> run(setup(300, Latency.INTEROP8, 3).workers(n)).digest())
                        .toList();

        assertThat(digests).containsOnly(digests.getFirst());
    }

    @Test
    @DisplayName(
            "S-03 (10,000 peers without routers): so do 1 and 2 workers where there are so many peers that regions are split")
    void manyPeers() {
        int peers = 10_000;
        List<String> digests =
                List.of(1, 2).stream()
                        .map(n ->
                                run(Setup.of(peers, Network.ideal(Latency.INTEROP8), Profile.LIGHT)
                                                .seed(3)
                                                .workers(n)
                                                .links(new Links().dial(peers, 5, 0, 3))
                                                .end(5_000_000_000L)
                                                .workload(
                                                        peers,
                                                        2,
                                                        256,
                                                        1_000_000_000L,
                                                        3_000_000_000L,
                                                        1))
                                        .digest())
                        .toList();

        assertThat(digests).containsOnly(digests.getFirst());
    }

    @Test
    @DisplayName("S-11: a probe changes nothing")
    void probe() {
        SimulationResult plain = run(setup(100, Latency.INTEROP8, 3));
        SimulationResult probed =
                run(setup(100, Latency.INTEROP8, 3).probe((s, _) -> s.honestPeer(0).mesh()));

        assertThat(probed.digest()).isEqualTo(plain.digest());
        SimulationResult recorded =
                run(new Recorder().at(setup(100, Latency.INTEROP8, 3)).workers(2));
        assertThat(recorded.digest()).isEqualTo(plain.digest());
        assertThat(recorded.copies().deliveries()).isEqualTo(plain.deliveries());
        assertThat(plain.copies().deliveries()).as("nobody asked").isZero();
    }
}
