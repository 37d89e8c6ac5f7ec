package org.pollen.node.ops;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// The names, types and help texts of all metrics: one file, from which the exposition takes its
/// texts and the documentation its table.
///
/// Source: operations.md 10.
public final class MetricCatalogue {
    /// One metric.
    ///
    /// @param type counter, gauge, histogram or info
    public record Entry(String name, String type, String help) {}

    private static final Map<String, Entry> ENTRIES = load();

    private MetricCatalogue() {}

    /// All of them by name, in the order of the catalogue.
    public static Map<String, Entry> all() {
        return ENTRIES;
    }

    /// The help text of a metric.
    ///
    /// @throws IllegalArgumentException if the catalogue does not have it
    public static String help(String name) {
        Entry entry = ENTRIES.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("metric " + name + " is not in the catalogue");
        }
        return entry.help();
    }

    private static Map<String, Entry> load() {
        var entries = new LinkedHashMap<String, Entry>();
        try (var in =
                new BufferedReader(
                        new InputStreamReader(
                                Objects.requireNonNull(
                                        MetricCatalogue.class.getResourceAsStream("/metrics.tsv")),
                                StandardCharsets.UTF_8))) {
            for (String line; (line = in.readLine()) != null; ) {
                String[] columns = line.split("\t", -1);
                entries.put(columns[0], new Entry(columns[0], columns[1], columns[2]));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return java.util.Collections.unmodifiableMap(entries);
    }
}
