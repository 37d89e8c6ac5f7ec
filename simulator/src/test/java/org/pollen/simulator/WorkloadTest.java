package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What scenarios publish: several topics, when messages come, and who subscribes.
class WorkloadTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String HEAD =
            """
            schema: 1
            name: load
            time: {warmup: 6s, run: 12s, cooldown: 4s}
            topology: {peers: 80, k: 8, regions: interop8}
            """;
    private static final String TWO =
            HEAD
                    + """
                    workload:
                      - {topic: blocks, rate: 0.5/s, size: 16KiB, publishers: 5}
                      - {topic: votes, rate: 10/s, size: 256B, share: 0.5, start: 8s, stop: 16s}
                    """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    private static SimulationResult run(Setup.Builder setup, int workers) {
        return new Simulation(setup.workers(workers).build()).run(() -> false);
    }

    @Test
    void twoTopicsAreDeliveredToThoseThatSubscribe() {
        Scenario scenario = Scenario.parse("a.yaml", TWO);
        Setup setup = scenario.setup(1).build();
        SimulationResult result = new Simulation(setup).run(() -> false);

        List<PlannedMessage> messages = setup.messages();
        long votes = messages.stream().filter(m -> m.size() == 256).count();
        assertThat(votes).isEqualTo(80);
        assertThat(messages)
                .hasSize(86)
                .isSortedAccordingTo((a, b) -> Long.compare(a.at(), b.at()));
        long subscribed = IntStream.range(0, 80).filter(i -> setup.subscribes(i, 1)).count();
        assertThat(subscribed).isBetween(28L, 52L);
        for (int i = 0; i < messages.size(); i++) {
            PlannedMessage message = messages.get(i);
            boolean vote = message.size() == 256;
            assertThat(setup.maskOf(i).text()).isEqualTo(vote ? "votes" : "blocks");
            boolean own = setup.subscribes(message.publisher(), vote ? 1 : 0);
            long all = (vote ? subscribed : 80) - (own ? 1 : 0);
            assertThat(setup.expected(message)).isEqualTo((int) all);
            assertThat((long) result.reached()[i]).isEqualTo(all);
            if (vote) assertThat(message.at()).isBetween(8 * SECOND, 16 * SECOND - 1);
            else assertThat(message.publisher()).isLessThan(5);
        }
        assertThat(run(scenario.setup(1), 2).digest()).isEqualTo(result.digest());
    }

    @Test
    void gatesTellTopicsApart() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("a.yaml"),
                        TWO + "gates: [\"delivery(votes) >= 1\", \"delivery(blocks) >= 1\"]\n");

        assertThat(sim("run", file, "--quiet")).isZero();
        assertThat(out.toString()).contains("pass  delivery(votes) 1", "pass  delivery(blocks) 1");
        assertThat(
                        sim(
                                "validate",
                                Files.writeString(file, TWO + "gates: [\"delivery(vote) >= 1\"]")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("gate on delivery(vote); did you mean votes?");
    }

    @Test
    void aMappingIsAListOfOne() {
        String one = HEAD + "workload: {rate: 4/s, size: 1KiB, publishers: 9}\n";
        String list = HEAD + "workload: [{rate: 4/s, size: 1KiB, publishers: 9}]\n";

        String digest = run(Scenario.parse("a", one).setup(3), 1).digest();

        assertThat(run(Scenario.parse("a", list).setup(3), 1).digest()).isEqualTo(digest);
    }

    @Test
    void anEntryIsChangedByItsNumber() throws IOException {
        Scenario scenario = Scenario.parse("a.yaml", TWO);
        Setup changed = scenario.with(Map.of("workload.1.rate", "20/s")).setup(1).build();
        assertThat(changed.messages()).hasSize(166);
        assertThat(scenario.fingerprint(java.util.Map.of()))
                .isNotEqualTo(
                        scenario.with(Map.of("workload.1.rate", "9/s"))
                                .fingerprint(java.util.Map.of()));

        Path file = Files.writeString(folder.resolve("a.yaml"), TWO);
        Path into = folder.resolve("sweep");
        assertThat(
                        sim(
                                "sweep",
                                file,
                                "--over",
                                "workload.0.size=1KiB,8KiB",
                                "--seeds",
                                1,
                                "--quiet",
                                "-o",
                                into))
                .isZero();
        assertThat(Files.readAllLines(into.resolve("sweep.csv"))).hasSize(3);
        assertThat(sim("run", file, "--set", "workload.2.rate=1/s")).isEqualTo(2);
        assertThat(sim("run", file, "--set", "workload.rate=1/s")).isEqualTo(2);
        assertThat(err.toString())
                .contains("--set workload.2.rate: workload.2.rate: workload has the entries 0 to 1")
                .contains("--set workload.rate: workload.rate: workload has the entries 0 to 1");
        Files.writeString(file, HEAD);
        assertThat(sim("run", file, "--set", "workload.0.rate=1/s")).isEqualTo(2);
        assertThat(err.toString()).contains("workload.0.rate: workload has no list");
    }

    private static List<PlannedMessage> plan(Workload.Arrival arrival, double rate, double valid) {
        var workload =
                new Workload(
                        "t", 1, rate, 64, 9, 6 * SECOND, 606 * SECOND, arrival, 12 * SECOND, valid);
        return workload.plan(1, 0, 0);
    }

    @Test
    void messagesComeAtEqualDistancesAtRandomOrInSlots() {
        List<PlannedMessage> uniform = plan(Workload.Arrival.UNIFORM, 4, 1);
        assertThat(uniform).hasSize(2400);
        for (int i = 0; i < 100; i++) {
            assertThat(uniform.get(i).at()).isEqualTo(6 * SECOND + i * SECOND / 4);
        }

        List<PlannedMessage> poisson = plan(Workload.Arrival.POISSON, 4, 1);
        assertThat(poisson.size()).as("2400 +- 3 sigma").isBetween(2253, 2547);
        double longer = 0; // than the mean distance: 1/e of them
        for (int i = 1; i < poisson.size(); i++) {
            if (poisson.get(i).at() - poisson.get(i - 1).at() > SECOND / 4) longer++;
        }
        assertThat(longer / poisson.size()).isBetween(0.34, 0.40);

        List<PlannedMessage> slots = plan(Workload.Arrival.SLOTS, 0.5, 1);
        assertThat(slots).hasSize(300);
        for (int i = 0; i < 300; i++) {
            assertThat(slots.get(i).at()).isEqualTo(6 * SECOND + 12L * (i / 6) * SECOND);
        }
        // Fewer than one in a slot.
        assertThat(plan(Workload.Arrival.SLOTS, 1 / 24.0, 1))
                .hasSize(25)
                .allMatch(message -> (message.at() - 6 * SECOND) % (24 * SECOND) == 0);
    }

    @Test
    void aShareOfTheMessagesIsInvalidAndReachesNobody() {
        String invalid =
                HEAD + "workload: {rate: 10/s, publishers: 60, size: 64B, validity: 0.75}\n";
        Setup setup = Scenario.parse("a", invalid).setup(1).build();
        SimulationResult result = new Simulation(setup).run(() -> false);

        List<PlannedMessage> bad =
                setup.messages().stream()
                        .filter(m -> m.kind() == PlannedMessage.Kind.INVALID)
                        .toList();

        assertThat(bad.size()).as("30 of 120, +- 3 sigma").isBetween(16, 44);
        assertThat(result.invalidDeliveries()).isZero();
        for (int i = 0; i < setup.messages().size(); i++) {
            boolean good = setup.messages().get(i).kind() == PlannedMessage.Kind.NORMAL;
            if (!good) assertThat(result.reached()[i]).isZero();
        }
        assertThat(result.delivery()).isGreaterThan(0.5);
        // Publishers are the same whatever is invalid.
        Setup all = Scenario.parse("a", invalid.replace("0.75", "1")).setup(1).build();
        assertThat(all.messages().stream().map(PlannedMessage::publisher))
                .containsExactlyElementsOf(
                        setup.messages().stream().map(PlannedMessage::publisher).toList());
    }

    @ParameterizedTest
    @DisplayName("S-73: what cannot be published is said with its place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    'workload: [{topic: a b}]'                | a.yaml:5:20: workload.0.topic is `a b`
                    'workload: [{rate: 1/s}, {rat: 2/s}]'     | a.yaml:5:26: unknown key workload.1.rat; did you mean workload.rate?
                    'workload: []'                            | a.yaml:5:11: workload is an empty list
                    'workload: [3]'                           | a.yaml:5:12: workload must be a list of mappings
                    'workload: 3'                             | unknown key workload
                    'workload: [{rate: 1/s, rate: 2/s}]'      | key workload.0.rate is there twice
                    'workload: [{share: 1.5}]'                | a.yaml:5:20: workload.0.share is `1.5`: it must be in 0..1
                    'workload: [{share: 0.5}, {share: 0.4}]'  | a.yaml:5:34: workload.1.share: another share of the topic t: impossible
                    'workload: {start: 9s, stop: 8s}'         | a.yaml:5:29: workload.stop: start, stop and the end of the run in another order: impossible
                    'workload: {start: 30s}'                  | workload.start: start, stop and the end
                    'workload: {stop: 30s}'                   | workload.stop: start, stop and the end
                    'workload: {start: 9}'                    | a.yaml:5:19: workload.start is `9`
                    'workload: {arrival: bursts}'             | workload.arrival is `bursts`: it must be uniform, poisson, or slots
                    'workload: {slot: 3s}'                    | a.yaml:5:18: workload.slot: slots without workload.arrival: slots: impossible
                    'workload: {arrival: slots, slot: 0s}'    | workload.slot is `0s`: it must be at least 1ms
                    'workload: {validity: -1}'                | workload.validity is `-1`: it must be in 0..1
                    'workload: [{publishers: 100}]'           | workload.0.publishers is `100`: it must be between 1
                    """)
    void wrong(String workload, String told) throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), HEAD + workload + "\n");

        assertThat(sim("validate", file)).as(out.toString()).isEqualTo(2);

        assertThat(err.toString()).contains(told).hasLineCount(1);
    }
}
