package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every row of the router's and the scoring specification is a test, and the tables in
/// `docs/conformance` say which.
///
/// `mvn -pl router -am test -Dtest=ConformanceTest -Dconformance.write=true
/// -Dsurefire.failIfNoSpecifiedTests=false` writes the tables anew.
class ConformanceTest {
    private static final Path ROWS =
            Path.of("src", "test", "resources", "org", "pollen", "router", "conformance");
    private static final Path TABLES = Path.of("..", "docs", "conformance");
    private static final List<Path> SOURCES =
            List.of(
                    Path.of("src", "test", "java"),
                    Path.of("..", "scoring", "src", "test", "java"),
                    Path.of("..", "node", "src", "test", "java", "org", "pollen", "node", "gossip"),
                    Path.of("..", "node", "src", "test", "java", "org", "pollen", "node", "trace"),
                    Path.of(
                            "..",
                            "node",
                            "src",
                            "test",
                            "java",
                            "org",
                            "pollen",
                            "node",
                            "ArchitectureTest.java"));

    @ParameterizedTest
    @CsvSource({"router, Conformance: router", "scoring, Conformance: scoring"})
    void everyRowHasATestAndTheTableIsUpToDate(String part, String title) throws IOException {
        var table = new ConformanceTable(title, ROWS.resolve(part + ".tsv"));
        SOURCES.forEach(table::scan);

        Path file = TABLES.resolve(part + ".md");
        if (Boolean.getBoolean("conformance.write")) {
            Files.createDirectories(TABLES);
            Files.writeString(file, table.markdown(), StandardCharsets.UTF_8);
        }

        assertThat(table.withoutTest()).as("rows that no test names").isEmpty();
        assertThat(file)
                .as("run with -Dconformance.write=true to write it anew")
                .hasContent(table.markdown());
    }
}
