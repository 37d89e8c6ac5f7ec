package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The scenario that a run leaves: all keys, and the same run again.
class ResolvedScenarioTest {
    private static final String SMALL =
            """
            schema: 1
            name: small
            time: {warmup: 3s, run: 2s, cooldown: 2s}
            topology: {peers: 30, k: 5}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(out, true), texts);
    }

    private static String digest(Scenario scenario, long seed) {
        return new Simulation(scenario.setup(seed).build()).run(() -> false).digest();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "description: \"two\\nlines: `x`, # no comment\"\n",
                "workload: [{rate: 4/s, size: 1KiB}, {topic: b, arrival: slots, slot: 1s, share: 0.5}]\n",
                "workload: {topic: b, rate: 3/s, arrival: poisson, validity: 0.5}\n",
                "churn: {share: 0.3, shape: 0.6}\nnetwork: {bandwidth: interop, mode: fair, jitter: uniform(0.1)}\n",
                "churn: {sessions: sessions.csv}\n",
                "attack: {sybils: 9, degree: 3, at: 1s}\n",
                "attack: {sybils: 2, degree: 3, class: org.example.attacks.Parrot}\n",
                "events: [{at: 4s, do: partition, regions: [EU, WAS]}, {at: 5s, do: heal}, {at: 5s, do: leave, share: 0.2}]\n",
                "scoring: {profile: light}\n",
                "scoring: {profile: plain}\nprotocol: {crypto: modelled, params: {D: 4, Dlo: 3, Dhi: 5, Dscore: 3, Dout: 1}}\n",
                "scoring: {profile: H0-quick, overrides: {topicWeight: 0.25, retainScore: 1500ms}}\n",
                "scoring: {profile: H0o-quick}\ngates: [\"delivery >= 0.1\", \"median(p99) <= 9s\"]\n",
                "groups: [{name: pub, count: 4, role: publisher, region: EU, bandwidth: 100Mb/s}, {name: relay, subscribe: [b, {topic: c, share: 0.5}]}, {name: boot, count: 2, role: bootstrap}]\nworkload: [{group: pub, topic: b, rate: 3/s}, {group: all, topic: c, rate: 2/s}]\n",
                "groups: [{name: good}, {name: bad, fraction: 0.2, role: adversary, behaviour: [{connect: {degree: 3, at: 1s}}, graft, {forward: {drop: 0.5, afterFlip: 1}}, {flipAt: 4s}]}]\nevents: [{at: 5s, do: flip, group: bad}, {at: 5s, do: set, key: network.loss, value: 0.1}]\n",
                "groups: [{name: good}, {name: bad, count: 3, role: adversary, behaviour: [graft, {spam: {kind: ihave, rate: 5/s, from: 2s}}]}]\n",
                "protocol: {variant: blossom-2.1, multiBitMode: FLOOD_HOLDERS}\ngroups: [{name: all-of-them, subscribe: [{bits: random(3 of 256), share: 0.5}]}]\nworkload: {rate: 4/s, size: 64B}\n",
                "protocol: {variant: meshsub-1.1}\n",
                "groups: [{name: a, fraction: 0.5, role: publisher, region: EU}, {name: b, role: adversary, behaviour: [graft, regraft, forward, {flipAt: 4s}]}]\n",
                "groups: [{name: b, count: 9, role: adversary, behaviour: [{spam: {kind: ihave}}]}, {name: a, subscribe: [t]}]\nevents: [{at: 4s, do: set, key: network.loss, value: 0.1}]\n",
                "attack: {use: K-06, with: {sybils: 9, at: 1s}}\n",
                "attack: {use: K-01, with: {sybils: 9}}\n",
                "attack: {use: K-41, with: {fraction: 0.1}}\nworkload: {share: 0.5}\n",
                "attack: {sybils: 3, target: holders}\nworkload: {share: 0.5}\n",
                "attack: {fraction: 0.2}\n",
                "protocol: {variant: blossom-2.1}\nworkload: {mask: random(3 of 256), rate: 3/s}\n",
                "measure: {deadlines: [1s, 500ms], graphEvery: 2s}\nbudget: {events: 1e9, wall: 20m}\n",
                "seeds: [1, 2]\nsweep: {topology.k: [4, 5]}\ncompare: {baseline: k=4, metrics: [p99]}\n"
            })
    void whatIsLeftIsTheSameRun(String more) throws IOException {
        Files.writeString(folder.resolve("sessions.csv"), "3,0,4\n3,5,7\n");
        String file = folder.resolve("a.yaml").toString();
        Scenario given = Scenario.parse(file, SMALL + more);

        String text = given.resolved(7);
        Scenario again = Scenario.parse(file, text);

        assertThat(again.resolved(7)).isEqualTo(text);
        assertThat(again.seed()).isEqualTo(7);
        assertThat(digest(again, 7)).isEqualTo(digest(given, 7));
        assertThat(again.gates().texts()).isEqualTo(given.gates().texts());
        assertThat(text)
                .contains("schema: 1\n", "  mode: ", "  model: dial\n", "  cooldown: 2s\n")
                .contains("measure:\n  scoreEvery: 5s\n")
                .doesNotContain("sweep", "compare", "seeds", "\r", "E-");
        if (!more.contains("light")) assertThat(text).contains("    Dlo: ", "  heartbeat: ");
    }

    @Test
    void defaultsAndChangesAreThere() {
        Scenario scenario = Scenario.parse("a.yaml", SMALL);

        String text = scenario.with(java.util.Map.of("topology.k", "4")).resolved(3);

        assertThat(text)
                .contains("seed: 3\n", "  k: 4\n", "  regions: interop8\n", "  profile: H1\n")
                .contains("  rate: 1/s\n", "  publishers: 30\n", "  deadlines: [3s, 4s, 6s]\n")
                .contains(
                        "    D: 8\n", "    graylistThreshold: -500.0\n", "    decayInterval: 1s\n")
                .doesNotContain("description", "attack.", "  degree: ", "connections");
    }

    @Test
    void numbersOfAttackersAreThere() {
        assertThat(attack("attack: {use: K-06, with: {sybils: 9}}\n"))
                .contains("    sybils: 9\n", "    degree: 20\n", "    at: 0s\n", "    drop: 1\n")
                .contains("    target: all\n", "    regraft: 60s\n")
                .doesNotContain("fraction");
        assertThat(attack("attack: {use: K-06}\n")).contains("    sybils: 4000\n");
        assertThat(attack("attack: {use: K-41}\n".replace("K-41", "K-41, with: {at: 1s}")))
                .contains("    fraction: 0.02\n", "    target: holders\n", "    at: 1s\n")
                .doesNotContain("degree", "sybils");
        assertThat(attack("attack: {fraction: 0.2}\n"))
                .contains("  fraction: 0.2\n", "  degree: 20\n", "  drop: 1\n")
                .doesNotContain("sybils");
        assertThat(attack("attack: {sybils: 0}\n")).doesNotContain("degree", "drop", "fraction");
        assertThat(attack("attack: {sybils: 2, class: org.example.attacks.Parrot}\n"))
                .contains("  degree: 20\n")
                .doesNotContain("  drop:", "regraft");
    }

    private static String attack(String attack) {
        return Scenario.parse("a.yaml", SMALL + attack).resolved(1);
    }

    @Test
    void theFileOfAFolderRunsAgain() throws IOException {
        String workload =
                "workload: [{rate: 5/s, size: 2KiB}, {topic: b, rate: 2/s, share: 0.5}]\n";
        Path file = Files.writeString(folder.resolve("a.yaml"), SMALL + workload);
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        String set = "churn.share=0.2";

        assertThat(sim("run", file, "--quiet", "--seed", 9, "--set", set, "-o", one)).isZero();
        Path left = one.resolve("scenario.yaml");
        assertThat(sim("run", left, "--quiet", "--workers", 2, "-o", two)).isZero();

        assertThat(sim("diff", one, two)).as(out.toString()).isZero();
        assertThat(two.resolve("scenario.yaml")).content().isEqualTo(Files.readString(left));
        for (ResultTable table : ResultTable.values()) {
            String name = table.file() + ".csv";
            assertThat(two.resolve(name))
                    .as(name)
                    .content()
                    .isEqualTo(Files.readString(one.resolve(name)));
        }
        assertThat(sim("replay", one)).as(out.toString()).isZero();
        Path light = folder.resolve("light");
        Files.writeString(file, SMALL + "scoring: {profile: light}\n");
        assertThat(sim("run", file, "--quiet", "-o", light)).isZero();
        assertThat(light.resolve("hops.csv"))
                .content()
                .startsWith("hops,mesh,flood,iwant,other\n1,");
    }
}
