package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What people and disks do to a run: one clear error each, and nothing left behind as if whole.
class BadInputTest {
    private static final String GOOD =
            """
            schema: 1
            name: small
            time: {warmup: 4s, run: 3s, cooldown: 2s}
            topology: {peers: 30, k: 6, regions: interop8}
            workload: {rate: 4/s, size: 1KiB, publishers: 10}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("a.yaml"), text);
    }

    @ParameterizedTest
    @DisplayName("S-73: combinations that no run can have are refused, each with its place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    k: 6        | k: 30                        | a.yaml:4:26: topology.k: 30 others of 30 peers: impossible
                    k: 6        | k: 6, edges: x.csv           | a.yaml:4:36: topology.edges: a file of edges with topology.model `dial`
                    k: 6        | k: 6, model: edges           | topology.k: dials and a file of edges: impossible
                    k: 6        | k: 6, nat: 1                 | nobody can be dialled: impossible
                    schema: 1   | 'schema: 1\nnetwork: {mode: fair}' | uplinks shared without network.bandwidth
                    schema: 1   | 'schema: 1\nnetwork: {mode: x, bandwidth: interop}' | one of fifo, fair, tcplite
                    name: small | 'churn: {up: 3s}'            | name is missing
                    schema: 1   | 'schema: 1\nchurn: {up: 3s}'   | times of churn without churn.share
                    schema: 1   | 'schema: 1\nprotocol: {params: {D: 3, Dlo: 6}}' | protocol.params: meshLow is 6
                    schema: 1   | 'schema: 1\nprotocol: {params: {floodPublish: 1}}' | must be true or false
                    schema: 1   | 'schema: 1\nprotocol: {D: 3}'  | unknown key protocol.D
                    schema: 1   | 'schema: 1\nsweep: {topology.kk: [1]}' | a.yaml:2:9: sweep over topology.kk; did you mean topology.k?
                    schema: 1   | 'schema: 1\nsweep: {topology.k: []}' | sweep must be keys with lists
                    schema: 1   | 'schema: 1\nsweep: {topology.k: {from: 5, to: 1, steps: 3}}' | sweep must be keys
                    schema: 1   | 'schema: 1\nsweep: [1]'        | sweep must be keys with lists
                    schema: 1   | 'schema: 1\nseeds: []'         | seeds must be list of whole numbers
                    schema: 1   | 'schema: 1\nseeds: [1.2, 1.8]' | a.yaml:2:9: seeds must be list of whole numbers
                    schema: 1   | 'schema: 1\nseeds: [1, 2, 1]' | a.yaml:2:15: seeds: 1 is there twice
                    schema: 1   | 'schema: 1\nseeds: {count: 2.5}' | seeds must be list of whole numbers
                    schema: 1   | 'schema: 1\nsweep: {topology.k: {from: 1, to: 5, steps: 2.5}}' | sweep must be keys
                    schema: 1   | 'schema: 1\nnetwork: {loss: 1}' | a.yaml:2:17: network.loss is `1`: it must be in [0, 1)
                    k: 6        | k: 0                         | a.yaml:4:26: topology.k is `0`: it must be positive
                    publishers: 10 | publishers: 31            | workload.publishers is `31`: it must be between 1 and topology.peers (30)
                    schema: 1   | 'schema: 1\nseeds: [a]'        | a.yaml:2:9: `a` is no number
                    schema: 1   | 'schema: 1\nchurn: {share: 0.1}\nscoring: {profile: light}' | a.yaml:2:16: churn.share: the profile light has no routers: leave it out, or
                    schema: 1   | 'schema: 1\nscoring: {profile: light}\nchurn: {up: 3s, share: 0.1}' | a.yaml:3:13: churn.up: the profile light
                    k: 6, regions: interop8} | 'k: 6, nat: 0.1}\nscoring: {profile: light}' | topology.nat: the profile light
                    k: 6, regions: interop8} | 'k: 6, connections: 9}\nscoring: {profile: light}' | topology.connections: the profile light
                    schema: 1   | 'schema: 1\nnetwork: {cpu: true}\nscoring: {profile: light}' | a.yaml:2:16: network.cpu: the profile light
                    publishers: 10} | 'publishers: 10, validity: 0.8}\nscoring: {profile: light}' | a.yaml:5:61: workload.validity: the profile light
                    publishers: 10} | 'publishers: 10}\nscoring: {profile: light}\ncompare: {metrics: [meshMean]}' | a.yaml:7:20: compare.metrics: meshMean: the profile light has no meshes
                    rate: 4/s   | rate: 2000000/s                | a.yaml:5:18: workload.rate is `2000000/s`: it must be messages a second, as 12/s (2000000/s: at most 1000000/s)
                    rate: 4/s   | rate: Infinity/s               | workload.rate is `Infinity/s`
                    run: 3s     | run: 20000000s                 | a.yaml:3:25: time.run is `20000000s`: it must be duration with messages (60s) (20000000s: at most 10000000s)
                    'run: 3s, cooldown: 2s}\ntopology: {peers: 30, k: 6, regions: interop8}\nworkload: {rate: 4/s' | 'run: 100s, cooldown: 2s}\ntopology: {peers: 30, k: 6, regions: interop8}\nworkload: {rate: 900000/s' | a.yaml:5:18: workload.rate: more than 50 million messages in a run: impossible
                    interop8    | const(11s)                     | const of 11000000000 ns: it must be more than 0, up to 10 s
                    schema: 1   | 'schema: 1\nprotocol: {crypto: real}\nscoring: {profile: light}' | protocol.crypto: the profile light
                    schema: 1   | 'schema: 1\nprotocol: {params: {D: 7}}\nscoring: {profile: light}' | protocol.params.D: the profile light
                    """)
    void impossible(String from, String to, String message) throws IOException {
        Path bad = file(GOOD.replace(from.replace("\\n", "\n"), to.replace("\\n", "\n")));

        assertThat(sim("run", bad)).isEqualTo(2);
        assertThat(err.toString()).contains(message);
        assertThat(err.toString().lines()).hasSize(1);
    }

    @Test
    void theProfileLightRunsWithWhatItTakesHeedOf() throws IOException {
        String light = GOOD + "scoring: {profile: light}\nprotocol: {crypto: none}\n";
        String whole = GOOD.replace("rate", "share: 1.0, validity: 1, rate");

        assertThat(sim("run", file(light), "--quiet", "--set", "topology.nat=0")).isZero();
        assertThat(sim("validate", file(whole + "scoring: {profile: light}\n"))).isZero();
        assertThat(sim("run", file(light), "--set", "topology.nat=0.5")).isEqualTo(2);
        assertThat(err.toString()).contains("--set topology.nat: topology.nat: the profile light");
    }

    @ParameterizedTest
    @CsvSource({
        "--set=topology.peers=5, --set: with a scenario's file",
        "--trace=pb, --trace and --record need -o",
        "--trace=xml, '--trace xml: one of pb, ndjson, interop'",
        "--trace-rpcs, --trace-rpcs: what goes into a trace: with --trace",
        "--record, --trace and --record need -o",
        "--parquet, --parquet: needs -o or --report",
        "--no-fastpath, --no-fastpath: with a scenario's file",
        "--seeds=0, --seeds 0: at least 1",
        "--seeds=-1, --seeds -1: at least 1"
    })
    void optionsWithoutEffectOnAnAttackAreRefused(String option, String message) {
        assertThat(sim("run", "K-01", option)).isEqualTo(2);
        assertThat(err.toString()).contains(message).hasLineCount(1);
    }

    @Test
    void optionsOfAttacksAreRefusedForAScenario() throws IOException {
        assertThat(sim("run", file(GOOD), "--full", "--seeds", 3)).isEqualTo(2);
        assertThat(err.toString()).contains("--full, --seeds: with an attack's name, not a");
        assertThat(sim("run", file(GOOD), "--seeds", 0)).isEqualTo(2);
    }

    @Test
    void aCurveNeedsAThousandPeers() {
        Path into = folder.resolve("curve");

        assertThat(sim("bench", "--curve", into, "--peers", 500)).isEqualTo(2);
        assertThat(err.toString()).contains("--curve: --peers 500: at least 1000").hasLineCount(1);
        assertThat(into).doesNotExist();
        var point = new CostCurve.Point("rate", 500, 20, 4, 1000, 2, 1 << 20, 1, "0");
        assertThat(CostCurve.svg(List.of(point))).containsOnlyOnce("by messages a second");
    }

    @Test
    void aSweepOfAnotherScenario() throws IOException {
        Path into = folder.resolve("sweep");
        Object[] sweep = {
            "sweep", file(GOOD), "--over", "topology.k=5,6", "--seeds", 1, "--quiet", "-o", into
        };
        assertThat(sim(sweep)).isZero();
        String lines = Files.readString(into.resolve("sweep.csv"));

        file(GOOD.replace("k: 6", "k: 9") + "# the same but for the axis\n");
        assertThat(sim(sweep)).isZero();
        assertThat(out.toString()).contains("2 of 2 runs are there already");
        file(GOOD.replace("1KiB", "2KiB"));
        assertThat(sim(sweep)).isEqualTo(2);
        assertThat(err.toString().lines().filter(line -> !line.startsWith("warning: 1 seed")))
                .singleElement()
                .asString()
                .contains("sweep.csv: it is of another scenario");
        file(GOOD);
        Files.delete(into.resolve("sweep.scenario"));
        assertThat(sim(sweep)).isEqualTo(2);
        assertThat(into.resolve("sweep.csv")).content().isEqualTo(lines);
    }

    @Test
    void aSweepOfAnotherFileOfEdges() throws IOException {
        Path into = folder.resolve("sweep");
        Path edges = Files.writeString(folder.resolve("e.csv"), "0,1\n1,2\n2,3\n");
        String topology = "{peers: 30, model: edges, edges: e.csv}";
        Path file = file(GOOD.replace("{peers: 30, k: 6, regions: interop8}", topology));
        Object[] sweep = {"sweep", file, "--over", "network.loss=0", "--seeds", 1, "-o", into};
        assertThat(sim(sweep)).isZero();

        Files.writeString(edges, "0,1\n1,2\n2,4\n");

        assertThat(sim(sweep)).isEqualTo(2);
        assertThat(err.toString()).contains("it is of another scenario");
    }

    @Test
    void aSweepOfNoSeedsIsRefused() throws IOException {
        for (int seeds : new int[] {0, -3}) {
            assertThat(
                            sim(
                                    "sweep",
                                    file(GOOD),
                                    "--over",
                                    "topology.k=5",
                                    "--seeds",
                                    seeds,
                                    "-o",
                                    folder.resolve("sweep")))
                    .isEqualTo(2);
            assertThat(err.toString()).contains("--seeds %d: at least 1".formatted(seeds));
        }
        assertThat(folder.resolve("sweep")).doesNotExist();
    }

    @Test
    void whatIsTooLargeIsRefusedWithTheNumberBeforeItStarts() throws IOException {
        Path large = file(GOOD.replace("peers: 30", "peers: 8000000"));

        assertThat(sim("run", large, "-o", folder.resolve("x"))).isEqualTo(3);
        assertThat(err.toString()).containsPattern("small: it needs about \\d+\\.\\d GiB");
        assertThat(folder.resolve("x")).doesNotExist();
        assertThat(sim("sweep", large, "--over", "topology.k=5,6", "-o", folder.resolve("x")))
                .isEqualTo(3);
    }

    @Test
    @DisplayName("S-08: a record gives the digest and the events without executing anything")
    void record() throws IOException {
        Path run = folder.resolve("run");
        assertThat(sim("run", file(GOOD), "--quiet", "--record", "-o", run)).isZero();
        // What would be needed to run it again is gone.
        Files.delete(run.resolve("scenario.yaml"));

        assertThat(sim("replay", run, "--peer", 3, "--from", 4, "--to", 6)).isZero();

        assertThat(out.toString())
                .contains("same run: digest")
                .contains("  heartbeat from 3")
                .containsPattern("rpc       from \\d+: message \\d+")
                .containsPattern("rpc       from \\d+: control of \\d+ bytes");
        assertThat(run.resolve("events.bin.part")).doesNotExist();
        assertThat(sim("run", file(GOOD), "--record")).isEqualTo(2);
        assertThat(err.toString()).contains("--trace and --record need -o");
    }

    @Test
    void aTruncatedOrDamagedRecordIsAnErrorOnReplay() throws IOException {
        Path run = folder.resolve("run");
        assertThat(sim("run", file(GOOD), "--quiet", "--record", "-o", run)).isZero();
        Path record = run.resolve("events.bin");
        byte[] whole = Files.readAllBytes(record);

        for (int length : new int[] {whole.length - 1, whole.length - 40, whole.length / 2, 9, 3}) {
            Files.write(record, Arrays.copyOf(whole, length));
            assertThat(sim("replay", run)).isEqualTo(2);
            assertThat(err.toString()).contains("events.bin: cut off after");
            err.getBuffer().setLength(0);
        }
        Files.write(record, Arrays.copyOf(whole, whole.length + 8));
        assertThat(sim("replay", run)).isEqualTo(2);
        byte[] short1 = Arrays.copyOf(whole, whole.length - 40);
        System.arraycopy(whole, whole.length - 40, short1, short1.length - 40, 40);
        Files.write(record, short1);
        assertThat(sim("replay", run)).isEqualTo(2);
        assertThat(err.toString()).contains("damaged: ");
        Files.write(record, new byte[100]);
        assertThat(sim("replay", run)).isEqualTo(2);
        assertThat(err.toString()).contains("it is no record of a run");
        whole[50] ^= 1;
        Files.write(record, whole);
        assertThat(sim("replay", run)).isEqualTo(4);
    }

    @Test
    void aRunThatFailsLeavesNoOlderResultBehindAsItsOwn() throws IOException {
        Path run = folder.resolve("run");
        assertThat(sim("run", file(GOOD), "--quiet", "--report", "-o", run)).isZero();
        // A folder in the way of a table cannot be replaced.
        Files.delete(run.resolve("mesh.csv"));
        Files.createDirectories(run.resolve("mesh.csv/full"));

        assertThat(sim("run", file(GOOD), "--quiet", "-o", run)).isEqualTo(3);

        assertThat(err.toString()).startsWith("cannot write mesh.csv: ").hasLineCount(1);
        assertThat(run.resolve("summary.json")).doesNotExist();
        assertThat(run.resolve("report.html")).doesNotExist();
        assertThat(parts(run)).isEmpty();
        assertThat(sim("report", run)).isEqualTo(2);
        assertThat(err.toString()).contains("no summary.json in it: no result");
    }

    /// A limit on the length of files does to a process what a full disk does: a write fails. It is
    /// 2 or 4 KiB, as the shell counts; the table of 600 messages is several times that.
    @ParameterizedTest
    @DisabledOnOs(OS.WINDOWS)
    @CsvSource({"''", "--record", "--trace=pb", "--trace=interop"})
    void aFullDiskIsOneErrorAndLeavesNothingAsIfWhole(String log) throws Exception {
        Path run = folder.resolve("run");
        var command =
                new ArrayList<String>(
                        List.of(
                                "sh",
                                "-c",
                                "ulimit -f 4 && exec \"$@\"",
                                "sh",
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:-UsePerfData",
                                "-cp",
                                System.getProperty("java.class.path"),
                                TestMain.class.getName(),
                                "run",
                                file(GOOD.replace("rate: 4/s", "rate: 200/s")).toString(),
                                "--quiet",
                                "-o",
                                run.toString()));
        if (!log.isEmpty()) command.add(log);
        Path errors = folder.resolve("errors");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.to(errors.toFile()))
                        .start();

        assertThat(process.waitFor()).isEqualTo(3);

        assertThat(errors).content().contains("cannot write ").doesNotContain("\tat ");
        assertThat(run.resolve("summary.json")).doesNotExist();
        assertThat(run.resolve("events.bin")).doesNotExist();
        assertThat(run.resolve("trace.pb")).doesNotExist();
        assertThat(run.resolve("hosts")).doesNotExist();
        assertThat(parts(run)).isEmpty();
        assertThat(sim("report", run)).isEqualTo(2);
    }

    private static List<Path> parts(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) return List.of();
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".part")).toList();
        }
    }

    /// The command in a process of its own.
    static final class TestMain {
        private TestMain() {}

        public static void main(String[] args) {
            var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
            System.exit(new SimTool().run(out, err, args));
        }
    }
}
