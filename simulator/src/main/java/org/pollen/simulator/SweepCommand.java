package org.pollen.simulator;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim sweep`: a scenario at each point of a grid and under several seeds, one line of `sweep.csv`
/// for each. A sweep that was stopped goes on where it was.
@Command(name = "sweep", description = "Runs a scenario over a grid of values and seeds; resumes.")
final class SweepCommand implements Callable<Integer> {
    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE")
    Path file = Path.of("");

    @Option(
            names = "--over",
            description =
                    "A key and its values, as network.loss=0,0.01,0.05; several make a grid;"
                            + " instead of or beside the `sweep` of the file")
    Map<String, String> axes = new LinkedHashMap<>();

    @Option(
            names = "--seeds",
            description = "How many seeds at each point, the same ones (those of the file, or 5)")
    @Nullable Integer seeds;

    @Option(names = "--jobs", description = "Runs at a time (1)")
    int jobs = 1;

    @Option(
            names = "--executor",
            description = "Where: threads, or the name of one that a module provides, as spark")
    String executor = "threads";

    @Option(names = "-o", required = true, description = "Folder for sweep.csv and points.csv")
    Path folder = Path.of("");

    @Option(names = "--quiet", description = "No progress")
    boolean quiet;

    @Override
    public Integer call() {
        if (seeds != null && seeds < 1) {
            throw new ScenarioException("--seeds %d: at least 1".formatted(seeds));
        }
        String text = RunCommand.text(file);
        Scenario scenario = Scenario.parse(file.toString(), text);
        Map<String, List<String>> grid = new LinkedHashMap<>(scenario.sweep());
        axes.forEach((key, values) ->
                grid.put(key, List.of(values.split(",", -1)).stream().map(String::trim).toList()));
        if (grid.isEmpty()) {
            throw new ScenarioException(
                    "%s: nothing to sweep over: give --over KEY=A,B or a key `sweep`"
                            .formatted(file));
        }
        List<SweepTask> tasks = tasks(scenario, text, grid);
        for (SweepTask task : tasks) check(scenario.with(task.changes()));
        SimExecutor where = executor(executor);
        var lines =
                new SweepFile(
                        folder,
                        List.copyOf(grid.keySet()),
                        tasks,
                        scenario.fingerprint(grid),
                        scenario.gates(),
                        scenario.comparison());
        List<SweepTask> left = lines.missing();
        PrintWriter out = spec.commandLine().getOut();
        long seedsOfAPoint = tasks.stream().map(SweepTask::seed).distinct().count();
        String warning = SweepFile.warning(seedsOfAPoint);
        if (!warning.isEmpty()) spec.commandLine().getErr().println(warning);
        out.printf("%d of %d runs are there already%n", tasks.size() - left.size(), tasks.size());
        out.flush();
        long start = System.nanoTime();
        try (var interrupt = new Interrupt()) {
            where.run(
                    left,
                    jobs,
                    interrupt::requested,
                    (task, line) -> {
                        lines.put(task, line);
                        if (!quiet) progress(task, tasks.size(), left.size(), lines, start);
                    });
            boolean complete = lines.missing().isEmpty();
            String unsaid = complete ? lines.summarize() : "";
            if (!unsaid.isEmpty()) spec.commandLine().getErr().println(unsaid);
            boolean pass = complete && lines.judge();
            out.println(complete ? "complete: " + lines.path() : "stopped: run it again");
            if (complete && !pass) out.println("FAIL  some gates: gates.csv says which");
            out.flush();
            if (!complete) return RunCommand.INTERRUPTED;
            return pass ? 0 : 1;
        }
    }

    /// Says which run is done. Those that are left take as long as those that this process has seen
    /// to the end.
    ///
    /// @param all runs of the sweep
    /// @param begun of them were missing at the start
    private void progress(SweepTask task, int all, int begun, SweepFile lines, long start) {
        int left = lines.missing().size();
        double seconds = (System.nanoTime() - start) / 1e9;
        PrintWriter err = spec.commandLine().getErr();
        err.println(
                "%d of %d done  %s  %s  %s left"
                        .formatted(
                                all - left,
                                all,
                                task.name(),
                                Progress.duration(seconds),
                                Progress.left(begun - left, left, seconds, 0)));
        err.flush();
    }

    private void check(Scenario point) {
        String tooLarge = RunCommand.tooLarge(point, Math.max(1, jobs));
        if (tooLarge != null) throw new ScenarioException(tooLarge, RunCommand.TOO_LARGE);
    }

    private static SimExecutor executor(String name) {
        var known = new ArrayList<SimExecutor>(List.of(new ThreadExecutor()));
        ServiceLoader.load(SimExecutor.class).forEach(known::add);
        for (SimExecutor each : known) if (each.name().equals(name)) return each;
        throw new ScenarioException(
                "--executor %s: there are %s"
                        .formatted(name, known.stream().map(SimExecutor::name).toList()));
    }

    private List<SweepTask> tasks(Scenario scenario, String text, Map<String, List<String>> grid) {
        var points = new ArrayList<LinkedHashMap<String, String>>();
        points.add(new LinkedHashMap<>());
        for (Map.Entry<String, List<String>> axis : grid.entrySet()) {
            var more = new ArrayList<LinkedHashMap<String, String>>();
            for (LinkedHashMap<String, String> point : points) {
                for (String value : axis.getValue()) {
                    var next = new LinkedHashMap<String, String>(point);
                    next.put(axis.getKey(), value);
                    more.add(next);
                }
            }
            points = more;
        }
        List<Long> all = scenario.seeds();
        if (seeds != null || all.isEmpty()) {
            long count = seeds == null ? 5 : seeds;
            all = LongStream.range(scenario.seed(), scenario.seed() + count).boxed().toList();
        }
        var tasks = new ArrayList<SweepTask>();
        for (LinkedHashMap<String, String> point : points) {
            for (long s : all) tasks.add(new SweepTask(file.toString(), text, point, s));
        }
        return tasks;
    }
}
