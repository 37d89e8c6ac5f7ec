package org.pollen.simulator;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim run`: a scenario file, an attack of the catalogue, or all of them.
@Command(name = "run", description = "Runs a scenario file, an attack by its id, or `all` attacks.")
final class RunCommand implements Callable<Integer> {
    static final int INTERRUPTED = 130;
    static final int TOO_LARGE = 3;

    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE|ID|all", description = "What to run")
    String what = "";

    @Option(names = "--seed", description = "Seed, instead of that of the file (1)")
    long seed = -1;

    @Option(
            names = "--seeds",
            description =
                    "Of attacks: how many seeds from the first one on; gates hold for each (1)")
    int seeds = 1;

    @Option(
            names = "--full",
            description =
                    "Of K-02 and K-06: the published size, 1,000 honest peers and 4,000 sybils")
    boolean full;

    @Option(names = "--workers", description = "Threads; the result is the same (1)")
    int workers = 1;

    @Option(names = "-o", description = "Folder for the tables, summary.json and the verdicts")
    @Nullable Path folder;

    @Option(names = "--report", description = "Write report.html too; without -o, into ./NAME-SEED")
    boolean report;

    @Option(
            names = "--set",
            description = "Another value for a key of the file, as topology.peers=50")
    Map<String, String> changes = new LinkedHashMap<>();

    @Option(
            names = "--trace",
            description =
                    "Trace of all routers: pb or ndjson, or interop: the copies each peer got (with -o)")
    String trace = "";

    @Option(names = "--trace-rpcs", description = "RPCs in the trace too: most of its volume")
    boolean traceRpcs;

    @Option(
            names = "--record",
            description = "All events into events.bin, for `sim replay` (with -o); 40 bytes each")
    boolean record;

    @Option(
            names = "--members",
            description = "So many processes execute the run: others join by `sim worker` (1)")
    int members = 1;

    @Option(
            names = "--listen",
            description = "Where they find this one, as 127.0.0.1:7000 (127.0.0.1, a free port)")
    String listen = "127.0.0.1:0";

    @Option(names = "--parquet", description = "The tables as Parquet beside the CSV (with -o)")
    boolean parquet;

    @Option(
            names = "--no-fastpath",
            description = "Run heartbeats that change nothing, too; the run is the same")
    boolean allHeartbeats;

    @Option(names = "--quiet", description = "No progress")
    boolean quiet;

    private static final int MEMBERS_MAX = 64;

    /// Asked between windows and before each attack; for tests.
    BooleanSupplier stop = () -> false;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        boolean attack = what.equals("all") || what.matches("[Kk]-\\d+b?");
        if (members < 1 || members > MEMBERS_MAX) {
            throw new ScenarioException(
                    "--members %d: between 1 and %d".formatted(members, MEMBERS_MAX));
        }
        if (attack && members > 1) {
            throw new ScenarioException("--members: with a scenario's file, not an attack's name");
        }
        var files = new RunFiles(report, trace, traceRpcs, record, parquet);
        if (attack) onlyOf("a scenario's file, not an attack's name", ofScenarios());
        else onlyOf("an attack's name, not a scenario's file", ofAttacks());
        if (traceRpcs && trace.isEmpty()) {
            throw new ScenarioException("--trace-rpcs: what goes into a trace: with --trace");
        }
        if (what.equals("all")) {
            onlyOf("one attack's name or a scenario's file, not all attacks", ofOneRun(files));
        }
        if (seeds < 1) throw new ScenarioException("--seeds %d: at least 1".formatted(seeds));
        return attack ? attacks(out, files) : scenario(files);
    }

    /// Options that would be without effect are refused.
    private static void onlyOf(String what, Map<String, Boolean> given) {
        var wrong = given.keySet().stream().filter(given::get).toList();
        if (wrong.isEmpty()) return;
        throw new ScenarioException("%s: with %s".formatted(String.join(", ", wrong), what));
    }

    private Map<String, Boolean> ofScenarios() {
        var options = new LinkedHashMap<String, Boolean>();
        options.put("--set", !changes.isEmpty());
        options.put("--no-fastpath", allHeartbeats);
        return options;
    }

    private static Map<String, Boolean> ofOneRun(RunFiles files) {
        var options = new LinkedHashMap<String, Boolean>(files.logged());
        options.put("--parquet", files.parquet());
        return options;
    }

    /// What no entry of these can leave, or not with these options, is said before it is run.
    private void check(List<Attacks.Entry> entries, RunFiles files) {
        if (!files.any()) return;
        if (entries.size() == 1 && !entries.getFirst().networked()) {
            throw new ScenarioException(
                    "%s runs no network, only a core: it has verdicts, and nothing for --report, --trace, --record or --parquet"
                            .formatted(entries.getFirst().id()));
        }
        possible(files, folder);
    }

    private void possible(RunFiles files, @Nullable Path target) {
        boolean logs = files.record() || !files.trace().isEmpty();
        if (logs && (target == null || workers > 1)) {
            throw new ScenarioException("--trace and --record need -o, and --workers 1");
        }
        if (files.parquet() && target == null && !files.report()) {
            throw new ScenarioException("--parquet: needs -o or --report");
        }
    }

    private Map<String, Boolean> ofAttacks() {
        var options = new LinkedHashMap<String, Boolean>();
        options.put("--full", full);
        options.put("--seeds", seeds != 1);
        return options;
    }

    private int attacks(PrintWriter out, RunFiles files) {
        List<Attacks.Entry> entries =
                what.equals("all") ? Attacks.all() : List.of(Attacks.named(what));
        if (full) entries = entries.stream().map(FullAttacks::of).toList();
        check(entries, files);
        VerdictFile file = folder == null ? null : new VerdictFile(folder);
        long first = seed < 0 ? 1 : seed;
        long all = (long) entries.size() * seeds;
        boolean pass = true;
        var progress = new Progress(spec.commandLine().getErr(), terminal());
        try (var interrupt = new Interrupt()) {
            for (long done = 0; done < all; done++) {
                Attacks.Entry entry = entries.get((int) (done / seeds));
                long s = first + done % seeds;
                String running = "%s seed %d".formatted(entry.id(), s);
                EntryFolder into = null;
                if (files.any() && entry.networked()) {
                    Path leaf = into(entry.id().replace(' ', '-'), s);
                    into = new EntryFolder(entry.id(), entry.title(), leaf, files);
                }
                BooleanSupplier asked =
                        () -> {
                            if (!quiet) progress.show(running, all);
                            return interrupt.requested() || stop.getAsBoolean();
                        };
                Verdict verdict;
                try {
                    verdict = entry.run(s, workers, into, asked);
                } catch (StoppedException _) {
                    progress.clear();
                    out.println("stopped: %d of %d runs are done".formatted(done, all));
                    out.flush();
                    return INTERRUPTED;
                }
                progress.finished();
                pass &= verdict.passes();
                print(out, entry, verdict);
                if (file != null) file.put(verdict);
            }
        }
        return pass ? 0 : 1;
    }

    private static void print(PrintWriter out, Attacks.Entry entry, Verdict verdict) {
        out.printf(
                Locale.ROOT,
                "%s %s  %s  seed %d  %.1f s%n",
                verdict.passes() ? "pass" : "FAIL",
                entry.id(),
                entry.title(),
                verdict.seed(),
                verdict.seconds());
        for (Verdict.Gate gate : verdict.gates()) out.println("       " + gate);
        out.flush();
    }

    private Path into(String name, long s) {
        String leaf = seeds == 1 && folder != null ? name : name + "-" + s;
        return folder == null ? Path.of(leaf) : folder.resolve(leaf);
    }

    private int scenario(RunFiles files) {
        Scenario scenario = Scenario.load(Path.of(what)).with(changes);
        long used = seed < 0 ? scenario.seed() : seed;
        String tooLarge = tooLarge(scenario, 1);
        if (tooLarge != null) throw new ScenarioException(tooLarge, TOO_LARGE);
        Path target = folder;
        if (target == null && report) target = Path.of(scenario.name() + "-" + used);
        possible(files, target);
        if (members > 1) return withOthers(scenario, used);
        Budget budget = scenario.budget();
        budget.check();
        if (target != null) RunFolder.begin(target);
        Recorder recorder = scenario.recorder();
        Setup.Builder builder = scenario.setup(used).workers(workers);
        if (allHeartbeats) builder.allHeartbeats();
        if (target != null) recorder.at(builder);
        try (RunLogs logs = files.logs(target)) {
            return scenario(scenario, logs.into(builder), recorder, target, files, logs, budget);
        }
    }

    private int withOthers(Scenario scenario, long used) {
        if (folder != null || report || record || !trace.isEmpty() || !changes.isEmpty()) {
            throw new ScenarioException(
                    "--members: without -o, --report, --trace, --record, --set");
        }
        if (scenario.sybils() > 0) throw new ScenarioException("--members: without attackers");
        if (scenario.hasBudget()) throw new ScenarioException("--members: without budget");
        if (scenario.watch().looks()) {
            throw new ScenarioException(
                    "--members: without gates on meshes and copies, which look at all peers");
        }
        PrintWriter out = spec.commandLine().getOut();
        InetSocketAddress at = WorkerCommand.address(listen);
        try (var server = new ServerSocket()) {
            server.bind(new InetSocketAddress(at.getHostString(), at.getPort()));
            out.println(
                    "waiting for %d: sim worker %s:%d"
                            .formatted(members - 1, at.getHostString(), server.getLocalPort()));
            out.flush();
            int partitions = Math.max(workers, members);
            var task = new SocketMembers.Task(text(Path.of(what)), used, partitions);
            try (var others =
                    SocketMembers.gather(server, members - 1, task, SocketMembers.Patience.USUAL)) {
                Setup setup = scenario.setup(used).workers(partitions).members(others).build();
                SimulationResult result = new Simulation(setup).run(stop);
                out.print(AttackTable.summary(scenario.name(), result));
                List<Verdict.Gate> gates = scenario.watch().verdicts(setup, result);
                for (Verdict.Gate gate : gates) {
                    out.println((gate.passes() ? "pass  " : "FAIL  ") + gate);
                }
                out.flush();
                return gates.stream().allMatch(Verdict.Gate::passes) ? 0 : 1;
            }
        } catch (IOException e) {
            throw new ScenarioException(
                    "--listen %s: %s".formatted(listen, MemberLostException.reason(e)));
        }
    }

    private int scenario(
            Scenario scenario,
            Setup.Builder builder,
            Recorder recorder,
            @Nullable Path target,
            RunFiles files,
            RunLogs logs,
            Budget budget) {
        PrintWriter out = spec.commandLine().getOut();
        GateWatch watch = scenario.watch();
        Setup setup = watch.at(builder).build();
        PrintWriter err = spec.commandLine().getErr();
        var progress = new Progress(err, terminal());
        try (var interrupt = new Interrupt()) {
            var simulation = new Simulation(setup);
            SimulationResult result =
                    simulation.run(() -> {
                        if (!quiet) progress.show(simulation);
                        return interrupt.requested()
                                || stop.getAsBoolean()
                                || budget.spent(simulation);
                    });
            if (!quiet) progress.end();
            boolean complete = result.endNanos() >= setup.end();
            List<Verdict.Gate> gates = watch.verdicts(setup, result);
            logs.complete();
            if (target != null) {
                RunFolder.write(target, "scenario.yaml", scenario.resolved(setup.seed()));
                scenario.copyFiles(target); // before the results, which come first
                var made =
                        RunFolder.of(
                                scenario.name(),
                                Map.of("settings", scenario.settings()),
                                setup,
                                result,
                                recorder,
                                gates,
                                complete);
                files.write(made, target);
            }
            out.print(AttackTable.summary(scenario.name(), result));
            if (!complete) {
                out.println(
                        "stopped at %.0f s: a partial result".formatted(result.endNanos() / 1e9));
            } else {
                for (Verdict.Gate gate : gates) {
                    out.println((gate.passes() ? "pass  " : "FAIL  ") + gate);
                }
            }
            out.flush();
            if (!complete && budget.isExceeded()) throw budget.exception();
            if (!complete) return INTERRUPTED;
            return gates.stream().allMatch(Verdict.Gate::passes) ? 0 : 1;
        }
    }

    // It is null in JDK 25 where there is no terminal, whatever 22 promised.
    @SuppressWarnings("SystemConsoleNull")
    private static boolean terminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /// Why so many runs of a scenario at a time do not fit into the heap; null if they do.
    static @Nullable String tooLarge(Scenario scenario, int runs) {
        double needed = (double) scenario.estimateBytes() * runs;
        double there = 0.85 * Runtime.getRuntime().maxMemory();
        if (needed <= there) return null;
        return String.format(
                Locale.ROOT,
                "%s: it needs about %.1f GiB, and 85 %% of the heap are %.1f GiB: fewer peers%s, or a larger -Xmx",
                scenario.name(),
                needed / 0x1p30,
                there / 0x1p30,
                runs > 1 ? " or jobs" : "");
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(file, e.getMessage()));
        }
    }
}
