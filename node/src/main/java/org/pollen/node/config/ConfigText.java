package org.pollen.node.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is written about settings: the commented file, the reference page, the JSON Schema. All
/// three come from [ConfigKeys], so they cannot disagree with the program.
public final class ConfigText {
    private ConfigText() {}

    /// A TOML file with every key commented out at its default.
    public static String commentedToml() {
        var out =
                new StringBuilder(
                        "# Pollen. Every key is shown at its default; uncomment to change it.\n");
        sections()
                .forEach((section, keys) -> {
                    out.append("\n[").append(section).append("]\n");
                    for (ConfigKey<?> key : keys) {
                        out.append("# ").append(key.meaning()).append(" (");
                        out.append(key.type().rule()).append(")\n");
                        out.append("# ").append(last(key)).append(" = ");
                        out.append(toml(key)).append('\n');
                    }
                });
        return out.toString();
    }

    /// The table of `docs/configuration.md`.
    public static String markdown() {
        var out =
                new StringBuilder(
                        """
                        # Configuration

                        Order: flag, then `--set KEY=VALUE`, then environment, then the file of `--config` or
                        `POLLEN_CONFIG`, then the default. `pollen config show --origin` tells what came from where;
                        `pollen config init` prints a commented file, and `pollen config check` finds what `run` would
                        refuse, without starting anything. An unknown key refuses the start.

                        | key | default | values | live | environment | meaning |
                        |---|---|---|---|---|---|
                        """);
        for (ConfigKey<?> key : ConfigKeys.all().values()) {
            String fallback = key.fallback();
            out.append("| `").append(key.name()).append("` | ");
            out.append(
                    fallback == null
                            ? "none"
                            : fallback.isEmpty() ? "empty" : "`" + fallback + "`");
            out.append(" | ").append(key.type().rule()).append(" | ");
            out.append(key.live() ? "yes" : "restart").append(" | `");
            out.append(key.environmentName()).append("` | ").append(key.meaning()).append(" |\n");
        }
        return out.toString();
    }

    /// JSON Schema (draft 2020-12) of the file's content.
    public static String jsonSchema() {
        var mapper = new ObjectMapper();
        ObjectNode root =
                mapper.createObjectNode()
                        .put("$schema", "https://json-schema.org/draft/2020-12/schema")
                        .put("type", "object")
                        .put("additionalProperties", false);
        ObjectNode properties = root.putObject("properties");
        sections()
                .forEach((section, keys) -> {
                    ObjectNode object =
                            properties
                                    .putObject(section)
                                    .put("type", "object")
                                    .put("additionalProperties", false);
                    ObjectNode inner = object.putObject("properties");
                    for (ConfigKey<?> key : keys) {
                        ObjectNode one = inner.putObject(last(key));
                        one.put("description", key.meaning() + ": " + key.type().rule());
                        var types = one.putArray("type");
                        switch (key.type().name()) {
                            case "flag" -> types.add("boolean");
                            case "number" -> types.add("integer");
                            case "list" -> types.add("array").add("string");
                            default -> types.add("string");
                        }
                    }
                });
        return root.toPrettyString();
    }

    private static Map<String, List<ConfigKey<?>>> sections() {
        var sections = new LinkedHashMap<String, List<ConfigKey<?>>>();
        for (ConfigKey<?> key : ConfigKeys.all().values()) {
            String section = key.name().substring(0, key.name().lastIndexOf('.'));
            sections.computeIfAbsent(section, _ -> new ArrayList<>()).add(key);
        }
        return sections;
    }

    private static String last(ConfigKey<?> key) {
        return key.name().substring(key.name().lastIndexOf('.') + 1);
    }

    private static String toml(ConfigKey<?> key) {
        String text = key.fallback() == null ? "" : key.fallback();
        return switch (key.type().name()) {
            case "flag", "number" -> text.isEmpty() ? "0" : text;
            case "list" ->
                    "["
                            + String.join(
                                    ", ",
                                    ValueType.LIST.read(text).stream()
                                            .map(part -> '"' + part + '"')
                                            .toList())
                            + "]";
            default -> '"' + text + '"';
        };
    }
}
