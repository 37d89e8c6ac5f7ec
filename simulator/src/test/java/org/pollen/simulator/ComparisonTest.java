package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What sweeps compare.
class ComparisonTest {
    private static final String HEAD =
            """
            schema: 1
            name: compared
            time: {warmup: 5s, run: 3s, cooldown: 2s}
            topology: {peers: 50, k: 8, regions: interop8}
            workload: {rate: 4/s, size: 256B, publishers: 10}
            protocol: {params: {Dlo: 4, Dscore: 4, Dout: 1, Dhi: 10}}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    private Path file(String compare) throws IOException {
        String text = HEAD + "compare: {" + compare + "}\n";
        return Files.writeString(folder.resolve("a.yaml"), text);
    }

    private List<String> points(String compare, String over) throws IOException {
        Path into = folder.resolve("sweep" + compare.length());
        Object[] sweep = {
            "sweep", file(compare), "--over", over, "--seeds", 10, "--quiet", "-o", into
        };
        assertThat(sim(sweep)).as(err.toString()).isZero();
        return Files.readAllLines(into.resolve("points.csv"));
    }

    @Test
    void theBaselineMayBeAnyPoint() throws IOException {
        List<String> points =
                points(
                        "baseline: Dhi=14, metrics: [mesh, \"bytesPerDelivery(t >= 5s, t <= 9s)\"], test: paired, alpha: 0.04",
                        "protocol.params.Dhi=8,14");

        assertThat(points).hasSize(5);
        // The least p of ten pairs is 1/512: fuller meshes, and more copies, under each seed.
        assertThat(points.get(1))
                .startsWith("8,mesh,10,")
                .endsWith(",-1.000,1.000,0.001953,true,,");
        assertThat(points.get(2)).startsWith("14,mesh,10,").endsWith(",,,,,,,");
        assertThat(points.get(3))
                .startsWith("8,gate bytesPerDelivery(t>=5s t<=9s),10,")
                .endsWith(",-1.000,1.000,0.001953,true,,");
    }

    @Test
    void alphaSaysWhenADifferenceCounts() throws IOException {
        List<String> points = points("metrics: [mesh], alpha: 0.001", "protocol.params.Dhi=8,14");

        assertThat(points.get(2))
                .startsWith("14,mesh,10,")
                .endsWith(",1.000,1.000,0.001953,false,,");
    }

    /// Who is asked for meshes is a point of its own, and the same run.
    @Test
    void equalPointsAreSaidToBeSoWithinAMargin() throws IOException {
        List<String> points =
                points(
                        "metrics: [mesh, bytes], equivalence: 0.03, test: unpaired",
                        "protocol.params.Dhi=10,11,20");

        assertThat(points.getFirst()).endsWith(",delta,ks,p,differs,pEqual,equal");
        assertThat(points.get(3)).startsWith("20,mesh,10,").contains(",true,").endsWith(",false");
        List<String> same =
                points("metrics: [p99], equivalence: 0.03, alpha: 0.04", "measure.meshes=5,6");
        assertThat(same.get(2)).endsWith(",0.0000,0.000,0.000,1.000000,false,0.000977,true");
    }

    @Test
    void fewSeedsHaveNoPValuesAndAreWarnedOf() throws IOException {
        Path file = file("metrics: [mesh], equivalence: 0.05");
        Path into = folder.resolve("few");
        Object[] sweep = {"sweep", file, "--over", "topology.k=6,8", "--seeds", 4, "-o", into};

        assertThat(sim(sweep)).isZero();

        assertThat(err.toString())
                .contains("warning: 4 seeds at each point: medians of fewer than 5 say little");
        assertThat(Files.readAllLines(into.resolve("points.csv")).get(2))
                .startsWith("8,mesh,4,")
                .endsWith(",,,,");
        err.getBuffer().setLength(0);
        sweep[5] = 5;
        sweep[7] = folder.resolve("enough");
        assertThat(sim(sweep)).isZero();
        assertThat(err.toString()).doesNotContain("warning");
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nothingIsSaidOfPointsWithoutDeliveries() throws IOException {
        List<String> points = points("metrics: [hops, p99, bytes]", "workload.validity=0,0.5,1");

        assertThat(points.get(1)).isEqualTo("0,gate hops,10,NaN,NaN,NaN,,,,,,,");
        assertThat(points.get(2)).startsWith("0.5,gate hops,10,").endsWith(",NaN,,,,,,");
        assertThat(points.get(6)).startsWith("1,p99,10,").endsWith(",NaN,,,,,,");
        assertThat(points.get(9)).startsWith("1,bytes,10,").contains(",0.003906,true");
        Path front =
                folder.resolve("sweep" + "metrics: [hops, p99, bytes]".length())
                        .resolve("pareto.csv");
        List<String> lines = Files.readAllLines(front);
        assertThat(lines.get(1)).startsWith("0,NaN,").endsWith(",false");
        assertThat(lines.subList(2, 4)).anyMatch(line -> line.endsWith(",true"));
    }

    @Test
    void aShareOfNothingIsNoMargin() throws IOException {
        Path file =
                file("metrics: [mesh, \"meshShare(sybil, t >= 3s, t <= 4s)\"], equivalence: 0.05");
        Files.writeString(
                file, Files.readString(file) + "attack: {sybils: 20, degree: 5, at: 6s}\n");
        Path into = folder.resolve("margin");
        Object[] sweep = {
            "sweep", file, "--over", "measure.meshes=5,6", "--seeds", 10, "--quiet", "-o", into
        };

        assertThat(sim(sweep)).as(err.toString()).isZero();

        assertThat(err.toString())
                .contains("the baseline's median of gate meshShare(sybil t>=3s t<=4s) is 0")
                .hasLineCount(1);
        List<String> points = Files.readAllLines(into.resolve("points.csv"));
        assertThat(points.get(2)).startsWith("6,mesh,10,").endsWith(",0.000977,true");
        assertThat(points.get(4)).startsWith("6,gate meshShare").endsWith(",1.000000,false,,");
    }

    @Test
    void theFrontIsOfWhatNoPointBeats() throws IOException {
        Path file = file("metrics: [p99, bytesPerDelivery, \"meshShare(sybil)\"]");
        Files.writeString(
                file, Files.readString(file) + "attack: {sybils: 20, degree: 5, at: 2s}\n");
        Path into = folder.resolve("front");
        Object[] sweep = {
            "sweep",
            file,
            "--over",
            "protocol.params.Dhi=10,16",
            "--seeds",
            2,
            "--quiet",
            "-o",
            into
        };

        assertThat(sim(sweep)).as(err.toString()).isZero();

        List<String> lines = Files.readAllLines(into.resolve("pareto.csv"));
        assertThat(lines.getFirst())
                .isEqualTo(
                        "protocol.params.Dhi,p99,gate bytesPerDelivery,gate meshShare(sybil),front");
        assertThat(lines).hasSize(3).anyMatch(line -> line.endsWith(",true"));
    }

    @Test
    void aBaselineThatIsNoPointIsSaidBeforeAnythingRuns() throws IOException {
        Path into = folder.resolve("sweep");
        Path file = file("baseline: k=9");

        assertThat(sim("sweep", file, "--over", "topology.k=5,6", "--seeds", 1, "-o", into))
                .isEqualTo(2);

        assertThat(err.toString())
                .contains("a.yaml:7:21: compare.baseline: no point of the sweep has {k=9}")
                .hasLineCount(1);
        assertThat(into).doesNotExist();
    }

    @ParameterizedTest
    @DisplayName("S-73: comparisons that cannot be are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    baseline: first      | a.yaml:7:21: compare.baseline is `first`: it must be values of axes
                    metrics: [p98]       | a.yaml:7:20: compare.metrics: p98; did you mean p95?
                    metrics: ["meshShare(sybil)"] | a.yaml:7:20: compare.metrics: meshShare(sybil) without attack.sybils: impossible
                    metrics: ["delivery(blocks)"] | a.yaml:7:20: compare.metrics: delivery(blocks); known: t
                    metrics: ["p99(attack)"] | a.yaml:7:20: compare.metrics: p99(attack) without attack.sybils or events: impossible
                    test: welch          | a.yaml:7:17: compare.test is `welch`: it must be paired
                    equivalence: 0       | a.yaml:7:24: compare.equivalence is `0`: it must be above 0 and up to 1
                    equivalence: 2       | a.yaml:7:24: compare.equivalence is `2`: it must be in 0..1
                    equivalence: 5ms     | a.yaml:7:24: compare.equivalence is `5ms`
                    alpha: 2             | a.yaml:7:18: compare.alpha is `2`: it must be in 0..1
                    alfa: 0.1            | a.yaml:7:11: unknown key compare.alfa; did you mean compare.alpha?
                    """)
    void wrong(String compare, String told) throws IOException {
        assertThat(sim("validate", file(compare))).isEqualTo(2);
        assertThat(err.toString()).contains(told).hasLineCount(1);
    }
}
