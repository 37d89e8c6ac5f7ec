package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What runs are called beside each other.
class RunLabelsTest {
    private static RunFolder run(String name, int seed, Map<String, String> settings) {
        var summary = new LinkedHashMap<String, Object>();
        summary.put("name", name);
        summary.put("seed", seed);
        summary.put("settings", settings);
        return new RunFolder(Map.of(), summary, Map.of(), List.of());
    }

    private static RunFolder of(String entry, String name) {
        return new RunFolder(Map.of(), Map.of("entry", entry, "name", name), Map.of(), List.of());
    }

    @Test
    void namesThatDifferAreEnough() {
        assertThat(RunLabels.of(List.of(run("a", 1, Map.of()), run("b", 2, Map.of()))))
                .containsExactly("a", "b");
    }

    @Test
    void equalNamesAreToldApartByKeysAndSeeds() {
        assertThat(
                        RunLabels.of(
                                List.of(
                                        run("a", 1, Map.of("topology.k", "6")),
                                        run("a", 1, Map.of("topology.k", "7")),
                                        run("a", 1, Map.of()))))
                .containsExactly("a (topology.k 6)", "a (topology.k 7)", "a (no topology.k)");
        assertThat(RunLabels.of(List.of(run("a", 1, Map.of()), run("a", 2, Map.of()))))
                .containsExactly("a (seed 1)", "a (seed 2)");
        assertThat(RunLabels.of(List.of(run("a", 1, Map.of()), run("a", 1, Map.of()))))
                .containsExactly("a", "a, 2");
    }

    @Test
    void runsOfOneEntryAreCalledByTheirPart() {
        assertThat(
                        RunLabels.of(
                                List.of(
                                        of("K-07", "K-07 flash: H0s"),
                                        of("K-07", "K-07 flash: V10"))))
                .containsExactly("H0s", "V10");
        assertThat(
                        RunLabels.of(
                                List.of(
                                        of("K-07", "K-07 flash: H0s"),
                                        of("K-06", "K-06 boot: V10"))))
                .containsExactly("K-07 flash: H0s", "K-06 boot: V10");
    }
}
