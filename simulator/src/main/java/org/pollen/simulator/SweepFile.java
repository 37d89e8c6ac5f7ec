package org.pollen.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// The lines of a sweep: `sweep.csv`, written anew after each run, whole or not at all, in the
/// order of the grid; and what they say together, `points.csv`, once all are there.
final class SweepFile {
    private static final String FILE = "sweep.csv";
    private static final String SCENARIO = "sweep.scenario";

    /// Fewer seeds have no p-values.
    private static final int SEEDS_OF_TESTS = 10;

    /// Fewer seeds say little about a median.
    private static final int SEEDS_OF_MEDIANS = 5;

    private final Path folder;
    private final List<SweepTask> tasks;
    private final List<String> columns;
    private final int axes;
    private final ScenarioGates gates;
    private final Comparison comparison;
    private final int baseline; // place of the point that others are compared with
    private final Map<String, String> lines = new LinkedHashMap<>();

    /// Reads what an earlier sweep over the same axes has left.
    ///
    /// @param scenario stands for all that the lines depend on beside the axes and seeds
    /// @throws ScenarioException if it is of another sweep, or of another scenario
    SweepFile(
            Path folder,
            List<String> axes,
            List<SweepTask> tasks,
            String scenario,
            ScenarioGates gates,
            Comparison comparison) {
        this.gates = gates;
        this.comparison = comparison;
        baseline =
                comparison.baselineAmong(
                        tasks.stream().map(SweepTask::changes).distinct().toList());
        this.folder = folder;
        this.tasks = tasks;
        this.axes = axes.size();
        columns = new ArrayList<>(axes);
        columns.add("seed");
        columns.addAll(SweepTask.METRICS);
        gates.measures().forEach(measure -> columns.add(ScenarioGates.column(measure)));
        Path csv = folder.resolve(FILE);
        Path known = folder.resolve(SCENARIO);
        if (!Files.isRegularFile(csv)) {
            RunFolder.write(folder, SCENARIO, scenario + "\n");
            return;
        }
        try {
            List<String> all = Files.readAllLines(csv);
            if (all.isEmpty() || !all.getFirst().equals(String.join(",", columns))) {
                throw new ScenarioException(
                        csv + ": another sweep is in it: choose another folder");
            }
            if (!Files.isRegularFile(known) || !Files.readString(known).strip().equals(scenario)) {
                throw new ScenarioException(
                        csv
                                + ": it is of another scenario, or the file was changed since: choose another folder, or delete it");
            }
            for (String line : all.subList(1, all.size())) {
                List<String> cells = List.of(line.split(",", -1));
                if (cells.size() != columns.size()) continue; // cut off: it is run again
                lines.put(String.join(",", cells.subList(0, this.axes + 1)), line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read %s: %s".formatted(csv, e), e);
        }
    }

    /// What is to be said of so few seeds; nothing if there are enough.
    static String warning(long seeds) {
        if (seeds >= SEEDS_OF_MEDIANS) return "";
        return "warning: %d seeds at each point: medians of fewer than %d say little, and p-values need %d"
                .formatted(seeds, SEEDS_OF_MEDIANS, SEEDS_OF_TESTS);
    }

    Path path() {
        return folder.resolve(FILE);
    }

    List<SweepTask> missing() {
        return tasks.stream().filter(task -> !lines.containsKey(task.key())).toList();
    }

    void put(SweepTask task, String line) {
        lines.put(task.key(), line);
        var text = new StringBuilder(String.join(",", columns)).append('\n');
        for (SweepTask each : tasks) {
            String known = lines.get(each.key());
            if (known != null) text.append(known).append('\n');
        }
        RunFolder.write(folder, FILE, text.toString());
    }

    /// Writes what the lines say together: for each point and metric the median with its interval,
    /// and how it differs from the baseline.
    ///
    /// @return what is to be said of it; nothing if all is there
    String summarize() {
        var points = new LinkedHashMap<String, List<String[]>>();
        for (SweepTask task : tasks) {
            String line = lines.get(task.key());
            if (line == null) return "";
            points.computeIfAbsent(task.point(), _ -> new ArrayList<>()).add(line.split(",", -1));
        }
        var text = new StringBuilder(String.join(",", columns.subList(0, axes)));
        text.append(",metric,seeds,median,low,high,difference,delta,ks,p,differs,pEqual,equal\n");
        var marginless = new ArrayList<String>();
        for (String metric : comparison.metrics()) {
            int column = columns.indexOf(metric);
            var names = List.copyOf(points.keySet());
            List<double[]> all =
                    points.values().stream().map(rows -> values(rows, column)).toList();
            var contrasts = new ArrayList<Contrast>();
            for (int i = 0; i < all.size(); i++) {
                if (i == baseline) continue;
                contrasts.add(new Contrast(comparison.paired(), all.get(i), all.get(baseline)));
            }
            double[] p = corrected(contrasts, Contrast::different);
            double margin = comparison.equivalence();
            double[] equal = corrected(contrasts, each -> each.equivalent(margin));
            // A share of nothing is nothing: within it there is no other value.
            boolean marginOfNothing = margin > 0 && Statistics.median(all.get(baseline)) == 0;
            if (marginOfNothing) marginless.add(metric);
            for (int i = 0; i < names.size(); i++) {
                double[] values = all.get(i);
                text.append(names.get(i)).append(',').append(metric);
                text.append(middle(values));
                int at = i < baseline ? i : i - 1;
                if (i == baseline) {
                    text.append(",,,,,,,\n");
                    continue;
                }
                Contrast contrast = contrasts.get(at);
                double difference = Statistics.median(values) - Statistics.median(contrast.base());
                text.append(String.format(Locale.ROOT, ",%.4f", difference));
                text.append(distances(contrast));
                boolean enough = values.length >= SEEDS_OF_TESTS && contrast.isFinite();
                text.append(enough ? judged(p[at]) : ",,");
                boolean asked = enough && margin > 0 && !marginOfNothing;
                text.append(asked ? judged(equal[at]) : ",,").append('\n');
            }
        }
        RunFolder.write(folder, "pareto.csv", front(points).csv(columns.subList(0, axes)));
        RunFolder.write(folder, "points.csv", text.toString().replace("\r\n", "\n"));
        if (marginless.isEmpty()) return "";
        return "warning: the baseline's median of %s is 0, and so is the margin of compare.equivalence: whether points are as good as equal is not said"
                .formatted(String.join(", ", marginless));
    }

    /// The p-values of a test, corrected by Holm for as many as there are; no number where there is
    /// none.
    private static double[] corrected(List<Contrast> contrasts, ToDoubleFunction<Contrast> test) {
        double[] some =
                Statistics.holm(
                        contrasts.stream().filter(Contrast::isFinite).mapToDouble(test).toArray());
        var all = new double[contrasts.size()];
        int at = 0;
        for (int i = 0; i < all.length; i++) {
            all[i] = contrasts.get(i).isFinite() ? some[at++] : Double.NaN;
        }
        return all;
    }

    private static String distances(Contrast contrast) {
        if (!contrast.isFinite()) return ",,";
        return String.format(Locale.ROOT, ",%.3f,%.3f", contrast.delta(), contrast.distance());
    }

    /// How many seeds there are, their median and its interval.
    private static String middle(double[] values) {
        Statistics.Interval interval = Statistics.bootstrap(values, 1);
        return String.format(
                Locale.ROOT,
                ",%d,%.4f,%.4f,%.4f",
                values.length,
                interval.median(),
                interval.low(),
                interval.high());
    }

    private String judged(double p) {
        return String.format(Locale.ROOT, ",%.6f,%s", p, p < comparison.alpha());
    }

    private ParetoFront front(Map<String, List<String[]>> points) {
        List<String> numbers = ParetoFront.of(columns);
        var front = new ParetoFront(numbers);
        points.forEach((name, rows) -> {
            double[] medians =
                    numbers.stream()
                            .mapToDouble(number ->
                                    Statistics.median(values(rows, columns.indexOf(number))))
                            .toArray();
            front.add(name, medians);
        });
        return front;
    }

    /// Writes what the gates say at each point, over its seeds.
    ///
    /// @return whether all hold
    boolean judge() {
        if (gates.isEmpty()) return true;
        var points = new LinkedHashMap<String, List<String[]>>();
        for (SweepTask task : tasks) {
            String line = lines.get(task.key());
            if (line == null) return false;
            points.computeIfAbsent(task.point(), _ -> new ArrayList<>()).add(line.split(",", -1));
        }
        int first = columns.size() - gates.measures().size();
        var text = new StringBuilder(String.join(",", columns.subList(0, axes)));
        text.append(",gate,rule,seeds,measured,pass\n");
        boolean all = true;
        for (Map.Entry<String, List<String[]>> point : points.entrySet()) {
            var seeds = new ArrayList<double[]>();
            for (int column = first; column < columns.size(); column++) {
                seeds.add(values(point.getValue(), column));
            }
            for (Verdict.Gate gate : gates.verdicts(seeds)) {
                all &= gate.passes();
                text.append(
                        "%s,%s,%s,%d,%s,%s\n"
                                .formatted(
                                        point.getKey(),
                                        gate.what(),
                                        gate.rule(),
                                        point.getValue().size(),
                                        Verdict.Gate.number(gate.measured()),
                                        gate.passes()));
            }
        }
        RunFolder.write(folder, "gates.csv", text.toString());
        return all;
    }

    private static double[] values(List<String[]> rows, int column) {
        return rows.stream().mapToDouble(cells -> Double.parseDouble(cells[column])).toArray();
    }
}
