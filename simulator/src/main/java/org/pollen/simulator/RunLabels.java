package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What runs are called where several are compared: by name, and where names are equal by the keys
/// and seeds in which they differ.
final class RunLabels {
    private static final int KEYS_MAX = 3;

    private RunLabels() {}

    /// A label for each, in their order, no two equal.
    static List<String> of(List<RunFolder> runs) {
        var labels = new ArrayList<String>();
        for (RunFolder run : runs) labels.add(shortName(run, runs));
        if (distinct(labels)) return labels;
        Set<String> keys = differing(runs);
        for (int i = 0; i < labels.size(); i++) {
            var parts = new ArrayList<String>();
            for (String key : keys) {
                String value = runs.get(i).settings().getOrDefault(key, "");
                parts.add(value.isEmpty() ? "no " + key : key + " " + value);
            }
            if (runs.stream().map(run -> run.text("seed")).distinct().count() > 1) {
                parts.add("seed " + runs.get(i).text("seed"));
            }
            if (parts.isEmpty()) continue;
            labels.set(i, "%s (%s)".formatted(labels.get(i), String.join(", ", parts)));
        }
        var used = new LinkedHashSet<String>();
        for (int i = 0; i < labels.size(); i++) {
            String label = labels.get(i);
            for (int n = 2; !used.add(label); n++) label = "%s, %d".formatted(labels.get(i), n);
            labels.set(i, label);
        }
        return labels;
    }

    /// Of the runs of one entry only what is theirs.
    private static String shortName(RunFolder run, List<RunFolder> runs) {
        String name = run.text("name");
        String entry = run.text("entry");
        boolean one =
                runs.stream().allMatch(r -> !entry.isEmpty() && r.text("entry").equals(entry));
        int colon = name.indexOf(": ");
        return one && colon > 0 ? name.substring(colon + 2) : name;
    }

    private static boolean distinct(List<String> labels) {
        return labels.stream().distinct().count() == labels.size();
    }

    private static Set<String> differing(List<RunFolder> runs) {
        Set<String> keys = new LinkedHashSet<>();
        for (RunFolder run : runs) keys.addAll(run.settings().keySet());
        keys.removeIf(key ->
                runs.stream().map(r -> r.settings().getOrDefault(key, "")).distinct().count() == 1);
        keys.remove("seed");
        return new LinkedHashSet<>(keys.stream().limit(KEYS_MAX).toList());
    }
}
