package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// The keys `sweep` and `seeds` of a scenario file: which values a sweep tries, and under which
/// seeds.
final class SweepKeys {
    private static final int STEPS_MAX = 1000;
    private static final double WHOLE_MAX = 1L << 53;

    private final String file;
    private final Map<String, List<String>> axes = new LinkedHashMap<>();
    private final List<Long> seeds = new ArrayList<>();

    SweepKeys(String file) {
        this.file = file;
    }

    Map<String, List<String>> axes() {
        return Collections.unmodifiableMap(axes);
    }

    List<Long> seeds() {
        return Collections.unmodifiableList(seeds);
    }

    /// Reads one of the two keys.
    ///
    /// @return whether it was one of them
    boolean read(String key, Node node) {
        if (key.equals("seeds")) {
            readSeeds(node);
        } else if (key.equals("sweep")) {
            if (!(node instanceof MappingNode mapping)) throw bad(node, "sweep");
            for (NodeTuple tuple : mapping.getValue()) {
                String axis = text(tuple.getKeyNode());
                if (!ScenarioKeys.canChange(axis)) {
                    throw new ScenarioException(
                            "%s: sweep over %s%s"
                                    .formatted(
                                            ScenarioReader.where(file, tuple.getKeyNode()),
                                            axis,
                                            ScenarioKeys.suggestion(axis)));
                }
                axes.put(axis, values(tuple.getValueNode()));
            }
        } else {
            return false;
        }
        return true;
    }

    private void readSeeds(Node node) {
        if (node instanceof SequenceNode list) {
            for (Node item : list.getValue()) seed(item, number(item));
        } else {
            Map<String, Double> range = range(node, "seeds");
            double from = range.getOrDefault("from", 1.0);
            double count = range.getOrDefault("count", 0.0);
            if (count < 1 || count > STEPS_MAX || !whole(count)) throw bad(node, "seeds");
            for (int i = 0; i < count; i++) seed(node, from + i);
        }
        if (seeds.isEmpty()) throw bad(node, "seeds");
    }

    private void seed(Node node, double value) {
        if (!whole(value)) throw bad(node, "seeds");
        if (seeds.contains((long) value)) {
            throw new ScenarioException(
                    "%s: seeds: %d is there twice"
                            .formatted(ScenarioReader.where(file, node), (long) value));
        }
        seeds.add((long) value);
    }

    /// Whether it is a whole number that no digit is lost of.
    private static boolean whole(double value) {
        return value == Math.rint(value) && Math.abs(value) <= WHOLE_MAX;
    }

    private List<String> values(Node node) {
        var values = new ArrayList<String>();
        if (node instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                String value = text(item);
                if (value.contains(",")) throw bad(item, "sweep");
                values.add(value);
            }
        } else {
            steps(node, values);
        }
        if (values.isEmpty()) throw bad(node, "sweep");
        return List.copyOf(values);
    }

    private void steps(Node node, List<String> values) {
        boolean log = false;
        var plain = new ArrayList<NodeTuple>();
        if (!(node instanceof MappingNode mapping)) throw bad(node, "sweep");
        for (NodeTuple tuple : mapping.getValue()) {
            if (!text(tuple.getKeyNode()).equals("scale")) plain.add(tuple);
            else if (text(tuple.getValueNode()).equals("log")) log = true;
            else if (!text(tuple.getValueNode()).equals("linear")) throw bad(node, "sweep");
        }
        Map<String, Double> range = range(node, plain, "sweep");
        double from = range.getOrDefault("from", Double.NaN);
        double to = range.getOrDefault("to", Double.NaN);
        double steps = range.getOrDefault("steps", 0.0);
        boolean good =
                from <= to
                        && steps >= 2
                        && steps <= STEPS_MAX
                        && whole(steps)
                        && !(log && from <= 0);
        if (!good) throw bad(node, "sweep");
        for (int i = 0; i < steps; i++) {
            double part = i / (steps - 1);
            double value = log ? from * StrictMath.pow(to / from, part) : from + (to - from) * part;
            double nearest = Math.rint(value);
            boolean whole = Math.abs(value - nearest) <= 1e-9 * Math.abs(nearest);
            values.add(
                    whole
                            ? Long.toString(Math.round(value))
                            : String.format(Locale.ROOT, "%.6g", value));
        }
    }

    private Map<String, Double> range(Node node, String key) {
        if (!(node instanceof MappingNode mapping)) throw bad(node, key);
        return range(node, mapping.getValue(), key);
    }

    private Map<String, Double> range(Node node, List<NodeTuple> tuples, String key) {
        List<String> known =
                key.equals("seeds") ? List.of("from", "count") : List.of("from", "to", "steps");
        var range = new LinkedHashMap<String, Double>();
        for (NodeTuple tuple : tuples) {
            String name = text(tuple.getKeyNode());
            if (!known.contains(name)) throw bad(node, key);
            range.put(name, number(tuple.getValueNode()));
        }
        return range;
    }

    private static String text(Node node) {
        return node instanceof ScalarNode scalar ? scalar.getValue().trim() : "";
    }

    private double number(Node node) {
        try {
            return Double.parseDouble(text(node));
        } catch (NumberFormatException _) {
            throw new ScenarioException(
                    "%s: `%s` is no number"
                            .formatted(ScenarioReader.where(file, node), text(node)));
        }
    }

    private ScenarioException bad(Node node, String key) {
        return new ScenarioException(
                "%s: %s must be %s"
                        .formatted(
                                ScenarioReader.where(file, node), key, ScenarioKeys.meaning(key)));
    }
}
