package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The scenarios that documents ship, at their size as far as reading goes, and smaller in a run.
class ShippedScenariosTest {
    private static Scenario scenario(String name) {
        return Scenario.load(Path.of("..", "docs", "scenarios", name + ".yaml"));
    }

    private static void passes(Scenario scenario) {
        GateWatch watch = scenario.watch();
        Setup setup = watch.at(scenario.setup(1)).build();
        SimulationResult result = new Simulation(setup).run(() -> false);
        assertThat(watch.verdicts(setup, result)).allMatch(Verdict.Gate::passes);
        assertThat(result.deliveries()).isPositive();
    }

    @Test
    @DisplayName("example 1 of the specification: a cold boot, with a tenth of its peers")
    void coldBoot() {
        Scenario whole = scenario("cold-boot-quick");
        Setup setup = whole.setup(1).build();
        assertThat(setup.honest()).isEqualTo(1000);
        assertThat(setup.total()).isEqualTo(5000);
        assertThat(whole.sweep().values()).containsExactly(List.of("0", "10", "60"));
        assertThat(setup.messages()).hasSize(2160).allMatch(m -> m.publisher() < 100);

        var smaller = new LinkedHashMap<String, String>();
        smaller.put("topology.peers", "500");
        smaller.put("groups.0.count", "10");
        smaller.put("groups.1.count", "90");
        smaller.put("attack.with.sybils", "400");
        smaller.put("time.run", "20s");
        passes(whole.with(smaller));
    }

    @Test
    @DisplayName("example 2 of the specification: a baseline, with a hundredth of its peers")
    void baseline() {
        Scenario whole = scenario("baseline-100k");
        assertThat(whole.estimateBytes()).isGreaterThan(1L << 30);
        assertThat(whole.hasBudget()).isTrue();

        passes(whole.with(Map.of("topology.connect.k", "10", "topology.peers", "1000")));
    }

    @Test
    @DisplayName("example 3 of the specification: slices of a mask, at each point of its sweep")
    void bitSlice() {
        Scenario whole = scenario("bit-slice");
        double least = 1;
        for (String share : List.of("0.05", "0.2")) {
            for (String mode : List.of("FLOOD_HOLDERS", "COMPOSITE")) {
                var point = new LinkedHashMap<String, String>();
                point.put("groups.0.subscribe.0.share", share);
                point.put("protocol.multiBitMode", mode);
                Setup setup = whole.with(point).setup(1).build();
                assertThat(setup.total() - setup.honest()).isEqualTo(40);
                SimulationResult result = new Simulation(setup).run(() -> false);
                assertThat(result.delivery()).isLessThan(1);
                least = Math.min(least, result.delivery());
            }
        }
        assertThat(least).as("few holders, whose links are taken").isLessThan(0.3);
    }
}
