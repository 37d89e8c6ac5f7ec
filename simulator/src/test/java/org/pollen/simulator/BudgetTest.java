package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a run may cost.
class BudgetTest {
    private static final String HEAD =
            """
            schema: 1
            name: dear
            time: {warmup: 5s, run: 10s, cooldown: 3s}
            topology: {peers: 50, k: 6, regions: interop8}
            workload: {rate: 6/s, size: 256B, publishers: 10}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    private Path file(String budget) throws IOException {
        String text = HEAD + "budget: {" + budget + "}\n";
        return Files.writeString(folder.resolve("a.yaml"), text);
    }

    @Test
    void enoughIsEnough() throws IOException {
        assertThat(sim("run", file("wall: 20m, heap: 18GiB, events: 5e9"), "--quiet")).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    events: 9000 | dear: over budget.events \\(9000\\) at \\d+\\.0 s of virtual time
                    wall: 1us    | dear: over budget.wall \\(0 s\\) at 0\\.0 s of virtual time
                    """)
    void aRunOverItsBudgetEndsWithAPartialResult(String budget, String told) throws IOException {
        Path into = folder.resolve("x");

        assertThat(sim("run", file(budget), "--quiet", "-o", into)).isEqualTo(3);

        assertThat(err.toString()).containsPattern(told).hasLineCount(1);
        assertThat(out.toString()).contains(": a partial result");
        assertThat(into.resolve("summary.json")).content().contains("\"complete\": false");
        assertThat(sim("report", into)).isZero();
        // The same scenario with more is the whole run.
        assertThat(
                        sim(
                                "run",
                                into.resolve("scenario.yaml"),
                                "--quiet",
                                "--set",
                                "budget.events=1e9",
                                "--set",
                                "budget.wall=9m"))
                .isZero();
    }

    @Test
    void whatIsKnownToNeedMoreMemoryDoesNotBegin() throws IOException {
        Path into = folder.resolve("x");

        assertThat(sim("run", file("heap: 10MiB"), "--quiet", "-o", into)).isEqualTo(3);

        assertThat(err.toString())
                .containsPattern("dear: it needs about \\d+ MiB, and budget.heap is 10 MiB")
                .hasLineCount(1);
        assertThat(into).doesNotExist();
    }

    private static double gibibytes(String more) {
        String text =
                HEAD.replace("peers: 50", "peers: 10000").replaceAll("workload.*\n", "") + more;
        return Scenario.parse("x", text).estimateBytes() / (double) (1 << 30);
    }

    @Test
    void attackersDialAllOnlyWhereTheyDo() {
        double some = gibibytes("attack: {sybils: 4000}\n");

        assertThat(some).isBetween(0.2, 2.0);
        assertThat(gibibytes("attack: {sybils: 4000, degree: 20}\n")).isEqualTo(some);
        assertThat(gibibytes("attack: {sybils: 4000, degree: 20, target: holders}\n"))
                .isEqualTo(some);
    }

    @Test
    void theTwoMinutesWithMostMessagesAreRemembered() {
        String longer = "time: {warmup: 5s, run: 600s, cooldown: 3s}\n";
        String text = HEAD.replaceAll("time:.*\n", longer).replaceAll("workload.*\n", "");
        String rise = "events: [{at: %s, do: set, key: workload.rate, value: 50/s}%s]\n";

        long flat = Scenario.parse("x", text).estimateBytes();
        long high = Scenario.parse("x", text + "workload: {rate: 50/s}\n").estimateBytes();
        long late = Scenario.parse("x", text + rise.formatted("300s", "")).estimateBytes();
        String fall = ", {at: 400s, do: set, key: workload.rate, value: 1/s}";
        long both = Scenario.parse("x", text + rise.formatted("300s", fall)).estimateBytes();
        long end = Scenario.parse("x", text + rise.formatted("485s", "")).estimateBytes();
        String apart = "workload: [{rate: 50/s, stop: 300s}, {rate: 50/s, start: 440s}]\n";

        assertThat(high - flat).isEqualTo((long) (50 * 49 * 120 * 280));
        assertThat(late).isEqualTo(high).isEqualTo(end);
        assertThat(both - flat).isEqualTo((long) (50 * 49 * 100 * 280));
        assertThat(Scenario.parse("x", text + apart).estimateBytes()).isEqualTo(high);
    }

    @Test
    void memoryIsLookedAtWhileARunGoesOn() {
        var values = new ScenarioValues("x");
        values.put("name", "x", "");
        values.put("topology.peers", "3", "");
        values.put("budget.heap", "100MiB", "");
        var budget = new Budget(values);
        assertThat(budget.isExceeded()).isFalse();
        var held = new byte[128 << 20];

        boolean over = budget.spent(new Simulation(Scenario.parse("x", HEAD).setup(1).build()));

        assertThat(held[1]).isZero();
        assertThat(over).isTrue();
        assertThat(budget.exception()).hasMessageContaining("over budget.heap (100 MiB)");
    }

    @Test
    void aSweepEndsAtTheFirstRunOverItsBudgetAndGoesOnWithMore() throws IOException {
        Path into = folder.resolve("sweep");
        String over = "workload.rate=1/s,40/s";

        assertThat(
                        sim(
                                "sweep",
                                file("events: 40000"),
                                "--over",
                                over,
                                "--seeds",
                                1,
                                "--quiet",
                                "-o",
                                into))
                .isEqualTo(3);

        assertThat(err.toString())
                .contains("workload.rate=40/s seed 1: dear: over budget.events (40000) at");
        assertThat(Files.readAllLines(into.resolve("sweep.csv"))).hasSize(2);
        assertThat(
                        sim(
                                "sweep",
                                file("events: 4e6"),
                                "--over",
                                over,
                                "--seeds",
                                1,
                                "--quiet",
                                "-o",
                                into))
                .isZero();
        assertThat(out.toString()).contains("1 of 2 runs are there already");
    }

    @ParameterizedTest
    @DisplayName("S-73: budgets that are none are said with their place")
    @CsvSource({
        "wall: 20, a.yaml:6:16: budget.wall is `20`: it must be duration",
        "heap: 18GB, a.yaml:6:16: budget.heap is `18GB`: it must be memory",
        "events: 0, a.yaml:6:18: budget.events is `0`: it must be how many",
        "events: 0.5, budget.events is `0.5`",
        "event: 5, a.yaml:6:10: unknown key budget.event; did you mean budget.events?"
    })
    void wrong(String budget, String told) throws IOException {
        assertThat(sim("validate", file(budget))).isEqualTo(2);
        assertThat(err.toString()).contains(told).hasLineCount(1);
    }
}
