package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What scenarios let happen while they run: partitions, and peers that leave, come back or go
/// dead.
class EventsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String HEAD =
            """
            schema: 1
            name: events
            time: {warmup: 8s, run: 40s, cooldown: 5s}
            topology: {peers: 100, k: 8, regions: interop8}
            workload: {rate: 5/s, size: 512B}
            """;
    private static final String PARTITION =
            HEAD + "events: [{at: 18s, do: partition, share: 0.4}, {at: 28s, do: heal}]\n";

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    /// The share of expected deliveries of messages published in a time.
    private static double delivery(Setup setup, SimulationResult result, long from, long until) {
        return Measure.parse("delivery(t >= %ds, t <= %ds)".formatted(from, until))
                .of(new Measure.Outcome(setup, result, null, null, null));
    }

    /// Links between the two sides, each second.
    private static List<Integer> crossing(Setup.Builder setup, Cuts.Cut cut, int peers) {
        var links = new ArrayList<Integer>();
        setup.probe((simulation, _) -> {
            int count = 0;
            for (int i = 0; i < peers; i++) {
                for (int remote : simulation.actor(i).linkedRemotes()) {
                    if (cut.apart().get(i) != cut.apart().get(remote)) count++;
                }
            }
            links.add(count);
        });
        return links;
    }

    @Test
    void aPartitionKeepsMessagesOnTheirSideUntilItHeals() {
        Scenario scenario = Scenario.parse("a.yaml", PARTITION);
        Setup.Builder builder = scenario.setup(1);
        Cuts.Cut cut = builder.build().cuts().all().getFirst();
        List<Integer> crossing = crossing(builder, cut, 100);
        Setup setup = builder.build();

        SimulationResult result = new Simulation(setup).run(() -> false);

        assertThat(cut.apart().cardinality()).isBetween(25, 55);
        assertThat(delivery(setup, result, 8, 16)).isEqualTo(1);
        // 0.4 x 0.4 + 0.6 x 0.6 of the pairs are on one side; gossip brings what is younger than
        // three heartbeats when it heals.
        assertThat(delivery(setup, result, 18, 23)).isBetween(0.4, 0.65);
        assertThat(delivery(setup, result, 30, 48)).isEqualTo(1);
        assertThat(crossing.get(16)).as("links at 17 s").isGreaterThan(400);
        // The sample of second s is at place s - 1, the cut at 18 s is the first event after it.
        assertThat(crossing.subList(18, 27)).as("19 s to 27 s").containsOnly(0);
        assertThat(crossing.get(29)).as("all links are there again").isEqualTo(crossing.get(16));
        assertThat(result.phases().get(1).maxMillis()).as("during").isPositive();
    }

    @Test
    @DisplayName("S-03: a partition and departures are the same run with one worker and two")
    void thisDoesNotDependOnWorkers() {
        String all =
                PARTITION.replace(
                        "]\n",
                        ", {at: 12s, do: leave, share: 0.2}, {at: 20s, do: join, share: 0.7},"
                                + " {at: 30s, do: kill, share: 0.1},"
                                + " {at: 33s, do: partition, regions: [EU, WAS]}]\n");
        String attack = "attack: {sybils: 30, degree: 6, at: 3s, from: 5s}\n";
        for (String text : List.of(PARTITION, all + attack)) {
            Scenario scenario = Scenario.parse("a.yaml", text);

            String one = new Simulation(scenario.setup(2).build()).run(() -> false).digest();

            for (int workers : new int[] {2, 3}) {
                Setup setup = scenario.setup(2).workers(workers).build();
                assertThat(new Simulation(setup).run(() -> false).digest()).isEqualTo(one);
            }
        }
    }

    @Test
    void aPartitionMayFollowRegions() {
        String text = HEAD + "events: [{at: 18s, do: partition, regions: [EU, WAS]}]\n";
        Setup.Builder builder = Scenario.parse("a.yaml", text).setup(1);
        Cuts.Cut cut = builder.build().cuts().all().getFirst();
        List<Integer> crossing = crossing(builder, cut, 100);
        Setup setup = builder.build();
        var simulation = new Simulation(setup);

        SimulationResult result = simulation.run(() -> false);

        for (int i = 0; i < 100; i++) {
            boolean there = simulation.regionOf(i) == 1 || simulation.regionOf(i) == 3;
            assertThat(cut.apart().get(i)).isEqualTo(there);
        }
        assertThat(cut.until()).as("never healed").isEqualTo(Long.MAX_VALUE);
        assertThat(crossing.subList(18, crossing.size())).containsOnly(0);
        assertThat(delivery(setup, result, 30, 48)).isBetween(0.4, 0.65);
    }

    @Test
    void thoseThatLeaveCountForNothingAndComeBack() {
        String text =
                HEAD
                        + "events: [{at: 14s, do: leave, share: 0.5}, {at: 30s, do: join, share: 1}]\n";
        Setup.Builder builder = Scenario.parse("a.yaml", text).setup(1);
        var links = new ArrayList<Integer>();
        builder.probe((simulation, now) -> {
            Departures departures = simulation.setup().departures();
            int away = 0;
            for (int i = 0; i < 100; i++) {
                if (!departures.up(i, now, now)) away += simulation.actor(i).links();
            }
            links.add(away);
        });
        Setup setup = builder.build();

        SimulationResult result = new Simulation(setup).run(() -> false);

        long left =
                IntStream.range(0, 100)
                        .filter(i -> !setup.departures().up(i, 20 * SECOND, 20 * SECOND))
                        .count();
        assertThat(left).isBetween(35L, 65L);
        assertThat(links.subList(14, 29)).as("links of those away").containsOnly(0);
        // One who comes back may be told of nothing for a moment.
        assertThat(result.delivery()).isGreaterThan(0.999);
        for (PlannedMessage message : setup.messages()) {
            if (message.at() < 32 * SECOND) continue;
            assertThat(setup.expected(message)).as("everybody is back").isEqualTo(99);
        }
        // Those who are away publish nothing, and nobody waits for it.
        assertThat(setup.messages())
                .anyMatch(m -> m.at() / SECOND == 20 && setup.expected(m) == 0)
                .anyMatch(m -> m.at() / SECOND == 20 && setup.expected(m) > 30);
    }

    @Test
    void thoseThatLeaveAtTheStartJoinLater() {
        String text =
                HEAD + "events: [{at: 0s, do: leave, share: 0.4}, {at: 20s, do: join, share: 1}]\n";
        Setup setup = Scenario.parse("a.yaml", text).setup(1).build();
        var links = new ArrayList<Integer>();
        Setup.Builder builder = Scenario.parse("a.yaml", text).setup(1);
        builder.probe((simulation, _) -> {
            int count = 0;
            for (int i = 0; i < 100; i++) {
                if (setup.departures().toggles(i).length > 0) count += simulation.actor(i).links();
            }
            links.add(count);
        });

        SimulationResult result = new Simulation(builder.build()).run(() -> false);

        assertThat(links.subList(1, 19)).as("2 s to 19 s").containsOnly(0);
        assertThat(links.get(22)).isGreaterThan(200);
        assertThat(delivery(setup, result, 25, 48)).isEqualTo(1);
    }

    /// Members of meshes that are off take part in nothing, and links to them stay for half a
    /// minute.
    @Test
    void theDeadAreSilentAndOthersNoticeLate() {
        String text = HEAD + "events: [{at: 12s, do: kill, share: 0.3}]\n";
        Setup.Builder builder = Scenario.parse("a.yaml", text).setup(1);
        var towards = new ArrayList<Integer>();
        builder.probe((simulation, now) -> {
            Departures departures = simulation.setup().departures();
            int count = 0;
            for (int i = 0; i < 100; i++) {
                if (departures.death(i) <= now) continue;
                for (int remote : simulation.actor(i).linkedRemotes()) {
                    if (departures.death(remote) <= now) count++;
                }
            }
            towards.add(count);
        });
        Setup setup = builder.build();

        SimulationResult result = new Simulation(setup).run(() -> false);

        assertThat(towards.get(12)).as("at 13 s").isGreaterThan(100);
        assertThat(towards.get(38)).as("at 39 s").isGreaterThan(100);
        assertThat(towards.get(44)).as("at 45 s").isZero();
        assertThat(delivery(setup, result, 13, 47)).isGreaterThan(0.99);
        long after = result.series()[20 * Tally.WIDTH + Tally.RPCS];
        long before = result.series()[10 * Tally.WIDTH + Tally.RPCS];
        assertThat(after).isLessThan(before);
    }

    /// Who does not answer does not count as being dialled for ever.
    @Test
    void diallersOfTheDeadGiveUp() {
        String text = HEAD + "events: [{at: 12s, do: kill, share: 0.3}]\n";
        Setup setup = Scenario.parse("a.yaml", text).setup(1).build();
        int dead = 0;
        while (setup.departures().death(dead) == Long.MAX_VALUE) dead++;
        int alive = 0;
        while (setup.departures().death(alive) != Long.MAX_VALUE) alive++;
        int dialler = alive;
        int target = dead;
        var dialling = new ArrayList<Boolean>();
        Setup.Builder builder = Scenario.parse("a.yaml", text).setup(1);
        var links = new Links();
        links.add(dialler, target, 12_500_000_000L);
        builder.links(links);
        builder.probe((simulation, _) -> dialling.add(simulation.actor(dialler).dials(target)));

        new Simulation(builder.build()).run(() -> false);

        assertThat(dialling.subList(13, 41)).containsOnly(true);
        assertThat(dialling.subList(44, dialling.size())).isNotEmpty().containsOnly(false);
    }

    /// Whom they dial differs, as all that is drawn.
    @Test
    void thoseThatComeBackDialOthersUnderAnotherSeed() {
        String text =
                HEAD + "events: [{at: 12s, do: leave, share: 1}, {at: 20s, do: join, share: 1}]\n";
        var dialled = new ArrayList<List<Integer>>();
        for (long seed = 1; seed <= 2; seed++) {
            var others = new ArrayList<Integer>();
            Setup.Builder builder = Scenario.parse("a.yaml", text).setup(seed);
            builder.probe((simulation, now) -> {
                if (now != 23_000_000_000L) return;
                for (int remote : simulation.actor(7).linkedRemotes()) others.add(remote);
            });
            new Simulation(builder.build()).run(() -> false);
            dialled.add(others.stream().sorted().toList());
        }

        assertThat(dialled.get(0)).isNotEmpty().isNotEqualTo(dialled.get(1));
    }

    /// Regions of a file have the names that it gives them.
    @Test
    void aPartitionMayFollowRegionsOfAFile() throws IOException {
        Files.writeString(
                folder.resolve("l.csv"),
                "from,to,oneWayMs\nnorth,north,5\nsouth,south,5\nnorth,south,40\n");
        String text =
                HEAD.replace("regions: interop8", "latencies: l.csv")
                        + "events: [{at: 12s, do: partition, regions: [south]}]\n";
        Path file = Files.writeString(folder.resolve("a.yaml"), text);

        assertThat(sim("validate", file)).as(err.toString()).isZero();
        assertThat(Latency.CLOUD10.regionNames()).hasSize(10).contains("Frankfurt");
    }

    /// Nobody is there to be looked at, so no gate on meshes holds.
    @Test
    void meshesOfNobodyAreNoNumber() {
        String text =
                HEAD
                        + "events: [{at: 12s, do: leave, share: 1}]\n"
                        + "gates: [\"meshLeast(t >= 14s) >= 0\", \"meshMean(t >= 14s) <= 99\"]\n";
        Scenario scenario = Scenario.parse("a.yaml", text);
        GateWatch watch = scenario.watch();
        Setup setup = watch.at(scenario.setup(1)).build();

        SimulationResult result = new Simulation(setup).run(() -> false);

        assertThat(watch.verdicts(setup, result))
                .hasSize(2)
                .noneMatch(Verdict.Gate::passes)
                .allMatch(gate -> Double.isNaN(gate.measured()));
    }

    @Test
    void relaysAreThoseThatStayAndOnOnesOwnSide() {
        String text =
                HEAD.replace("topology: {", "topology: {nat: 0.4, relay: true, ")
                        + "events: [{at: 12s, do: leave, share: 0.3}, {at: 13s, do: kill, share: 0.2},"
                        + " {at: 14s, do: partition, share: 0.4}]\n";
        Setup.Builder builder = Scenario.parse("a.yaml", text).setup(1);
        var across = new ArrayList<Integer>();
        builder.probe((simulation, _) -> {
            Setup setup = simulation.setup();
            int count = 0;
            for (int i = 0; i < setup.honest(); i++) {
                if (simulation.actor(i).isDead()) continue; // it does not notice
                for (int remote : simulation.actor(i).linkedRemotes()) {
                    int relay = setup.relay(i, remote);
                    boolean out = relay >= 0 && setup.cuts().severed(i, relay, 15_000_000_000L);
                    if (out) count++;
                }
            }
            across.add(count);
        });
        Setup setup = builder.build();

        new Simulation(setup).run(() -> false);

        assertThat(setup.relays()).isNotEmpty();
        for (int relay : setup.relays()) {
            assertThat(setup.departures().toggles(relay)).isEmpty();
            assertThat(setup.departures().death(relay)).isEqualTo(Long.MAX_VALUE);
        }
        assertThat(across.get(10)).isPositive();
        assertThat(across.subList(15, across.size())).isNotEmpty().containsOnly(0);
    }

    @Test
    void gatesSeePartitionsByTime() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("a.yaml"),
                        PARTITION
                                + "gates: [\"delivery(t >= 18s, t <= 23s) <= 0.7\","
                                + " \"delivery(after) >= 1\", \"meshLeast(t >= 40s) >= 4\"]\n");

        assertThat(sim("run", file, "--quiet", "-o", folder.resolve("x"))).as("" + out).isZero();
        assertThat(sim("replay", folder.resolve("x"), "--peer", 3, "--from", 17, "--to", 19))
                .isZero();
        assertThat(out.toString()).contains("same run");
    }

    @ParameterizedTest
    @DisplayName("S-73: events that cannot be are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    '{at: 9s, do: heal}'                         | a.yaml:6:9: events must be a list of mappings
                    '[{at: 9s, do: heel}]'                       | a.yaml:6:23: events.0.do is `heel`; did you mean heal?
                    '[{at: 9s}]'                                 | a.yaml:6:10: events.0.do is ``
                    '[{do: leave, share: 0.1}]'                  | a.yaml:6:10: events.0.at is ``: it must be instant of the run
                    '[{at: 9, do: leave, share: 0.1}]'           | a.yaml:6:15: events.0.at is `9`
                    '[{at: 90s, do: leave, share: 0.1}]'         | a.yaml:6:15: events.0.at: after the end: impossible
                    '[{at: 9s, do: leave}]'                      | a.yaml:6:23: events.0.do: a leave of nobody: give it a share: impossible
                    '[{at: 9s, do: leave, share: 0}]'            | a.yaml:6:37: events.0.share: nobody: impossible
                    '[{at: 9s, do: leave, share: 2}]'            | events.0.share is `2`: it must be in 0..1
                    '[{at: 9s, do: leave, shear: 0.1}]'          | a.yaml:6:30: unknown key events.0.shear; did you mean events.share?
                    '[{at: 48s, do: set, key: workload.rate, value: 2/s}]' | a.yaml:6:15: events.0.at: a rate of messages that have ended: nothing changes: impossible
                    '[{at: 9s, do: join, share: 0.1}]'           | events.0.do: nobody has left before: impossible
                    '[{at: 9s, do: heal}]'                       | events.0.do: nothing to heal: impossible
                    '[{at: 9s, do: partition}]'                  | events.0.do: a partition of nobody
                    '[{at: 9s, do: partition, share: 1}]'        | events.0.share: nobody on the other side: impossible
                    '[{at: 9s, do: partition, regions: [MARS]}]' | events.0.regions: `MARS`; did you mean
                    '[{at: 9s, do: partition, regions: [EU], share: 0.1}]' | a partition by share and by regions
                    '[{at: 9s, do: leave, regions: [EU]}]'       | events.0.regions: regions of a leave: impossible
                    '[{at: 9s, do: partition, share: 0.1}, {at: 9500ms, do: heal}]' | a.yaml:6:52: events.1.at: a partition of less than 1s
                    '[{at: 9s, do: partition, share: 0.1}, {at: 19s, do: heal, share: 0.1}]' | events.1.share: a share of a heal: impossible
                    """)
    void wrong(String events, String told) throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), HEAD + "events: " + events + "\n");

        assertThat(sim("validate", file)).as(out.toString()).isEqualTo(2);

        assertThat(err.toString()).contains(told).hasLineCount(1);
    }

    @Test
    void theProfileLightTakesNoHeedOfEvents() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("a.yaml"), PARTITION + "scoring: {profile: light}\n");

        assertThat(sim("validate", file)).isEqualTo(2);
        assertThat(err.toString()).contains("a.yaml:6:15: events.0.at: the profile light has no");
    }
}
