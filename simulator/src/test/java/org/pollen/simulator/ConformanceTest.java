package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/conformance/simulator.md` says which test proves which row of the acceptance list: found
/// in the annotations of the tests, which name the rows. A row without a test has a reason in
/// `rows.tsv`.
///
/// `mvn -pl simulator -am test -Dtest=ConformanceTest -Dconformance.write=true
/// -Dsurefire.failIfNoSpecifiedTests=false` writes the table anew.
class ConformanceTest {
    private static final Path ROWS =
            Path.of("src", "test", "resources", "org", "pollen", "simulator", "rows.tsv");
    private static final List<Path> SOURCES =
            List.of(
                    Path.of("src", "test", "java"),
                    Path.of(
                            "..",
                            "node",
                            "src",
                            "test",
                            "java",
                            "org",
                            "pollen",
                            "node",
                            "simulation"));
    private static final Path TABLE = Path.of("..", "docs", "conformance", "simulator.md");
    private static final Pattern TEST =
            Pattern.compile("@(?:Test|ParameterizedTest|RepeatedTest)\\b");
    private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");
    private static final Pattern ROW = Pattern.compile("\\bS-(\\d+)\\b");

    /// @param id with an L behind it if the row is nightly
    /// @param instead why there is no test; empty if there is one
    private record Row(String id, String what, String instead) {}

    @Test
    void eachRowHasATestOrAReasonAndTheTableIsUpToDate() throws IOException {
        Map<String, Row> rows = rows();
        Map<String, Set<String>> tests = tests();
        String table = markdown(rows, tests);
        if (Boolean.getBoolean("conformance.write")) Files.writeString(TABLE, table);

        assertThat(rows).hasSize(80);
        assertThat(rows.keySet()).containsAll(tests.keySet());
        rows.forEach((id, row) -> {
            if (tests.containsKey(id)) assertThat(row.instead).as(id + " has a test").isEmpty();
            else assertThat(row.instead).as(id + " has neither a test nor a reason").isNotEmpty();
        });
        assertThat(TABLE)
                .as("run with -Dconformance.write=true to write it anew")
                .hasContent(table);
    }

    private static Map<String, Row> rows() throws IOException {
        var rows = new LinkedHashMap<String, Row>();
        for (String line : Files.readAllLines(ROWS)) {
            String[] cells = line.split("\t", -1);
            rows.put(cells[0].replace(" L", ""), new Row(cells[0], cells[1], cells[2]));
        }
        return rows;
    }

    private static Map<String, Set<String>> tests() throws IOException {
        var tests = new LinkedHashMap<String, Set<String>>();
        for (Path folder : SOURCES) {
            if (!Files.exists(folder)) continue;
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
                    scan(file, tests);
                }
            }
        }
        return tests;
    }

    private static void scan(Path file, Map<String, Set<String>> tests) throws IOException {
        String text = Files.readString(file);
        String name = file.getFileName().toString().replace(".java", "");
        Matcher test = TEST.matcher(text);
        while (test.find()) {
            Matcher method = METHOD.matcher(text);
            if (!method.find(test.end())) return;
            Matcher row = ROW.matcher(text.substring(test.end(), method.start()));
            while (row.find()) {
                tests.computeIfAbsent(row.group(), _ -> new TreeSet<>())
                        .add("`" + name + "#" + method.group(1) + "`");
            }
        }
    }

    private static String markdown(Map<String, Row> rows, Map<String, Set<String>> tests) {
        var out = new StringBuilder(16_000);
        out.append(
                """
                # Conformance: simulator

                Generated from the names of the tests; `ConformanceTest` fails when it is out of date and says how to write it anew.
                A row with a test passes in every build, as far as the test's name says it goes: where a name has words in brackets,
                it covers that part only, and most run a smaller network than the row. L: a nightly row; `NightlyTest` has these at their
                full size and runs by command only ("Nightly rows" in simulator.md).

                | row | what | tests, or what there is instead |
                |---|---|---|
                """);
        rows.forEach((id, row) -> {
            var names = new ArrayList<String>(tests.getOrDefault(id, Set.of()));
            String cell = names.isEmpty() ? row.instead : String.join(", ", names);
            out.append("| %s | %s | %s |\n".formatted(row.id, row.what.replace("|", "\\|"), cell));
        });
        out.append("\n%d of %d rows have a test.\n".formatted(tests.size(), rows.size()));
        return out.toString();
    }
}
