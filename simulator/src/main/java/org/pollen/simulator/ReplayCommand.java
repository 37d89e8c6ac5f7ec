package org.pollen.simulator;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pollen.router.OutboundRpc;
import org.pollen.router.RpcMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim replay`: shows the events of a peer in a span of time, and stops where a condition holds.
/// From the record of the run where there is one and no condition that needs its peers; otherwise
/// by running the scenario or the entry again, as the same scenario and seed are the same run.
/// Either way the digests say whether it was.
@Command(name = "replay", description = "Shows a run again and prints the events of a peer.")
final class ReplayCommand implements Callable<Integer> {
    private static final int NOT_DETERMINISTIC = 4;
    private static final int NEVER = 1;
    private static final int LINES_MAX = 100_000;
    private static final long SECOND = 1_000_000_000L;

    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR")
    Path folder = Path.of("");

    @Option(names = "--peer", description = "Which peer (none)")
    int peer = -1;

    @Option(names = "--from", description = "Virtual second to begin at (0)")
    double from;

    @Option(names = "--to", description = "Virtual second to end at (the end)")
    double to = Double.POSITIVE_INFINITY;

    @Option(
            names = "--break",
            description =
                    "Stop at the first instant from --from on at which it holds, as `mesh(17).sybil > 6`, and show that peer")
    @Nullable String condition;

    private int lines;

    @Override
    public Integer call() {
        BreakCondition stop = condition == null ? null : BreakCondition.parse(condition);
        RunFolder before = RunFolder.read(folder);
        Path record = folder.resolve(EventLog.FILE);
        boolean recorded = Files.exists(record) && stop == null;
        if (!recorded && stop == null && Boolean.FALSE.equals(before.summary().get("complete"))) {
            throw new ScenarioException(
                    folder + ": this run was stopped early: it can be replayed with a record only");
        }
        String digest;
        try {
            digest = recorded ? read(record) : runAgain(before, stop);
        } catch (Reached reached) {
            return report(before, reached);
        }
        boolean same = digest.equals(before.text("digest"));
        PrintWriter out = spec.commandLine().getOut();
        if (stop != null) out.println("never: " + stop.text());
        out.println(same ? "same run: digest " + digest : "another run: it has changed");
        out.flush();
        return same ? stop == null ? 0 : NEVER : NOT_DETERMINISTIC;
    }

    /// Nothing is executed: the record has everything.
    private String read(Path record) {
        var tally = new Tally(0);
        EventLog.read(
                record,
                (time, key, origin, outcome, content) -> {
                    tally.digest(time, key, origin, outcome);
                    String what = "";
                    if (content > 0) what = ": message " + (content - 1);
                    else if (content < 0) what = ": control of %d bytes".formatted(-content);
                    show(time, (int) (key >>> 8), (int) (key & 0xff), (int) (origin >>> 40), what);
                });
        return tally.digestText();
    }

    private String runAgain(RunFolder before, @Nullable BreakCondition stop) {
        long seed = (long) before.number("seed");
        String entry = before.text("entry");
        if (!entry.isEmpty()) {
            var watched = new Watched((int) before.number("entryRun"), stop);
            try {
                Attacks.ofResult(entry).run(seed, 1, watched, () -> false);
            } catch (StoppedException _) {
                // The run is over; those behind it are of no interest.
            }
            return watched.digest;
        }
        Path file = folder.resolve("scenario.yaml");
        return watch(Scenario.load(file).setup(seed), stop);
    }

    /// The runs of an entry up to the one that is shown.
    private final class Watched implements EntryRuns {
        private final @Nullable BreakCondition stop;
        private int left;
        private String digest = "";

        Watched(int number, @Nullable BreakCondition stop) {
            this.stop = stop;
            left = number;
        }

        @Override
        public SimulationResult run(
                String name, Setup.Builder builder, Function<Setup, SimulationResult> execute) {
            if (left-- > 0) return execute.apply(builder.build());
            digest = watch(builder, stop);
            throw new StoppedException();
        }
    }

    /// Runs it and shows its events.
    private String watch(Setup.Builder builder, @Nullable BreakCondition stop) {
        var watch = new Watch(stop);
        Setup setup = builder.workers(1).listener(watch).build();
        if (stop != null) stop.check(setup);
        var simulation = new Simulation(setup);
        watch.simulation = simulation;
        String digest = simulation.run(() -> false).digest();
        watch.look(); // at what the last event did
        return digest;
    }

    /// Shows each event, and looks at the peer of the condition after each event of it.
    private final class Watch implements Simulation.Listener {
        private final @Nullable BreakCondition stop;
        private @Nullable Simulation simulation;
        private boolean due;
        private long at;
        private String event = "";

        Watch(@Nullable BreakCondition stop) {
            this.stop = stop;
        }

        @Override
        public void event(
                long time, int target, int eventClass, int source, @Nullable Object content) {
            look();
            String what = describe(content);
            show(time, target, eventClass, source, what);
            if (stop == null || target != stop.peer() || time < from * 1e9) return;
            due = true;
            at = time;
            event = "%s from %d%s".formatted(name(eventClass), source, what);
        }

        void look() {
            Simulation run = simulation;
            if (!due || stop == null || run == null || at > to * 1e9) return;
            due = false;
            double value = stop.value(run);
            if (stop.holds(value)) throw new Reached(run, stop, value, at, event);
        }
    }

    /// The condition holds: the run is left at this instant.
    private static final class Reached extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Simulation simulation;
        private final transient BreakCondition stop;
        private final double value;
        private final long at;
        private final String event;

        Reached(Simulation simulation, BreakCondition stop, double value, long at, String event) {
            super(event, null, false, false);
            this.simulation = simulation;
            this.stop = stop;
            this.value = value;
            this.at = at;
            this.event = event;
        }
    }

    private int report(RunFolder before, Reached reached) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "break at %.6f s: %s: it is %s, after %s%n",
                reached.at / 1e9,
                reached.stop.text(),
                Verdict.Gate.number(reached.value),
                reached.event);
        reached.stop.scene(reached.simulation).forEach(out::println);
        List<String> again = reached.simulation.digests((int) (reached.at / SECOND));
        boolean same = before.digests().subList(0, again.size()).equals(again);
        out.println(same ? "same run so far" : "another run: it has changed");
        out.flush();
        return same ? 0 : NOT_DETERMINISTIC;
    }

    private void show(long time, int at, int eventClass, int source, String what) {
        double second = time / 1e9;
        if (at != peer || second < from || second > to || lines++ > LINES_MAX) return;
        PrintWriter out = spec.commandLine().getOut();
        String name = name(eventClass);
        out.printf(Locale.ROOT, "%12.6f  %-9s from %d%s%n", second, name, source, what);
    }

    private static String name(int eventClass) {
        return switch (eventClass) {
            case Actor.LINK_DOWN -> "link down";
            case Actor.LINK_UP -> "link up";
            case Actor.ARRIVAL -> "rpc";
            case Actor.VALIDATED -> "validated";
            case Actor.HEARTBEAT -> "heartbeat";
            case Actor.UPLINK -> "uplink";
            default -> "script";
        };
    }

    private static String describe(@Nullable Object content) {
        if (content instanceof RpcMessage message) {
            int number = PlannedMessage.number(message.array(), message.dataOffset());
            return ": message %d of %d bytes".formatted(number, message.encodedLength());
        }
        return content instanceof OutboundRpc rpc
                ? ": control of %d bytes".formatted(rpc.bodyLength())
                : "";
    }
}
