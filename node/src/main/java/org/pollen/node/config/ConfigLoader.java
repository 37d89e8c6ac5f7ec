package org.pollen.node.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.OperatorException.Problem;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/// Puts a node's settings together: flag > `--set` > environment > file > built-in.
///
/// All problems are reported at once, each with its place. Nothing is accepted that has no effect.
public final class ConfigLoader {
    /// A larger file is not a configuration.
    static final int FILE_BYTES_MAX = 1 << 20;

    private static final List<String> OTHER_ENVIRONMENT =
            List.of(
                    "POLLEN_CONFIG",
                    "POLLEN_DATA_DIR",
                    "POLLEN_PROFILE",
                    "POLLEN_JAVA_OPTS",
                    "POLLEN_JAVA_HOME",
                    "POLLEN_LOG_LEVEL");

    private final Map<String, String> environment;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Config.Value> values = new LinkedHashMap<>();

    private ConfigLoader(Map<String, String> environment) {
        this.environment = environment;
    }

    /// Loads settings.
    ///
    /// @param file the TOML file, or null for none; one named by `POLLEN_CONFIG` otherwise
    /// @param environment the process's environment
    /// @param sets `key=value` pairs given with `--set`
    /// @param flags values of flags by key name
    /// @throws OperatorException with every problem found (CFG-001 to CFG-005)
    public static Config load(
            @Nullable Path file,
            Map<String, String> environment,
            List<String> sets,
            Map<String, String> flags) {
        var loader = new ConfigLoader(environment);
        Path path = file;
        if (path == null && environment.containsKey("POLLEN_CONFIG")) {
            path = Path.of(environment.get("POLLEN_CONFIG"));
        }
        if (path != null) loader.readFile(path);
        loader.readEnvironment();
        loader.readSets(sets);
        flags.forEach((name, text) -> loader.put(name, text, "flag", "the flag for"));
        if (!loader.problems.isEmpty()) throw new OperatorException(loader.problems, null);
        var config = new Config(loader.values);
        check(config);
        return config;
    }

    private void readFile(Path path) {
        String text;
        try {
            if (Files.size(path) > FILE_BYTES_MAX) {
                problem(
                        ErrorCode.CFG_002,
                        path + " is larger than 1 MiB: that is not a configuration",
                        "name the right file with --config");
                return;
            }
            text = Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new OperatorException(
                    ErrorCode.CFG_001,
                    "configuration file " + path + " does not exist",
                    "write one with: pollen config init > " + path,
                    e);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.CFG_001,
                    "configuration file " + path + " cannot be read: " + e.getMessage(),
                    "make it a readable UTF-8 text file",
                    e);
        }
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()) {
            toml.errors()
                    .forEach(error ->
                            problem(
                                    ErrorCode.CFG_002,
                                    "%s:%d:%d %s"
                                            .formatted(
                                                    path.getFileName(),
                                                    error.position().line(),
                                                    error.position().column(),
                                                    firstLine(error.getMessage())),
                                    "write TOML: key = \"text\", key = 5, [section]"));
            return;
        }
        readTable(path, toml, "", toml);
    }

    private void readTable(Path path, TomlTable table, String prefix, TomlParseResult root) {
        for (String part : table.keySet()) {
            List<String> segment = List.of(part);
            String name = prefix + part;
            Object value = table.get(segment);
            var at = table.inputPositionOf(segment);
            String place =
                    path.getFileName() + (at == null ? "" : ":" + at.line() + ":" + at.column());
            if (value instanceof TomlTable inner && !ConfigKeys.all().containsKey(name)) {
                readTable(path, inner, name + ".", root);
            } else {
                put(name, text(value), place, place);
            }
        }
    }

    private static String text(@Nullable Object value) {
        if (value instanceof TomlArray array) {
            return String.join(",", array.toList().stream().map(String::valueOf).toList());
        }
        return String.valueOf(value);
    }

    private void readEnvironment() {
        for (ConfigKey<?> key : ConfigKeys.all().values()) {
            String text = environment.get(key.environmentName());
            if (text != null) {
                String origin = "environment " + key.environmentName();
                put(key.name(), text, origin, origin);
            }
        }
        for (String variable : environment.keySet()) {
            if (!variable.startsWith("POLLEN_") || OTHER_ENVIRONMENT.contains(variable)) continue;
            boolean known =
                    ConfigKeys.all().values().stream()
                            .anyMatch(key -> key.environmentName().equals(variable));
            if (!known) {
                String nearest = nearestVariable(variable);
                problem(
                        ErrorCode.CFG_004,
                        "environment variable " + variable + " sets no known key",
                        nearest == null
                                ? "unset it, or see docs/configuration.md for the names"
                                : "did you mean " + nearest);
            }
        }
    }

    private static @Nullable String nearestVariable(String variable) {
        List<String> names =
                ConfigKeys.all().values().stream().map(ConfigKey::environmentName).toList();
        return ConfigKeys.nearest(variable, names);
    }

    private void readSets(List<String> sets) {
        for (String pair : sets) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                problem(
                        ErrorCode.CFG_003,
                        "--set " + pair + " is not KEY=VALUE",
                        "write for example --set txpool.globalslots=4096");
                continue;
            }
            put(pair.substring(0, equals), pair.substring(equals + 1), "--set", "--set");
        }
    }

    private void put(String name, String text, String origin, String place) {
        ConfigKey<?> key = ConfigKeys.all().get(name);
        if (key == null) {
            String nearest = ConfigKeys.nearest(name);
            problem(
                    ErrorCode.CFG_004,
                    place + " unknown key " + name,
                    nearest == null
                            ? "see docs/configuration.md for the keys"
                            : "did you mean " + nearest + " (default " + shown(nearest) + ")");
            return;
        }
        try {
            key.type().read(text);
        } catch (IllegalArgumentException _) {
            problem(
                    ErrorCode.CFG_003,
                    "%s %s is \"%s\"".formatted(place, name, text),
                    "it must be " + key.type().rule());
            return;
        }
        values.put(name, new Config.Value(text, origin));
    }

    private static String shown(String name) {
        ConfigKey<?> key = ConfigKeys.all().get(name);
        return key == null || key.fallback() == null ? "none" : key.fallback();
    }

    private void problem(ErrorCode code, String message, String fix) {
        problems.add(new Problem(code, message, fix));
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "not understood" : message.lines().findFirst().orElse("");
    }

    /// What two settings together may not be.
    private static void check(Config config) {
        for (String hidden : List.of("admin", "debug", "evm", "anvil")) {
            if (config.get(ConfigKeys.RPC_APIS).contains(hidden)) {
                throw new OperatorException(
                        ErrorCode.CFG_005,
                        "rpc.apis contains " + hidden + ", which is never served in public",
                        "take it out of rpc.apis");
            }
        }
        int low = config.find(ConfigKeys.GOSSIP_D_LO).orElse(0);
        int high = config.find(ConfigKeys.GOSSIP_D_HI).orElse(Integer.MAX_VALUE);
        int target = config.find(ConfigKeys.GOSSIP_D).orElse(Math.min(Math.max(low, 8), high));
        if (low > target || target > high) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    "gossip.Dlo %d, gossip.D %d and gossip.Dhi %d are not in order"
                            .formatted(low, target, high),
                    "choose Dlo <= D <= Dhi");
        }
    }
}
