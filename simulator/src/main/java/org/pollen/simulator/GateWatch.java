package org.pollen.simulator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks at one run for what the gates of its scenario ask, and for nothing that none does.
final class GateWatch {
    private final ScenarioGates gates;
    private final @Nullable MeshProbe meshes;
    private final @Nullable Stays stays;

    GateWatch(ScenarioGates gates) {
        this.gates = gates;
        List<Measure.Metric> metrics = gates.measures().stream().map(Measure::metric).toList();
        boolean stay = metrics.contains(Measure.Metric.LONGEST_STAY);
        stays = stay ? new Stays() : null;
        boolean mesh =
                metrics.stream().anyMatch(m -> m.ofMeshes() && m != Measure.Metric.LONGEST_STAY);
        meshes = mesh ? new MeshProbe() : null;
    }

    /// Whether somebody has to look at peers meanwhile, so that all have to be in this process.
    boolean looks() {
        return meshes != null || stays != null;
    }

    /// Looks at the run of a setup.
    Setup.Builder at(Setup.Builder setup) {
        if (meshes != null) setup.probe(meshes);
        if (stays != null) setup.probe(stays);
        return setup;
    }

    /// What the gates say.
    List<Verdict.Gate> verdicts(Setup setup, SimulationResult result) {
        return gates.verdicts(new Measure.Outcome(setup, result, meshes, stays));
    }

    /// What is measured for them, in the order of [ScenarioGates#measures()].
    double[] measured(Setup setup, SimulationResult result) {
        var outcome = new Measure.Outcome(setup, result, meshes, stays);
        return gates.measures().stream().mapToDouble(measure -> measure.of(outcome)).toArray();
    }
}
