package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenarioTest {
    private static final String GOOD =
            """
            schema: 1
            name: small
            seed: 3
            time: {warmup: 8s, run: 4s, cooldown: 3s}
            topology: {peers: 60, k: 6, regions: interop8}
            network: {bandwidth: interop, validation: 5ms}
            scoring: {profile: H1}
            workload: {rate: 4/s, size: 2KiB, publishers: 10}
            gates: ["delivery >= 1.0", "p99 <= 900ms"]
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sim(String... args) {
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("a.yaml"), text).toString();
    }

    @Test
    void theSchemaHasEveryKeyAndNothingElse() {
        String schema = ScenarioSchema.json();

        for (String key : ScenarioKeys.ALL.keySet()) {
            String last = key.substring(key.lastIndexOf('.') + 1);
            assertThat(schema).contains("\"%s\": {".formatted(last));
        }
        assertThat(schema.chars().filter(c -> c == '{').count())
                .isEqualTo(schema.chars().filter(c -> c == '}').count());
        assertThat(schema)
                .contains("\"schema\": {\"const\": 1")
                .contains("\"additionalProperties\": false")
                .containsPattern("\"metrics\": .\"type\": ..string\", \"array\"]")
                .containsPattern("\"regions\": .\"type\": ..string\", \"array\"]");
    }

    @Test
    void aSweepMayHaveSmallValues() {
        String text =
                GOOD + "sweep: {network.loss: {from: 1e-12, to: 1e-10, steps: 3, scale: log}}\n";

        assertThat(Scenario.parse("a.yaml", text).sweep().get("network.loss"))
                .containsExactly("1.00000e-12", "1.00000e-11", "1.00000e-10");
    }

    /// As they are printed, and as parts of another.
    @Test
    void theScenariosOfTheDocumentAreGood() throws IOException {
        String text = Files.readString(Path.of("..", "docs", "simulator.md"));
        int count = 0;
        for (String part : text.split("```yaml\n", -1)) {
            String yaml = part.substring(0, Math.max(0, part.indexOf("```")));
            if (count++ == 0) continue; // what is before the first
            String head = "schema: 1\nname: part\ntopology: {peers: 60, k: 6}\n";
            String whole = yaml.startsWith("schema:") ? yaml : head + yaml;
            assertThat(Scenario.parse("simulator.md", whole).setup(1).build().honest())
                    .isEqualTo(60);
        }
        assertThat(count).isGreaterThan(3);
    }

    @Test
    void aGoodScenarioRunsAndPassesItsGates() throws IOException {
        String file = file(GOOD);

        assertThat(sim("run", file, "-o", folder.toString())).isZero();
        assertThat(out.toString())
                .contains("\"delivery\": 1.000000")
                .contains("pass  delivery 1 (>= 1)");
        assertThat(folder.resolve("summary.json")).content().startsWith("{\"name\": \"small\"");
        assertThat(folder.resolve("summary.json.part")).doesNotExist();
        assertThat(sim("validate", file)).isZero();
        assertThat(sim("estimate", file)).isZero();
        assertThat(out.toString()).contains("small: about ");
    }

    /// Silent sybils take places in meshes, and the run is the same with two workers.
    @Test
    void sybilsJoinAndTakeNoPart() throws IOException {
        String file =
                file(GOOD + "attack: {sybils: 40, degree: 10, at: 4s, target: all, drop: 1}\n");
        assertThat(sim("run", file, "-o", folder.resolve("one").toString())).isZero();
        assertThat(sim("run", file, "--workers", "2", "-o", folder.resolve("two").toString()))
                .isZero();
        assertThat(sim("diff", folder.resolve("one").toString(), folder.resolve("two").toString()))
                .isZero();
        double sybils =
                Files.readAllLines(folder.resolve("one/mesh.csv")).stream()
                        .skip(1)
                        .mapToDouble(line -> Double.parseDouble(line.split(",", -1)[3]))
                        .max()
                        .orElse(0);
        assertThat(sybils).as("in a mesh, on average").isGreaterThan(0.5);
        assertThat(sim("run", file, "--set", "attack.sybils=0")).isEqualTo(2);
        assertThat(err.toString()).contains("an attack without attack.sybils: impossible");
    }

    @ParameterizedTest
    @DisplayName("S-73: attacks that cannot be are said with their place")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    sybils: -1                   | a.yaml:10:18: attack.sybils is `-1`
                    sybils: 4, degree: 0         | a.yaml:10:29: attack.degree is `0`
                    sybils: 4, drop: 2           | attack.drop is `2`: it must be in 0..1
                    sybils: 4, drop: 0           | attack.drop is 0.0: above 0 and up to 1
                    sybils: 4, target: none      | attack.target is `none`: it must be all, publishers, one, or holders
                    sybils: 4, at: 5             | attack.at is `5`
                    sybils: 4, form: 5s          | a.yaml:10:21: unknown key attack.form; did you mean attack.from?
                    degree: 4                    | attack.degree: an attack without attack.sybils: impossible
                    """)
    void wrongAttacksAreRefused(String attack, String told) throws IOException {
        String file = file(GOOD + "attack: {%s}\n".formatted(attack));
        assertThat(sim("validate", file)).isEqualTo(2);
        assertThat(err.toString()).contains(told).hasLineCount(1);
    }

    @Test
    void tablesHaveWhatIsMeasured() throws IOException {
        String file = file(GOOD);
        Path usual = folder.resolve("usual");
        Path often = folder.resolve("often");
        String attack = "attack: {sybils: 20, degree: 10, at: 1s, from: 5s}\n";
        Files.writeString(Path.of(file), GOOD + attack);
        assertThat(sim("run", file, "--quiet", "-o", usual.toString())).isZero();
        String measure = "measure: {scoreEvery: 2s, observers: 60, meshes: 5}\n";
        Files.writeString(Path.of(file), GOOD + attack + measure);

        assertThat(sim("run", file, "--quiet", "-o", often.toString())).isZero();

        assertThat(Files.readAllLines(usual.resolve("scores.csv"))).hasSize(1 + 3);
        assertThat(Files.readAllLines(often.resolve("scores.csv"))).hasSize(1 + 7);
        assertThat(Files.readString(often.resolve("mesh.csv")))
                .isNotEqualTo(Files.readString(usual.resolve("mesh.csv")));
        assertThat(Files.readString(often.resolve("digest.csv")))
                .as("looking changes nothing")
                .isEqualTo(Files.readString(usual.resolve("digest.csv")));
        for (String wrong :
                List.of(
                        "scoreEvery: 500ms",
                        "observers: 0",
                        "meshes: all",
                        "mesh: 3",
                        "graphEvery: 0s",
                        "deadlines: [3s, soon]",
                        "deadlines: [3s, 3s]",
                        "deadlines: {at: 3s}")) {
            Files.writeString(Path.of(file), GOOD + "measure: {" + wrong + "}\n");
            assertThat(sim("validate", file)).isEqualTo(2);
        }
        assertThat(err.toString())
                .contains("a.yaml:10:23: measure.scoreEvery is `500ms`: it must be whole seconds")
                .contains("a.yaml:10:22: measure.observers is `0`: it must be how many peers")
                .contains("a.yaml:10:19: measure.meshes is `all`")
                .contains("a.yaml:10:11: unknown key measure.mesh; did you mean measure.meshes?")
                .contains("a.yaml:10:23: measure.graphEvery is `0s`: it must be whole seconds")
                .contains("a.yaml:10:22: measure.deadlines is `3s,soon`: it must be up to 8")
                .contains("(3s,3s: one is there twice)")
                .contains("a.yaml:10:22: measure.deadlines must be up to 8 durations")
                .hasLineCount(8);
    }

    @ParameterizedTest
    @CsvSource({"scalefree, 6", "clusters, 6", "regular, 6", "dial, 6"})
    void everyTopologyDelivers(String model, int k) throws IOException {
        String file = file(GOOD.replace("k: 6", "model: %s, k: %d".formatted(model, k)));
        assertThat(sim("run", file, "-o", folder.toString())).as(err.toString()).isZero();
    }

    @Test
    void aGateThatFailsExitsWith1() throws IOException {
        assertThat(sim("run", file(GOOD.replace("900ms", "1ms")))).isEqualTo(1);
        assertThat(out.toString()).contains("FAIL  p99 ").contains("(<= 1) FAILS");
    }

    @ParameterizedTest
    @DisplayName("S-73: bad scenarios exit with 2 and say where and what is meant")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    seed: 3              | sead: 3             | a.yaml:3:1: unknown key sead; did you mean seed?
                    peers: 60            | pears: 60           | a.yaml:5:12: unknown key topology.pears; did you mean topology.peers?
                    peers: 60            | peers: -1           | a.yaml:5:19: topology.peers must be positive
                    peers: 60            | peers: many         | a.yaml:5:19: topology.peers is `many`
                    peers: 60, k: 6      | k: 6                | topology.peers is missing
                    warmup: 8s           | warmup: 8           | a.yaml:4:16: time.warmup is `8`
                    warmup: 8s           | warmup: -8s         | a.yaml:4:16: time.warmup is `-8s`
                    warmup: 8s           | warmup: 8 hours     | a.yaml:4:16: time.warmup is `8 hours`
                    k: 6                 | k: 0                | topology.k is `0`: it must be positive
                    k: 6                 | inside: 0.5         | topology.inside: clusters with topology.model `dial`: impossible
                    k: 6                 | model: star         | it must be dial, regular, scalefree, clusters
                    regions: interop8    | regions: mars       | one of interop8, lean3
                    bandwidth: interop   | bandwidth: big      | one of ideal, interop
                    validation: 5ms      | validation: 5       | network.validation is `5`
                    validation: 5ms      | loss: 2             | network.loss is `2`: it must be in [0, 1)
                    profile: H1          | profile: H9         | one of H0, H0-quick
                    rate: 4/s            | rate: 4             | workload.rate is `4`
                    rate: 4/s            | rate: 0/s           | workload.rate is `0/s`
                    size: 2KiB           | size: 2KB           | workload.size is `2KB`
                    size: 2KiB           | size: 1B            | workload.size is `1B`
                    publishers: 10       | publishers: 100     | workload.publishers is `100`: it must be between
                    delivery >= 1.0      | delivery = 1.0      | gate `delivery = 1.0`: it must be like
                    delivery >= 1.0      | delivry >= 1.0      | gate on delivry; did you mean delivery?
                    schema: 1            | schema: 2           | a.yaml:1:9: schema must be 1
                    name: small          | name: ''            | name is missing
                    name: small          | name: [a]           | a.yaml:2:7: name must be of the scenario
                    schema: 1            | 'schema: {'         | a.yaml:
                    name: small          | seed: 4             | key seed is there twice
                    """)
    void badScenarios(String from, String to, String message) throws IOException {
        String bad = GOOD.replace(from, to);

        assertThat(bad).isNotEqualTo(GOOD);
        assertThat(sim("run", file(bad))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void whatIsNoMappingOrNoFileIsAnError() throws IOException {
        assertThat(sim("validate", file("- a"))).isEqualTo(2);
        assertThat(sim("validate", folder.resolve("no.yaml").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("a scenario is a mapping").contains("cannot be read");
        assertThatThrownBy(() -> Scenario.parse("x", "? [a]\n: b"))
                .hasMessageContaining("a key must be a word");
    }

    @Test
    void tooLargeForTheHeapExitsWith3() throws IOException {
        String file = file(GOOD.replace("peers: 60", "peers: 8000000"));
        // The check builds no peer.
        assertThat(sim("estimate", file)).isEqualTo(3);
    }
}
