package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// The values of a scenario by their dotted keys, each with its place: what is wrong with one is
/// said with file, line and column.
final class ScenarioValues {
    /// A value as it was written.
    ///
    /// @param where for messages
    private record Value(String text, String where) {}

    private final String file;
    private final Map<String, Value> values = new LinkedHashMap<>();
    private final Map<String, String> places = new LinkedHashMap<>(); // of sections
    private final Map<String, String> defaults = new LinkedHashMap<>();

    /// @param file for messages, and what other files are beside
    ScenarioValues(String file) {
        this.file = file;
    }

    /// The same values, to be changed.
    ScenarioValues copy() {
        var copy = new ScenarioValues(file);
        copy.values.putAll(values);
        copy.places.putAll(places);
        return copy;
    }

    /// Sets a value.
    ///
    /// @return whether there was none
    boolean put(String key, String text, String where) {
        return values.put(ScenarioKeys.usual(key), new Value(text, where)) == null;
    }

    /// Says where a section is.
    void place(String section, String where) {
        places.put(section, where);
    }

    /// The entries of a section that may be a list, by what their keys begin with; the section
    /// itself if it is none, so that there is one at least.
    List<String> entries(String section) {
        var found = new ArrayList<String>();
        String prefix = section + ".";
        for (int number = 0; ; number++) {
            String entry = prefix + number;
            if (!places.containsKey(entry)) break;
            found.add(entry + ".");
        }
        for (String key : values.keySet()) {
            if (!key.startsWith(prefix)) continue;
            boolean known = found.isEmpty() && key.equals(ScenarioKeys.plain(key));
            if (known || found.stream().anyMatch(key::startsWith)) continue;
            throw new ScenarioException(
                    "%s: %s: %s has %s"
                            .formatted(
                                    at(key),
                                    key,
                                    section,
                                    found.isEmpty()
                                            ? "no list"
                                            : "the entries 0 to " + (found.size() - 1)));
        }
        return found.isEmpty() ? List.of(prefix) : found;
    }

    /// The entries of a section that may be a list, by what their keys begin with; none if it is
    /// not there.
    List<String> list(String section) {
        String prefix = section + ".";
        boolean there = values.keySet().stream().anyMatch(key -> key.startsWith(prefix));
        return there ? entries(section) : List.of();
    }

    String file() {
        return file;
    }

    Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /// Where a value is; its section if there is none, or the file.
    String at(String key) {
        Value value = values.get(key);
        if (value != null) return value.where;
        int dot = key.lastIndexOf('.');
        String section = dot < 0 ? "" : key.substring(0, dot);
        return places.getOrDefault(key, places.getOrDefault(section, file));
    }

    String text(String key, String otherwise) {
        Value value = values.get(key);
        if (value == null && !otherwise.isEmpty()) defaults.putIfAbsent(key, otherwise);
        return value == null ? otherwise : value.text;
    }

    /// What was used in the place of values that are not there, so far.
    Map<String, String> defaults() {
        return new LinkedHashMap<>(defaults);
    }

    /// Reads a value.
    ///
    /// @param read may throw an [IllegalArgumentException]; its message is shown if it has a colon
    /// @throws ScenarioException with what it must be
    <T> T value(String key, String otherwise, Function<String, T> read) {
        try {
            return read.apply(text(key, otherwise));
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            boolean explained = message != null && message.contains(": ");
            throw new ScenarioException(
                    "%s: %s is `%s`: it must be %s%s"
                            .formatted(
                                    at(key),
                                    key,
                                    text(key, otherwise),
                                    ScenarioKeys.meaning(key),
                                    explained ? " (" + message + ")" : ""));
        }
    }

    long duration(String key, String otherwise) {
        return value(key, otherwise, Quantity::duration);
    }

    int count(String key, String otherwise) {
        return value(key, otherwise, Quantity::positive);
    }

    /// A share, 0 to 1.
    double share(String key, String otherwise) {
        double share = value(key, otherwise, Double::parseDouble);
        if (share >= 0 && share <= 1) return share;
        throw outOf(key, otherwise, "in 0..1");
    }

    /// What a value is and is not.
    ///
    /// @param range where it must be
    ScenarioException outOf(String key, String otherwise, String range) {
        return new ScenarioException(
                "%s: %s is `%s`: it must be %s"
                        .formatted(at(key), key, text(key, otherwise), range));
    }

    /// What a value alone may be, and no run can have.
    ScenarioException impossible(String key, String why) {
        return new ScenarioException("%s: %s: %s: impossible".formatted(at(key), key, why));
    }
}
