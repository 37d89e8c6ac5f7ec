package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JvmsTest {
    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+).*");
    private static final int RELEASE = 25;

    @TempDir Path folder = Path.of("");

    /// Each JDK that is installed beside the one that runs the test, and new enough; that one
    /// first.
    private static List<Path> jdks() throws IOException {
        Path own = Path.of(System.getProperty("java.home"));
        var found = new ArrayList<>(List.of(own));
        try (Stream<Path> beside = Files.list(Objects.requireNonNull(own.getParent()))) {
            for (Path other : beside.sorted().toList()) {
                boolean same = other.toRealPath().equals(own.toRealPath());
                if (!same && release(other) >= RELEASE) found.add(other);
            }
        }
        return found;
    }

    private static int release(Path jdk) throws IOException {
        Path file = jdk.resolve("release");
        if (!Files.isRegularFile(file) || !Files.isExecutable(jdk.resolve("bin/java"))) return 0;
        for (String line : Files.readAllLines(file)) {
            Matcher version = VERSION.matcher(line);
            if (version.matches()) return Integer.parseInt(version.group(1));
        }
        return 0;
    }

    private Object digest(Path jdk, String heap, Path scenario, String name) throws Exception {
        Path run = folder.resolve(name);
        String[] arguments = {"run", scenario.toString(), "--quiet", "-o", run.toString()};
        Process process =
                new ProcessBuilder(SimProcess.on(jdk, heap, arguments))
                        .redirectErrorStream(true)
                        .start();
        List<String> said;
        try (var log = process.inputReader()) {
            said = log.lines().toList();
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", said).isZero();
        return Objects.requireNonNull(RunFolder.read(run).summary().get("digest"));
    }

    @Test
    @DisplayName(
            "S-04: heaps of 2 and 8 GiB, and each JDK from 25 on that is installed beside the one in use, give one digest")
    void heapsAndJdks() throws Exception {
        Path scenario =
                Files.writeString(
                        folder.resolve("a.yaml"),
                        """
                        schema: 1
                        name: jvms
                        time: {warmup: 8s, run: 6s, cooldown: 3s}
                        topology: {peers: 120, k: 8}
                        network: {bandwidth: interop, loss: 0.01}
                        workload: {rate: 4/s, size: 2KiB}
                        """);
        Object digest = digest(jdks().getFirst(), "2g", scenario, "two");

        assertThat(digest(jdks().getFirst(), "8g", scenario, "eight")).isEqualTo(digest);
        for (Path other : jdks().subList(1, jdks().size())) {
            String name = other.getFileName().toString();
            assertThat(digest(other, "2g", scenario, name)).as(name).isEqualTo(digest);
        }
    }
}
