package org.pollen.simulator;

import java.util.List;
import java.util.function.Function;

/// Has a hand in the runs of an entry of the catalogue: what they leave, or how they are watched.
interface EntryRuns {
    /// Has one of them executed.
    ///
    /// @param name of the run within the entry
    /// @param builder what it is built from, to be completed
    /// @param execute runs it to its end
    SimulationResult run(
            String name, Setup.Builder builder, Function<Setup, SimulationResult> execute);

    /// All are done.
    default void end(List<Verdict.Gate> gates) {}
}
