package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.PubsubProtocol;

/// What routers of scenario files speak, and masks of several bits.
class MasksTest {
    private static final String HEAD =
            """
            schema: 1
            name: masks
            time: {warmup: 5s, run: 5s, cooldown: 3s}
            topology: {peers: 400, k: 10, regions: const(20ms)}
            scoring: {profile: plain}
            """;
    private static final String HOLDERS =
            HEAD
                    + """
                    protocol: {variant: blossom-2.1, multiBitMode: FLOOD_HOLDERS}
                    groups: [{name: all-peers, subscribe: [{bits: random(3 of 256), share: 0.3}]}]
                    workload: {rate: 8/s, size: 64B}
                    """;

    @TempDir Path folder = Path.of("");

    private static Setup setup(String text, long seed) {
        return Scenario.parse("a.yaml", text).setup(seed).build();
    }

    private static SimulationResult run(Setup setup) {
        return new Simulation(setup).run(() -> false);
    }

    @Test
    void aRandomMaskHasSoManyBitsAndIsOfTheSeed() {
        Mask one = setup(HOLDERS, 1).masks().getFirst();

        assertThat(one.bitCount()).isEqualTo(3);
        assertThat(one.length()).isEqualTo(32);
        assertThat(setup(HOLDERS, 1).masks()).containsExactly(one);
        assertThat(setup(HOLDERS, 2).masks()).isNotEqualTo(setup(HOLDERS, 1).masks());
        String chosen = HOLDERS.replace("random(3 of 256)", "\"bits(77, 3,200 of 256)\"");
        assertThat(setup(chosen, 1).masks()).containsExactly(FurtherAttacks.bits(3, 77, 200));
    }

    /// A share of 0.3 of peers with twenty links has six links to holders each: the giant component
    /// has all but 0.3 % of them.
    @Test
    void holdersFloodAmongEachOther() {
        Setup setup = setup(HOLDERS, 1);

        SimulationResult result = run(setup);

        long holders = IntStream.range(0, 400).filter(i -> setup.subscribes(i, 0)).count();
        assertThat(holders).isBetween(92L, 148L);
        assertThat(setup.messages()).allMatch(m -> setup.subscribes(m.publisher(), 0));
        assertThat(setup.expected(setup.messages().getFirst())).isEqualTo((int) holders - 1);
        assertThat(result.delivery()).isBetween(0.97, 1.0);
        Setup few = setup(HOLDERS.replace("0.3}", "0.05}"), 1);
        assertThat(run(few).delivery()).as("below the threshold").isLessThan(0.3);
    }

    @Test
    void theModeIsOfTheRouters() {
        Setup flood = setup(HOLDERS, 1);
        Setup composite = setup(HOLDERS.replace("FLOOD_HOLDERS", "COMPOSITE"), 1);
        SimulationResult one = run(flood);
        SimulationResult other = run(composite);

        assertThat(flood.profile().params().dialect()).isEqualTo(Dialect.BLOSSOM);
        assertThat(other.delivery()).isGreaterThan(0.95);
        double copies = (double) one.messageRpcs() / one.deliveries();
        double fewer = (double) other.messageRpcs() / other.deliveries();
        assertThat(fewer).as("copies of a message").isLessThan(copies);
        for (int workers : new int[] {2, 3}) {
            Setup again = Scenario.parse("a", HOLDERS).setup(1).workers(workers).build();
            assertThat(run(again).digest()).isEqualTo(one.digest());
        }
    }

    @Test
    void attackersOnTheLinksOfHoldersCutThemApart() {
        String text =
                HOLDERS.replace("k: 10", "k: 8, connections: 16")
                                .replace("const(20ms)", "interop8")
                                .replace("peers: 400", "peers: 440")
                        + "attack: {use: K-41, with: {fraction: 0.1}}\n";
        Setup setup = setup(text, 1);
        assertThat(setup.total() - setup.honest()).isEqualTo(44);
        assertThat(setup.honest()).isEqualTo(396);

        double attacked = run(setup).delivery();

        double without =
                run(setup(text.replaceAll("attack:.*\n", "").replace("440", "396"), 1)).delivery();
        assertThat(without).isGreaterThan(0.9);
        assertThat(attacked).isLessThan(without - 0.1);
    }

    @ParameterizedTest
    @DisplayName("attackers get into the meshes of masks of several bits")
    @CsvSource(
            delimiter = '|',
            value = {
                "COMPOSITE | {sybils: 40, degree: 12, at: 2s, from: 60s}",
                "FLOOD_HOLDERS | {sybils: 40, degree: 12, at: 2s, from: 60s}",
                "COMPOSITE | ",
                "FLOOD_HOLDERS | "
            })
    void attackersAreInMeshesOfMasks(String mode, String attack) {
        String bad =
                ", {name: bad, count: 40, role: adversary, behaviour: [{connect: {degree: 12, at: 2s}}, graft, forward]}";
        String text =
                HOLDERS.replace("FLOOD_HOLDERS", mode)
                                .replace("peers: 400", "peers: 100")
                                .replace(
                                        "share: 0.3}]}",
                                        "share: 1}]}" + (attack == null ? bad : ""))
                                .replace("peers: 100", "peers: 140")
                        + (attack == null ? "" : "attack: " + attack + "\n");
        Scenario scenario =
                Scenario.parse("a.yaml", text + "gates: [\"meshShare(sybil) >= 0.05\"]\n");
        GateWatch watch = scenario.watch();
        Setup setup = watch.at(scenario.setup(1)).build();

        List<Verdict.Gate> gates = watch.verdicts(setup, run(setup));

        assertThat(gates.getFirst().measured()).as(mode).isBetween(0.05, 0.9);
    }

    @Test
    void gatesAndBehavioursNameMasks() {
        String bad =
                ", {name: bad, count: 2, role: adversary, behaviour: [graft, {forward: {except: [\"bits(9,3 of 256)\", random(3 of 256)]}}]}";
        String text =
                HEAD.replace("400", "40")
                        + "protocol: {variant: blossom-2.1}\n"
                        + "groups: [{name: good}"
                        + bad
                        + "]\n"
                        + "workload: [{mask: random(3 of 256), rate: 4/s}, {mask: \"bits(3, 9 of 256)\", rate: 4/s}]\n"
                        + "gates: [\"delivery(random( 3 of 256), t >= 6s) >= 0.9\", \"delivery(t >= 6s, bits(3,9 of 256)) >= 0.9\"]\n";
        Scenario scenario = Scenario.parse("a.yaml", text);
        GateWatch watch = scenario.watch();
        Setup setup = watch.at(scenario.setup(1)).build();

        List<Verdict.Gate> gates = watch.verdicts(setup, run(setup));

        assertThat(gates).allMatch(Verdict.Gate::passes);
        assertThat(gates.stream().map(Verdict.Gate::what))
                .containsExactly(
                        "delivery(random(3 of 256) t>=6s)", "delivery(bits(3 9 of 256) t>=6s)");
        assertThat(scenario.resolved(1)).contains("[\"bits(9,3 of 256)\", \"random(3 of 256)\"]");
    }

    @Test
    void shareAndModeAreSweptOver() {
        Scenario scenario = Scenario.parse("a.yaml", HOLDERS);

        Setup changed =
                scenario.with(
                                Map.of(
                                        "groups.0.subscribe.0.share",
                                        "1",
                                        "protocol.multiBitMode",
                                        "RANDOM_SLICE"))
                        .setup(1)
                        .build();

        assertThat(changed.expected(changed.messages().getFirst())).isEqualTo(399);
        assertThat(changed.profile().params().multiBitMode().name()).isEqualTo("RANDOM_SLICE");
    }

    @ParameterizedTest
    @CsvSource({
        "meshsub-1.0, MESHSUB_1_0",
        "meshsub-1.1, MESHSUB_1_1",
        "meshsub-1.2, MESHSUB_1_2",
        "meshsub-1.3, MESHSUB_1_3",
        "blossom-2.0, BLOSSOMSUB_2_0",
        "blossom-2.1, BLOSSOMSUB_2_1"
    })
    void everyVariantDelivers(String variant, PubsubProtocol protocol) {
        String text =
                HEAD.replace("400", "100").replace("plain", "H1")
                        + "protocol: {variant: %s}\nworkload: {rate: 4/s, size: 2KiB}\n"
                                .formatted(variant);
        Setup setup = setup(text, 1);

        assertThat(setup.profile().protocol()).isEqualTo(protocol);
        assertThat(run(setup).delivery()).isEqualTo(1);
    }

    @Test
    void masksAreSignedAsTopicsAre() {
        String text =
                HEAD.replace("400", "60")
                        + "protocol: {variant: blossom-2.1, crypto: modelled}\nworkload: {rate: 4/s, size: 64B}\n";

        assertThat(run(setup(text, 1)).delivery()).isEqualTo(1);
    }

    @Test
    void thereIsAVariantThatIsTheProfilesOwn() {
        String text = HEAD.replace("400", "60") + "workload: {rate: 4/s, size: 64B}\n";
        String same = text + "protocol: {variant: meshsub-1.2}\n";
        String none = text + "protocol: {params: {opportunisticGraftTicks: 0}}\n";

        assertThat(run(setup(same, 1)).digest()).isEqualTo(run(setup(text, 1)).digest());
        assertThat(run(setup(none, 1)).delivery()).isEqualTo(1);
    }

    @ParameterizedTest
    @DisplayName("S-73: variants and masks that cannot be are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    'protocol: {variant: meshsub-1.4}'            | a.yaml:6:21: protocol.variant is `meshsub-1.4`; did you mean meshsub-1.0?
                    'protocol: {variant: quic}'                   | protocol.variant is `quic`; known: blossom-2.0, blossom-2.1, meshsub-1.0, meshsub-1.1, meshsub-1.2, meshsub-1.3
                    'protocol: {multiBitMode: COMPOSITE}'         | a.yaml:6:26: protocol.multiBitMode: masks without protocol.variant blossom-2.0 or blossom-2.1: impossible
                    'protocol: {variant: blossom-2.1, multiBitMode: flood}' | a.yaml:6:48: protocol.multiBitMode is `flood`: it must be FLOOD_HOLDERS
                    'workload: {mask: random(3 of 256)}'          | a.yaml:6:18: workload.mask: a mask without protocol.variant
                    'groups: [{name: a, subscribe: [{bits: random(3 of 256)}]}]' | groups.0.subscribe.0.bits: a mask without protocol.variant
                    'protocol: {variant: blossom-2.1}\nworkload: {topic: blocks}' | a.yaml:7:19: workload.topic: a topic with protocol.variant blossom-2.1, which has masks: mask: random(3 of 256): impossible
                    'protocol: {variant: blossom-2.1}\ngroups: [{name: a, subscribe: [t]}]' | groups.0.subscribe.0.topic: a topic with protocol.variant blossom-2.1
                    'protocol: {variant: blossom-2.1}\nworkload: {mask: random(3)}'         | a.yaml:7:18: workload.mask is `random(3)`: it must be with BlossomSub: random(3 of 256)
                    'protocol: {variant: blossom-2.1}\nworkload: {mask: random(0 of 256)}'  | workload.mask is `random(0 of 256)`
                    'protocol: {variant: blossom-2.1}\nworkload: {mask: random(9 of 8)}'    | (9 bits: 1 to 8)
                    'protocol: {variant: blossom-2.1}\nworkload: {mask: random(3 of 12)}'   | (of 12: whole bytes, 8 to 2048 bits)
                    'protocol: {variant: blossom-2.1}\nworkload: {mask: bits(8 of 8)}'      | (bit 8: below 8)
                    'protocol: {variant: blossom-2.1}\ngroups: [{name: a, subscribe: [{bits: bits(1 of 8)}]}]\nworkload: {mask: bits(2 of 8)}' | a.yaml:7:39: groups.0.subscribe.0.bits: `bits(1 of 8)`; did you mean bits(2 of 8)?
                    'protocol: {variant: blossom-2.1}\ngates: ["delivery(bits(9 of 8)) >= 1"]' | a.yaml:7:9: gate on delivery of `bits(9 of 8)`
                    'protocol: {variant: blossom-2.1}\ngates: ["delivery(bits(9 of 256)) >= 1"]' | a.yaml:7:9: gate on delivery(bits(9 of 256)); did you mean bits(0 of 256)?
                    'topology: {connect: {k: 4}}'                  | a.yaml:6:22: key topology.connect.k is there twice
                    """)
    void wrong(String lines, String told) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("a.yaml"), HEAD + lines.replace("\\n", "\n") + "\n");
        var err = new StringWriter();

        int code =
                new SimTool()
                        .run(
                                new PrintWriter(new StringWriter()),
                                new PrintWriter(err, true),
                                "validate",
                                file.toString());

        assertThat(code).as(err.toString()).isEqualTo(2);
        assertThat(err.toString()).contains(told).hasLineCount(1);
    }
}
