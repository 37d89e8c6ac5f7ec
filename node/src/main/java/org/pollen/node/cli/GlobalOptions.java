package org.pollen.node.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigKey;
import org.pollen.node.config.ConfigLoader;
import picocli.CommandLine.Option;

/// The flags every command takes.
public final class GlobalOptions {
    /// How a command prints what it found.
    public enum Output {
        /// Columns for people.
        TABLE,
        /// One JSON document, with `"schema":1`.
        JSON
    }

    @Option(names = "--config", paramLabel = "FILE", description = "Configuration file (TOML)")
    @Nullable Path config;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Folder of the node's files")
    @Nullable Path dataDir;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any setting of docs/configuration.md; may be repeated")
    List<String> sets = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table or json (default ${DEFAULT-VALUE})")
    Output output = Output.TABLE;

    @Option(
            names = "--node",
            paramLabel = "URL|DIR",
            description =
                    "Node to ask: its operations URL or its data directory (default: the data"
                            + " directory's node, else the first one of a devnet)")
    @Nullable String node;

    @Option(
            names = {"-v", "--verbose"},
            description = "Stack traces with errors, more log lines")
    boolean verbose;

    @Option(
            names = {"-q", "--quiet"},
            description = "No progress on standard error")
    boolean quiet;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text")
    boolean help;

    /// Where the node keeps its files: the flag, the configured folder, or the XDG data home.
    public Path dataDir(Config settings) {
        if (dataDir != null) return dataDir;
        return settings.find(org.pollen.node.config.ConfigKeys.DATA_DIR)
                .map(Path::of)
                .orElseGet(GlobalOptions::defaultDataDir);
    }

    /// Whether the answer is to be JSON.
    public boolean json() {
        return output == Output.JSON;
    }

    /// Whether progress is unwanted.
    public boolean quiet() {
        return quiet;
    }

    /// Loads the settings as these flags say.
    ///
    /// @param flags values of a command's own flags; null values are left out
    public Config load(Map<ConfigKey<?>, @Nullable Object> flags) {
        Path file = config;
        if (file == null && dataDir != null && dataDir.resolve("config.toml").toFile().exists()) {
            file = dataDir.resolve("config.toml");
        }
        var texts = new HashMap<String, String>();
        flags.forEach((key, value) -> {
            if (value != null) texts.put(key.name(), String.valueOf(value));
        });
        return ConfigLoader.load(file, System.getenv(), sets, texts);
    }

    private static Path defaultDataDir() {
        String xdg = System.getenv("XDG_DATA_HOME");
        Path base =
                xdg == null || xdg.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".local", "share")
                        : Path.of(xdg);
        return base.resolve("pollen");
    }
}
