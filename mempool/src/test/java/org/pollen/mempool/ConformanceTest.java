package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Which test proves which row of the pool's specification: `docs/conformance/mempool.md`, made
/// from the annotations of the tests, which name the rows by number.
///
/// `mvn -pl mempool test -Dtest=ConformanceTest -Dconformance.write=true` writes it anew.
class ConformanceTest {
    private static final Path ROWS =
            Path.of("src", "test", "resources", "org", "pollen", "mempool", "conformance.tsv");
    private static final Path TABLE = Path.of("..", "docs", "conformance", "mempool.md");
    private static final Path SOURCES = Path.of("src", "test", "java");

    private static final Pattern TEST =
            Pattern.compile("@(?:Test|ParameterizedTest|Property|FuzzTest)\\b");
    private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");
    private static final Pattern ROW =
            Pattern.compile("\\b([A-Z])(\\d+)(b?)(?: to [A-Z](\\d+))?\\b");

    /// What no test proves yet.
    private static final List<String> OPEN = List.of();

    private final Map<String, String> rows = new LinkedHashMap<>();
    private final Map<String, TreeSet<String>> tests = new LinkedHashMap<>();

    @Test
    @DisplayName("every row has a test, except those known to be open; the table is up to date")
    void theTableIsUpToDate() throws IOException {
        for (String line : Files.readAllLines(ROWS, StandardCharsets.UTF_8)) {
            int tab = line.indexOf('\t');
            rows.put(line.substring(0, tab), line.substring(tab + 1));
        }
        List<Path> sources;
        try (Stream<Path> files = Files.walk(SOURCES)) {
            sources = files.filter(file -> file.toString().endsWith("Test.java")).sorted().toList();
        }
        for (Path source : sources) scan(source);

        String markdown = markdown();
        if (Boolean.getBoolean("conformance.write")) {
            Files.writeString(TABLE, markdown, StandardCharsets.UTF_8);
        }

        var without = new ArrayList<>(rows.keySet());
        without.removeAll(tests.keySet());
        assertThat(without).as("rows that no test names").isEqualTo(OPEN);
        assertThat(TABLE)
                .as("run with -Dconformance.write=true to write it anew")
                .hasContent(markdown);
    }

    private void scan(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        String name = String.valueOf(file.getFileName()).replace(".java", "");
        Matcher test = TEST.matcher(text);
        while (test.find()) {
            Matcher method = METHOD.matcher(text);
            if (!method.find(test.end())) return;
            Matcher row = ROW.matcher(text.substring(test.end(), method.start()));
            while (row.find()) {
                int first = Integer.parseInt(row.group(2));
                int last = row.group(4) == null ? first : Integer.parseInt(row.group(4));
                for (int i = first; i <= last; i++) {
                    String number = row.group(1).equals("C") ? "%03d".formatted(i) : "" + i;
                    String id = row.group(1) + number + row.group(3);
                    if (!rows.containsKey(id)) continue;
                    tests.computeIfAbsent(id, _ -> new TreeSet<>())
                            .add("`" + name + "#" + method.group(1) + "`");
                }
            }
        }
    }

    private String markdown() {
        var out = new StringBuilder(1 << 16);
        out.append("# Conformance: transaction pool\n\n");
        out.append(
                "Generated from the names of the tests; `ConformanceTest` of the module mempool ");
        out.append("fails when it is out of date and\nsays how to write it anew. Each row is a ");
        out.append("rule of the specification; the tests pass in every build. ");
        out.append(rows.size() - OPEN.size()).append(" of ").append(rows.size());
        out.append(" rows have\none");
        out.append(OPEN.isEmpty() ? ".\n\n" : "; open: " + String.join(", ", OPEN) + ".\n\n");
        out.append("| row | rule | tests |\n|---|---|---|\n");
        rows.forEach((id, text) -> {
            TreeSet<String> names = tests.get(id);
            out.append("| ").append(id).append(" | ").append(text.replace("|", "\\|"));
            out.append(" | ").append(names == null ? "open" : String.join(", ", names));
            out.append(" |\n");
        });
        return out.toString();
    }
}
