package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who can reach whom: peers behind NAT, limits of connections, churn, topologies, and the commands
/// that run many networks or one again.
class NetworkTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String SCENARIO =
            """
            schema: 1
            name: tiny
            time: {warmup: 6s, run: 3s, cooldown: 3s}
            topology: {peers: 30, k: 6}
            workload: {rate: 4/s, size: 256B, publishers: 5}
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

    private static Setup.Builder setup(int peers) {
        return Setup.of(peers, Network.ideal(Latency.PL25), Profile.PLAIN)
                .links(new Links().dial(peers, 8, 0, 1))
                .end(20 * SECOND)
                .workload(peers, 4, 256, 8 * SECOND, 15 * SECOND, 1);
    }

    /// Who accepted whom: links that were made by being dialled.
    private static List<int[]> accepted(Setup.Builder setup) {
        var dials = new ArrayList<int[]>();
        Setup built =
                setup.listener(
                                (_, peer, eventClass, source, _) -> {
                                    if (eventClass == Actor.LINK_UP) {
                                        dials.add(new int[] {source, peer});
                                    }
                                })
                        .build();
        var simulation = new Simulation(built);
        SimulationResult result = simulation.run(() -> false);
        assertThat(result.delivery()).isEqualTo(1);
        var made = new ArrayList<int[]>();
        for (int[] dial : dials) {
            // The answer to a dial comes back: a pair that is linked and was dialled that way.
            if (simulation.actor(dial[1]).handleOf(dial[0]) >= 0) made.add(dial);
        }
        return made;
    }

    @Test
    @DisplayName("S-30: without punching nobody reaches a peer behind NAT; it reaches others")
    void nat() {
        Setup.Builder setup = setup(100).nat(0.3);
        Setup built = setup.build();
        long natted = 0;
        for (int i = 0; i < 100; i++) if (built.natted(i)) natted++;
        assertThat(natted).isBetween(15L, 45L);

        var simulation = new Simulation(built);
        SimulationResult result = simulation.run(() -> false);

        assertThat(result.delivery()).isEqualTo(1);
        for (int i = 0; i < 100; i++) {
            if (!built.natted(i)) continue;
            for (int remote : simulation.honestPeer(i).remotes()) {
                assertThat(built.natted(remote)).isFalse();
            }
        }
    }

    @Test
    @DisplayName("S-30: seven in ten pairs behind NAT reach each other by hole punching")
    void punching() {
        int peers = 1500;
        var links = new Links().dial(peers, 20, 0, 1);
        Setup built =
                Setup.of(peers, Network.ideal(Latency.PL25), Profile.PLAIN)
                        .links(links)
                        .nat(0.3)
                        .punch(0.7)
                        .end(2 * SECOND)
                        .build();
        var simulation = new Simulation(built);
        simulation.run(() -> false);
        int attempts = 0;
        int made = 0;
        for (int i = 0; i < links.size(); i++) {
            int from = links.dialler(i);
            int to = links.target(i);
            boolean linked = simulation.actor(from).handleOf(to) >= 0;
            if (!built.natted(to)) {
                assertThat(linked).isTrue();
            } else if (built.natted(from)) {
                attempts++;
                if (linked) made++;
            }
        }
        assertThat(attempts).isGreaterThan(2000);
        assertThat((double) made / attempts).isCloseTo(0.7, within(0.02));
    }

    @Test
    @DisplayName("no peer takes more inbound links than it may have")
    void connectionLimit() {
        Setup.Builder setup = setup(100).connectionsMax(14);

        assertThat(accepted(setup)).isNotEmpty();
        var simulation = new Simulation(setup.build());
        simulation.run(() -> false);
        for (int i = 0; i < 100; i++) {
            // Eight it may dial itself, although it is full.
            assertThat(simulation.honestPeer(i).remotes().length).isLessThanOrEqualTo(14 + 8);
        }
    }

    @Test
    @DisplayName("churn: whoever stays gets everything; two runs are equal, for any workers")
    void churn() {
        Setup.Builder setup =
                setup(100).churn(0.3, 5 * SECOND, 2 * SECOND, 4 * SECOND, 8).workers(1);
        SimulationResult one = new Simulation(setup.build()).run(() -> false);
        SimulationResult three = new Simulation(setup.workers(3).build()).run(() -> false);

        assertThat(one.delivery()).isGreaterThanOrEqualTo(0.995);
        assertThat(one.expected()).isLessThan(28L * 99);
        assertThat(three.digest()).isEqualTo(one.digest());
    }

    @Test
    void churnIsPlanned() {
        var churn = new Churn(1000, 0.5, 10 * SECOND, 5 * SECOND, 0, 1000 * SECOND);
        long up = 0;
        long toggling = 0;
        for (int p = 0; p < 1000; p++) {
            if (churn.toggles(p).length > 0) toggling++;
            if (churn.up(p, 500 * SECOND, 500 * SECOND)) up++;
        }

        assertThat(toggling / 1000.0).isCloseTo(0.5, within(0.06));
        // Half are always up, of the others two thirds.
        assertThat(up / 1000.0).isCloseTo(0.833, within(0.05));
        assertThat(Churn.NONE.isNone()).isTrue();
        assertThat(Churn.NONE.up(3, 0, 1)).isTrue();
        assertThat(Churn.NONE.toggles(3)).isEmpty();
        long[] first = churn.toggles(firstToggling(churn));
        assertThat(churn.up(firstToggling(churn), first[0] - 1, first[0])).isFalse();
    }

    private static int firstToggling(Churn churn) {
        int p = 0;
        while (churn.toggles(p).length == 0) p++;
        return p;
    }

    @Test
    void topologiesComeFromFilesToo() throws IOException {
        var edges = new StringBuilder("# a ring with chords\n");
        for (int i = 0; i < 30; i++) {
            edges.append(i).append(',').append((i + 1) % 30).append('\n');
            edges.append(i).append(", ").append((i + 7) % 30).append('\n');
        }
        Files.writeString(folder.resolve("ring.csv"), edges);
        String text = SCENARIO.replace("k: 6", "model: edges, edges: ring.csv");

        assertThat(sim("run", scenario(text), "--quiet")).isZero();
        assertThat(out.toString()).contains("\"delivery\": 1.000000");
        assertThat(sim("run", scenario(SCENARIO), "--quiet", "--set", "topology.model=regular"))
                .isZero();
        Files.writeString(folder.resolve("ring.csv"), "1,2\n3,30\n");
        assertThat(sim("run", scenario(text))).isEqualTo(2);
        assertThat(err.toString())
                .contains("ring.csv:2: `3,30`: it must be two different peers below 30");
        Files.delete(folder.resolve("ring.csv"));
        assertThat(sim("run", scenario(text))).isEqualTo(2);
        assertThat(err.toString()).contains("ring.csv: cannot be read");
        assertThat(sim("run", scenario(SCENARIO.replace("k: 6", "model: edges")))).isEqualTo(2);
        assertThat(sim("run", scenario(SCENARIO.replace("k: 6", "model: star")))).isEqualTo(2);
        assertThat(sim("run", scenario(SCENARIO.replace("k: 6", "nat: 2")))).isEqualTo(2);
        assertThat(sim("run", scenario(SCENARIO.replace("k: 6", "connections: 0")))).isEqualTo(2);
        assertThat(err.toString())
                .contains("topology.edges is missing")
                .contains("topology.model is `star`")
                .contains("topology.nat is `2`: it must be in 0..1")
                .contains("topology.connections is `0`");
    }

    @Test
    void aScenarioMayHaveChurnAndNat() throws IOException {
        String text =
                SCENARIO.replace("k: 6", "k: 8, nat: 0.2, connections: 20")
                        + "churn: {share: 0.2, up: 10s, down: 2s}\n";

        assertThat(sim("run", scenario(text), "--quiet")).isZero();
        assertThat(out.toString()).containsPattern("\"delivery\": (1\\.0|0\\.9)");
    }

    @Test
    @DisplayName(
            "S-78: a sweep of 3 x 4 points and five seeds goes on where it was stopped, and ends with the same file")
    void sweep() throws IOException {
        Path file = scenario(SCENARIO);
        Path whole = folder.resolve("whole");
        String[] args = {
            "sweep",
            file.toString(),
            "--over",
            "network.loss=0,0.01,0.02",
            "--over",
            "topology.k=5,6,7,8",
            "--seeds",
            "5",
            "--jobs",
            "2",
            "-o"
        };
        assertThat(sim(with(args, whole))).isZero();
        String csv = Files.readString(whole.resolve("sweep.csv"));
        assertThat(csv).startsWith("network.loss,topology.k,seed,digest,delivery,");
        assertThat(csv.lines()).hasSize(1 + 3 * 4 * 5);

        Path part = folder.resolve("part");
        Files.createDirectories(part);
        List<String> lines = csv.lines().toList();
        var half = new ArrayList<>(List.of(lines.getFirst()));
        for (int i = 1; i < lines.size(); i += 2) half.add(lines.get(i)); // as two jobs leave it
        Files.write(part.resolve("sweep.csv"), half);
        Files.copy(whole.resolve("sweep.scenario"), part.resolve("sweep.scenario"));
        assertThat(sim(with(args, part))).isZero();

        assertThat(out.toString()).contains("30 of 60 runs are there already");
        assertThat(err.toString())
                .contains("\n60 of 60 done  network.loss=", " seed ", "0 s left\n")
                .contains("31 of 60 done  ")
                .hasLineCount(60 + 30);
        assertThat(part.resolve("sweep.csv")).content().isEqualTo(csv);
        Files.writeString(part.resolve("sweep.csv"), "something,else\n");
        assertThat(sim(with(args, part))).isEqualTo(2);
        assertThat(err.toString()).contains("another sweep is in it");
        assertThat(sim("sweep", file, "--over", "topology.kk=1", "-o", folder.resolve("x")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("did you mean topology.k?");
    }

    @Test
    void theFileSaysWhatIsSweptOverAndUnderWhichSeeds() throws IOException {
        String text =
                SCENARIO
                        + """
                        protocol: {params: {D: 6, Dlo: 4, Dhi: 9, Dscore: 4, Dlazy: 6, gossipFactor: 0.3,
                            floodPublish: false, heartbeat: 1s, opportunisticGraftTicks: 30, Dout: 1}}
                        seeds: {from: 3, count: 5}
                        sweep:
                          protocol.params.D: [6, 8]
                          topology.k: {from: 5, to: 7, steps: 2}
                          network.loss: {from: 0.001, to: 0.1, steps: 3, scale: log}
                        """;
        Path into = folder.resolve("swept");

        String over = "network.loss=0";
        assertThat(sim("sweep", scenario(text), "--over", over, "--quiet", "-o", into)).isZero();
        assertThat(err.toString()).isEmpty();

        List<String> lines = Files.readAllLines(into.resolve("sweep.csv"));
        assertThat(lines).hasSize(1 + 2 * 2 * 5);
        assertThat(lines.get(1)).startsWith("6,5,0,3,");
        assertThat(lines.get(20)).startsWith("8,7,0,7,");
        List<String> points = Files.readAllLines(into.resolve("points.csv"));
        assertThat(points.getFirst())
                .isEqualTo(
                        "protocol.params.D,topology.k,network.loss,metric,seeds,median,low,high,difference,delta,ks,p,differs,pEqual,equal");
        assertThat(points).hasSize(1 + 4 * 7);
        assertThat(points.get(1)).matches("6,5,0,delivery,5,1\\.0000,1\\.0000,1\\.0000,,,,,,,");
        assertThat(points.get(4))
                .matches(
                        "8,7,0,delivery,5,1\\.0000,1\\.0000,1\\.0000,0\\.0000,0\\.000,0\\.000,,,,");
        Scenario scenario = Scenario.parse("x", text);
        assertThat(scenario.sweep().get("network.loss"))
                .containsExactly("0.00100000", "0.0100000", "0.100000");
        assertThat(sim("sweep", scenario(SCENARIO), "-o", into)).isEqualTo(2);
        assertThat(sim("sweep", scenario(text), "--executor", "mars", "-o", into)).isEqualTo(2);
        assertThat(err.toString())
                .contains("nothing to sweep over")
                .contains("--executor mars: there are [threads");
    }

    private static Object[] with(String[] args, Path last) {
        var all = new ArrayList<Object>(List.of((Object[]) args));
        all.add(last);
        return all.toArray();
    }

    @Test
    void tablesComeAsParquetToo() throws IOException {
        Path run = folder.resolve("run");
        assertThat(sim("run", scenario(SCENARIO), "--quiet", "--parquet", "-o", run)).isZero();
        for (String name : List.of("series", "latency", "messages", "mesh", "scores", "survival")) {
            assertThat(run.resolve(name + ".parquet")).isNotEmptyFile();
        }
        assertThat(sim("run", scenario(SCENARIO), "--quiet", "-o", run)).isZero();
        assertThat(run.resolve("series.parquet")).doesNotExist();
    }

    @Test
    void aReplayIsTheSameRun() throws IOException {
        Path run = folder.resolve("run");
        assertThat(sim("run", scenario(SCENARIO), "--quiet", "--set", "topology.k=7", "-o", run))
                .isZero();

        assertThat(sim("replay", run, "--peer", 3, "--from", 6, "--to", 6.9)).isZero();

        assertThat(out.toString()).contains("same run: digest").contains("  heartbeat from 3");
        assertThat(out.toString()).contains(": message ").contains("rpc       from ");
        Path yaml = run.resolve("scenario.yaml");
        Files.writeString(yaml, Files.readString(yaml).replace("k: 7", "k: 6"));
        assertThat(sim("replay", run)).isEqualTo(4);
        assertThat(out.toString()).contains("another run: it has changed");
    }

    @Test
    @DisplayName("S-11: a listener changes nothing")
    void listener() {
        var events = new long[1];
        SimulationResult plain = new Simulation(setup(50).build()).run(() -> false);
        SimulationResult heard =
                new Simulation(setup(50).listener((_, _, _, _, _) -> events[0]++).build())
                        .run(() -> false);

        assertThat(heard.digest()).isEqualTo(plain.digest());
        assertThat(events[0]).isEqualTo(heard.events());
    }

    @Test
    void slowPeersHaveTheirOwnBandwidth() {
        var simulation = new Simulation(setup(10).slow(2, 1e6).build());

        assertThat(simulation.nanosPerByte(7)).isZero();
        assertThat(simulation.nanosPerByte(8)).isEqualTo(8000);
    }
}
