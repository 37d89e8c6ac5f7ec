package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/// Threads of this process: what a sweep uses when nothing else is asked for.
final class ThreadExecutor implements SimExecutor {
    @Override
    public String name() {
        return "threads";
    }

    @Override
    public void run(
            List<SweepTask> tasks,
            int jobs,
            BooleanSupplier stop,
            BiConsumer<SweepTask, String> done) {
        var lock = new Object();
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, jobs));
        try {
            var running = new ArrayList<Future<?>>();
            for (SweepTask task : tasks) {
                running.add(
                        pool.submit(() -> {
                            if (stop.getAsBoolean()) return;
                            String line = task.run(stop);
                            if (line.isEmpty()) return;
                            synchronized (lock) {
                                done.accept(task, line);
                            }
                        }));
            }
            for (Future<?> future : running) future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            pool.shutdownNow();
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException("a run failed", e.getCause());
        } finally {
            pool.shutdown();
        }
    }
}
