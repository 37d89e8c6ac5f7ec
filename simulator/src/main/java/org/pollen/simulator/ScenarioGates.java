package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The gates of a scenario: conditions on what a run comes to.
///
/// Source: simulator specification 5 (key `gates`).
final class ScenarioGates {
    private static final List<String> METRICS = List.of("delivery", "p50", "p95", "p99", "max");
    private static final Pattern GATE = Pattern.compile("(\\w+)\\s*(<=|>=)\\s*([0-9.]+)(ms)?");

    private record Condition(String metric, boolean atMost, double limit) {}

    private final List<Condition> conditions = new ArrayList<>();

    boolean isEmpty() {
        return conditions.isEmpty();
    }

    /// Takes one more condition.
    ///
    /// @param where it is, for messages
    void read(String where, String text) {
        Matcher matcher = GATE.matcher(text);
        if (!matcher.matches()) {
            throw new ScenarioException(
                    "%s: gate `%s`: it must be like `delivery >= 1.0` or `p99 <= 340ms`"
                            .formatted(where, text));
        }
        String metric = matcher.group(1);
        if (!METRICS.contains(metric)) {
            throw new ScenarioException(
                    "%s: gate on %s%s"
                            .formatted(
                                    where, metric, ScenarioException.suggestion(metric, METRICS)));
        }
        double limit = Double.parseDouble(matcher.group(3));
        conditions.add(new Condition(metric, matcher.group(2).equals("<="), limit));
    }

    /// What they say about a result.
    List<Verdict.Gate> verdicts(SimulationResult result) {
        var verdicts = new ArrayList<Verdict.Gate>();
        for (Condition gate : conditions) {
            double measured = measured(gate.metric, result);
            verdicts.add(
                    gate.atMost
                            ? Verdict.Gate.atMost(gate.metric, gate.limit, measured)
                            : Verdict.Gate.atLeast(gate.metric, gate.limit, measured));
        }
        return verdicts;
    }

    private static double measured(String metric, SimulationResult result) {
        LatencyHistogram delays = result.delays();
        return switch (metric) {
            case "delivery" -> result.delivery();
            case "p50" -> delays.quantileMillis(0.5);
            case "p95" -> delays.quantileMillis(0.95);
            case "p99" -> delays.quantileMillis(0.99);
            default -> delays.maxMillis();
        };
    }
}
