package org.pollen.simulator;

import java.util.List;
import java.util.Map;

/// The keys of sybils: those below `attack`, or, with `attack.use`, what an entry of the catalogue
/// says and what is below `attack.with` instead of it.
///
/// Source: simulator specification 5 (key `attack`), 3.4 for the numbers.
final class AttackKeys {
    private static final String USE = "attack.use";

    /// The entries that are sybils and nothing else, in their published form. The others need
    /// attackers, or honest peers, of another kind.
    private static final Map<String, Map<String, String>> LIBRARY =
            Map.of(
                    "K-01",
                    Map.of("sybils", "1000", "degree", "1", "target", "one", "at", "60s"),
                    "K-02",
                    Map.of("sybils", "4000", "degree", "100", "at", "60s"),
                    "K-03",
                    Map.of("sybils", "1000", "degree", "100", "target", "publishers", "at", "60s"),
                    "K-05",
                    Map.of("sybils", "2000", "degree", "100", "drop", "0.5", "at", "60s"),
                    "K-06",
                    Map.of("sybils", "4000", "degree", "20", "at", "0s"),
                    "K-07",
                    Map.of("sybils", "4000", "degree", "20", "at", "0s", "from", "120s"),
                    "K-10",
                    Map.of("sybils", "4000", "degree", "100", "at", "60s", "regraft", "15s"),
                    "K-41",
                    Map.of("fraction", "0.02", "target", "holders", "at", "0s"));

    private final ScenarioValues values;
    private final boolean used;
    private final Map<String, String> entry;

    AttackKeys(ScenarioValues values) {
        this.values = values;
        used = values.has(USE);
        entry = used ? values.value(USE, "", this::named) : Map.of();
    }

    private Map<String, String> named(String id) {
        Map<String, String> found = LIBRARY.get(id);
        if (found != null) return found;
        List<String> known = LIBRARY.keySet().stream().sorted().toList();
        boolean entry = Attacks.all().stream().anyMatch(each -> each.id().equals(id));
        throw new ScenarioException(
                "%s: %s is `%s`%s"
                        .formatted(
                                values.at(USE),
                                USE,
                                id,
                                entry
                                        ? ": it is more than sybils; `sim run %s` runs it, a scenario may use %s"
                                                .formatted(id, String.join(", ", known))
                                        : ScenarioException.suggestion(id, known)));
    }

    /// The whole key of what is below `attack`, or below `attack.with`.
    String key(String name) {
        return (used ? "attack.with." : "attack.") + name;
    }

    /// Whether the scenario gives a value, and not the entry.
    boolean has(String name) {
        return values.has(key(name));
    }

    /// What it is where the scenario gives none.
    String otherwise(String name, String usual) {
        return entry.getOrDefault(name, usual);
    }

    /// How many sybils there are.
    ///
    /// @param peers that a share is of
    int sybils(int peers) {
        boolean counted = has("sybils") || (!has("fraction") && entry.containsKey("sybils"));
        boolean shared = has("fraction") || (!has("sybils") && entry.containsKey("fraction"));
        if (!counted && shared) {
            return (int)
                    Math.round(peers * values.share(key("fraction"), otherwise("fraction", "0")));
        }
        return values.value(key("sybils"), otherwise("sybils", "0"), Quantity::notNegative);
    }

    /// Whether each sybil dials all that it may, since nothing says how many.
    boolean dialsAll() {
        boolean counted = has("degree") || entry.containsKey("degree");
        return !counted && target() == SybilAttack.Target.HOLDERS;
    }

    private SybilAttack.Target target() {
        return values.value(key("target"), otherwise("target", "all"), SybilAttack.Target::named);
    }

    /// How many a sybil dials, about.
    int degree() {
        return values.count(key("degree"), otherwise("degree", "20"));
    }

    /// What they are; there are more than none.
    SybilAttack attack(int sybils) {
        try {
            return new SybilAttack(
                    sybils,
                    degree(),
                    target(),
                    values.duration(key("at"), otherwise("at", "0s")),
                    values.duration(key("from"), otherwise("from", "0s")),
                    values.share(key("drop"), otherwise("drop", "1")),
                    values.duration(key("regraft"), otherwise("regraft", "60s")));
        } catch (IllegalArgumentException e) {
            throw new ScenarioException("%s: attack.%s".formatted(values.file(), e.getMessage()));
        }
    }

    /// Refuses keys that do not go together.
    ///
    /// @param sybils how many there are
    void check(int sybils) {
        for (String key : values.keys()) {
            boolean below = key.startsWith("attack.with.");
            if (below && !used) throw values.impossible(key, "attack.with without attack.use");
            if (used && !below && key.startsWith("attack.") && !key.equals(USE)) {
                throw values.impossible(key, "beside attack.use: put it below attack.with");
            }
        }
        if (has("sybils") && has("fraction")) {
            throw values.impossible(key("fraction"), "a number and a share of sybils");
        }
        if (values.has("attack.classpath") && !values.has("attack.class")) {
            throw values.impossible("attack.classpath", "a path without attack.class");
        }
        for (String key : List.of("attack.drop", "attack.regraft")) {
            if (!values.has(key) || !values.has("attack.class")) continue;
            throw values.impossible(key, "what sybils do, with attack.class");
        }
        if (sybils > 0) return;
        for (String key : values.keys()) {
            if (!key.startsWith("attack.") || key.equals("attack.sybils")) continue;
            throw values.impossible(key, "an attack without attack.sybils");
        }
    }
}
