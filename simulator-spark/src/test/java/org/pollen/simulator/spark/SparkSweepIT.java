package org.pollen.simulator.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With two workers as processes of their own, as Spark's `local-cluster` starts them.
class SparkSweepIT {
    private static final String SCENARIO =
            """
            schema: 1
            name: swept
            time: {warmup: 4s, run: 4s, cooldown: 2s}
            topology: {peers: 40, k: 6, regions: interop8}
            workload: {rate: 10/s, size: 1KiB, publishers: 10}
            sweep: {topology.k: [4, 5, 6, 7], network.loss: [0, 0.005, 0.01, 0.02, 0.04]}
            seeds: {from: 1, count: 5}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> settings = new LinkedHashMap<>();

    @BeforeEach
    void cluster() throws IOException {
        // Workers take Spark from our class path instead of an installation, and run on our JDK.
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        settings.put("spark.executor.extraClassPath", System.getProperty("java.class.path"));
        settings.put("spark.executorEnv.SPARK_SCALA_VERSION", "2.13");
        settings.put("spark.executorEnv.JAVA_HOME", System.getProperty("java.home"));
        settings.put("spark.master", "local-cluster[2,1,1024]");
        settings.put("spark.driver.host", "127.0.0.1");
        settings.put("spark.driver.bindAddress", "127.0.0.1");
        settings.put("spark.ui.enabled", "false");
        settings.forEach(System::setProperty);
    }

    @AfterEach
    void noCluster() {
        settings.keySet().forEach(System::clearProperty);
    }

    private int sweep(String executor, Path into) throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), SCENARIO);
        return ToolProvider.findFirst("pollen-sim")
                .orElseThrow()
                .run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        "sweep",
                        file.toString(),
                        "--executor",
                        executor,
                        "-o",
                        into.toString());
    }

    @Test
    @DisplayName(
            "S-05, S-07: 100 runs on two workers, one of them lost half-way, are bit by bit those of threads")
    void losesAWorker() throws IOException {
        Path threads = folder.resolve("threads");
        Path spark = folder.resolve("spark-result");
        assertThat(sweep("threads", threads)).isZero();

        assertThat(sweep("losing", spark)).as(err::toString).isZero();

        assertThat(LosingExecutor.KILLED).hasValue(1);
        assertThat(Files.readAllLines(threads.resolve("sweep.csv"))).hasSize(101);
        assertThat(Files.mismatch(threads.resolve("sweep.csv"), spark.resolve("sweep.csv")))
                .isEqualTo(-1);
        assertThat(Files.mismatch(threads.resolve("points.csv"), spark.resolve("points.csv")))
                .isEqualTo(-1);
    }
}
