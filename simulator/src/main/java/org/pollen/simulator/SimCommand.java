package org.pollen.simulator;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen sim`: lists and runs attacks and scenarios, measures the simulator.
///
/// 0 gates pass, 1 a gate failed, 2 bad scenario or usage, 3 out of memory or disk, 4 two runs of
/// one scenario differ, 5 a member of a run was lost, 130 interrupted. Source: simulator
/// specification 4.3, 6.
@Command(
        name = "sim",
        description = "Runs the real router and scores on a virtual network, attackers included.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SimCommand.ListAttacks.class,
            RunCommand.class,
            SweepCommand.class,
            ReplayCommand.class,
            ReportCommand.class,
            DiffCommand.class,
            SimCommand.Validate.class,
            SimCommand.Estimate.class,
            SimCommand.Bench.class,
            SimCommand.Schema.class,
            WorkerCommand.class,
            CommandLine.HelpCommand.class
        })
final class SimCommand implements Callable<Integer> {
    private static final int OUT_OF_BUDGET = 3;

    @Spec CommandSpec spec = CommandSpec.create();

    static CommandLine commandLine() {
        return new CommandLine(new SimCommand())
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((e, line, _) -> {
                    int code =
                            switch (e) {
                                case ScenarioException bad -> bad.code();
                                case MemberLostException _ -> MemberLostException.CODE;
                                case IllegalArgumentException _ -> 2;
                                case UncheckedIOException _ -> OUT_OF_BUDGET; // a full disk
                                default -> throw e;
                            };
                    line.getErr().println(e.getMessage());
                    return code;
                });
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// `sim list`.
    @Command(name = "list", description = "Lists the attacks of the catalogue and the profiles.")
    static final class ListAttacks implements Callable<Integer> {
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(
                names = "--sources",
                description = "What is published of each attack, or follows from the rules, too")
        boolean sources;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            int width = Attacks.all().stream().mapToInt(e -> e.title().length()).max().orElse(1);
            String line = "%-5s %-" + width + "s  %s%n";
            for (Attacks.Entry entry : Attacks.all()) {
                out.printf(line, entry.id(), entry.title(), entry.explanation());
                if (sources) out.printf(line, "", "", "  -> " + entry.published());
            }
            out.println();
            Profile.EXPLAINED.forEach((name, what) -> out.printf("%-9s %s%n", name, what));
            out.println();
            AttackTable.notRun().forEach((id, why) -> out.printf("%-5s not run: %s%n", id, why));
            out.flush();
            return 0;
        }
    }

    /// `sim schema`.
    @Command(
            name = "schema",
            description = "Prints the JSON Schema of scenario files, or what is in the tables.")
    static final class Schema implements Callable<Integer> {
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(
                names = "--tables",
                description = "The columns of the tables of a run, as a tabular data package")
        boolean tables;

        @Override
        public Integer call() {
            String json = tables ? ResultTable.json() : ScenarioSchema.json();
            spec.commandLine().getOut().print(json);
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    /// `sim validate`.
    @Command(
            name = "validate",
            description = "Checks a scenario file; without one, the simulator against others.")
    static final class Validate implements Callable<Integer> {
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "FILE", arity = "0..1", description = "A scenario")
        @Nullable Path file;

        @Option(names = "--quick", description = "Only checks that take seconds")
        boolean quick;

        @Option(names = "--nightly", description = "Also those with a hundred thousand peers")
        boolean nightly;

        @Option(names = "--only", split = ",", description = "Only these, as V-5,V-16")
        List<String> only = List.of();

        @Option(names = "--seed", description = "First seed (1)")
        long seed = 1;

        @Option(names = "-o", description = "Folder for simulator-validation.md")
        @Nullable Path folder;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            if (file != null) {
                out.println(Scenario.load(file).name() + ": ok");
                out.flush();
                return 0;
            }
            for (String id : only) {
                if (!Validation.checks().containsKey(id)) {
                    throw new ScenarioException(
                            "--only %s: one of %s"
                                    .formatted(
                                            id, String.join(", ", Validation.checks().keySet())));
                }
            }
            var measured = new LinkedHashMap<String, List<Verdict.Gate>>();
            Validation.checks()
                    .forEach((id, check) -> {
                        if (!wanted(id, check.effort())) return;
                        List<Verdict.Gate> gates = Validation.run(id, seed);
                        measured.put(id, gates);
                        out.printf("%s  %s (%s)%n", id, check.what(), check.source());
                        for (Verdict.Gate gate : gates) out.println("       " + gate);
                        out.flush();
                    });
            if (folder != null) {
                String text = Validation.markdown(measured, seed);
                RunFolder.write(folder, "simulator-validation.md", text);
            }
            return measured.values().stream().flatMap(List::stream).allMatch(Verdict.Gate::passes)
                    ? 0
                    : 1;
        }

        private boolean wanted(String id, Validation.Effort effort) {
            if (!only.isEmpty()) return only.contains(id);
            return switch (effort) {
                case SECONDS -> true;
                case MINUTES -> !quick;
                case NIGHTLY -> nightly;
            };
        }
    }

    /// `sim estimate`.
    @Command(name = "estimate", description = "Says how much memory a scenario needs.")
    static final class Estimate implements Callable<Integer> {
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "FILE")
        Path file = Path.of("");

        @Override
        public Integer call() {
            Scenario scenario = Scenario.load(file);
            long bytes = scenario.estimateBytes();
            long heap = Runtime.getRuntime().maxMemory();
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%s: about %.1f MiB of %.1f MiB heap%n",
                            scenario.name(),
                            bytes / 1048576.0,
                            heap / 1048576.0);
            spec.commandLine().getOut().flush();
            return bytes > 0.85 * heap ? 3 : 0;
        }
    }

    /// `sim bench`.
    @Command(name = "bench", description = "Measures the simulator on this machine.")
    static final class Bench implements Callable<Integer> {
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(names = "--peers", description = "Honest peers (1000)")
        int peers = 1000;

        @Option(names = "--degree", description = "Mean links of a peer (20)")
        int degree = 20;

        @Option(names = "--workers", description = "Threads (1)")
        int workers = 1;

        @Option(names = "--messages", description = "Messages a second (10)")
        double rate = 10;

        @Option(names = "-o", description = "json or text")
        String format = "text";

        @Option(
                names = "--curve",
                description =
                        "Instead: cost against peers (up to --peers), degree and rate, as curve.csv and curve.svg in this folder")
        @Nullable Path curve;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            if (curve != null && peers < CostCurve.PEERS_MIN) {
                throw new ScenarioException(
                        "--curve: --peers %d: at least %d".formatted(peers, CostCurve.PEERS_MIN));
            }
            if (curve != null) {
                List<CostCurve.Point> points =
                        CostCurve.measure(
                                peers,
                                workers,
                                point -> {
                                    out.println(point.line());
                                    out.flush();
                                });
                RunFolder.write(curve, "curve.csv", CostCurve.csv(points));
                RunFolder.write(curve, "curve.svg", CostCurve.svg(points));
                return 0;
            }
            out.println(Benchmark.measure(peers, degree, workers, rate, format.equals("json")));
            out.flush();
            return 0;
        }
    }

    static long cpuNanos() {
        if (ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system) {
            return system.getProcessCpuTime();
        }
        return System.nanoTime();
    }
}
