package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/conformance/signalling.md` says which test proves which row of part A: found in the names
/// of the tests. Every row has one; what of a row waits for the node is said beside it.
///
/// `mvn -pl signalling -am test -Dtest=ConformanceTest -Dconformance.write=true
/// -Dsurefire.failIfNoSpecifiedTests=false` writes the table anew.
class ConformanceTest {
    private static final Path ROWS =
            Path.of("src", "test", "resources", "org", "pollen", "signalling", "rows.tsv");
    private static final Path SOURCES = Path.of("src", "test", "java");
    private static final Path TABLE = Path.of("..", "docs", "conformance", "signalling.md");
    private static final Pattern TEST = Pattern.compile("@(?:Test|ParameterizedTest)\\b");
    private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");
    private static final Pattern ROW = Pattern.compile("\\bS-\\d\\d\\b");

    @Test
    void eachRowHasATestAndTheTableIsUpToDate() throws IOException {
        List<String> rows = Files.readAllLines(ROWS);
        Map<String, Set<String>> tests = tests();
        String table = markdown(rows, tests);
        if (Boolean.getBoolean("conformance.write")) Files.writeString(TABLE, table);

        assertThat(rows).hasSize(65);
        assertThat(rows).allSatisfy(row -> assertThat(tests).containsKey(row.split("\t", -1)[0]));
        assertThat(TABLE)
                .as("run with -Dconformance.write=true to write it anew")
                .hasContent(table);
    }

    private static Map<String, Set<String>> tests() throws IOException {
        var tests = new LinkedHashMap<String, Set<String>>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
                scan(file, tests);
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

    private static String markdown(List<String> rows, Map<String, Set<String>> tests) {
        var out = new StringBuilder(12_000);
        out.append(
                """
                # Conformance: signalling

                Generated from the names of the tests; `ConformanceTest` fails when it is out of date and says how to write it anew.
                Rows S-01 to S-65 of part A, on the core alone: clocks are moved by hand and nothing has a socket. No node speaks the
                protocol yet; what of a row only a node can show is in the last column, and open. Part B, direct messaging, does not exist.

                | row | what | tests of the core | open until a node is wired |
                |---|---|---|---|
                """);
        for (String row : rows) {
            String[] cells = row.split("\t", -1);
            out.append(
                    "| %s | %s | %s | %s |\n"
                            .formatted(
                                    cells[0],
                                    cells[1].replace("|", "\\|"),
                                    String.join(", ", tests.getOrDefault(cells[0], Set.of())),
                                    cells[2]));
        }
        return out.toString();
    }
}
