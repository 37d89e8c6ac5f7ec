package org.pollen.simulator;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// One run of a sweep, with all it needs to be run in another process.
///
/// @param file name of the scenario file; edge files are looked for beside it
/// @param scenario text of the file
/// @param changes of keys at this point of the grid
/// @param seed of the run
public record SweepTask(
        String file, String scenario, LinkedHashMap<String, String> changes, long seed)
        implements Serializable {
    /// The columns after the point and its seed; then come those of [ScenarioGates#measures()].
    static final List<String> METRICS =
            List.of(
                    "digest",
                    "delivery",
                    "p50",
                    "p95",
                    "p99",
                    "max",
                    "mesh",
                    "duplicates",
                    "bytes");

    /// Takes a copy of the changes.
    public SweepTask {
        changes = new LinkedHashMap<>(changes);
    }

    /// The values of the point, without the seed.
    String point() {
        return String.join(",", changes.values());
    }

    /// For people.
    String name() {
        var text = new StringBuilder();
        changes.forEach((key, value) -> text.append(key).append('=').append(value).append(' '));
        return text.append("seed ").append(seed).toString();
    }

    /// The first cells of its line, by which it is found again.
    String key() {
        return point() + "," + seed;
    }

    /// Runs it.
    ///
    /// @return its line of `sweep.csv`, or nothing if it was stopped
    /// @throws ScenarioException if it costs more than its budget
    public String run(BooleanSupplier stop) {
        Map<String, String> values = changes;
        Scenario changed = Scenario.parse(file, scenario).with(values);
        GateWatch watch = changed.watch();
        Setup setup = watch.at(changed.setup(seed)).build();
        Budget budget = changed.budget();
        budget.check();
        var simulation = new Simulation(setup);
        SimulationResult result =
                simulation.run(() -> stop.getAsBoolean() || budget.spent(simulation));
        boolean complete = result.endNanos() >= setup.end();
        if (!complete && budget.isExceeded()) {
            ScenarioException over = budget.exception();
            throw new ScenarioException(name() + ": " + over.getMessage(), over.code());
        }
        if (!complete) return "";
        LatencyHistogram delays = result.delays();
        boolean none = delays.total() == 0; // no delay, and not a short one
        var line = new StringBuilder();
        for (double measured : watch.measured(setup, result)) {
            line.append(String.format(Locale.ROOT, ",%.6f", measured));
        }
        return String.format(
                Locale.ROOT,
                "%s,%s,%.6f,%.3f,%.3f,%.3f,%.3f,%.3f,%.4f,%d%s",
                key(),
                result.digest(),
                result.delivery(),
                none ? Double.NaN : delays.quantileMillis(0.5),
                none ? Double.NaN : delays.quantileMillis(0.95),
                none ? Double.NaN : delays.quantileMillis(0.99),
                none ? Double.NaN : delays.maxMillis(),
                result.meshMean(),
                result.duplicatesPerDelivery(),
                result.wireBytes(),
                line);
    }
}
