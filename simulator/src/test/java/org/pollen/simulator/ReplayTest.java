package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Runs that are shown again up to where a condition holds.
class ReplayTest {
    private static final String SCENARIO =
            """
            schema: 1
            name: tiny
            seed: 5
            time: {warmup: 8s, run: 4s, cooldown: 3s}
            topology: {peers: 40, k: 6, regions: interop8}
            workload: {rate: 4/s, size: 1KiB, publishers: 5}
            attack: {sybils: 20, degree: 10, at: 9s, from: 9s}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path run = Path.of("");

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    @BeforeEach
    void run() throws IOException {
        Path file = Files.writeString(folder.resolve("tiny.yaml"), SCENARIO);
        run = folder.resolve("run");
        assertThat(sim("run", file, "--quiet", "--record", "-o", run)).isZero();
        out.getBuffer().setLength(0);
    }

    @Test
    void itStopsAtTheEventAfterWhichTheConditionHoldsAndShowsThePeer() {
        assertThat(sim("replay", run, "--break", "mesh(17).sybil>1", "--peer", 17)).isZero();

        assertThat(out.toString())
                .containsPattern(
                        "break at 9\\.\\d{6} s: mesh\\(17\\)\\.sybil>1: it is 2, after rpc from [45]\\d")
                .containsPattern("peer 17 has \\d+ links; members of its mesh")
                .containsPattern("attackers: [45]\\d \\(-?[0-9.]+\\)  [45]\\d \\(")
                .endsWith("same run so far\n");
        // The last event that is shown is the one that made it so.
        List<String> lines = out.toString().lines().toList();
        String at = lines.get(lines.size() - 5).replaceAll("break at ([0-9.]+) s.*", "$1");
        assertThat(lines.get(lines.size() - 6).strip()).startsWith(at + "  rpc ");
    }

    /// The scenario is run again from the folder of its result, where nothing else is.
    @Test
    void filesThatAScenarioNamesAreThereToBeReadAgain() throws IOException {
        Files.writeString(folder.resolve("l.csv"), "from,to,oneWayMs\nnorth,north,5\n");
        String text = SCENARIO.replace("regions: interop8", "latencies: l.csv");
        Path file = Files.writeString(folder.resolve("named.yaml"), text);
        Path named = folder.resolve("named");
        assertThat(sim("run", file, "--quiet", "-o", named)).isZero();
        Files.delete(folder.resolve("l.csv"));

        assertThat(sim("replay", named)).as(err.toString()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    mesh(3).honest >= 6    | 0  | mesh\\(3\\).honest >= 6: it is \\d
                    mesh(3).size == 0      | 0  | break at 0\\.
                    links(0) > 6           | 10 | break at 10\\.
                    score(1,2) > -1        | 12 | break at 12\\.
                    """)
    void figuresOfAPeerAreComparedFromAnInstantOn(String condition, String from, String expected) {
        assertThat(sim("replay", run, "--break", condition, "--from", from)).isZero();

        assertThat(out.toString()).containsPattern(expected);
    }

    @Test
    void aConditionThatNeverHoldsIsSaid() {
        assertThat(sim("replay", run, "--break", "links(0) > 1000")).isEqualTo(1);

        assertThat(out.toString()).contains("never: links(0) > 1000", "same run: digest");
    }

    @Test
    void anotherRunIsNoticedUpToThere() throws IOException {
        Path digests = run.resolve("digest.csv");
        String changed = Files.readString(digests).replaceFirst("\n5,....", "\n5,0000");
        Files.writeString(digests, changed);

        assertThat(sim("replay", run, "--break", "links(0) > 1", "--from", 4)).isZero();
        assertThat(sim("replay", run, "--break", "links(0) > 1", "--from", 7)).isEqualTo(4);
        assertThat(out.toString()).endsWith("another run: it has changed\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    mesh(17)        | it must be like `mesh(17).sybil > 6`
                    mesh(17).sybil> | it must be like
                    mesh(a).size>1  | it must be like
                    score(1) > 0    | it must be like
                    links(1) >> 2   | it must be like
                    mesh(40).size>1 | peer 40: one of the 40 honest peers, from 0 on
                    score(1,60) > 0 | peer 60: below 60
                    """)
    void conditionsThatAreNoneAreRefused(String condition, String message) {
        assertThat(sim("replay", run, "--break", condition)).isEqualTo(2);

        assertThat(err.toString())
                .contains("--break `" + condition + "`: ", message)
                .hasLineCount(1);
    }

    @Test
    void aPeerWithoutARouterHasNoMesh() throws IOException {
        String light = SCENARIO.replaceAll("attack: .*\n", "") + "scoring: {profile: light}\n";
        Path file = Files.writeString(folder.resolve("light.yaml"), light);
        assertThat(sim("run", file, "--quiet", "-o", folder.resolve("light"))).isZero();

        assertThat(sim("replay", folder.resolve("light"), "--break", "links(0) > 1")).isEqualTo(2);
        assertThat(err.toString()).contains("the profile light has no routers");
    }

    @Test
    void aRunOfAnEntryIsRunAgainWithoutAScenario() {
        assertThat(sim("run", "K-42", "--quiet", "--report", "-o", folder)).isZero();
        Path second = folder.resolve("K-42").resolve("blossom-composite");
        String digest = RunFolder.read(second).text("digest");

        assertThat(sim("replay", second)).isZero();
        assertThat(out.toString()).contains("same run: digest " + digest);
        assertThat(sim("replay", second, "--break", "mesh(5).size >= 4")).isZero();
        assertThat(out.toString())
                .contains("mesh(5).size >= 4: it is 8, after heartbeat from 5", "same run so far");
    }

    @Test
    void theFullFormOfAnEntryIsFoundByTheIdOfItsResult() {
        assertThat(Attacks.ofResult("K-02 full").id()).isEqualTo("K-02 full");
        assertThat(Attacks.ofResult("K-02").id()).isEqualTo("K-02");
    }
}
