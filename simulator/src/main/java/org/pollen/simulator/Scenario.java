package org.pollen.simulator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A scenario file: YAML with known keys only, every error with line and column. An instance has
/// been checked as a whole.
///
/// Source: simulator specification 5; the keys it has so far are in [ScenarioKeys].
public final class Scenario {
    private final ScenarioValues values;
    private final ScenarioGates gates;
    private final SweepKeys sweep;
    private final Comparison comparison;

    private Scenario(ScenarioValues values, ScenarioGates gates, SweepKeys sweep) {
        this.values = values;
        comparison = Comparison.of(values);
        this.gates = gates.measuring(values.at("compare.metrics"), comparison.measures());
        this.sweep = sweep;
        ScenarioRules.check(values, this.gates);
    }

    /// Reads and checks a file.
    ///
    /// @throws ScenarioException with file, line, column and a suggestion
    public static Scenario load(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    /// Reads and checks a text.
    ///
    /// @param file its name in messages
    public static Scenario parse(String file, String text) {
        var read = new ScenarioReader(file, text);
        return new Scenario(read.values, read.gates, read.sweep);
    }

    /// Of the scenario.
    public String name() {
        return values.text("name", "");
    }

    /// The keys that are given, as they are written, in the order of the file.
    Map<String, String> settings() {
        var settings = new LinkedHashMap<String, String>();
        for (String key : values.keys()) settings.put(key, values.text(key, ""));
        settings.remove("schema");
        return settings;
    }

    /// Of the file, 1 if it has none.
    public long seed() {
        return values.value("seed", "1", Long::parseLong);
    }

    /// How many attackers there are.
    int sybils() {
        return new ScenarioSetup(values).attackers();
    }

    /// What the scenario builds under a seed.
    public Setup.Builder setup(long seed) {
        return new ScenarioSetup(values).build(seed);
    }

    /// About how much memory a run takes.
    public long estimateBytes() {
        return MemoryEstimate.bytes(values);
    }

    /// What a sweep compares.
    Comparison comparison() {
        return comparison;
    }

    /// Its gates.
    ScenarioGates gates() {
        return gates;
    }

    /// Whether a run may not cost what it will.
    boolean hasBudget() {
        return values.keys().stream().anyMatch(key -> key.startsWith("budget."));
    }

    /// What a run may cost, from now on.
    Budget budget() {
        return new Budget(values);
    }

    /// Looks at a run for its tables.
    Recorder recorder() {
        return new Recorder(values);
    }

    /// Looks at a run for its gates.
    GateWatch watch() {
        return new GateWatch(gates);
    }

    /// The scenario with other values for some keys, checked anew.
    Scenario with(Map<String, String> changes) {
        if (changes.isEmpty()) return this;
        ScenarioValues changed = values.copy();
        changes.forEach((key, value) -> {
            if (!ScenarioKeys.canChange(key)) {
                throw new ScenarioException(
                        "--set %s: unknown key%s".formatted(key, ScenarioKeys.suggestion(key)));
            }
            changed.put(key, value, "--set " + key);
        });
        return new Scenario(changed, gates, sweep);
    }

    /// Stands for all that a sweep depends on but for the values of its axes and the seeds: values
    /// and the files that they, or those of the axes, name, whatever the layout of the text.
    ///
    /// @param axes values by key
    String fingerprint(Map<String, List<String>> axes) {
        var sorted = new TreeMap<String, String>();
        for (String key : values.keys()) sorted.put(key, values.text(key, ""));
        sorted.keySet().removeAll(axes.keySet());
        // What is done, is done, whatever it cost, and whoever looked at it.
        sorted.keySet().removeIf(key -> key.matches("(budget|compare|measure)\\..*"));
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(sorted.toString().getBytes(StandardCharsets.UTF_8));
            var files = new NamedFiles(Path.of(values.file()));
            for (String key : fileKeys(axes.keySet())) {
                for (String name : axes.getOrDefault(key, List.of(values.text(key, "")))) {
                    if (!name.isEmpty()) files.hash(sha, name);
                }
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new ScenarioException(
                    "%s: cannot be read: %s".formatted(values.file(), e.getMessage()));
        }
    }

    /// The text of the scenario with all its defaults.
    ///
    /// @param seed that it is run with
    String resolved(long seed) {
        return ResolvedScenario.of(values, gates.texts(), seed);
    }

    /// Copies the files that it names into a folder where a copy of it is.
    void copyFiles(Path folder) {
        var files = new NamedFiles(Path.of(values.file()));
        for (String key : fileKeys(Set.of())) files.copy(values.text(key, ""), folder);
    }

    /// The keys whose values name files.
    ///
    /// @param more keys that may have one
    private Set<String> fileKeys(Set<String> more) {
        var keys = new LinkedHashSet<>(NamedFiles.KEYS);
        for (Set<String> some : List.of(values.keys(), more)) {
            for (String key : some) {
                if (ScenarioKeys.plain(key).equals(NamedFiles.OF_GROUPS)) keys.add(key);
            }
        }
        return keys;
    }

    /// The values of each key that is swept over.
    Map<String, List<String>> sweep() {
        return sweep.axes();
    }

    /// The seeds of a sweep, if the file says so.
    List<Long> seeds() {
        return sweep.seeds();
    }
}
