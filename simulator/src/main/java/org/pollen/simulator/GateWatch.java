package org.pollen.simulator;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks at one run for what the gates of its scenario ask, and for nothing that none does.
final class GateWatch {
    private static final long GRAPH_EVERY = 1; // seconds: as often as at other meshes

    private final ScenarioGates gates;
    private final @Nullable MeshProbe meshes;
    private final @Nullable Stays stays;
    private final @Nullable MeshGraph graph;
    private final boolean copies;

    GateWatch(ScenarioGates gates) {
        this.gates = gates;
        List<Measure.Metric> metrics = gates.measures().stream().map(Measure::metric).toList();
        boolean stay = metrics.contains(Measure.Metric.LONGEST_STAY);
        stays = stay ? new Stays() : null;
        boolean giant = metrics.contains(Measure.Metric.GIANT);
        graph = giant ? MeshGraph.ofFirstTopic(GRAPH_EVERY) : null;
        var others = EnumSet.of(Measure.Metric.LONGEST_STAY, Measure.Metric.GIANT);
        boolean mesh = metrics.stream().anyMatch(m -> m.ofMeshes() && !others.contains(m));
        meshes = mesh ? new MeshProbe() : null;
        copies = metrics.stream().anyMatch(Measure.Metric::ofCopies);
    }

    /// Whether somebody has to look at peers meanwhile, so that all have to be in this process.
    boolean looks() {
        return meshes != null || stays != null || graph != null || copies;
    }

    /// Looks at the run of a setup.
    Setup.Builder at(Setup.Builder setup) {
        if (meshes != null) setup.probe(meshes);
        if (stays != null) setup.probe(stays);
        if (graph != null) setup.probe(graph);
        if (copies) setup.rememberCopies();
        return setup;
    }

    /// What the gates say.
    List<Verdict.Gate> verdicts(Setup setup, SimulationResult result) {
        var each = new ArrayList<double[]>();
        for (double measured : measured(setup, result)) each.add(new double[] {measured});
        return gates.verdicts(each);
    }

    /// What is measured for them, in the order of [ScenarioGates#measures()].
    double[] measured(Setup setup, SimulationResult result) {
        var outcome = new Measure.Outcome(setup, result, meshes, stays, graph);
        return gates.measures().stream().mapToDouble(measure -> measure.of(outcome)).toArray();
    }
}
