package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/// The charts of a report, from the tables of one run, or of several that are compared.
///
/// Source: simulator specification 4.2.
final class RunCharts {
    static final String SCORES =
            "Mean over the links of up to 40 honest observers; logarithmic away from zero. Components that stay zero are left out.";
    static final String BOUNDS =
            "Published bounds for meshes of D members: D/2 - 1 if no two copies cross, D - 2 if each link carries both.";

    private static final String SECOND = "virtual second";

    private RunCharts() {}

    static Chart latency(List<RunFolder> runs) {
        String title = "Delay of deliveries";
        var chart = new Chart(title, "milliseconds after publication", "share").xLog().yRange(0, 1);
        boolean one = runs.size() == 1;
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            RunFolder run = runs.get(r);
            Table table = run.table("latency");
            double[] phases = table.column("phase");
            double[] millis = table.column("millis");
            double[] shares = table.column("share");
            for (int phase = 0; phase < 4; phase++) {
                int p = phase;
                int[] rows =
                        IntStream.range(0, phases.length).filter(i -> phases[i] == p).toArray();
                if (rows.length == 0) continue;
                boolean calm = phase == 0 && run.number("attackers") > 0;
                String when = run.number("attackers") == 0 && phase == 0 ? "ours" : label(phase);
                String name = one ? when : labels.get(r);
                if (!one && !when.equals("ours")) name += ", " + when;
                double[] xs = Arrays.stream(rows).mapToDouble(i -> millis[i]).toArray();
                double[] ys = Arrays.stream(rows).mapToDouble(i -> shares[i]).toArray();
                Chart.Style style = calm ? Chart.Style.DASHED : Chart.Style.STEP;
                if (one) chart.add(name, xs, ys, style);
                else chart.add(name, xs, ys, style, r);
            }
        }
        String links = runs.getFirst().text("latency");
        boolean alike = runs.stream().allMatch(run -> run.text("latency").equals(links));
        if (chart.isEmpty() || !alike) return chart;
        for (Published published : Published.of(links)) {
            chart.add(published.name(), published.millis(), published.shares(), Chart.Style.DOTS);
        }
        return chart;
    }

    /// Where the published points of [#latency] are from.
    static String published(RunFolder run) {
        var notes = new ArrayList<String>();
        for (Published published : Published.of(run.text("latency"))) {
            notes.add(Chart.escape(published.name() + ": " + published.source()));
        }
        return String.join("<br>", notes);
    }

    private static String label(int phase) {
        return switch (phase) {
            case 0 -> "before the attack";
            case 1 -> "during the attack";
            case 2 -> "after the attack";
            default -> "of the victim";
        };
    }

    static Chart delivery(List<RunFolder> runs) {
        var chart = new Chart("Delivery over time", "second of publication", "share delivered");
        double least = 1;
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table table = runs.get(r).table("messages");
            double[] at = table.column("second");
            double[] reached = table.column("reached");
            double[] expected = table.column("expected");
            int end = (int) Arrays.stream(at).max().orElse(0) + 1;
            var got = new double[end];
            var wanted = new double[end];
            for (int i = 0; i < at.length; i++) {
                if (expected[i] == 0) continue;
                got[(int) at[i]] += reached[i];
                wanted[(int) at[i]] += expected[i];
            }
            int[] used = IntStream.range(0, end).filter(i -> wanted[i] > 0).toArray();
            double[] shares = Arrays.stream(used).mapToDouble(i -> got[i] / wanted[i]).toArray();
            least = Math.min(least, Arrays.stream(shares).min().orElse(1));
            chart.add(
                    runs.size() == 1 ? "delivered" : labels.get(r),
                    Arrays.stream(used).asDoubleStream().toArray(),
                    shares,
                    Chart.Style.LINE);
        }
        // Small losses are what one looks for: the axis begins at zero only where they are large.
        if (least >= 0.99) chart.yRange(0.98, 1.002);
        else if (least >= 0.9) chart.yRange(0.88, 1.01);
        else chart.yRange(0, 1.05);
        attackMark(chart, runs);
        return chart;
    }

    /// How long each second's messages took to reach the last peer.
    static Chart slowest(List<RunFolder> runs) {
        String title = "Until the last peer has a message";
        var chart = new Chart(title, "second of publication", "milliseconds, slowest message");
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table table = runs.get(r).table("messages");
            double[] at = table.column("second");
            double[] slowest = table.column("slowest_ms");
            var most = new TreeMap<Integer, Double>();
            for (int i = 0; i < at.length; i++) {
                if (Double.isFinite(slowest[i])) most.merge((int) at[i], slowest[i], Math::max);
            }
            chart.add(
                    runs.size() == 1 ? "slowest" : labels.get(r),
                    most.keySet().stream().mapToDouble(second -> second).toArray(),
                    most.values().stream().mapToDouble(millis -> millis).toArray(),
                    Chart.Style.LINE);
        }
        attackMark(chart, runs);
        return chart;
    }

    private static void attackMark(Chart chart, RunFolder run) {
        attackMark(chart, List.of(run));
    }

    private static void attackMark(Chart chart, List<RunFolder> runs) {
        double at = runs.getFirst().number("attackAt");
        boolean one = runs.stream().allMatch(run -> run.number("attackAt") == at);
        if (at > 0 && one) chart.instant(at, "attack");
    }

    static Chart mesh(RunFolder run) {
        var chart = new Chart("Members of a mesh over time", SECOND, "members, mean").stacked();
        Table mesh = run.table("mesh");
        if (mesh.size() == 0) return chart;
        double[] seconds = mesh.column("second");
        chart.add("honest", seconds, mesh.column("honest"), Chart.Style.LINE);
        if (run.number("attackers") > 0) {
            chart.add("attackers", seconds, mesh.column("attackers"), Chart.Style.LINE);
        }
        for (String level : List.of("Dlo", "D", "Dhi")) {
            chart.level(run.number(level), level + " " + run.text(level));
        }
        attackMark(chart, run);
        return chart;
    }

    /// How many peers have attackers in their mesh, or nobody else.
    static Chart reach(RunFolder run) {
        var chart = new Chart("Peers with attackers in their mesh", SECOND, "share of peers");
        Table attack = run.table("attack");
        if (attack.size() == 0) return chart;
        double[] seconds = attack.column("second");
        chart.yRange(0, 1.02);
        chart.add("at least one", seconds, attack.column("peers_hit"), Chart.Style.LINE);
        chart.add("nobody else", seconds, attack.column("peers_taken"), Chart.Style.LINE);
        attackMark(chart, run);
        return chart;
    }

    static Chart honestMembers(List<RunFolder> runs) {
        var chart = new Chart("Honest members of a mesh over time", SECOND, "members, mean");
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table mesh = runs.get(r).table("mesh");
            double[] seconds = mesh.column("second");
            chart.add(labels.get(r), seconds, mesh.column("honest"), Chart.Style.LINE);
        }
        return chart;
    }

    static Chart attackersInMeshes(List<RunFolder> runs) {
        var chart = new Chart("Attackers in a mesh over time", SECOND, "members, mean");
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table mesh = runs.get(r).table("mesh");
            boolean any = runs.get(r).number("attackers") > 0;
            double[] members = any ? mesh.column("attackers") : new double[0];
            chart.add(labels.get(r), mesh.column("second"), members, Chart.Style.LINE);
        }
        return chart;
    }

    /// All that peers receive, by what it is for.
    static Chart bandwidth(RunFolder run) {
        String title = "Bytes received by an honest peer";
        var chart = new Chart(title, SECOND, "bytes a second").stacked();
        Table table = run.table("bandwidth");
        if (table.size() == 0) return chart;
        double[] seconds = table.column("second");
        double[] first = table.column("first");
        double[] further = table.column("further");
        double peers = run.number("honest");
        // Peers with a pool of their own judge messages themselves, and nobody counts deliveries.
        if (Arrays.stream(first).sum() == 0) {
            chart.add("messages", seconds, each(further, v -> v / peers), Chart.Style.LINE);
        } else {
            chart.add("first copies", seconds, each(first, v -> v / peers), Chart.Style.LINE);
            chart.add("further copies", seconds, each(further, v -> v / peers), Chart.Style.LINE);
        }
        var control = new double[seconds.length];
        for (Kind kind : CONTROL) add(control, table.column(kind.column));
        chart.add("control", seconds, each(control, v -> v / peers), Chart.Style.LINE);
        attackMark(chart, run);
        return chart;
    }

    private record Kind(String column, String name) {}

    private static final List<Kind> CONTROL =
            List.of(
                    new Kind("ihave", "IHAVE"),
                    new Kind("iwant", "IWANT"),
                    new Kind("idontwant", "IDONTWANT"),
                    new Kind("mesh", "GRAFT, PRUNE"),
                    new Kind("subscriptions", "subscriptions"),
                    new Kind("mixed", "messages beside others"),
                    new Kind("other", "other"),
                    new Kind("headers", "headers"));

    /// What RPCs other than single messages are for.
    static Chart control(RunFolder run) {
        String title = "Control received by an honest peer, by kind";
        var chart = new Chart(title, SECOND, "bytes a second").stacked();
        Table table = run.table("bandwidth");
        double[] seconds = table.column("second");
        double peers = run.number("honest");
        for (Kind kind : CONTROL) {
            double[] bytes = table.column(kind.column);
            if (Arrays.stream(bytes).sum() == 0) continue;
            chart.add(kind.name, seconds, each(bytes, v -> v / peers), Chart.Style.LINE);
        }
        attackMark(chart, run);
        return chart;
    }

    static Chart received(List<RunFolder> runs) {
        var chart = new Chart("Bytes received by an honest peer", SECOND, "bytes a second");
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table series = runs.get(r).table("series");
            double[] all = series.column("message_bytes");
            add(all, series.column("control_bytes"));
            double peers = runs.get(r).number("honest");
            double[] each = each(all, v -> v / peers);
            chart.add(labels.get(r), series.column("second"), each, Chart.Style.LINE);
        }
        return chart;
    }

    private static void add(double[] to, double[] what) {
        for (int i = 0; i < to.length; i++) to[i] += what[i];
    }

    private static double[] each(double[] values, DoubleUnaryOperator f) {
        return Arrays.stream(values).map(f).toArray();
    }

    static Chart duplicates(List<RunFolder> runs) {
        var chart = new Chart("Further copies for each delivery", SECOND, "copies");
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table series = runs.get(r).table("series");
            double[] messages = series.column("message_rpcs");
            double[] deliveries = series.column("deliveries");
            var copies = new double[messages.length];
            // The copies of a message come after its deliveries: where traffic ends, a second has
            // one and not the other, and its ratio says nothing.
            double least = Arrays.stream(deliveries).max().orElse(0) / 5;
            for (int i = 0; i < copies.length; i++) {
                copies[i] =
                        deliveries[i] == 0 || deliveries[i] < least
                                ? Double.NaN
                                : (messages[i] - deliveries[i]) / deliveries[i];
            }
            chart.add(
                    runs.size() == 1 ? "copies" : labels.get(r),
                    series.column("second"),
                    copies,
                    Chart.Style.LINE);
        }
        if (runs.size() == 1) {
            RunFolder run = runs.getFirst();
            chart.level(run.number("D") / 2 - 1, "D/2 - 1");
            chart.level(run.number("D") - 2, "D - 2");
            attackMark(chart, run);
        }
        return chart;
    }

    /// @param who `honest` or `attackers`
    static Chart scores(RunFolder run, String who) {
        String title = who.equals("honest") ? "Scores of honest peers" : "Scores of attackers";
        var chart = new Chart(title + ", by component", SECOND, "weighted, mean").ySymmetricLog();
        Table scores = run.table("scores");
        if (scores.size() == 0) return chart;
        double[] seconds = scores.column("second");
        List<String> columns = Recorder.partColumns(who);
        for (int i = 0; i < columns.size(); i++) {
            double[] values = scores.column(columns.get(i));
            boolean moves = Arrays.stream(values).anyMatch(v -> Double.isFinite(v) && v != 0);
            String name = Recorder.PART_NAMES.get(i);
            chart.add(name, seconds, moves ? values : new double[0], Chart.Style.LINE);
        }
        chart.add("lowest total", seconds, scores.column(who + "_least"), Chart.Style.DASHED);
        attackMark(chart, run);
        return chart;
    }

    static Chart scoresOfAttackers(List<RunFolder> runs) {
        var chart = new Chart("Scores of attackers", SECOND, "total, mean").ySymmetricLog();
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table scores = runs.get(r).table("scores");
            double[] mean = scores.column("attackers_mean");
            chart.add(labels.get(r), scores.column("second"), mean, Chart.Style.LINE);
        }
        return chart;
    }

    /// How many links are below which threshold: what scores do about attackers, and wrongly about
    /// others.
    static Chart thresholds(RunFolder run) {
        var chart = new Chart("Links below a threshold", SECOND, "share of links").yRange(0, 1.02);
        Table scores = run.table("scores");
        if (scores.size() == 0) return chart;
        double[] seconds = scores.column("second");
        double[] honest = scores.column("honest_below_zero");
        boolean wrong = Arrays.stream(honest).anyMatch(v -> v > 0);
        if (run.number("attackers") == 0 && !wrong) return chart;
        chart.add("honest, below zero", seconds, honest, Chart.Style.LINE);
        if (run.number("attackers") > 0) {
            double[] zero = scores.column("attackers_below_zero");
            double[] gossip = scores.column("attackers_below_gossip");
            double[] listed = scores.column("attackers_graylisted");
            chart.add("attackers, below zero", seconds, zero, Chart.Style.LINE);
            chart.add("attackers, no gossip", seconds, gossip, Chart.Style.LINE);
            chart.add("attackers, graylisted", seconds, listed, Chart.Style.LINE);
        }
        attackMark(chart, run);
        return chart;
    }

    static Chart survival(List<RunFolder> runs) {
        String title = "How long attackers stay in a mesh";
        var chart =
                new Chart(title, "seconds since they came in", "share still in").yRange(0, 1.02);
        List<String> labels = RunLabels.of(runs);
        for (int r = 0; r < runs.size(); r++) {
            Table table = runs.get(r).table("survival");
            chart.add(
                    runs.size() == 1 ? "attackers" : labels.get(r),
                    table.column("seconds"),
                    table.column("share"),
                    Chart.Style.STEP);
        }
        return chart;
    }
}
