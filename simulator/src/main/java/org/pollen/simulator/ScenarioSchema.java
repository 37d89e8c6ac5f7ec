package org.pollen.simulator;

import java.util.LinkedHashMap;
import java.util.Map;

/// The keys of scenario files as a JSON Schema (2020-12), for editors that complete and check while
/// one types. Ranges and combinations are checked when a file is read.
final class ScenarioSchema {
    private static final String SCALAR = "[\"string\", \"number\", \"boolean\"]";

    /// Words in a list, or with commas between them.
    private static final String WORDS = "[\"string\", \"array\"]";

    private ScenarioSchema() {}

    static String json() {
        var root = new Node();
        ScenarioKeys.ALL.forEach((key, meaning) -> {
            Node node = root;
            for (String part : key.split("\\.", -1)) {
                node = node.children.computeIfAbsent(part, _ -> new Node());
            }
            node.key = key;
            node.meaning = meaning;
        });
        var out = new StringBuilder(8_000);
        out.append(
                """
                {
                  "$schema": "https://json-schema.org/draft/2020-12/schema",
                  "title": "Pollen scenario",
                  "type": "object",
                  "required": ["schema", "name", "topology"],
                """);
        properties(out, root, "", "  ");
        return out.append("\n}\n").toString();
    }

    private static void properties(StringBuilder out, Node node, String prefix, String indent) {
        out.append(indent).append("\"additionalProperties\": false,\n");
        out.append(indent).append("\"properties\": {\n");
        int left = node.children.size();
        for (Map.Entry<String, Node> child : node.children.entrySet()) {
            out.append("%s  \"%s\": {".formatted(indent, child.getKey()));
            if (child.getValue().children.isEmpty()) {
                leaf(out, child.getKey(), child.getValue());
            } else {
                section(out, prefix + child.getKey(), child.getValue(), indent + "    ");
                out.append('\n').append(indent).append("  }");
            }
            out.append(--left > 0 ? ",\n" : "\n");
        }
        out.append(indent).append('}');
    }

    /// A mapping, a list of mappings, or either.
    private static void section(StringBuilder out, String name, Node node, String indent) {
        boolean together = name.equals(ScenarioKeys.BEHAVIOUR);
        Boolean list = together ? Boolean.FALSE : ScenarioKeys.LISTS.get(name);
        out.append('\n').append(indent);
        if (list == null) {
            out.append("\"type\": \"object\",\n");
            properties(out, node, name + ".", indent);
            return;
        }
        String kinds = list ? "\"array\"" : "[\"object\", \"array\"]";
        out.append("\"type\": %s,\n".formatted(kinds));
        if (!list) {
            properties(out, node, name + ".", indent);
            out.append(",\n");
        }
        out.append(indent).append("\"items\": {\n");
        boolean words = together || ScenarioKeys.WORDS.containsKey(name);
        String entries = words ? "[\"string\", \"object\"]" : "\"object\"";
        out.append(indent).append("  \"type\": %s,\n".formatted(entries));
        properties(out, node, name + ".", indent + "  ");
        out.append('\n').append(indent).append('}');
    }

    private static void leaf(StringBuilder out, String key, Node node) {
        String meaning = node.meaning;
        String type =
                switch (key) {
                    case "schema" -> "\"const\": 1";
                    case "gates" -> "\"type\": \"array\", \"items\": {\"type\": \"string\"}";
                    case "seeds" -> "\"type\": [\"array\", \"object\"]";
                    case "sweep" -> "\"type\": \"object\"";
                    case "peers",
                            "k",
                            "connections",
                            "publishers",
                            "count",
                            "seed",
                            "clusters",
                            "sybils",
                            "degree" ->
                            "\"type\": \"integer\"";
                    default -> "\"type\": " + (ScenarioKeys.isWords(node.key) ? WORDS : SCALAR);
                };
        out.append("%s, \"description\": \"%s\"}".formatted(type, meaning.replace("\"", "'")));
    }

    private static final class Node {
        private final Map<String, Node> children = new LinkedHashMap<>();
        private String key = "";
        private String meaning = "";
    }
}
