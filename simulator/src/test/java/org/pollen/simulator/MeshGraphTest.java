package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Meshes as one graph, of networks whose meshes are known.
class MeshGraphTest {
    private static final String SCENARIO =
            """
            schema: 1
            name: graph
            time: {warmup: 4s, run: 2s, cooldown: 2s}
            topology: {peers: 7, model: edges, edges: links.csv, regions: const(50ms)}
            measure: {graphEvery: 2s}
            """;

    @TempDir Path folder = Path.of("");

    private RunFolder run(String scenario) throws IOException {
        // A triangle, a pair, and two that know nobody.
        Files.write(folder.resolve("links.csv"), List.of("0,1", "1,2", "2,0", "4,3"));
        Path file = Files.writeString(folder.resolve("graph.yaml"), scenario);
        Path into = folder.resolve("run");
        var out = new PrintWriter(new StringWriter(), true);
        String[] args = {"run", file.toString(), "--quiet", "--report", "-o", into.toString()};
        assertThat(new SimTool().run(out, out, args)).isIn(0, 1);
        return RunFolder.read(into);
    }

    @Test
    void partsThatNoMeshLinksAreCounted() throws IOException {
        RunFolder run = run(SCENARIO);

        Table graph = run.table("graph");
        assertThat(graph.column("second")).containsExactly(2, 4, 6, 8);
        assertThat(graph.column("peers")).containsOnly(7);
        assertThat(graph.column("components")).containsOnly(4);
        assertThat(graph.column("giant")[3]).isEqualTo(0.428571); // 3 of 7
        assertThat(graph.column("degree")[3]).isEqualTo(1.142857); // 8 of 7
        assertThat(graph.column("degree_least")).containsOnly(0);
        assertThat(graph.column("degree_p50")).containsOnly(1);
        assertThat(graph.column("degree_most")).containsOnly(2);
        assertThat(graph.column("attackers")).containsOnly(0);
        assertThat(graph.column("outbound")).as("each link has one who dialled").containsOnly(0.5);
        double[] ages = graph.column("age");
        assertThat(ages[0]).isBetween(0.5, 2.0);
        assertThat(ages[3]).as("6 s later").isBetween(ages[0] + 5.5, ages[0] + 6.5);
        double[] changes = graph.column("changes");
        assertThat(changes[0]).as("a GRAFT of either side for each link").isBetween(17.0, 35.0);
        assertThat(Arrays.copyOfRange(changes, 1, 4)).containsOnly(0);
        assertThat(run.number("giantLeast")).isEqualTo(0.428571);
    }

    @Test
    void theNeighbourhoodHasEachLinkOnce() throws IOException {
        RunFolder run = run(SCENARIO);

        Table links = run.table("neighbourhood");
        assertThat(links.column("mutual")).containsOnly(1);
        double[] peers = links.column("peer");
        double[] members = links.column("member");
        var pairs = new java.util.ArrayList<String>();
        for (int i = 0; i < peers.length; i++) pairs.add((int) peers[i] + "-" + (int) members[i]);
        assertThat(pairs).containsExactlyInAnyOrder("0-1", "0-2", "1-2", "3-4");
        String html = Files.readString(folder.resolve("run").resolve("report.html"));
        assertThat(html)
                .contains("Graph of a part of the mesh: 5 honest peers, 0 attackers, 4 links");
        var picture = new MeshPicture(links);
        assertThat(picture.svg()).isEqualTo(new MeshPicture(links).svg()).doesNotContain("NaN");
        assertThat(new MeshPicture(new Table("none")).isEmpty()).isTrue();
    }

    @Test
    void whoIsAwayIsNotCutOff() throws IOException {
        String away = "events: [{at: 5s, do: kill, share: 0.5}]\n";

        Table graph = run(SCENARIO + away).table("graph");

        assertThat(graph.column("peers")[1]).isEqualTo(7);
        assertThat(graph.column("peers")[3]).isBetween(1.0, 6.0);
        assertThat(graph.column("giant")[3] * graph.column("peers")[3]).isLessThanOrEqualTo(3);
    }

    @Test
    void membersOfMeshesOfMasksHaveAges() throws IOException {
        String masks =
                """
                protocol: {variant: blossom-2.1}
                workload: {rate: 4/s, size: 64B, mask: random(3 of 256)}
                """;

        double[] ages = run(SCENARIO + masks).table("graph").column("age");

        assertThat(ages[0]).isBetween(0.5, 2.0);
        assertThat(ages[3]).as("6 s later").isBetween(ages[0] + 5.5, ages[0] + 6.5);
    }

    @Test
    void peersThatLeaveEndNoStays() throws IOException {
        String left =
                """
                scoring: {profile: plain}
                attack: {sybils: 10, degree: 5, at: 1s}
                events: [{at: 5s, do: leave, share: 1}]
                """;
        String dense =
                SCENARIO.replace("peers: 7, model: edges, edges: links.csv", "peers: 12, k: 4");

        RunFolder run = run(dense + left);

        Table stays = run.table("survival");
        assertThat(stays.column("at_risk")[0]).isPositive();
        assertThat(stays.column("share")[stays.size() - 1]).isPositive();
        assertThat(stays.column("seconds")[stays.size() - 1]).isLessThan(5);
    }

    @Test
    void attackersThatBreakBackoffsAreGraylisted() throws IOException {
        String attack =
                """
                scoring: {profile: H1, overrides: {behaviourPenaltyThreshold: 0, graylistThreshold: -300}}
                attack: {sybils: 40, degree: 5, at: 1s, from: 1s, regraft: 100ms}
                workload: {rate: 10/s, size: 100B}
                """;
        String dense =
                SCENARIO.replace("peers: 7, model: edges, edges: links.csv", "peers: 12, k: 8")
                        .replace("run: 2s", "run: 40s");

        RunFolder run = run(dense + attack);

        Table times = run.table("graylisting");
        assertThat(times.column("share")[0]).isEqualTo(1);
        assertThat(times.column("share")[times.size() - 1]).isLessThan(1);
        double[] listed = run.table("scores").column("attackers_graylisted");
        assertThat(Arrays.stream(listed).filter(Double::isFinite).max().orElse(0)).isPositive();
        double[] above = run.table("scores").column("attackers_above_zero");
        double[] below = run.table("scores").column("attackers_below_zero");
        for (int i = 0; i < above.length; i++) {
            if (Double.isFinite(above[i])) assertThat(above[i] + below[i]).isBetween(0.0, 1.000001);
        }
        Table scores = run.table("scores");
        double[] low = scores.column("attackers_p05");
        double[] middle = scores.column("attackers_p50");
        int last = scores.size() - 1;
        assertThat(low[last]).isBetween(scores.column("attackers_least")[last], middle[last]);
        assertThat(run.number("falsePositivesMost")).isZero();
        assertThat(run.number("falseNegativesLast")).isEqualTo(above[last]);
    }
}
