package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final String SCENARIO =
            """
            schema: 1
            name: tiny
            time: {warmup: 8s, run: 4s, cooldown: 3s}
            topology: {peers: 40, k: 6, regions: interop8}
            workload: {rate: 4/s, size: 1KiB, publishers: 5}
            gates: ["delivery >= 1.0"]
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = java.util.Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    private Path scenario(String text) throws IOException {
        return Files.writeString(folder.resolve("tiny.yaml"), text);
    }

    @Test
    @DisplayName(
            "S-72 (text of the page; `interop/run report` opens it in a browser): the report is one small file that loads nothing, with every chart drawn")
    void report() throws IOException {
        Path run = folder.resolve("run");

        assertThat(sim("run", scenario(SCENARIO), "--report", "--quiet", "-o", run)).isZero();

        String html = Files.readString(run.resolve("report.html"));
        assertThat(html.length()).isLessThan(5 << 20);
        assertThat(html)
                .contains("Delay of deliveries")
                .contains("Delivery over time")
                .contains("Members of a mesh over time")
                .contains("Bytes received by an honest peer")
                .contains("Further copies for each delivery")
                .contains("Scores of honest peers, by component")
                .contains("reference model")
                .contains("prefers-color-scheme:dark")
                .doesNotContain("<script")
                .doesNotContain("http:")
                .doesNotContain("https:")
                .doesNotContain("NaN");
        assertThat(html.split("<path class=\"line").length).isGreaterThan(6);
        assertThat(run.resolve("latency.csv")).content().startsWith("phase,millis,share\n0,");
        assertThat(run.resolve("series.csv")).content().startsWith("second,rpcs,");
        assertThat(html)
                .contains("Hops of first deliveries")
                .contains("Further copies after the first")
                .contains("Until a share of the peers has a message")
                .contains("Honest peers that are connected through meshes")
                .contains("A part of the mesh at the end")
                .contains("Graph of a part of the mesh: 40 honest peers, 0 attackers, ");
        assertThat(html.split("<circle class=\"node s0\"")).hasSize(1 + 40);
    }

    @Test
    void theReportOfAnAttackShowsHowLongAttackersStay() throws IOException {
        assertThat(sim("run", "K-04", "--report", "-o", folder)).isZero();

        assertThat(folder.resolve("K-04").resolve("report.html"))
                .content()
                .contains("How long attackers stay in a mesh")
                .contains("Peers with attackers in their mesh")
                .contains("Links below a threshold")
                .contains("Control received by an honest peer, by kind")
                .contains("Until the last peer has a message")
                .contains("Scores of attackers, by component")
                .contains("How long attackers are not graylisted")
                .contains("<circle class=\"node s1\"")
                .contains("sybil share")
                .contains("Kaplan-Meier");
    }

    @Test
    void resultsAreReadAgainAndCompared() throws IOException {
        Path file = scenario(SCENARIO);
        Path a = folder.resolve("a");
        Path b = folder.resolve("b");
        Path c = folder.resolve("c");
        assertThat(sim("run", file, "--quiet", "-o", a)).isZero();
        assertThat(sim("run", file, "--quiet", "-o", b, "--workers", 2)).isZero();
        assertThat(sim("run", file, "--quiet", "-o", c, "--set", "topology.k=7")).isZero();

        assertThat(sim("diff", a, b)).isZero();
        assertThat(out.toString()).contains("equal: digest ");
        assertThat(sim("diff", a, c)).isEqualTo(1);
        assertThat(out.toString()).contains("the first second that differs is 0");
        assertThat(sim("report", a, c, "-o", folder.resolve("both.html"))).isZero();
        assertThat(folder.resolve("both.html"))
                .content()
                .contains("Comparison of 2 runs")
                .contains("tiny (topology.k 6), tiny (topology.k 7)")
                .contains("<td>topology.k</td><td><b><code>6</code></b></td>");
        assertThat(sim("report", b)).isZero();
        assertThat(b.resolve("report.html")).content().contains("<h1>tiny</h1>");
        RunFolder read = RunFolder.read(a);
        assertThat(read.text("name")).isEqualTo("tiny");
        assertThat(read.number("delivery")).isEqualTo(1);
        assertThat(read.gates()).hasSize(1);
        assertThat(read.gates().getFirst()).containsEntry("pass", true);
    }

    @Test
    void aFolderThatIsNoResultIsNamed() throws IOException {
        assertThat(sim("report", folder)).isEqualTo(2);
        assertThat(err.toString()).contains("no summary.json in it: no result");
        Path a = folder.resolve("a");
        assertThat(sim("run", scenario(SCENARIO), "--quiet", "-o", a)).isZero();
        Files.writeString(a.resolve("mesh.csv"), "second,honest\n1,2\n2,x\n");
        assertThat(sim("report", a)).isEqualTo(2);
        assertThat(err.toString()).contains("mesh.csv:3: `x` is no number");
        Files.writeString(a.resolve("mesh.csv"), "second,honest\n1\n");
        assertThat(sim("report", a)).isEqualTo(2);
        assertThat(err.toString()).contains("mesh.csv:2: 1 cells for 2 columns");
        Files.delete(a.resolve("mesh.csv"));
        assertThat(sim("diff", a, a)).isEqualTo(2);
        assertThat(err.toString()).contains("mesh.csv is missing");
    }

    @Test
    void aChangedKeyMustBeKnown() throws IOException {
        assertThat(sim("run", scenario(SCENARIO), "--set", "topology.peer=3")).isEqualTo(2);
        assertThat(err.toString())
                .contains("--set topology.peer: unknown key; did you mean topology.peers");
    }

    @Test
    @DisplayName(
            "S-74 (pipe only, at its first line): stopped early, a run leaves a result that says so, and exits with 130")
    void interrupted() throws Exception {
        Path run = folder.resolve("run");
        String long1 = SCENARIO.replace("run: 4s", "run: 100m").replace("rate: 4/s", "rate: 1/s");
        String file = scenario(long1).toString();
        Process process =
                SimProcess.of("run", file, "--report", "-o", run.toString())
                        .redirectErrorStream(true)
                        .start();
        try (var log = process.inputReader()) {
            String begun = log.readLine(); // the first line of progress
            SimProcess.interrupt(process);
            String rest = String.join("\n", log.lines().toList());

            assertThat(begun).contains("events/s");
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(130);
            assertThat(rest).contains("a partial result");
        }
        assertThat(RunFolder.read(run).summary()).containsEntry("complete", false);
        assertThat(run.resolve("report.html")).content().contains("Stopped early");
    }

    @Test
    void ticksAreRound() {
        assertThat(Chart.ticks(0, 10, 5)).containsExactly(0.0, 2.0, 4.0, 6.0, 8.0, 10.0);
        assertThat(Chart.logTicks(9, 60)).containsExactly(10.0, 20.0, 50.0);
        assertThat(Chart.logTicks(1, 1e5)).hasSize(6);
        assertThat(new Chart("a", "x", "y").isEmpty()).isTrue();
        assertThat(Chart.escape("<a&b>")).isEqualTo("&lt;a&amp;b&gt;");
        assertThat(RunFolder.json(Map.of("a", List.of(1.5, Double.NaN, "x\"y"))))
                .isEqualTo("{\"a\": [1.5, null, \"x\\\"y\"]}");
    }
}
