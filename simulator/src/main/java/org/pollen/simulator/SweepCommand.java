package org.pollen.simulator;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim sweep`: a scenario at each point of a grid and under several seeds, one line of `sweep.csv`
/// for each.
///
/// The file is written anew after each run, whole or not at all, in the order of the grid; a line
/// is found again by its point, so that a sweep that was stopped goes on where it was.
@Command(name = "sweep", description = "Runs a scenario over a grid of values and seeds; resumes.")
final class SweepCommand implements Callable<Integer> {
    private static final String FILE = "sweep.csv";
    private static final List<String> METRICS =
            List.of(
                    "digest",
                    "delivery",
                    "p50",
                    "p95",
                    "p99",
                    "max",
                    "mesh",
                    "duplicates",
                    "bytes");

    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE")
    Path file = Path.of("");

    @Option(
            names = "--over",
            required = true,
            description = "A key and its values, as network.loss=0,0.01,0.05; several make a grid")
    Map<String, String> axes = new LinkedHashMap<>();

    @Option(names = "--seeds", description = "How many seeds at each point, the same ones (5)")
    int seeds = 5;

    @Option(names = "--jobs", description = "Runs at a time (1)")
    int jobs = 1;

    @Option(names = "-o", required = true, description = "Folder for sweep.csv")
    Path folder = Path.of("");

    /// One run of the sweep.
    private record Task(String key, Map<String, String> changes, long seed) {}

    @Override
    public Integer call() {
        Scenario scenario = Scenario.load(file);
        List<Task> tasks = tasks(scenario);
        for (Task task : tasks)
            scenario.with(task.changes); // all of them are valid, before the first runs
        String header = header();
        Map<String, String> lines = new TreeMap<>(read(header));
        List<Task> left = tasks.stream().filter(task -> !lines.containsKey(task.key)).toList();
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%d of %d runs are there already%n", tasks.size() - left.size(), tasks.size());
        try (var interrupt = new Interrupt()) {
            run(scenario, left, lines, tasks, header, interrupt);
            boolean complete = lines.size() >= tasks.size();
            out.println(complete ? "complete: " + folder.resolve(FILE) : "stopped: run it again");
            out.flush();
            return complete ? 0 : RunCommand.INTERRUPTED;
        }
    }

    private void run(
            Scenario scenario,
            List<Task> left,
            Map<String, String> lines,
            List<Task> tasks,
            String header,
            Interrupt interrupt) {
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, jobs));
        try {
            var running = new ArrayList<Future<?>>();
            for (Task task : left) {
                running.add(
                        pool.submit(() -> {
                            if (interrupt.requested()) return;
                            String line = line(scenario, task, interrupt);
                            if (line.isEmpty()) return;
                            synchronized (lines) {
                                lines.put(task.key, line);
                                RunFolder.write(folder, FILE, text(header, tasks, lines));
                            }
                        }));
            }
            for (Future<?> future : running) future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a run failed", e.getCause());
        } finally {
            pool.shutdown();
        }
    }

    private static String text(String header, List<Task> tasks, Map<String, String> lines) {
        var text = new StringBuilder(header).append('\n');
        for (Task task : tasks) {
            String line = lines.get(task.key);
            if (line != null) text.append(line).append('\n');
        }
        return text.toString();
    }

    private String header() {
        var columns = new ArrayList<String>(axes.keySet());
        columns.add("seed");
        columns.addAll(METRICS);
        return String.join(",", columns);
    }

    /// The lines of an earlier sweep over the same axes, by their points.
    private Map<String, String> read(String header) {
        Path csv = folder.resolve(FILE);
        var lines = new LinkedHashMap<String, String>();
        if (!Files.isRegularFile(csv)) return lines;
        try {
            List<String> all = Files.readAllLines(csv);
            if (all.isEmpty() || !all.getFirst().equals(header)) {
                throw new ScenarioException(
                        csv + ": another sweep is in it: choose another folder");
            }
            for (String line : all.subList(1, all.size())) {
                String[] cells = line.split(",", -1);
                String key = String.join(",", List.of(cells).subList(0, axes.size() + 1));
                lines.put(key, line);
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read %s: %s".formatted(csv, e), e);
        }
    }

    private List<Task> tasks(Scenario scenario) {
        List<Map<String, String>> points = new ArrayList<>(List.of(Map.of()));
        for (Map.Entry<String, String> axis : axes.entrySet()) {
            var more = new ArrayList<Map<String, String>>();
            for (Map<String, String> point : points) {
                for (String value : axis.getValue().split(",", -1)) {
                    var next = new LinkedHashMap<String, String>(point);
                    next.put(axis.getKey(), value.trim());
                    more.add(next);
                }
            }
            points = more;
        }
        var tasks = new ArrayList<Task>();
        for (Map<String, String> point : points) {
            for (long s = scenario.seed(); s < scenario.seed() + seeds; s++) {
                String key = String.join(",", point.values()) + "," + s;
                tasks.add(new Task(key, point, s));
            }
        }
        return tasks;
    }

    private static String line(Scenario scenario, Task task, Interrupt interrupt) {
        Setup setup = scenario.with(task.changes).setup(task.seed).build();
        SimulationResult result = new Simulation(setup).run(interrupt::requested);
        if (result.endNanos() < setup.end()) return "";
        LatencyHistogram delays = result.delays();
        return String.format(
                Locale.ROOT,
                "%s,%s,%.6f,%.3f,%.3f,%.3f,%.3f,%.3f,%.4f,%d",
                task.key,
                result.digest(),
                result.delivery(),
                delays.quantileMillis(0.5),
                delays.quantileMillis(0.95),
                delays.quantileMillis(0.99),
                delays.maxMillis(),
                result.meshMean(),
                result.duplicatesPerDelivery(),
                result.wireBytes());
    }
}
