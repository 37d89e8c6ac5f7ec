package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What gates of scenarios measure, and what is wrong with those that cannot be read.
class GateTest {
    private static final String GOOD =
            """
            schema: 1
            name: gates
            time: {warmup: 8s, run: 6s, cooldown: 4s}
            topology: {peers: 80, k: 8, regions: interop8}
            workload: {rate: 6/s, size: 1KiB, publishers: 10}
            """;
    private static final String ATTACK = "attack: {sybils: 40, degree: 12, at: 2s, from: 11s}\n";

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = java.util.Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("a.yaml"), text);
    }

    /// Runs a scenario with one gate for each of these.
    private static List<Verdict.Gate> measured(String scenario, MeshProbe probe, String... gates) {
        String list = "gates: [\"" + String.join(" >= 0\", \"", gates) + " >= 0\"]\n";
        Scenario read = Scenario.parse("a.yaml", scenario + list);
        GateWatch watch = read.watch();
        Setup setup = watch.at(read.setup(1)).probe(probe).build();
        SimulationResult result = new Simulation(setup).run(() -> false);
        return watch.verdicts(setup, result);
    }

    @Test
    void withoutAttackersCopiesAndBytesAreThoseOfAll() {
        Scenario read = Scenario.parse("a.yaml", GOOD);
        SimulationResult result = new Simulation(read.setup(1).build()).run(() -> false);

        List<Verdict.Gate> gates =
                measured(GOOD, new MeshProbe(), "duplicates", "delivery", "bytesPerDelivery");

        assertThat(gates.get(0).measured())
                .isCloseTo(result.duplicatesPerDelivery(), within(1e-9))
                .isGreaterThan(3);
        assertThat(gates.get(1).measured()).isEqualTo(1);
        // Of what was sent, all came but for what was on its way at the end, or before messages.
        assertThat(gates.get(2).measured() * result.deliveries() / result.wireBytes())
                .isBetween(0.9, 1.0);
    }

    @Test
    void nothingHoldsOfWhatDidNotHappen() {
        String nobody =
                GOOD + "events: [{at: 1s, do: leave, share: 1}, {at: 17s, do: join, share: 1}]\n";
        List<Verdict.Gate> gates =
                measured(nobody, new MeshProbe(), "delivery", "deliveryAll", "p50", "p99", "max");

        assertThat(gates).allMatch(gate -> Double.isNaN(gate.measured()) && !gate.passes());

        // The attack begins before the first message.
        String early = GOOD + "attack: {sybils: 4, degree: 2, at: 1s, from: 1s}\n";
        List<Verdict.Gate> before = measured(early, new MeshProbe(), "p99(before)", "max(before)");

        assertThat(before).allMatch(gate -> Double.isNaN(gate.measured()) && !gate.passes());
    }

    @Test
    void delaysOfNothingAreNotShort() {
        String invalid = GOOD.replace("publishers: 10", "publishers: 10, validity: 0");

        assertThat(measured(invalid, new MeshProbe(), "p50", "p95", "p99", "max"))
                .hasSize(4)
                .noneMatch(Verdict.Gate::passes)
                .allMatch(gate -> Double.isNaN(gate.measured()));
    }

    @Test
    void meshesAreLookedAtEachSecond() {
        var probe = new MeshProbe();

        List<Verdict.Gate> gates =
                measured(
                        GOOD + ATTACK,
                        probe,
                        "meshShare(sybil)",
                        "meshShare(sybil, t >= 12s, t <= 14s)",
                        "meshMost(sybil, t>=3s)",
                        "meshLeast(honest)",
                        "meshMean",
                        "longestStay(sybil)");

        var shares = probe.samples.stream().mapToDouble(MeshProbe.Sample::sybilShare).toArray();
        // The sample of second s is at place s - 1; messages begin at 8 s.
        double all = java.util.Arrays.stream(shares, 7, shares.length).average().orElse(0);
        assertThat(gates.get(0).measured()).isEqualTo(all).isBetween(0.05, 0.5);
        assertThat(gates.get(1).measured()).isEqualTo((shares[11] + shares[12] + shares[13]) / 3);
        assertThat(gates.get(1).what()).isEqualTo("meshShare(sybil t>=12s t<=14s)");
        double most =
                probe.samples.stream().mapToDouble(MeshProbe.Sample::sybilMost).max().orElse(0);
        assertThat(gates.get(2).measured()).isEqualTo(most).isGreaterThan(1);
        assertThat(gates.get(3).measured()).isBetween(1.0, 6.0);
        assertThat(gates.get(4).measured()).isBetween(4.0, 12.0);
        assertThat(gates.get(5).measured()).as("seconds").isBetween(10.0, 16.0);
    }

    @Test
    void phasesAndTimesTellMessagesApart() {
        List<Verdict.Gate> gates =
                measured(
                        GOOD + ATTACK,
                        new MeshProbe(),
                        "delivery(before)",
                        "delivery(attack)",
                        "p99(before)",
                        "p99(attack)",
                        "max(attack)",
                        "delivery(t >= 9s, t <= 10s)",
                        "delivery(t >= 17s)");

        assertThat(gates.get(0).measured()).isEqualTo(1);
        assertThat(gates.get(1).measured()).isBetween(0.9, 1.0);
        assertThat(gates.get(2).measured()).isNotEqualTo(gates.get(3).measured());
        assertThat(gates.get(4).measured()).isGreaterThanOrEqualTo(gates.get(3).measured());
        assertThat(gates.get(5).measured()).isEqualTo(1);
        assertThat(gates.get(6).measured()).as("nothing is published then").isNaN();
        assertThat(gates.get(6).passes()).isFalse();
    }

    @Test
    void aRunSaysWhatItsGatesMeasured() throws IOException {
        Path file =
                file(
                        GOOD
                                + ATTACK
                                + "gates: [\"meshShare(sybil) <= 0.6\", \"p99(attack) <= 1.5s\","
                                + " \"bytesPerDelivery <= 1KiB\"]\n");

        assertThat(sim("run", file, "--quiet", "-o", folder.resolve("x"))).isEqualTo(1);

        assertThat(out.toString())
                .containsPattern("pass  meshShare\\(sybil\\) 0\\.\\d+ \\(<= 0\\.600\\)")
                .containsPattern("pass  p99\\(attack\\) [0-9.]+ \\(<= 1500\\)")
                .containsPattern("FAIL  bytesPerDelivery [0-9.]+ \\(<= 1024\\) FAILS");
        assertThat(folder.resolve("x/summary.json")).content().contains("\"p99(attack)\"");
        assertThat(sim("run", file, "--members", 2)).isEqualTo(2);
    }

    @Test
    void severalSeedsAreJudgedTogether() {
        var gates = new ScenarioGates();
        gates.read("x", "p99 <= 10ms");
        gates.read("x", "allSeeds(delivery) >= 0.5");
        gates.read("x", "median(p99) <= 4ms");
        gates.read("x", "quantile(0.75, p99) >= 20ms");

        List<Verdict.Gate> said =
                gates.verdicts(List.of(new double[] {3, 1, 100}, new double[] {0.6, 0.4, 1}));

        assertThat(gates.measures()).hasSize(2);
        assertThat(said)
                .extracting(Verdict.Gate::toString)
                .containsExactly(
                        "p99 100 (<= 10) FAILS",
                        "delivery 0.400 (>= 0.500) FAILS",
                        "median(p99) 3 (<= 4)",
                        "quantile(0.750 p99) 51.500 (>= 20)");
    }

    @Test
    void aSweepJudgesEachPointOverItsSeeds() throws IOException {
        Path into = folder.resolve("sweep");
        Path file = file(GOOD + "gates: [\"median(duplicates) <= 7\", \"meshLeast >= 1\"]\n");
        Object[] sweep = {
            "sweep", file, "--over", "protocol.params.Dhi=8,14", "--seeds", 2, "--quiet", "-o", into
        };

        assertThat(sim(sweep)).isEqualTo(1);

        assertThat(Files.readString(into.resolve("sweep.csv")).lines().findFirst().orElse(""))
                .endsWith(",bytes,gate duplicates,gate meshLeast");
        assertThat(Files.readAllLines(into.resolve("gates.csv")))
                .hasSize(5)
                .startsWith("protocol.params.Dhi,gate,rule,seeds,measured,pass")
                .anyMatch(line ->
                        line.startsWith("8,median(duplicates),<= 7,2,") && line.endsWith("true"))
                .anyMatch(line ->
                        line.startsWith("14,median(duplicates),<= 7,2,") && line.endsWith("false"));
        assertThat(sim(sweep)).as("the same when nothing is left to run").isEqualTo(1);
    }

    @ParameterizedTest
    @DisplayName("S-73: gates that cannot be read, or no run can have, are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    p98 <= 3ms                    | a.yaml:6:9: gate on p98; did you mean p95?
                    p99(attak) <= 3ms             | a.yaml:6:9: gate on p99 of `attak`; did you mean attack?
                    p99(attack) <= 3ms            | a.yaml:6:9: gates: p99(attack) without attack.sybils or events: impossible
                    p99(t >= 5s) <= 3ms           | gate on p99 of `t >= 5s`: it is not known by time
                    meshShare(honest) <= 1        | gate on meshShare of `honest`; known: sybil, t >= 5s
                    meshShare(sybil) <= 1         | gates: meshShare(sybil) without attack.sybils: impossible
                    delivery(t >= 18s) >= 1       | gates: delivery(t>=18s): the run ends before: impossible
                    delivery(t >= 5) >= 1         | `5`: an instant is like 125s
                    delivery(t >= 9s, t <= 8s) >= 1 | no instant
                    delivery(blocks) >= 1         | a.yaml:6:9: gate on delivery(blocks); known: t
                    p99 < 3ms                     | gate `p99 < 3ms`: it must be like
                    p99 <= 3parsec                | a.yaml:6:9: gate `p99 <= 3parsec`: `3parsec` is no limit of p99
                    delivery >= 1ms               | `1ms` is no limit of delivery
                    delivery >= 0.9.9             | `0.9.9` is no limit of delivery
                    quantile(p99) <= 3ms          | gate `quantile(p99) <= 3ms`: it must be like
                    quantile(2, p99) <= 3ms       | quantile 2: it must be in 0..1
                    median(0.5, p99) <= 3ms       | it must be like
                    mean(p99) <= 3ms              | gate on mean; did you mean max?
                    p99(after) <= 3ms             | a.yaml:6:9: gates: p99(after) without attack.sybils or events: impossible
                    """)
    void wrong(String gate, String told) throws IOException {
        Path file = file(GOOD + "gates: [\"" + gate + "\"]\n");

        assertThat(sim("validate", file)).as(out.toString()).isEqualTo(2);

        assertThat(err.toString()).contains(told).hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "attack: {sybils: 40, degree: 12, at: 2s, from: 11s}",
                "events: [{at: 9s, do: kill, share: 0.1}]",
            })
    void anAttackWithoutAnEndHasNoAfter(String phases) throws IOException {
        String gates = "\ngates: [\"p99(attack) <= 9s\", \"delivery(after) >= 0\"]\n";

        assertThat(sim("validate", file(GOOD + phases + gates))).isEqualTo(2);

        assertThat(err.toString())
                .contains(
                        "a.yaml:7:30: gates: delivery(after): the attack or the events do not end")
                .hasLineCount(1);
    }

    @Test
    void theProfileLightHasNoMeshesToLookAt() throws IOException {
        String light = GOOD + "scoring: {profile: light}\ngates: [\"%s\"]\n";

        assertThat(sim("run", file(light.formatted("duplicates <= 99")), "--quiet")).isZero();
        assertThat(sim("validate", file(light.formatted("meshMean >= 1")))).isEqualTo(2);
        assertThat(err.toString()).contains("a.yaml:7:9: gates: meshMean: the profile light");
    }
}
