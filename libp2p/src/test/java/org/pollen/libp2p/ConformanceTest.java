package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every row of the host's specification is a test, and the table in `docs/conformance` says which.
///
/// `mvn -pl libp2p -am test -Dtest=ConformanceTest -Dconformance.write=true
/// -Dsurefire.failIfNoSpecifiedTests=false` writes the table anew.
class ConformanceTest {
    private static final Path ROWS =
            Path.of(
                    "src",
                    "test",
                    "resources",
                    "org",
                    "pollen",
                    "libp2p",
                    "conformance",
                    "host.tsv");
    private static final Path TABLE = Path.of("..", "docs", "conformance", "host.md");
    private static final List<Path> SOURCES =
            List.of(
                    Path.of("src", "test", "java"),
                    Path.of("..", "peer", "src", "test", "java"),
                    Path.of("..", "node", "src", "test", "java"));

    @Test
    void everyRowHasATestAndTheTableIsUpToDate() throws IOException {
        var table = new ConformanceTable("Conformance: host", ROWS);
        SOURCES.forEach(table::scan);

        if (Boolean.getBoolean("conformance.write")) {
            Files.createDirectories(TABLE.getParent());
            Files.writeString(TABLE, table.markdown(), StandardCharsets.UTF_8);
        }

        assertThat(table.withoutTest()).as("rows that no test names").isEmpty();
        assertThat(TABLE)
                .as("run with -Dconformance.write=true to write it anew")
                .hasContent(table.markdown());
    }
}
