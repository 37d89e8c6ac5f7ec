package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// The charts of a report about single copies, and about meshes as one graph.
///
/// Source: simulator specification 4.1, 4.2.
final class CopyCharts {
    private static final String SECOND = "virtual second";

    private CopyCharts() {}

    /// How far messages have gone, and how the last hop was made.
    static Chart hops(RunFolder run) {
        var chart = new Chart("Hops of first deliveries", "hops", "share of deliveries");
        Table table = run.table("hops");
        if (table.size() == 0) return chart;
        List<String> ways = List.of("mesh", "flood", "iwant", "other");
        List<String> names = List.of("mesh", "flood publish", "IWANT", "other");
        double all = ways.stream().mapToDouble(way -> Arrays.stream(table.column(way)).sum()).sum();
        double[] hops = table.column("hops");
        int[] known = IntStream.range(0, hops.length).filter(i -> hops[i] > 0).toArray();
        double[] xs = Arrays.stream(known).mapToDouble(i -> hops[i]).toArray();
        for (int w = 0; w < ways.size(); w++) {
            double[] counts = table.column(ways.get(w));
            double[] ys = Arrays.stream(known).mapToDouble(i -> counts[i] / all).toArray();
            boolean any = Arrays.stream(ys).anyMatch(y -> y > 0);
            chart.add(names.get(w), xs, any ? ys : new double[0], Chart.Style.LINE);
        }
        return chart;
    }

    /// How much later further copies came.
    static Chart gaps(RunFolder run) {
        var chart = new Chart("Further copies after the first", "milliseconds", "share");
        Table table = run.table("gaps");
        chart.xLog().yRange(0, 1);
        return chart.add(
                "further copies", table.column("millis"), table.column("share"), Chart.Style.STEP);
    }

    /// When each second's messages had reached a share of the peers, at the median of those that
    /// were followed; nothing where half of them never did.
    static Chart shares(RunFolder run) {
        String title = "Until a share of the peers has a message";
        var chart = new Chart(title, "second of publication", "milliseconds, median message");
        Table table = run.table("messages");
        double[] at = table.column("second");
        double[] kind = table.column("kind"); // nobody has to get what is invalid
        double[] half = table.column("half_ms");
        double[] reached = table.column("reached");
        double[] expected = table.column("expected");
        var columns = List.of("half_ms", "p90_ms", "p99_ms", "all_ms");
        var names = List.of("50 %", "90 %", "99 %", "all");
        for (int c = 0; c < columns.size(); c++) {
            double[] millis = table.column(columns.get(c));
            var seconds = new TreeMap<Integer, List<Double>>();
            for (int i = 0; i < at.length; i++) {
                if (kind[i] == PlannedMessage.Kind.INVALID.code()) continue;
                boolean never = !Double.isFinite(millis[i]);
                if (never && !Double.isFinite(half[i]) && 2 * reached[i] >= expected[i]) continue;
                double value = never ? Double.POSITIVE_INFINITY : millis[i];
                seconds.computeIfAbsent((int) at[i], _ -> new ArrayList<>()).add(value);
            }
            var medians = new TreeMap<Integer, Double>();
            seconds.forEach((second, values) -> medians.put(second, median(values)));
            medians.values().removeIf(median -> !Double.isFinite(median));
            chart.add(
                    names.get(c),
                    medians.keySet().stream().mapToDouble(second -> second).toArray(),
                    medians.values().stream().mapToDouble(median -> median).toArray(),
                    Chart.Style.LINE);
        }
        return chart;
    }

    private static double median(List<Double> values) {
        return Statistics.median(values.stream().mapToDouble(value -> value).toArray());
    }

    /// Whether the meshes of honest peers hold together.
    static Chart giant(RunFolder run) {
        String title = "Honest peers that are connected through meshes";
        var chart = new Chart(title, SECOND, "share in the largest part").yRange(0, 1.02);
        Table graph = run.table("graph");
        double[] topics = graph.column("topic");
        double[] seconds = graph.column("second");
        double[] giant = graph.column("giant");
        for (int topic = 0; topic <= Arrays.stream(topics).max().orElse(-1); topic++) {
            int t = topic;
            int[] rows = IntStream.range(0, topics.length).filter(i -> topics[i] == t).toArray();
            chart.add(
                    topic == 0 ? "first topic" : "topic " + topic,
                    Arrays.stream(rows).mapToDouble(i -> seconds[i]).toArray(),
                    Arrays.stream(rows).mapToDouble(i -> giant[i]).toArray(),
                    Chart.Style.LINE);
        }
        return chart;
    }

    /// How long attackers are linked before they are graylisted.
    static Chart graylisting(RunFolder run) {
        String title = "How long attackers are not graylisted";
        var chart = new Chart(title, "seconds since they were linked", "share not yet");
        Table table = run.table("graylisting");
        chart.yRange(0, 1.02);
        return chart.add(
                "attackers", table.column("seconds"), table.column("share"), Chart.Style.STEP);
    }
}
