package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a sweep compares: which numbers of its points, with which point, and from when on a
/// difference counts. p-values are corrected by Holm.
///
/// Source: simulator specification 5 (key `compare`).
///
/// @param where the baseline is, for messages
/// @param baseline values of some axes, by key or the end of one: the first point that has them is
///   what others are compared with
/// @param metrics columns of `sweep.csv`
/// @param measures those of them that a run has to be measured for
/// @param paired whether equal seeds are pairs
/// @param equivalence share of the baseline's median within which points are as good as equal; 0 if
///   nobody asks
/// @param alpha differences with a smaller p count
record Comparison(
        String where,
        Map<String, String> baseline,
        List<String> metrics,
        List<Measure> measures,
        boolean paired,
        double equivalence,
        double alpha) {
    private static final List<String> USUAL =
            List.of("delivery", "p50", "p95", "p99", "mesh", "duplicates", "bytes");

    Comparison {
        baseline = new LinkedHashMap<>(baseline);
        metrics = List.copyOf(metrics);
        measures = List.copyOf(measures);
    }

    /// What a scenario says, or else all usual numbers against the first point.
    static Comparison of(ScenarioValues values) {
        boolean paired = values.value("compare.test", "paired", Comparison::paired);
        var metrics = new ArrayList<String>();
        var measures = new ArrayList<Measure>();
        for (String name : ScenarioKeys.words(values.text("compare.metrics", ""))) {
            if (USUAL.contains(name)) {
                metrics.add(name);
            } else if (values.has("compare.metrics")) {
                try {
                    Measure measure = Measure.parse(name);
                    metrics.add(ScenarioGates.column(measure));
                    measures.add(measure);
                } catch (IllegalArgumentException e) {
                    throw new ScenarioException(
                            "%s: compare.metrics: %s"
                                    .formatted(values.at("compare.metrics"), e.getMessage()));
                }
            }
        }
        double alpha = values.share("compare.alpha", "0.05");
        return new Comparison(
                values.at("compare.baseline"),
                baseline(values),
                metrics.isEmpty() ? USUAL : metrics,
                measures,
                paired,
                equivalence(values),
                alpha);
    }

    private static boolean paired(String text) {
        if (text.equals("paired") || text.equals("unpaired")) return text.equals("paired");
        throw new IllegalArgumentException(text);
    }

    private static double equivalence(ScenarioValues values) {
        double share = values.share("compare.equivalence", "0");
        if (share > 0 || !values.has("compare.equivalence")) return share;
        throw values.outOf("compare.equivalence", "0", "above 0 and up to 1");
    }

    private static Map<String, String> baseline(ScenarioValues values) {
        var baseline = new LinkedHashMap<String, String>();
        if (!values.has("compare.baseline")) return baseline;
        for (String part : values.text("compare.baseline", "").split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new ScenarioException(
                        "%s: compare.baseline is `%s`: it must be %s"
                                .formatted(
                                        values.at("compare.baseline"),
                                        values.text("compare.baseline", ""),
                                        ScenarioKeys.meaning("compare.baseline")));
            }
            baseline.put(part.substring(0, equals).trim(), part.substring(equals + 1).trim());
        }
        return baseline;
    }

    /// The place of the baseline among points.
    ///
    /// @param points values of the axes, by key
    /// @throws ScenarioException if none has the values
    int baselineAmong(List<? extends Map<String, String>> points) {
        for (int i = 0; i < points.size(); i++) {
            Map<String, String> point = points.get(i);
            boolean all =
                    baseline.entrySet().stream()
                            .allMatch(wanted -> has(point, wanted.getKey(), wanted.getValue()));
            if (all) return i;
        }
        throw new ScenarioException(
                "%s: compare.baseline: no point of the sweep has %s".formatted(where, baseline));
    }

    private static boolean has(Map<String, String> point, String key, String value) {
        return point.entrySet().stream()
                .filter(axis -> axis.getKey().equals(key) || axis.getKey().endsWith("." + key))
                .anyMatch(axis -> axis.getValue().equals(value));
    }
}
