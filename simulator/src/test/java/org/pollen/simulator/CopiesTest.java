package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What tables say of single copies, where one can count them by hand.
class CopiesTest {
    private static final String SCENARIO =
            """
            schema: 1
            name: copies
            time: {warmup: 4s, run: 3s, cooldown: 3s}
            topology: {peers: %d, %s, regions: const(50ms)}
            scoring: {profile: plain}
            workload: {rate: 4/s, size: 100B, publishers: 1}
            """;

    @TempDir Path folder = Path.of("");

    private RunFolder run(String scenario, Object... options) throws IOException {
        Path file = Files.writeString(folder.resolve("copies.yaml"), scenario);
        Path into = folder.resolve("run");
        var out = new StringWriter();
        var args = new java.util.ArrayList<String>(List.of("run", file.toString(), "--quiet"));
        args.addAll(List.of("-o", into.toString()));
        for (Object option : options) args.add(option.toString());
        var writer = new PrintWriter(out, true);
        int code = new SimTool().run(writer, writer, args.toArray(String[]::new));
        assertThat(code).as(out.toString()).isZero();
        return RunFolder.read(into);
    }

    private String edges(int peers, String... lines) throws IOException {
        Files.write(folder.resolve("links.csv"), List.of(lines));
        return SCENARIO.formatted(peers, "model: edges, edges: links.csv");
    }

    private static double sum(Table table, String column) {
        return Arrays.stream(table.column(column)).filter(Double::isFinite).sum();
    }

    @Test
    void eachPeerOfAChainIsOneHopFurther() throws IOException {
        String chain = edges(5, "0,1", "1,2", "2,3", "3,4");

        RunFolder run = run(chain + "measure: {deadlines: [120ms, 60ms]}\n");

        assertThat(run.table("hops").csv())
                .isEqualTo(
                        "hops,mesh,flood,iwant,other\n1,12,0,0,0\n2,12,0,0,0\n3,12,0,0,0\n4,12,0,0,0\n");
        assertThat(run.number("hopsMean")).isEqualTo(2.5);
        Table messages = run.table("messages");
        // Of four peers the second is half of them, and the fourth 90 % and more.
        assertThat(messages.column("half_ms")).containsOnly(100);
        assertThat(messages.column("p90_ms")).containsOnly(200);
        assertThat(messages.column("p99_ms")).containsOnly(200);
        assertThat(messages.column("all_ms")).containsOnly(200);
        assertThat(run.table("gaps").size()).as("a chain has no further copies").isZero();
        assertThat(run.table("deadlines").csv())
                .isEqualTo(
                        "topic,phase,deadline_s,expected,late,missed\n0,0,0.06,48,36,36\n0,0,0.12,48,24,24\n");
        assertThat(run.number("missed0.12s")).isEqualTo(24);
        assertThat(run.number("deliveryAll")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bandwidth: interop",
                "bandwidth: interop, mode: fair",
                "bandwidth: thirds, mode: tcplite, loss: 0.1",
                "cpu: true",
                "bandwidth: dchome, cpu: true, validation: 5ms"
            })
    void hopsGoThroughUplinksDownlinksAndProcessors(String network) throws IOException {
        String chain = edges(5, "0,1", "1,2", "2,3", "3,4");

        RunFolder run = run(chain + "network: {" + network + "}\n");

        assertThat(run.table("hops").csv())
                .isEqualTo(
                        "hops,mesh,flood,iwant,other\n1,12,0,0,0\n2,12,0,0,0\n3,12,0,0,0\n4,12,0,0,0\n");
        Table messages = run.table("messages");
        double[] all = messages.column("p99_ms");
        double[] slowest = messages.column("slowest_ms");
        for (int i = 0; i < all.length; i++)
            assertThat(all[i]).isCloseTo(slowest[i], within(0.001));
    }

    @Test
    void gatesNameThem() throws IOException {
        String gates =
                """
                gates:
                  - "hops <= 2.5"
                  - "hops >= 2.5"
                  - "iwantPath <= 0"
                  - "giant(t >= 5s, t <= 8s) >= 1"
                  - "giant(t >= 9.5s) <= 0.9"
                  - "deliveryAll(before) >= 1"
                  - "deliveryAll(t) >= 1"
                events: [{at: 9s, do: partition, share: 0.5}]
                """;

        RunFolder run = run(edges(5, "0,1", "1,2", "2,3", "3,4") + gates);

        assertThat(run.gates()).hasSize(7).allMatch(gate -> Boolean.TRUE.equals(gate.get("pass")));
        assertThat(run.gates().getFirst()).containsEntry("measured", 2.5);
        for (String wrong : List.of("hops(before) <= 3", "iwantPath(t >= 5s) <= 1", "hopz <= 2")) {
            assertThatThrownBy(
                            () -> {
                                String text = edges(2, "0,1") + "gates: [\"" + wrong + "\"]\n";
                                Scenario.parse(folder.resolve("wrong.yaml").toString(), text);
                            })
                    .isInstanceOf(ScenarioException.class)
                    .hasMessageContaining("wrong.yaml:7:9: gate on ");
        }
    }

    @Test
    void theFurtherCopiesOfATriangleComeOneLinkLater() throws IOException {
        RunFolder run = run(edges(3, "0,1", "1,2", "2,0"));

        Table gaps = run.table("gaps");
        assertThat(gaps.column("share")).containsExactly(1);
        assertThat(gaps.column("millis")[0]).isCloseTo(50, within(0.5)); // buckets of 0.8 %
        assertThat(run.table("hops").csv()).isEqualTo("hops,mesh,flood,iwant,other\n1,24,0,0,0\n");
        assertThat(sum(run.table("series"), "message_rpcs")).isEqualTo(4 * 12);
        double copy = Network.wireBytes(100) * 24.0; // and what is around a payload
        assertThat(run.number("wastedBytes")).isBetween(copy, 2 * copy);
    }

    @Test
    void whoIsNotInThePublishersMeshIsFlooded() throws IOException {
        String all = SCENARIO.formatted(20, "k: 19, model: regular").replace("plain", "H1");
        String params =
                "protocol: {params: {D: 4, Dlo: 3, Dhi: 5, Dscore: 3, Dout: 1, floodPublish: %s}}\n";

        Table flooded = run(all + params.formatted(true)).table("hops");
        Table pushed = run(all + params.formatted(false)).table("hops");

        assertThat(flooded.column("hops")).containsExactly(1);
        assertThat(sum(flooded, "mesh") + sum(flooded, "flood")).isEqualTo(12 * 19);
        assertThat(sum(flooded, "mesh")).isBetween(12 * 2.0, 12 * 5.0);
        assertThat(sum(pushed, "flood")).isZero();
        assertThat(sum(pushed, "mesh") + sum(pushed, "iwant")).isEqualTo(12 * 19);
        assertThat(pushed.size()).as("it takes several hops").isGreaterThan(1);
    }

    @Test
    void holdersOfAMaskAreFloodedByAll() throws IOException {
        String chain = edges(5, "0,1", "1,2", "2,3", "3,4");
        String masks = chain.replace("publishers: 1", "publishers: 1, mask: random(3 of 256)");

        RunFolder run =
                run(masks + "protocol: {variant: blossom-2.1, multiBitMode: FLOOD_HOLDERS}\n");

        assertThat(run.table("hops").csv())
                .isEqualTo(
                        "hops,mesh,flood,iwant,other\n1,0,12,0,0\n2,0,12,0,0\n3,0,12,0,0\n4,0,12,0,0\n");
    }

    @Test
    void classesComeOutOfTheirWordsAsTheyWere() {
        var classes = new DeliveryClasses();
        classes.delivered(0, 1, 3_000_000, new long[] {1_000_000, 5_000_000});
        classes.delivered(2, 3, 9_000_000, new long[] {1_000_000, 5_000_000});

        var same = new DeliveryClasses();
        same.set(classes.words());

        assertThat(same.words()).isEqualTo(classes.words());
        assertThat(same.late(2, 3, 1)).isEqualTo(1);
        assertThat(same.late(0, 1, 1)).isZero();
        assertThat(same.delays(1, 0)).isNull();
    }

    @Test
    void whatAMeshLosesIsAskedFor() throws IOException {
        String attack = "attack: {sybils: 60, degree: 12, at: 2s, from: 2s}\n";
        String scenario = SCENARIO.formatted(30, "k: 4").replace("rate: 4/s", "rate: 20/s");

        RunFolder run = run(scenario + attack);

        Table hops = run.table("hops");
        assertThat(sum(hops, "iwant")).isPositive();
        double all = 0;
        for (String way : List.of("mesh", "flood", "iwant", "other")) all += sum(hops, way);
        assertThat(all).isEqualTo(run.number("deliveries"));
        assertThat(sum(run.table("series"), "iwant_ids"))
                .isGreaterThanOrEqualTo(sum(hops, "iwant"));
        assertThat(run.number("iwantPath")).isCloseTo(sum(hops, "iwant") / all, within(1e-6));
        assertThat(run.number("attackIdentities")).isEqualTo(60);
        assertThat(run.number("attackAddresses")).isEqualTo(60);
        Table table = run.table("attack");
        double links = table.column("links")[table.size() - 1];
        assertThat(run.number("attackConnections")).isGreaterThanOrEqualTo(links);
        assertThat(run.number("attackBytes")).isEqualTo(sum(table, "bytes")).isPositive();
    }

    @Test
    void largeMessagesThatNobodyWantsAreCounted() throws IOException {
        String large =
                SCENARIO.formatted(30, "k: 10").replace("plain", "H1").replace("100B", "256KiB")
                        + "network: {bandwidth: interop}\n";

        RunFolder run = run(large);

        double saved = run.number("idontwantSaved");
        assertThat(saved).isPositive();
        assertThat(run.number("idontwantSavedBytes") / saved).isBetween(262_144.0, 262_300.0);
        assertThat(sum(run.table("series"), "idontwant_ids")).isPositive();
        assertThat(run.number("downPeak"))
                .isGreaterThan(run.number("downMean"))
                .isGreaterThan(262_144);
        assertThat(run.number("upPeak")).isGreaterThan(run.number("upMean"));
    }

    @Test
    void leaversCountInOneOfTwoDenominators() throws IOException {
        String churn = "churn: {share: 0.5, up: 20s, down: 5s}\n";
        String scenario = SCENARIO.formatted(60, "k: 8").replace("publishers: 1", "publishers: 60");

        RunFolder run = run(scenario + churn);

        Table messages = run.table("messages");
        Table classes = run.table("delivery");
        for (String column : List.of("reached", "expected", "reached_all", "expected_all")) {
            assertThat(sum(classes, column)).as(column).isEqualTo(sum(messages, column));
        }
        assertThat(sum(classes, "expected")).isEqualTo(run.number("expected"));
        assertThat(sum(classes, "expected_all")).isGreaterThan(sum(classes, "expected"));
        assertThat(sum(classes, "reached_all"))
                .isGreaterThan(sum(classes, "reached"))
                .isLessThanOrEqualTo(sum(classes, "expected_all"));
        Setup setup = Scenario.load(folder.resolve("copies.yaml")).setup(1).build();
        for (int i = 0; i < setup.messages().size(); i++) {
            PlannedMessage message = setup.messages().get(i);
            int up = 0;
            for (int peer = 0; peer < 60; peer++) {
                boolean there = setup.churn().up(peer, message.at(), message.at());
                if (there && peer != message.publisher()) up++;
            }
            boolean published = setup.churn().up(message.publisher(), message.at(), message.at());
            assertThat(messages.column("expected_all")[i]).isEqualTo(published ? up : 0);
            assertThat(messages.column("expected")[i]).isEqualTo(setup.expected(message));
        }
    }

    @Test
    void tooManyMessagesAreFollowedInPart() {
        Setup.Builder many =
                Setup.of(1000, Network.ideal(Latency.PL25), Profile.PLAIN)
                        .end(1_000_000_000_000L)
                        .workload(5, 40, 100, 0, 1_000_000_000_000L, 1);

        Setup setup = many.build();

        // 1,000 peers, 40,000 messages and 5 bytes each are three times 64 MiB.
        assertThat(setup.copiesEvery()).isEqualTo(3);
        assertThat(setup.remembersCopies()).isFalse();
    }

    @Test
    void victimsAreCountedForThemselves() {
        var recorder = new Recorder();
        Setup setup =
                recorder.at(
                                Setup.of(20, Network.ideal(Latency.PL25), Profile.PLAIN)
                                        .links(new Links().dial(20, 5, 0, 1))
                                        .watch(3)
                                        .end(8_000_000_000L)
                                        .workload(20, 5, 100, 4_000_000_000L, 6_000_000_000L, 1))
                        .build();
        SimulationResult result = new Simulation(setup).run(() -> false);

        Table table = new DeliveryTables(setup, result).delivery();

        int own = 0;
        for (PlannedMessage message : setup.messages()) if (message.publisher() < 3) own++;
        assertThat(table.column("victims_expected")).containsExactly(3 * 10 - own);
        assertThat(table.column("victims_reached")).containsExactly(3 * 10 - own);
        assertThat(table.column("messages")).containsExactly(10);
        assertThat(table.column("p50_ms")[0]).isLessThanOrEqualTo(table.column("p90_ms")[0]);
        assertThat(table.column("max_ms")[0]).isEqualTo(result.delays().maxMillis());
    }
}
