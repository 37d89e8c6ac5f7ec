package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.router.RpcMessage;

/// Groups of peers in scenario files, and what changes at an instant.
class GroupsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String HEAD =
            """
            schema: 1
            name: grouped
            time: {warmup: 8s, run: 32s, cooldown: 5s}
            topology: {peers: 100, k: 8, regions: interop8}
            """;
    private static final String GROUPS =
            HEAD
                    + """
                    scoring: {profile: H0-quick}
                    groups:
                      - {name: bad, fraction: 0.3, role: adversary, subscribe: [blocks], behaviour: [graft, {forward: {drop: 0.2}}, {flipAt: 20s}]}
                      - {name: pub, count: 10, role: publisher, region: EU, bandwidth: 20Mb/s}
                      - {name: relay, subscribe: [blocks, {topic: votes, share: 0.5}]}
                      - {name: boot, count: 3, role: bootstrap}
                    workload:
                      - {group: pub, topic: blocks, rate: 4/s, size: 1KiB}
                      - {group: all, topic: votes, rate: 2/s, size: 256B, publishers: 30}
                    """;

    /// Two honest peers, and whatever a third lets through between them.
    private static final String BETWEEN =
            """
            schema: 1
            name: between
            time: {warmup: 8s, run: 40s, cooldown: 2s}
            topology: {peers: 3, model: edges, edges: none.csv, regions: const(20ms)}
            scoring: {profile: plain}
            workload: [{topic: a, rate: 4/s, size: 64B}, {topic: b, rate: 4/s, size: 64B}]
            groups:
              - {name: speaker, count: 1, role: publisher}
              - {name: listener, count: 1}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    @BeforeEach
    void noEdges() throws IOException {
        Files.writeString(folder.resolve("none.csv"), "# from,to\n");
    }

    private Setup.Builder setup(String text) {
        return Scenario.parse(folder.resolve("a.yaml").toString(), text).setup(1);
    }

    private static SimulationResult run(Setup setup) {
        return new Simulation(setup).run(() -> false);
    }

    /// The share of the messages on a topic that reached somebody, published within some seconds.
    private static double reached(Setup setup, SimulationResult result, String topic, int... s) {
        int[] found =
                IntStream.range(0, setup.messages().size())
                        .filter(i -> setup.isOf(topic, i))
                        .filter(i -> setup.messages().get(i).at() >= s[0] * SECOND)
                        .filter(i -> setup.messages().get(i).at() < s[1] * SECOND)
                        .map(i -> result.reached()[i])
                        .toArray();
        return Arrays.stream(found).average().orElse(Double.NaN);
    }

    @Test
    void everyPeerIsInAGroup() {
        Setup setup = setup(GROUPS).build();
        PeerGroups groups = setup.groups();

        assertThat(setup.honest()).isEqualTo(70);
        assertThat(setup.total()).isEqualTo(100);
        assertThat(groups.all().stream().map(PeerGroups.Group::name))
                .containsExactly("pub", "relay", "boot", "bad");
        assertThat(groups.all().stream().map(PeerGroups.Group::count))
                .containsExactly(10, 57, 3, 30);
        var simulation = new Simulation(setup);
        assertThat(IntStream.range(0, 10).map(simulation::regionOf)).containsOnly(1);
        assertThat(IntStream.range(10, 67).map(simulation::regionOf).distinct().count())
                .isGreaterThan(4);
        assertThat(IntStream.range(0, 10).mapToDouble(simulation::nanosPerByte))
                .containsOnly(400.0);
        assertThat(IntStream.range(10, 100).mapToDouble(simulation::nanosPerByte))
                .containsOnly(0.0);
        assertThat(setup.messages().stream().filter(m -> m.topic() == 0))
                .allMatch(m -> m.publisher() < 10);
        assertThat(setup.messages().stream().filter(m -> m.topic() == 1))
                .allMatch(m -> m.publisher() < 30)
                .anyMatch(m -> m.publisher() >= 10);
    }

    @Test
    void groupsSubscribeToWhatTheySay() {
        Setup setup = setup(GROUPS).build();

        assertThat(IntStream.range(0, 67)).allMatch(peer -> setup.subscribes(peer, 0));
        assertThat(IntStream.range(0, 10)).allMatch(peer -> setup.subscribes(peer, 1));
        long votes = IntStream.range(10, 67).filter(peer -> setup.subscribes(peer, 1)).count();
        assertThat(votes).isBetween(17L, 40L);
        assertThat(IntStream.range(67, 70)).noneMatch(peer -> setup.subscribes(peer, 0));
        PlannedMessage block = setup.messages().getFirst();
        assertThat(setup.expected(block)).isEqualTo(66);
    }

    @Test
    @DisplayName("S-03: groups, flips and settings are the same run with one worker and more")
    void workers() {
        String text =
                GROUPS
                        + "events: [{at: 26s, do: flip, group: bad},"
                        + " {at: 16s, do: set, key: network.loss, value: 0.05},"
                        + " {at: 14s, do: partition, regions: [EU]}, {at: 18s, do: heal},"
                        + " {at: 22s, do: set, key: workload.1.rate, value: 9/s}]\n";
        String one = run(setup(text).build()).digest();

        for (int workers : new int[] {2, 3}) {
            assertThat(run(setup(text).workers(workers).build()).digest()).isEqualTo(one);
        }
        assertThat(run(setup(GROUPS).build()).digest()).isNotEqualTo(one);
    }

    @Test
    void gatesNameTopicsAndGroupsThatPublish() throws IOException {
        String gates =
                "gates: [\"delivery(pub) >= 1\", \"delivery(blocks, t >= 10s) >= 1\","
                        + " \"meshShare(sybil) <= 0.9\", \"p99(attack) <= 2s\"]\n";
        Path file = Files.writeString(folder.resolve("a.yaml"), GROUPS + gates);

        assertThat(sim("run", file, "--quiet")).as("%s %s", out, err).isZero();

        assertThat(out.toString()).contains("pass  delivery(pub) 1 (>= 1)", "p99(attack)");
        Files.writeString(file, GROUPS + "gates: [\"delivery(bad) >= 1\"]\n");
        assertThat(sim("validate", file)).isEqualTo(2);
        assertThat(err.toString())
                .contains("a.yaml:14:9: gate on delivery(bad); known: blocks, votes, pub, relay");
    }

    @Test
    void othersHaveABootstrapperAsALinkOnlyAndDialWhomItOffers() {
        String text =
                HEAD.replace("k: 8", "k: 1")
                        + "scoring: {profile: plain}\n"
                        + "groups: [{name: peer, count: 90}, {name: boot, count: 10, role: bootstrap}]\n"
                        + "workload: {rate: 4/s, size: 256B}\n";
        var linked = new int[2];
        var inMesh = new int[1];
        Setup.Builder builder = setup(text);
        builder.probe((simulation, now) -> {
            if (now != 40 * SECOND) return;
            for (int boot = 90; boot < 100; boot++) {
                linked[0] += simulation.actor(boot).links();
                inMesh[0] += simulation.honestPeer(boot).mesh().length;
            }
            for (int peer = 0; peer < 90; peer++) {
                linked[1] += simulation.actor(peer).links();
                for (int member : simulation.honestPeer(peer).mesh()) {
                    if (member >= 90) inMesh[0]++;
                }
            }
        });
        Setup setup = builder.build();

        SimulationResult result = run(setup);

        assertThat(linked[0]).isGreaterThanOrEqualTo(90);
        assertThat(inMesh[0]).isZero();
        assertThat(result.exchangeDials()).isGreaterThan(20);
        assertThat((double) linked[1] / 90).as("links of a peer").isGreaterThan(4);
        assertThat(setup.messages()).allMatch(message -> message.publisher() < 90);
        assertThat(result.delivery()).isGreaterThan(0.95);
    }

    /// What it forwards is what the other gets, to the message.
    @Test
    void adversariesForwardUntilTheyFlipAndAfterTheyFlipBack() {
        String text =
                BETWEEN
                        + "  - {name: bad, count: 1, role: adversary, behaviour: [graft, {forward: {afterFlip: 1}}, {flipAt: 20s}]}\n"
                        + "events: [{at: 30s, do: flip, group: bad}]\n";
        Setup setup = setup(text).build();

        SimulationResult result = run(setup);

        assertThat(reached(setup, result, "a", 10, 20)).isEqualTo(1);
        assertThat(reached(setup, result, "b", 20, 30)).isZero();
        assertThat(reached(setup, result, "a", 30, 48)).isEqualTo(1);
        assertThat(setup.attackAt()).isEqualTo(20 * SECOND);
        assertThat(setup.attackEnd()).isEqualTo(30 * SECOND);
    }

    @Test
    void whatAGroupDropsCanBeSet() {
        String text =
                BETWEEN
                        + "  - {name: bad, count: 1, role: adversary, behaviour: [graft, forward]}\n"
                        + "events: [{at: 18s, do: set, key: drop, group: bad, value: 0.5},"
                        + " {at: 38s, do: set, key: drop, group: bad, value: 1}]\n";
        Setup setup = setup(text).build();

        SimulationResult result = run(setup);

        assertThat(reached(setup, result, "a", 10, 18)).isEqualTo(1);
        double half =
                (reached(setup, result, "a", 18, 38) + reached(setup, result, "b", 18, 38)) / 2;
        assertThat(half).as("160 draws, 3 sigma").isCloseTo(0.5, within(0.12));
        assertThat(reached(setup, result, "a", 38, 48)).isZero();
        assertThat(setup.attackEnd()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void adversariesWithholdTopics() {
        String text =
                BETWEEN
                        + "  - {name: bad, count: 1, role: adversary, behaviour: {graft: true, forward: {except: [b]}}}\n";
        Setup setup = setup(text).build();

        SimulationResult result = run(setup);

        assertThat(reached(setup, result, "a", 10, 48)).isEqualTo(1);
        assertThat(reached(setup, result, "b", 10, 48)).isZero();
    }

    @Test
    void adversariesThatForwardNothingOrAreInNoMeshPassNothingOn() {
        String silent = "  - {name: bad, count: 1, role: adversary, behaviour: [graft]}\n";
        Setup setup = setup(BETWEEN + silent).build();
        assertThat(reached(setup, run(setup), "a", 10, 48)).isZero();

        String late =
                "  - {name: bad, count: 1, role: adversary, behaviour: [graft, forward, {connect: {at: 30s, to: listener, degree: 1}}]}\n";
        setup = setup(BETWEEN + late).build();
        assertThat(reached(setup, run(setup), "a", 10, 48)).as("not linked to both").isZero();
    }

    /// Two adversaries, and room for one in a mesh: the other is refused, and charged for each
    /// GRAFT of its backoff.
    private double leastScore(String behaviour) {
        String text =
                BETWEEN.replace("plain", "H1").replace("peers: 3", "peers: 4")
                        + "  - {name: bad, count: 2, role: adversary, behaviour: [%s]}\n"
                                .formatted(behaviour)
                        + "protocol: {params: {D: 1, Dlo: 1, Dhi: 1, Dscore: 1, Dout: 0}}\n";
        Setup.Builder builder = setup(text);
        var least = new double[1];
        builder.probe((simulation, now) -> {
            for (int bad = 2; bad < 4; bad++) {
                least[0] = Math.min(least[0], simulation.honestPeer(1).scoreOf(bad));
            }
        });
        run(builder.build());
        return least[0];
    }

    @Test
    void adversariesComeBackAfterAPruneIfTheyAreToldTo() {
        assertThat(leastScore("graft, forward")).isZero();
        assertThat(leastScore("graft, forward, {regraft: 1s}")).isLessThan(-10);
        assertThat(leastScore("forward, {spam: {kind: graft, rate: 2/s, from: 10s}}"))
                .isLessThan(-10);
    }

    @ParameterizedTest
    @DisplayName("what adversaries send over and over costs whom they are linked to")
    @CsvSource({"invalid", "ihave", "idontwant"})
    void spam(String kind) {
        String text =
                BETWEEN.replace("plain", "H1")
                        + "  - {name: bad, count: 1, role: adversary, behaviour: [{spam: {kind: %s, rate: 5/s, size: 20, from: 20s}}]}\n"
                                .formatted(kind);
        Setup.Builder builder = setup(text);
        var scores = new double[2];
        var unwanted = new int[2];
        builder.probe((simulation, now) -> {
            double score = simulation.honestPeer(1).scoreOf(2);
            int before = now <= 20 * SECOND ? 0 : 1;
            scores[before] = Math.min(scores[before], score);
            int ids = simulation.honestPeer(1).unwantedOf(2);
            unwanted[before] = Math.max(unwanted[before], ids);
        });
        Setup setup = builder.build();
        SimulationResult result = run(setup);

        assertThat(scores[0]).isZero();
        assertThat(unwanted[0]).isZero();
        if (kind.equals("idontwant")) assertThat(unwanted[1]).isGreaterThan(40);
        else assertThat(scores[1]).isLessThan(-1);
        assertThat(result.validations() > 0).isEqualTo(kind.equals("invalid"));
        assertThat(result.invalidDeliveries()).isZero();
        assertThat(setup.attackAt()).isZero(); // without forward it is silent from the first
    }

    @Test
    void invalidMessagesOfAdversariesAreNoPlannedOnes() {
        String text =
                BETWEEN.replace("plain", "H1")
                        + "  - {name: bad, count: 1, role: adversary, behaviour: [{spam: {kind: invalid, rate: 5/s, size: 20, from: 20s}}]}\n";
        Setup setup = setup(text).build();
        var simulation = new Simulation(setup);
        var numbers = new ArrayList<Integer>();
        var adversary = (ScriptedAdversary) simulation.actor(2);

        for (int i = 0; i < 3; i++) {
            RpcMessage message = adversary.invalid(20).singleMessage();
            if (message == null) continue;
            numbers.add(PlannedMessage.number(message.array(), message.dataOffset()));
        }

        assertThat(numbers).hasSize(3).doesNotHaveDuplicates();
        assertThat(numbers).allMatch(number -> number >= setup.messages().size());
    }

    @Test
    void exceptedTopicsAreSubscribedTo() throws IOException {
        String text =
                HEAD
                        + "groups: [{name: a, count: 60}, {name: b, count: 40, role: adversary, subscribe: [t], behaviour: [{forward: {except: [u]}}]}]\n"
                        + "workload: [{topic: t}, {topic: u}]\n";
        Path file = Files.writeString(folder.resolve("a.yaml"), text);

        assertThat(sim("validate", file)).isEqualTo(2);

        assertThat(err.toString())
                .contains(
                        "groups.1.behaviour.forward.except: `u`, to which the group does not subscribe: impossible")
                .hasLineCount(1);
    }

    @Test
    void adversariesMayBeOfAClass() {
        String text =
                BETWEEN
                        + "  - {name: bad, count: 1, role: adversary, behaviour: [{class: org.example.attacks.Parrot}, {connect: {degree: 30}}]}\n";
        Setup setup = setup(text).build();
        var simulation = new Simulation(setup);

        assertThat(simulation.actor(2).getClass().getSimpleName()).isEqualTo("Parrot");
        assertThat(simulation.run(() -> false).events()).isPositive();
    }

    @Test
    void lossCanBeSet() {
        String text =
                HEAD
                        + "workload: {rate: 10/s, size: 1KiB}\nscoring: {profile: plain}\n"
                        + "events: [{at: 20s, do: set, key: network.loss, value: 0.3}, {at: 30s, do: set, key: network.loss, value: 0}]\n";
        Setup setup = setup(text).build();

        SimulationResult result = run(setup);

        double before = result.phases().get(0).quantileMillis(0.5);
        assertThat(result.phases().get(1).quantileMillis(0.5)).isGreaterThan(before + 20);
        assertThat(result.phases().get(2).quantileMillis(0.5)).isCloseTo(before, within(15.0));
        SimulationResult without = run(setup(text.replaceAll("events:.*", "")).build());
        assertThat(result.perSecond().subList(0, 20))
                .as("nothing changes before")
                .isEqualTo(without.perSecond().subList(0, 20));
        assertThat(result.digest()).isNotEqualTo(without.digest());
    }

    @ParameterizedTest
    @CsvSource({"uniform, 0", "poisson, 60", "slots, 16"})
    void ratesCanBeSet(String arrival, int tolerance) {
        String text =
                HEAD
                        + "workload: {rate: 2/s, size: 64B, arrival: %s%s}\n"
                                .formatted(arrival, arrival.equals("slots") ? ", slot: 2s" : "")
                        + "events: [{at: 18s, do: set, key: workload.rate, value: 20/s}, {at: 28s, do: set, key: workload.rate, value: 1/s}]\n";
        Setup setup = setup(text).build();

        var counts = new int[3];
        for (PlannedMessage message : setup.messages()) {
            counts[message.at() < 18 * SECOND ? 0 : message.at() < 28 * SECOND ? 1 : 2]++;
        }
        assertThat(counts[0]).isCloseTo(20, within(tolerance / 3 + 1));
        assertThat(counts[1]).isCloseTo(200, within(tolerance + 1));
        assertThat(counts[2]).isCloseTo(12, within(tolerance / 3 + 1));
        assertThat(setup.messages())
                .isSortedAccordingTo((a, b) -> Long.compare(a.at(), b.at()))
                .allMatch(message -> !arrival.equals("slots") || message.at() % (2 * SECOND) == 0);
    }

    @Test
    void aTimelineCountsWhatComesTogether() {
        Timeline rate = Timeline.constant(2).then(10 * SECOND, 20).then(20 * SECOND, 1);

        assertThat(rate.units(0, 30 * SECOND)).isEqualTo(20 + 200 + 10);
        assertThat(rate.units(15 * SECOND, 16 * SECOND)).isEqualTo(20);
        assertThat(rate.whenDue(0, 20)).isEqualTo(10 * SECOND);
        assertThat(rate.whenDue(9 * SECOND, 12)).isEqualTo(10.5 * SECOND);
        assertThat(rate.whenDue(19 * SECOND, 21)).isEqualTo(21 * SECOND);
        assertThat(rate.at(10 * SECOND - 1)).isEqualTo(2);
        assertThat(rate.at(10 * SECOND)).isEqualTo(20);
    }

    @Test
    void valuesOfGroupsAreChangedByTheirNumber() throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), GROUPS);
        Path into = folder.resolve("sweep");

        String share = "groups.2.subscribe.1.share=0.2,0.8";
        assertThat(sim("sweep", file, "--over", share, "--seeds", 1, "--quiet", "-o", into))
                .as(err.toString())
                .isZero();

        List<String> lines = Files.readAllLines(into.resolve("sweep.csv"));
        assertThat(lines).hasSize(3);
        for (String wrong :
                List.of("groups.9.count=3", "groups.2.subscribe.4.share=1", "groups.count=4")) {
            assertThat(sim("run", file, "--set", wrong)).isEqualTo(2);
        }
        assertThat(err.toString())
                .contains("groups.9.count: groups has the entries 0 to 3")
                .contains("groups.2.subscribe.4.share: groups.2.subscribe has the entries 0 to 1")
                .contains("groups.count: groups has the entries 0 to 3");
    }

    @Test
    void membersOfARunHaveNoAdversaries() throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), GROUPS);

        assertThat(sim("run", file, "--members", 2)).isEqualTo(2);
        assertThat(err.toString()).contains("--members: without attackers");
        Setup setup = setup(GROUPS).build();
        Setup other = setup(GROUPS.replace("region: EU", "region: AU")).build();
        assertThat(PlanHash.of(setup)).isNotEqualTo(PlanHash.of(other));
        assertThat(Objects.requireNonNull(setup.groups().named("pub")).region()).isEqualTo(1);
    }

    @ParameterizedTest
    @DisplayName("S-73: groups that cannot be are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    '{name: a}'                                  | a.yaml:5:9: groups must be a list of mappings
                    '[]'                                         | a.yaml:5:9: groups is an empty list
                    '[a]'                                        | a.yaml:5:10: groups must be a list of mappings
                    '[{count: 100}]'                             | a.yaml:5:10: groups.0.name is ``: it must be a name of letters
                    '[{name: 7up}]'                              | a.yaml:5:17: groups.0.name is `7up`
                    '[{name: all}]'                              | groups.0.name: a group called all, which means others: impossible
                    '[{name: a, count: 50}, {name: a}]'          | a.yaml:5:39: groups.1.name: two groups called a: impossible
                    '[{name: t}]'                                | groups.0.name: a group and a topic called t: impossible
                    '[{name: a, size: 100}]'                     | a.yaml:5:20: unknown key groups.0.size
                    '[{name: a, cuont: 100}]'                    | unknown key groups.0.cuont; did you mean groups.count?
                    '[{name: a, count: 0}]'                      | a.yaml:5:27: groups.0.count is `0`: it must be how many
                    '[{name: a, count: 99}]'                     | a.yaml:4:19: topology.peers: 100, of which groups have 99: leave out one count
                    '[{name: a, count: 101}]'                    | topology.peers: 100, of which groups have 101
                    '[{name: a, count: 100}, {name: b}]'         | topology.peers: 100, of which groups have 100, and nobody is left for another group
                    '[{name: a}, {name: b}]'                     | groups.1.count: two groups of the rest: give one a count: impossible
                    '[{name: a, count: 1, fraction: 0.1}]'       | a.yaml:5:40: groups.0.fraction: a count and a fraction: impossible
                    '[{name: a, fraction: 1.5}]'                 | groups.0.fraction is `1.5`: it must be in 0..1
                    '[{name: a, fraction: 0.001}, {name: b}]'    | groups.0.fraction: nobody: impossible
                    '[{name: a, role: relais}]'                  | a.yaml:5:26: groups.0.role is `relais`: it must be publisher, relay, bootstrap
                    '[{name: a, role: adversary}]'               | a.yaml:5:26: groups.0.role: no group of publishers or relays: impossible
                    '[{name: a, role: bootstrap}]'               | groups.0.role: no group of publishers or relays: impossible
                    '[{name: a, region: MARS}]'                  | a.yaml:5:28: groups.0.region: `MARS`; did you mean
                    '[{name: a, bandwidth: fast}]'               | groups.0.bandwidth is `fast`: it must be of its peers
                    '[{name: a, bandwidth: 20Mb}]'               | groups.0.bandwidth is `20Mb`
                    '[{name: a, subscribe: t}]'                  | unknown key groups.0.subscribe
                    '[{name: a, subscribe: []}]'                 | groups.0.subscribe is an empty list
                    '[{name: a, subscribe: [u]}]'                | a.yaml:5:32: groups.0.subscribe.0.topic: `u`; did you mean t?
                    '[{name: a, subscribe: [t, t]}]'             | a.yaml:5:35: groups.0.subscribe.1.topic: twice the same topic
                    '[{name: a, subscribe: [{topic: t, share: 0}]}]' | groups.0.subscribe.0.share: nobody: impossible
                    '[{name: a, subscribe: [{topic: t, part: 1}]}]'  | unknown key groups.0.subscribe.0.part
                    '[{name: a, behaviour: [graft]}]'            | a.yaml:5:32: groups.0.behaviour.graft: behaviours of a group whose role is relay: impossible
                    """)
    void wrong(String groups, String told) throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), HEAD + "groups: " + groups + "\n");

        assertThat(sim("validate", file)).as(out.toString()).isEqualTo(2);

        assertThat(err.toString()).contains(told).hasLineCount(1);
    }

    @ParameterizedTest
    @DisplayName("S-73: behaviours that cannot be are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    3                                            | groups.1.behaviour must be a list of behaviours, as [graft, {forward: {drop: 0.5}}]
                    graft                                        | groups.1.behaviour must be a list of behaviours
                    '[grafts]'                                   | groups.1.behaviour: `grafts`; did you mean graft?
                    '[{grafts: true}]'                           | unknown key groups.1.behaviour.grafts; did you mean groups.behaviour.graft?
                    '[graft, {graft: false}]'                    | key groups.1.behaviour.graft is there twice
                    '[{graft: maybe}]'                           | groups.1.behaviour.graft is `maybe`: it must be true or false
                    '[regraft]'                                  | groups.1.behaviour.regraft: regraft without graft: impossible
                    '[{connect: {to: c}}]'                       | groups.1.behaviour.connect.to: `c`
                    '[{connect: {to: b}}]'                       | groups.1.behaviour.connect.to: a group that dials itself: impossible
                    '[{connect: {degree: 0}}]'                   | groups.1.behaviour.connect.degree is `0`
                    '[{forward: {drop: 2}}]'                     | groups.1.behaviour.forward.drop is `2`: it must be in 0..1
                    '[{forward: {afterFlip: 0.5}}]'              | groups.1.behaviour.forward.afterFlip: without flipAt or an event that flips the group: impossible
                    '[{flipAt: 9s}]'                             | groups.1.behaviour.flipAt: a flip without forward: nothing changes: impossible
                    '[{forward: {drop: 1}}, {flipAt: 9s}]'       | groups.1.behaviour.flipAt: a flip that changes nothing
                    '[{forward: {except: [u]}}]'                 | groups.1.behaviour.forward.except: `u`; did you mean t?
                    '[{spam: {kind: graft, from: 46s}}]'         | groups.1.behaviour.spam.from: after the end: impossible
                    '[{connect: {at: 2m}}]'                      | groups.1.behaviour.connect.at: after the end: impossible
                    '[forward, {flipAt: 46s}]'                   | groups.1.behaviour.flipAt: after the end: impossible
                    '[{spam: {rate: 1/s}}]'                      | groups.1.behaviour.spam.kind: spam of no kind: give it one: impossible
                    '[{spam: {kind: mail}}]'                     | groups.1.behaviour.spam.kind is `mail`: it must be invalid, ihave, idontwant, or graft
                    '[{spam: {kind: graft, rate: 2000/s}}]'      | groups.1.behaviour.spam.rate is `2000/s`: it must be up to 1000/s
                    '[{spam: {kind: ihave, size: 6000}}]'        | groups.1.behaviour.spam.size is `6000`: it must be in 8..5000
                    '[{class: org.example.None}]'                | class org.example.None: not found
                    '[{class: org.example.attacks.Parrot}, graft]' | groups.1.behaviour.graft: a behaviour beside behaviour.class: impossible
                    '[{classpath: x.jar}]'                       | groups.1.behaviour.classpath: a path without behaviour.class: impossible
                    """)
    void wrongBehaviours(String behaviour, String told) throws IOException {
        String groups =
                "groups: [{name: a, count: 60}, {name: b, count: 40, role: adversary, behaviour: %s}]\n"
                        .formatted(behaviour);
        Path file = Files.writeString(folder.resolve("a.yaml"), HEAD + groups);

        assertThat(sim("validate", file)).as(out.toString()).isEqualTo(2);

        assertThat(err.toString()).contains("a.yaml:5:", told).hasLineCount(1);
    }

    @ParameterizedTest
    @DisplayName("S-73: flips and settings that cannot be are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    '{at: 9s, do: flip}'                          | a.yaml:7:23: events.0.do: a flip of nobody: give it a group: impossible
                    '{at: 9s, do: flip, group: c}'                | a.yaml:7:36: events.0.group: `c`
                    '{at: 9s, do: flip, group: a}'                | a.yaml:7:36: events.0.group: only adversaries flip: impossible
                    '{at: 9s, do: flip, group: b}'                | events.0.group: a flip that changes nothing
                    '{at: 9s, do: flip, group: b, share: 0.1}'    | events.0.share: a share of a flip: impossible
                    '{at: 9s, do: flip, group: b, value: 1}'      | events.0.value: a value of a flip: impossible
                    '{at: 99s, do: flip, group: b}'               | events.0.at: after the end: impossible
                    '{at: 9s, do: leave, share: 0.1, group: a}'   | events.0.group: a group of a leave: impossible
                    '{at: 9s, do: set, value: 1}'                 | events.0.key is ``; known: network.loss, drop, workload.rate
                    '{at: 9s, do: set, key: network.los, value: 1}'    | a.yaml:7:33: events.0.key is `network.los`; did you mean network.loss?
                    '{at: 9s, do: set, key: network.loss}'             | events.0.do: a set without a value: impossible
                    '{at: 9s, do: set, key: network.loss, value: 1}'   | events.0.value is `1`: it must be in [0, 1) for network.loss
                    '{at: 9s, do: set, key: network.loss, value: 0.1, group: b}' | events.0.group: network.loss of a group: impossible
                    '{at: 9s, do: set, key: drop, value: 1}'           | events.0.key: drop of nobody: give it a group: impossible
                    '{at: 9s, do: set, key: drop, value: 1, group: a}' | events.0.group: only adversaries drop messages: impossible
                    '{at: 9s, do: set, key: drop, value: 2, group: b}' | events.0.value is `2`: it must be in 0..1
                    '{at: 9s, do: set, key: workload.rate, value: 2}'  | events.0.value is `2`: it must be what it is set to
                    '{at: 9s, do: set, key: workload.1.rate, value: 2/s}' | events.0.key is `workload.1.rate`
                    '{at: 9s, do: set, key: workload.rate, value: 2/s, share: 0.1}' | events.0.share: a share of a set: impossible
                    """)
    void wrongChanges(String event, String told) throws IOException {
        String groups =
                """
                groups: [{name: a, count: 60}, {name: b, count: 40, role: adversary, behaviour: [{forward: {drop: 1}}]}]
                workload: {rate: 4/s}
                """;
        Path file =
                Files.writeString(
                        folder.resolve("a.yaml"), HEAD + groups + "events: [" + event + "]\n");

        assertThat(sim("validate", file)).as(out.toString()).isEqualTo(2);

        assertThat(err.toString()).contains(told).hasLineCount(1);
    }

    @ParameterizedTest
    @DisplayName("S-73: who cannot publish, and what the profile light cannot have")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    'workload: {group: b}'                     | a.yaml:6:19: workload.group: `b`; did you mean a?
                    'workload: {group: r}'                     | a.yaml:6:19: workload.group: messages of a group whose role is relay, not publisher: impossible
                    'workload: {group: a, publishers: 41}'     | workload.publishers is `41`: it must be between 1 and the publishers there are (40)
                    'scoring: {profile: light}'                | a.yaml:5:82: groups.1.subscribe.0.topic: the profile light has no routers
                    """)
    void wrongPublishers(String line, String told) throws IOException {
        String groups =
                "groups: [{name: a, count: 40, role: publisher}, {name: r, count: 60, subscribe: [t]}]\n";
        Path file = Files.writeString(folder.resolve("a.yaml"), HEAD + groups + line + "\n");

        assertThat(sim("validate", file)).as(out.toString()).isEqualTo(2);

        assertThat(err.toString()).contains(told).hasLineCount(1);
        Files.writeString(file, HEAD + "workload: {group: a}\n");
        assertThat(sim("validate", file)).isEqualTo(2);
        assertThat(err.toString()).contains("workload.group: `a`: there are no groups");
    }
}
