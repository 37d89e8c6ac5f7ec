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
            "sweep", file(compare), "--over", over, "--seeds", 6, "--quiet", "-o", into
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
        // The least p of six pairs is 1/32: fuller meshes, and more copies, under each seed.
        assertThat(points.get(1)).startsWith("8,mesh,6,").endsWith(",-1.000,0.031250,true");
        assertThat(points.get(2)).startsWith("14,mesh,6,").endsWith(",,,,");
        assertThat(points.get(3))
                .startsWith("8,gate bytesPerDelivery(t>=5s t<=9s),6,")
                .endsWith(",-1.000,0.031250,true");
    }

    @Test
    void alphaSaysWhenADifferenceCounts() throws IOException {
        List<String> points = points("metrics: [mesh], alpha: 0.03", "protocol.params.Dhi=8,14");

        assertThat(points.get(2)).startsWith("14,mesh,6,").endsWith(",1.000,0.031250,false");
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
                    test: unpaired       | a.yaml:7:17: compare.test is `unpaired`: it must be paired
                    alpha: 2             | a.yaml:7:18: compare.alpha is `2`: it must be in 0..1
                    alfa: 0.1            | a.yaml:7:11: unknown key compare.alfa; did you mean compare.alpha?
                    """)
    void wrong(String compare, String told) throws IOException {
        assertThat(sim("validate", file(compare))).isEqualTo(2);
        assertThat(err.toString()).contains(told).hasLineCount(1);
    }
}
