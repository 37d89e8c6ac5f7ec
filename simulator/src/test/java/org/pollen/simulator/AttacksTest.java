package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Those of the catalogue that are quick enough for each build; `pollen sim run all` runs the rest.
class AttacksTest {
    @TempDir Path folder = Path.of("");

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName(
            "S-47, S-54 (K-08 and K-09; K-09b: attacks.md), S-58 (0.5 Mb/s and 50 ms; 500 ms: ADR 108), S-59 (Dhi - 1: ADR 107), S-60: entries of the catalogue hold their gates")
    @ValueSource(
            strings = {
                "K-08", "K-09", "K-16", "K-17", "K-20", "K-21", "K-22", "K-23", "K-24", "K-25",
                "K-27", "K-28", "K-29", "K-30"
            })
    void gates(String id) {
        Verdict verdict = Attacks.named(id).run(1, 1);

        assertThat(verdict.gates()).allMatch(Verdict.Gate::passes);
        assertThat(verdict.digest()).hasSize(32);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName(
            "S-55 (i = 3, 5 and 6), S-56 (K-12 on a synthetic graph), S-57, S-60, S-61 (seed 1; other seeds: attacks.md), S-62 (seed 1; other seeds: attacks.md), S-63, S-64: these hold their gates")
    @ValueSource(
            strings = {
                "K-11", "K-12", "K-14", "K-26", "K-31", "K-32", "K-40", "K-41", "K-42", "K-43",
                "K-44", "K-46"
            })
    void masksAndCraftedRpcs(String id) {
        assertThat(Attacks.named(id).run(1, 1).gates()).allMatch(Verdict.Gate::passes);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName("S-55 (i = 1 and 2; 4: BreakEvenTest): who withholds little is never below zero")
    @ValueSource(ints = {1, 2})
    void withholdsLittle(int topics) {
        assertThat(TopicAttacks.leastOfARider(new Arena(1, 1), topics)).isNotNegative();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName("S-65, S-66 (an eighth of the pool): pools over the network hold their gates")
    @ValueSource(strings = {"K-50", "K-51", "K-52", "K-53", "K-54", "K-55", "K-57"})
    void pools(String id) {
        assertThat(Attacks.named(id).run(1, 1).gates()).allMatch(Verdict.Gate::passes);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName(
            "S-48 (two of five seeds), S-49, S-51 (one of five; `pollen sim run all --seeds 5` runs them all): eclipses and censors hold their gates")
    @CsvSource({"K-01, 1", "K-01, 2", "K-02, 1", "K-04, 2", "K-05, 3"})
    void eclipses(String id, long seed) {
        assertThat(Attacks.named(id).run(seed, 1).gates()).allMatch(Verdict.Gate::passes);
    }

    @Test
    @DisplayName("the catalogue has 52 entries: each runs, or says why it does not")
    void theCatalogueIsWhole() {
        var ids = new java.util.TreeSet<String>(AttackTable.notRun().keySet());
        for (Attacks.Entry entry : Attacks.all()) assertThat(ids.add(entry.id())).isTrue();

        assertThat(ids).hasSize(52);
    }

    @Test
    void theCommandListsAndRunsEntriesAndWritesTheTable() {
        var out = new StringWriter();
        var printer = new PrintWriter(out, true);

        int listed = new SimTool().run(printer, printer, "list", "--sources");
        int ran = new SimTool().run(printer, printer, "run", "k-46", "-o", folder.toString());

        assertThat(listed).isZero();
        assertThat(ran).isZero();
        assertThat(out.toString())
                .contains("K-01  eclipse one peer", "-> delivery 100 % [PUB2]", "pass K-46");
        assertThat(folder.resolve("attacks.md"))
                .content()
                .contains("| K-46 an unknown slice first |");
        assertThat(folder.resolve("verdicts.json")).content().contains("\"id\": \"K-46\"");
    }

    @Test
    void theCommandSaysWhatItDoesNotKnow() {
        var err = new StringWriter();
        var printer = new PrintWriter(err, true);

        assertThat(new SimTool().run(printer, printer, "run", "K-99")).isEqualTo(2);
        assertThat(new SimTool().run(printer, printer)).isEqualTo(2);
        assertThat(err.toString()).contains("attack K-99: one of K-01").contains("Usage");
    }

    @Test
    void theBenchmarkPrintsItsFigures() {
        var out = new StringWriter();
        var printer = new PrintWriter(out, true);

        int code =
                new SimTool()
                        .run(
                                printer,
                                printer,
                                "bench",
                                "--peers",
                                "600", // so that heartbeats are many ticks of the processor's clock
                                "--degree",
                                "8",
                                "-o",
                                "json");

        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("\"rpcPerCpuSecond\": ")
                .containsPattern("\"heartbeatMicros\": (?!0\\.00)")
                .contains("\"bytesPerPeer\": ");
    }
}
