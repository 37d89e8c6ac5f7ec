package org.pollen.simulator;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads the YAML of a scenario: known keys only, every value with line and column. What the values
/// mean is not its matter.
final class ScenarioReader {
    private final String file;
    final ScenarioValues values;
    final ScenarioGates gates = new ScenarioGates();
    final SweepKeys sweep;

    /// Reads a text.
    ///
    /// @param file its name in messages
    /// @throws ScenarioException with file, line, column and a suggestion
    ScenarioReader(String file, String text) {
        this.file = file;
        values = new ScenarioValues(file);
        sweep = new SweepKeys(file);
        if (!(root(text) instanceof MappingNode mapping)) {
            throw new ScenarioException("%s:1:1: a scenario is a mapping of keys".formatted(file));
        }
        read("", mapping);
    }

    private @Nullable Node root(String text) {
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(file).build();
            return new Compose(settings).composeString(text).orElse(null);
        } catch (MarkedYamlEngineException e) {
            String where =
                    e.getProblemMark()
                            .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                            .orElse("");
            throw new ScenarioException("%s%s: %s".formatted(file, where, e.getProblem()));
        } catch (YamlEngineException e) {
            throw new ScenarioException("%s: %s".formatted(file, e.getMessage()));
        }
    }

    private void read(String prefix, MappingNode mapping) {
        for (NodeTuple tuple : mapping.getValue()) {
            String where = where(file, tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
                throw new ScenarioException(where + ": a key must be a word");
            }
            String key = prefix + scalar.getValue();
            Node node = tuple.getValueNode();
            if (sweep.read(key, node)) continue;
            if (node instanceof MappingNode inner && ScenarioKeys.isSection(key)) {
                section(key, inner);
            } else if (node instanceof SequenceNode list && isList(key)) {
                entries(key, list);
            } else if (node instanceof SequenceNode list
                    && ScenarioKeys.plain(key).equals(ScenarioKeys.BEHAVIOUR)) {
                together(key, list);
            } else if (ScenarioKeys.plain(key).equals(ScenarioKeys.BEHAVIOUR)) {
                throw new ScenarioException(
                        "%s: %s must be a list of behaviours, as [graft, {forward: {drop: 0.5}}]"
                                .formatted(where(file, node), key));
            } else if (!ScenarioKeys.known(key)) {
                throw new ScenarioException(
                        "%s: unknown key %s%s".formatted(where, key, ScenarioKeys.suggestion(key)));
            } else if (key.equals("gates") && node instanceof SequenceNode list) {
                for (Node item : list.getValue()) gates.read(where(file, item), text(item));
            } else if (node instanceof SequenceNode list && ScenarioKeys.isWords(key)) {
                String words =
                        String.join(",", list.getValue().stream().map(n -> text(n)).toList());
                put(key, words, where, node);
            } else if (node instanceof ScalarNode content) {
                put(key, content.getValue(), where, node);
            } else {
                throw new ScenarioException(
                        "%s: %s must be %s"
                                .formatted(where(file, node), key, ScenarioKeys.meaning(key)));
            }
        }
    }

    private void put(String key, String text, String where, Node node) {
        if (values.put(key, text, where(file, node))) return;
        throw new ScenarioException(where + ": key " + key + " is there twice");
    }

    private void section(String key, MappingNode mapping) {
        if (ScenarioKeys.LISTS.getOrDefault(ScenarioKeys.plain(key), false)) {
            throw new ScenarioException(
                    "%s: %s must be a list of mappings".formatted(where(file, mapping), key));
        }
        values.place(key, where(file, mapping));
        read(key + ".", mapping);
    }

    private static boolean isList(String key) {
        return ScenarioKeys.LISTS.containsKey(ScenarioKeys.plain(key));
    }

    private void entries(String key, SequenceNode list) {
        int number = 0;
        String word = ScenarioKeys.WORDS.get(ScenarioKeys.plain(key));
        for (Node item : list.getValue()) {
            if (word != null && item instanceof ScalarNode scalar) {
                String entry = key + "." + number++;
                values.place(entry, where(file, item));
                put(entry + "." + word, scalar.getValue(), where(file, item), item);
                continue;
            }
            if (!(item instanceof MappingNode mapping)) {
                throw new ScenarioException(
                        "%s: %s must be a list of mappings".formatted(where(file, item), key));
            }
            String entry = key + "." + number++;
            values.place(entry, where(file, item));
            read(entry + ".", mapping);
        }
        if (number == 0) {
            throw new ScenarioException(where(file, list) + ": " + key + " is an empty list");
        }
    }

    /// A list whose entries are one mapping: a word stands for a key and its value.
    private void together(String key, SequenceNode list) {
        values.place(key, where(file, list));
        for (Node item : list.getValue()) {
            if (item instanceof MappingNode mapping) {
                read(key + ".", mapping);
                continue;
            }
            Map.Entry<String, String> named = ScenarioKeys.NAMED.get(text(item));
            if (named == null) {
                List<String> known = ScenarioKeys.NAMED.keySet().stream().sorted().toList();
                throw new ScenarioException(
                        "%s: %s: `%s`%s"
                                .formatted(
                                        where(file, item),
                                        key,
                                        text(item),
                                        ScenarioException.suggestion(text(item), known)));
            }
            put(key + "." + named.getKey(), named.getValue(), where(file, item), item);
        }
    }

    private static String text(Node node) {
        return node instanceof ScalarNode scalar ? scalar.getValue().trim() : "";
    }

    /// File, line and column of a node.
    static String where(String file, Node node) {
        return file
                + node.getStartMark()
                        .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                        .orElse("");
    }
}
