package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Those checks against formulas and publications that are quick enough for each build; `pollen sim
/// validate` runs all of them.
class ValidationTest {
    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName(
            "S-37 (R-5, R-13, as printed and against the reference model run beside it, ADR 98), S-39, S-44: as formulas and publications say")
    @ValueSource(strings = {"V-1", "V-2", "V-3", "V-11", "V-20"})
    void agrees(String id) {
        assertThat(Validation.run(id, 1)).allMatch(Verdict.Gate::passes);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName(
            "S-33, S-34 (both against the spread of the published experiment, ADR 104): bins of 100 ms and copies of gossipsub 1.0")
    @CsvSource({
        "250, 4, 6.42, 5, 5.9, 67.4, 26.1, 0.3",
        "500, 4, 6.32, 5, 3.4, 43.3, 50.8, 2.3",
        "1000, 2, 6.29, 4, 2.2, 34.7, 60.8, 2.1"
    })
    void bins(
            int peers,
            int runs,
            double sends,
            double points,
            double first,
            double second,
            double third,
            double fourth) {
        assertThat(new Simsub(1, runs, peers).bins(sends, points, first, second, third, fourth))
                .hasSize(6)
                .allMatch(Verdict.Gate::passes);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName(
            "S-35 (IHAVEs with 250 peers, by the rule of routers, ADR 104): first bins and copies of gossipsub 1.1")
    @CsvSource({"250, 4, 6.67, 39.4, 8", "500, 4, 6.44, 24.1, 6", "1000, 2, 6.37, 9, 3"})
    void flood(int peers, int runs, double sends, double first, double points) {
        assertThat(new Simsub(1, runs, peers).flood(sends, first, points))
                .hasSize(3)
                .allMatch(Verdict.Gate::passes);
        if (peers > 250) return;
        assertThat(new Simsub(1, 2, peers).gossip(1.45, 0.15))
                .hasSize(2)
                .allMatch(Verdict.Gate::passes);
    }

    @Test
    void whoHearsOfAMessageByThePublishedRule() {
        assertThat(Simsub.ofEachAtRandom(4)).isEqualTo(4);
        assertThat(Simsub.ofEachAtRandom(6)).isCloseTo(6, within(1e-9));
        // Seven at random with a chance of 4^-7; six otherwise.
        assertThat(Simsub.ofEachAtRandom(7)).isCloseTo(6 + StrictMath.pow(4, -7), within(1e-9));
        assertThat(Simsub.ofEachAtRandom(400)).isCloseTo(100, within(1e-6));
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName(
            "S-37 (R-9 to R-11 with 500 peers, one seed, against the reference model run beside it, ADR 98): as the model, with bandwidth, too")
    void asTheModelWithBandwidth() {
        for (int size : new int[] {2 << 10, 96 << 10}) {
            var row = References.Row.of(500, References.interop()).sending(size, 1, 10);
            assertThat(References.hold(row, 1, 1))
                    .filteredOn(gate -> gate.what().endsWith(References.MODEL))
                    .hasSize(4)
                    .allMatch(Verdict.Gate::passes);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @DisplayName("S-36: the baseline of the test-bed, under five seeds")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void baseline(long seed) {
        assertThat(Validation.run("V-14", seed)).allMatch(Verdict.Gate::passes);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName(
            "S-41 (100 peers, eight messages): IDONTWANT saves a tenth and more of the traffic of large messages, at no cost in time")
    void savings() {
        // With so few peers more is saved than the 30 % of 2,000, and intervals make no difference.
        assertThat(LargeMessages.savings(1, 100, 8))
                .filteredOn(gate -> !gate.rule().equals("<= 30"))
                .filteredOn(gate -> !gate.what().endsWith("points"))
                .hasSize(2 * (1 + 4 + 1 + 4))
                .allMatch(Verdict.Gate::passes);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-42 (100 peers): gossip delivers what flooding loses while peers come and go")
    void churn() {
        assertThat(LargeMessages.churn(1, 100))
                .hasSize(8)
                .filteredOn(gate -> !gate.what().startsWith("10 %")) // too few peers to tell
                .hasSize(6)
                .allMatch(Verdict.Gate::passes);
    }

    @Test
    void theCommandRunsWhatItIsAskedFor() {
        var out = new StringWriter();
        var printer = new PrintWriter(out, true);

        assertThat(new SimTool().run(printer, printer, "validate", "--only", "V-3")).isZero();
        assertThat(new SimTool().run(printer, printer, "validate", "--only", "V-99")).isEqualTo(2);
        assertThat(out.toString()).contains("H0s: first negative").contains("one of V-1, V-2");
    }

    @Test
    void theTableSaysWhatIsOff() {
        var off = new Verdict.Gate("p50 ms", "91 +- 5", 120, false);
        var good = new Verdict.Gate("delivery", ">= 1", 1, true);

        assertThat(Validation.markdown(Map.of("V-10", List.of(good, off)), 7))
                .contains("seeds from 7 on")
                .contains("| p50 ms | 91 +- 5 | 120 | **off** |")
                .contains("1 of 2 points are within their tolerance.");
    }

    @Test
    void aPartOfTheChecksDoesNotLookWhole() {
        var one = Map.of("V-3", List.of(new Verdict.Gate("delivery", ">= 1", 1, true)));
        var all = new LinkedHashMap<String, List<Verdict.Gate>>();
        for (String id : Validation.checks().keySet()) all.put(id, List.of());

        assertThat(Validation.markdown(one, 1))
                .contains(
                        "**A part only: 1 of %d checks ran.** Not run: V-1, V-2, V-4"
                                .formatted(all.size()));
        assertThat(Validation.markdown(all, 1)).doesNotContain("A part only");
    }

    @Test
    void theCommandExplainsItself() {
        var out = new StringWriter();
        var printer = new PrintWriter(out, true);

        assertThat(new SimTool().run(printer, printer, "help", "validate")).isZero();
        assertThat(out.toString()).contains("--quick");
    }
}
