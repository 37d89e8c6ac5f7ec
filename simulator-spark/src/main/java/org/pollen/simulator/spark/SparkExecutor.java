package org.pollen.simulator.spark;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import org.pollen.simulator.SimExecutor;
import org.pollen.simulator.SweepTask;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/// Runs a sweep on Spark, one partition for each task, so that a task whose worker is lost is run
/// again elsewhere and no other is.
///
/// The settings are Spark's own (`spark-submit`, or `-Dspark.master=...`); without any, threads of
/// this process.
public final class SparkExecutor implements SimExecutor {
    /// For the service loader.
    public SparkExecutor() {}

    @Override
    public String name() {
        return "spark";
    }

    @Override
    public void run(
            List<SweepTask> tasks,
            int jobs,
            BooleanSupplier stop,
            BiConsumer<SweepTask, String> done) {
        if (tasks.isEmpty()) return;
        var conf =
                new SparkConf()
                        .setIfMissing("spark.app.name", "pollen sweep")
                        .setIfMissing("spark.master", "local[" + Math.max(1, jobs) + "]");
        try (var context = new JavaSparkContext(conf)) {
            JavaRDD<SweepTask> partitions = context.parallelize(tasks, tasks.size());
            var collected = new Lines(tasks, stop, done, context);
            try {
                context.sc()
                        .runJob(
                                partitions.rdd(),
                                new RunTask(),
                                collected,
                                ClassTag$.MODULE$.<String>apply(String.class));
            } catch (RuntimeException e) {
                RuntimeException ours = collected.failure.get();
                if (ours != null) throw ours;
                if (!stop.getAsBoolean()) throw e;
            }
        }
    }

    /// Takes the line of each task as it ends, on one thread of the driver.
    private static final class Lines extends AbstractFunction2<Object, String, BoxedUnit> {
        private final List<SweepTask> tasks;
        private final BooleanSupplier stop;
        private final BiConsumer<SweepTask, String> done;
        private final JavaSparkContext context;
        private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

        Lines(
                List<SweepTask> tasks,
                BooleanSupplier stop,
                BiConsumer<SweepTask, String> done,
                JavaSparkContext context) {
            this.tasks = tasks;
            this.stop = stop;
            this.done = done;
            this.context = context;
        }

        @Override
        public BoxedUnit apply(Object partition, String line) {
            try {
                if (!line.isEmpty()) done.accept(tasks.get((Integer) partition), line);
            } catch (RuntimeException e) {
                // A full disk, say: there is no use in going on.
                failure.compareAndSet(null, e);
                context.sc().cancelAllJobs();
            }
            if (stop.getAsBoolean()) context.sc().cancelAllJobs();
            return BoxedUnit.UNIT;
        }
    }
}
