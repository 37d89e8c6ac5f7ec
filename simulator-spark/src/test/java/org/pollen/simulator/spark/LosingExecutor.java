package org.pollen.simulator.spark;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.pollen.simulator.SimExecutor;
import org.pollen.simulator.SweepTask;

/// Spark, with one of its workers killed half-way.
public final class LosingExecutor implements SimExecutor {
    static final AtomicInteger KILLED = new AtomicInteger();

    public LosingExecutor() {}

    @Override
    public String name() {
        return "losing";
    }

    @Override
    public void run(
            List<SweepTask> tasks,
            int jobs,
            BooleanSupplier stop,
            BiConsumer<SweepTask, String> done) {
        var lines = new int[1];
        new SparkExecutor()
                .run(
                        tasks,
                        jobs,
                        stop,
                        (task, line) -> {
                            done.accept(task, line);
                            if (++lines[0] == tasks.size() / 2) killOne();
                        });
    }

    /// Workers are the child processes of this one.
    private static void killOne() {
        ProcessHandle worker =
                ProcessHandle.current()
                        .children()
                        .filter(ProcessHandle::isAlive)
                        .findFirst()
                        .orElseThrow();
        if (worker.destroyForcibly()) KILLED.incrementAndGet();
        worker.onExit().join();
    }
}
