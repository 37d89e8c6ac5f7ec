package org.pollen.simulator;

import java.util.Collections;
import java.util.LinkedHashMap;
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

    /// @param file for messages, and what other files are beside
    ScenarioValues(String file) {
        this.file = file;
    }

    /// The same values, to be changed.
    ScenarioValues copy() {
        var copy = new ScenarioValues(file);
        copy.values.putAll(values);
        return copy;
    }

    /// Sets a value.
    ///
    /// @return whether there was none
    boolean put(String key, String text, String where) {
        return values.put(key, new Value(text, where)) == null;
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

    /// Where a value is; the file if there is none.
    String at(String key) {
        Value value = values.get(key);
        return value == null ? file : value.where;
    }

    String text(String key, String otherwise) {
        Value value = values.get(key);
        return value == null ? otherwise : value.text;
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
        throw new ScenarioException("%s: %s must be in 0..1".formatted(at(key), key));
    }

    /// What a value alone may be, and no run can have.
    ScenarioException impossible(String key, String why) {
        return new ScenarioException("%s: %s: %s: impossible".formatted(at(key), key, why));
    }
}
