package org.pollen.node.config;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One setting: its dotted name, the form of its value, what it is when nobody says, and its
/// sentence in `--help`, `config init` and `docs/configuration.md`.
///
/// @param name dotted, humps inside a part: `p2p.maxPeers`
/// @param type how its text is read and checked
/// @param fallback the built-in value as text; null where there is none
/// @param live whether a running node takes a new value
/// @param meaning one sentence
/// @param <T> what it is read to
public record ConfigKey<T>(
        String name, ValueType<T> type, @Nullable String fallback, boolean live, String meaning) {

    /// Checks that the built-in value is one the type accepts.
    public ConfigKey {
        Objects.requireNonNull(name);
        if (fallback != null) type.read(fallback);
    }

    /// The environment variable that sets it: `POLLEN_` and the name in upper case with dots and
    /// humps as underscores, `POLLEN_P2P_MAX_PEERS`.
    public String environmentName() {
        return "POLLEN_"
                + name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                        .replace('.', '_')
                        .toUpperCase(Locale.ROOT);
    }
}
