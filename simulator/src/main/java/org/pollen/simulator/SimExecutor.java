package org.pollen.simulator;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/// Runs the tasks of a sweep: in threads of this process, or wherever a module that provides this
/// as a service (`java.util.ServiceLoader`) takes them.
///
/// A task may be run more than once, as when a machine is lost: it gives the same line each time.
public interface SimExecutor {
    /// What `--executor` calls it.
    String name();

    /// Runs all tasks, in any order, and returns when they are done.
    ///
    /// @param jobs how many at a time, where that is ours to say
    /// @param stop asked now and then; tasks that have not ended then are left out
    /// @param done is given the line of each task, by one thread at a time
    void run(
            List<SweepTask> tasks,
            int jobs,
            BooleanSupplier stop,
            BiConsumer<SweepTask, String> done);
}
