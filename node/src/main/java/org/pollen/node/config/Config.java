package org.pollen.node.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The settings of one node: each with its value as text and where that came from.
///
/// Immutable; made by [ConfigLoader], which has checked every value.
public final class Config {
    /// A value and its origin.
    ///
    /// @param text as it was written
    /// @param origin `flag`, `--set`, `environment POLLEN_…`, `file:LINE`, `profile NAME` or
    ///   `built-in`
    public record Value(String text, String origin) {}

    private final Map<String, Value> values;

    Config(Map<String, Value> values) {
        this.values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /// The value of a setting that always has one.
    ///
    /// @throws IllegalStateException if it has neither a value nor a built-in one
    public <T> T get(ConfigKey<T> key) {
        return find(key).orElseThrow(() -> new IllegalStateException(key.name() + " is not set"));
    }

    /// The value of a setting that may be absent.
    public <T> Optional<T> find(ConfigKey<T> key) {
        Value value = values.get(key.name());
        String text = value == null ? key.fallback() : value.text();
        return text == null ? Optional.empty() : Optional.of(key.type().read(text));
    }

    /// The value as text with its origin; null where the setting has none.
    public @Nullable Value value(ConfigKey<?> key) {
        Value value = values.get(key.name());
        if (value != null) return value;
        return key.fallback() == null ? null : new Value(key.fallback(), "built-in");
    }

    /// The same settings with one of them replaced, as a flag would.
    public Config with(ConfigKey<?> key, String text) {
        key.type().read(text);
        var copy = new LinkedHashMap<>(values);
        copy.put(key.name(), new Value(text, "flag"));
        return new Config(copy);
    }

    /// Names of the settings that are not at their built-in value.
    public List<String> changed() {
        return List.copyOf(values.keySet());
    }
}
