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

/// Entries of the catalogue that scenarios use for their sybils.
class AttackUseTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String HEAD =
            """
            schema: 1
            name: used
            time: {warmup: 8s, run: 10s, cooldown: 2s}
            topology: {peers: 60, k: 6}
            """;

    @TempDir Path folder = Path.of("");

    private static Setup setup(String attack) {
        return Scenario.parse("a.yaml", HEAD + "attack: " + attack + "\n").setup(1).build();
    }

    private static String digest(String attack) {
        return new Simulation(setup(attack)).run(() -> false).digest();
    }

    @Test
    void anEntryIsItsKeys() {
        String own = "{sybils: 80, degree: 20, at: 5s}";

        String digest = digest(own);

        assertThat(digest("{use: K-06, with: {sybils: 80, at: 5s}}")).isEqualTo(digest);
        assertThat(digest("{use: K-06, with: {sybils: 80}}")).isNotEqualTo(digest);
        assertThat(digest("{use: K-05, with: {sybils: 80, degree: 20, at: 5s, drop: 1}}"))
                .isEqualTo(digest);
    }

    @Test
    void whatIsNotGivenIsAsPublished() {
        for (Map.Entry<String, Integer> entry :
                Map.of("K-01", 1000, "K-02", 4000, "K-03", 1000, "K-06", 4000).entrySet()) {
            assertThat(setup("{use: %s}".formatted(entry.getKey())).total() - 60)
                    .isEqualTo(entry.getValue());
        }
        Setup one = setup("{use: K-01, with: {sybils: 30}}");
        List<Integer> aims =
                IntStream.range(0, one.links().size())
                        .filter(i -> one.links().dialler(i) >= 60)
                        .mapToObj(i -> one.links().target(i))
                        .toList();
        assertThat(aims).hasSize(30).containsOnly(0);
        assertThat(setup("{use: K-07, with: {from: 12s}}").attackAt()).isEqualTo(12 * SECOND);
        assertThat(setup("{use: K-02, with: {fraction: 0.5}}").total()).isEqualTo(90);
        assertThat(setup("{fraction: 0.5, degree: 4}").total()).isEqualTo(90);
    }

    @Test
    void holdersAreDialledByAll() {
        String text =
                HEAD
                        + "workload: [{topic: few, share: 0.2}, {topic: many}]\n"
                        + "attack: {use: K-41, with: {fraction: 0.05}}\n";
        Setup setup = Scenario.parse("a.yaml", text).setup(1).build();

        int[] holders = IntStream.range(0, 60).filter(i -> setup.subscribes(i, 0)).toArray();
        for (int sybil = 60; sybil < 63; sybil++) {
            int self = sybil;
            int[] aims =
                    IntStream.range(0, setup.links().size())
                            .filter(i -> setup.links().dialler(i) == self)
                            .map(i -> setup.links().target(i))
                            .toArray();
            assertThat(aims).containsExactly(holders);
        }
        assertThat(holders.length).isBetween(4, 24);
    }

    @Test
    void groupsAndSybilsAreAllPeersTogether() {
        String text =
                HEAD.replace("peers: 60", "peers: 100")
                        + "groups: [{name: bad, count: 10, role: adversary}, {name: good, count: 50}]\n"
                        + "attack: {use: K-06, with: {sybils: 40, degree: 5}}\n";
        Setup setup = Scenario.parse("a.yaml", text).setup(1).build();
        var simulation = new Simulation(setup);

        assertThat(setup.honest()).isEqualTo(50);
        assertThat(setup.total()).isEqualTo(100);
        assertThat(simulation.actor(59)).isInstanceOf(ScriptedAdversary.class);
        assertThat(simulation.actor(60)).isInstanceOf(Sybil.class);
    }

    @ParameterizedTest
    @DisplayName("S-73: entries that cannot be used are said with their place, and what can")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    '{use: K-21}'                         | a.yaml:5:15: attack.use is `K-21`: it is more than sybils; `sim run K-21` runs it, a scenario may use K-01, K-02, K-03, K-05, K-06, K-07, K-10, K-41
                    '{use: K-66}'                         | a.yaml:5:15: attack.use is `K-66`; did you mean K-06?
                    '{use: [K-06]}'                       | a.yaml:5:15: attack.use must be an entry of the catalogue
                    '{use: K-06, sybils: 4}'              | a.yaml:5:29: attack.sybils: beside attack.use: put it below attack.with: impossible
                    '{with: {sybils: 4}}'                 | a.yaml:5:25: attack.with.sybils: attack.with without attack.use: impossible
                    '{use: K-06, with: {sybil: 4}}'       | a.yaml:5:28: unknown key attack.with.sybil; did you mean attack.with.sybils?
                    '{use: K-06, with: {use: K-02}}'      | unknown key attack.with.use
                    '{use: K-06, with: {sybils: -4}}'     | attack.with.sybils is `-4`: it must be how many, instead of what
                    '{use: K-06, with: {sybils: 0}}'      | attack.use: an attack without attack.sybils: impossible
                    '{use: K-06, with: {sybils: 4, fraction: 0.1}}' | attack.with.fraction: a number and a share of sybils: impossible
                    '{use: K-06, with: {fraction: 2}}'    | attack.with.fraction is `2`: it must be in 0..1
                    '{use: K-06, with: {drop: 2}}'        | attack.with.drop is `2`: it must be in 0..1
                    '{use: K-06, with: {target: none}}'   | attack.with.target is `none`: it must be all, publishers, one, or holders
                    '{use: K-06, class: org.example.A}'   | attack.class: beside attack.use
                    '{sybils: 4, fraction: 0.1}'          | attack.fraction: a number and a share of sybils: impossible
                    """)
    void wrong(String attack, String told) throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), HEAD + "attack: " + attack + "\n");
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
