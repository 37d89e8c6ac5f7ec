package org.pollen.libp2p;

import java.io.IOException;
import java.io.UncheckedIOException;
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

/// Which test proves which row of a specification: found in the annotations of the tests and at the
/// head of their names, which name the rows by number.
final class ConformanceTable {
    private static final Pattern TEST =
            Pattern.compile("@(?:Test|ParameterizedTest|RepeatedTest|FuzzTest)\\b");
    private static final Pattern METHOD = Pattern.compile("\\bvoid (\\w+)\\(");
    private static final Pattern PREFIX = Pattern.compile("\\G([hl])(\\d+)_");
    private static final Pattern ROW = Pattern.compile("\\b(H-\\d+|L\\d+)(?:_\\w+)?\\b");

    private final String title;
    private final Map<String, String> rows = new LinkedHashMap<>();
    private final Map<String, TreeSet<String>> tests = new LinkedHashMap<>();

    /// The rows, one a line: id, tab, text.
    ConformanceTable(String title, Path rowFile) {
        this.title = title;
        for (String line : read(rowFile).lines().toList()) {
            int tab = line.indexOf('\t');
            rows.put(line.substring(0, tab), line.substring(tab + 1));
        }
    }

    /// Looks for tests in a source folder, if there is one.
    ConformanceTable scan(Path sources) {
        if (!Files.exists(sources)) return this;
        try (Stream<Path> files = Files.walk(sources)) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .forEach(this::scanFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private void scanFile(Path file) {
        String text = read(file);
        String name = file.getFileName().toString().replace(".java", "");
        Matcher test = TEST.matcher(text);
        while (test.find()) {
            Matcher method = METHOD.matcher(text);
            if (!method.find(test.end())) return;
            Matcher prefix = PREFIX.matcher(method.group(1));
            while (prefix.find()) {
                String row = prefix.group(1).equals("h") ? "H-" : "L";
                proves(row + prefix.group(2), name, method.group(1));
            }
            Matcher row = ROW.matcher(text.substring(test.end(), method.start()));
            while (row.find()) proves(row.group(1), name, method.group(1));
        }
    }

    private void proves(String row, String file, String method) {
        if (rows.containsKey(row)) {
            tests.computeIfAbsent(row, _ -> new TreeSet<>()).add(file + "#" + method);
        }
    }

    /// The rows that no test names.
    List<String> withoutTest() {
        var missing = new ArrayList<>(rows.keySet());
        missing.removeAll(tests.keySet());
        return missing;
    }

    String markdown() {
        var out = new StringBuilder();
        out.append("# ").append(title).append("\n\n");
        out.append(
                "Generated from the names of the tests; `ConformanceTest` fails when it is out of ");
        out.append(
                "date and says how to write\nit anew. Each row is a rule of the specification, ");
        out.append("each test passes in every build.\n\n");
        out.append("| row | rule | tests |\n|---|---|---|\n");
        rows.forEach((id, text) -> {
            var names = new ArrayList<String>();
            for (String test : tests.getOrDefault(id, new TreeSet<>())) names.add("`" + test + "`");
            if (names.isEmpty()) names.add("open");
            out.append("| ").append(id).append(" | ").append(text.replace("|", "\\|"));
            out.append(" | ").append(String.join(", ", names)).append(" |\n");
        });
        return out.toString();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
