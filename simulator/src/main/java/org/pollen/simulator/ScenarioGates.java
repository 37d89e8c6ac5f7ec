package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The gates of a scenario: conditions on what a run comes to, or what several seeds do.
///
/// Source: simulator specification 5 (key `gates`).
final class ScenarioGates {
    private static final Pattern GATE = Pattern.compile("(.+?)\\s*(<=|>=)\\s*([0-9.]+\\w*)");
    private static final Pattern OVER =
            Pattern.compile("(allSeeds|median|quantile)\\s*\\((?:\\s*([0-9.]+)\\s*,)?(.+)\\)");

    /// One condition.
    ///
    /// @param where it is, for messages
    /// @param quantile of the seeds that has to hold; -1 if each seed has to
    private record Condition(
            String where, Measure measure, double quantile, boolean atMost, double limit) {
        String what() {
            if (quantile < 0) return measure.text();
            if (quantile == 0.5) return "median(" + measure.text() + ")";
            return "quantile(%s %s)".formatted(Verdict.Gate.number(quantile), measure.text());
        }

        /// @param seeds what each seed came to
        Verdict.Gate judge(double... seeds) {
            double value = of(seeds);
            return atMost
                    ? Verdict.Gate.atMost(what(), limit, value)
                    : Verdict.Gate.atLeast(what(), limit, value);
        }

        private double of(double[] seeds) {
            double[] sorted = seeds.clone();
            Arrays.sort(sorted); // what is no number comes last
            if (Double.isNaN(sorted[sorted.length - 1])) return Double.NaN;
            if (quantile < 0) return atMost ? sorted[sorted.length - 1] : sorted[0];
            double at = quantile * (sorted.length - 1);
            int low = (int) at;
            int high = Math.min(low + 1, sorted.length - 1);
            return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
        }
    }

    private final List<Condition> conditions = new ArrayList<>();
    private final List<Further> further = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    boolean isEmpty() {
        return conditions.isEmpty();
    }

    /// The conditions as they are written.
    List<String> texts() {
        return List.copyOf(texts);
    }

    /// Takes one more condition.
    ///
    /// @param where it is, for messages
    void read(String where, String text) {
        Matcher matcher = GATE.matcher(text);
        if (!matcher.matches()) throw malformed(where, text);
        texts.add(text);
        String left = matcher.group(1).trim();
        double quantile = -1;
        Matcher over = OVER.matcher(left);
        if (over.matches()) {
            boolean given = over.group(2) != null;
            if (given != over.group(1).equals("quantile")) throw malformed(where, text);
            if (over.group(1).equals("median")) quantile = 0.5;
            if (given) quantile = share(where, over.group(2));
            left = over.group(3);
        }
        Measure measure;
        try {
            measure = Measure.parse(left);
        } catch (IllegalArgumentException e) {
            throw new ScenarioException("%s: gate on %s".formatted(where, e.getMessage()));
        }
        double limit;
        try {
            limit = measure.limit(matcher.group(3));
        } catch (IllegalArgumentException _) {
            throw new ScenarioException(
                    "%s: gate `%s`: `%s` is no limit of %s"
                            .formatted(where, text, matcher.group(3), measure.metric().text));
        }
        conditions.add(
                new Condition(where, measure, quantile, matcher.group(2).equals("<="), limit));
    }

    private static double share(String where, String text) {
        try {
            double share = Double.parseDouble(text);
            if (share >= 0 && share <= 1) return share;
        } catch (NumberFormatException _) {
            // said below
        }
        throw new ScenarioException("%s: quantile %s: it must be in 0..1".formatted(where, text));
    }

    private static ScenarioException malformed(String where, String text) {
        return new ScenarioException(
                "%s: gate `%s`: it must be like `delivery >= 1.0`, `p99(attack) <= 340ms` or `median(p99) <= 340ms`"
                        .formatted(where, text));
    }

    /// What a run has.
    ///
    /// @param phases whether there is an attack or an event, so that there is a before and after
    /// @param after whether the attack or the events end before the run does
    /// @param topics that messages are published on
    record Run(
            boolean phases,
            boolean after,
            boolean sybils,
            boolean routed,
            List<String> topics,
            long end) {}

    /// A number that is wanted beside those of the conditions.
    ///
    /// @param where it is, for messages
    private record Further(String where, Measure measure) {}

    /// Refuses gates, and other measures, on what the run does not have.
    void check(Run run) {
        for (Condition gate : conditions) check(gate.where, "gate on ", "gates", gate.measure, run);
        for (Further each : further) {
            check(each.where, "compare.metrics: ", "compare.metrics", each.measure, run);
        }
    }

    private static void check(String where, String on, String key, Measure measure, Run run) {
        String what = measure.text();
        String why = null;
        if (measure.phase() >= 0 && !run.phases) why = " without attack.sybils or events";
        else if (measure.phase() == Measure.AFTER && !run.after) {
            why = ": the attack or the events do not end before the run";
        } else if (measure.metric().who.equals("sybil") && !run.sybils) {
            why = " without attack.sybils";
        } else if (measure.metric().ofMeshes() && !run.routed) {
            why = ": the profile light has no meshes";
        }
        String topic = measure.topic();
        if (why == null && topic != null && !run.topics.contains(topic)) {
            String known = ScenarioException.suggestion(topic, run.topics);
            throw new ScenarioException("%s: %s%s%s".formatted(where, on, what, known));
        }
        if (why == null && measure.from() >= run.end) why = ": the run ends before";
        if (why == null) return;
        throw new ScenarioException("%s: %s: %s%s: impossible".formatted(where, key, what, why));
    }

    /// These gates, where other numbers are measured, too.
    ///
    /// @param where they are named, for messages
    ScenarioGates measuring(String where, List<Measure> others) {
        var gates = new ScenarioGates();
        gates.conditions.addAll(conditions);
        gates.texts.addAll(texts);
        for (Measure each : others) gates.further.add(new Further(where, each));
        return gates;
    }

    /// What is measured, each once, in order.
    List<Measure> measures() {
        return Stream.concat(
                        conditions.stream().map(Condition::measure),
                        further.stream().map(Further::measure))
                .distinct()
                .toList();
    }

    /// The name of a column of what is measured.
    static String column(Measure measure) {
        return "gate " + measure.text();
    }

    /// What they say about one run.
    List<Verdict.Gate> verdicts(Measure.Outcome outcome) {
        return conditions.stream().map(gate -> gate.judge(gate.measure.of(outcome))).toList();
    }

    /// What they say about several seeds.
    ///
    /// @param seeds of each of [#measures()], what each seed came to
    List<Verdict.Gate> verdicts(List<double[]> seeds) {
        List<Measure> measures = measures();
        return conditions.stream()
                .map(gate -> gate.judge(seeds.get(measures.indexOf(gate.measure))))
                .toList();
    }
}
