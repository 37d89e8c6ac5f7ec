package org.pollen.node.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.Version;
import org.pollen.node.config.ValueType;
import org.pollen.node.devnet.DevnetOptions;
import org.pollen.node.devnet.DevnetRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `pollen devnet`: a live local network on an embedded chain.
@Command(
        name = "devnet",
        description = "A live local network on an embedded chain, with a page to watch")
final class DevnetCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--nodes",
            defaultValue = "12",
            description = "How many nodes, 1 to 200 (default ${DEFAULT-VALUE})")
    int nodes;

    @Option(
            names = "--slow",
            description = "How many of them answer late (default 1, none below 4 nodes)")
    int slow = -1;

    @Option(
            names = "--seed",
            defaultValue = "42",
            description = "Of keys, chain and load (default ${DEFAULT-VALUE})")
    long seed;

    @Option(
            names = "--tx-rate",
            defaultValue = "20",
            description = "Transactions a second; 0 for none (default ${DEFAULT-VALUE})")
    double txRate;

    @Option(
            names = "--block-time",
            defaultValue = "2s",
            converter = Span.class,
            description = "Time between blocks (default ${DEFAULT-VALUE})")
    Duration blockTime = Duration.ofSeconds(2);

    @Option(
            names = "--reorg-every",
            defaultValue = "60s",
            converter = Span.class,
            description =
                    "Time between reorganisations of 1 to 3 blocks; 0s for none (default"
                            + " ${DEFAULT-VALUE})")
    Duration reorgEvery = Duration.ofMinutes(1);

    @Option(
            names = "--duration",
            defaultValue = "0s",
            converter = Span.class,
            description = "Stop after so long; 0s runs until Ctrl-C (default ${DEFAULT-VALUE})")
    Duration duration = Duration.ZERO;

    @Option(
            names = "--assert",
            paramLabel = "CONDITION",
            description = "Exit 1 unless it holds at the end: 'delivery>=0.999'; may be repeated")
    List<String> assertions = new ArrayList<>();

    @Option(
            names = "--dialect",
            defaultValue = "blossom-2.1",
            description = "blossom-2.0, blossom-2.1, meshsub or both (default ${DEFAULT-VALUE})")
    String dialect = "blossom-2.1";

    @Option(
            names = "--base",
            defaultValue = "127.60.0",
            paramLabel = "A.B.C",
            description = "Node i listens on A.B.C.i (default ${DEFAULT-VALUE})")
    String base = "127.60.0";

    @Option(names = "--no-page", description = "Serve no page and no metrics")
    boolean noPage;

    /// Reads `90s`, `2m`, and a bare number as seconds.
    static final class Span implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            try {
                return text.matches("\\d{1,9}")
                        ? Duration.ofSeconds(Long.parseLong(text))
                        : ValueType.span(text);
            } catch (IllegalArgumentException _) {
                throw new TypeConversionException("'" + text + "' is not a time such as 90s or 2m");
            }
        }
    }

    @Override
    public Integer call() {
        var _ = global.load(Map.of()); // a broken configuration is said at once
        DevnetOptions options = options();
        var prepared = new AtomicReference<@Nullable DevnetRun>();
        var stage = new AtomicReference<>(Stage.STARTING);
        Thread hook = new Thread(() -> interrupted(prepared, stage), "stop");
        Runtime.getRuntime().addShutdownHook(hook); // first: to wire 200 nodes takes a while
        try {
            announce();
            DevnetRun run = DevnetRun.prepare(options, this::say);
            prepared.set(run);
            run.start();
            if (!stage.compareAndSet(Stage.STARTING, Stage.RUNNING)) return waitForHook();
            if (!noPage) {
                say(
                        "page    http://%s.1:9813/   metrics http://%s.1:9813/metrics   all targets http://%s.1:9813/sd"
                                .formatted(base, base, base));
            }
            run.run(
                    System.getenv("TERM") == null || !onTerminal()
                            ? Duration.ofSeconds(10)
                            : Duration.ofSeconds(1));
            if (!stage.compareAndSet(Stage.RUNNING, Stage.OVER)) return waitForHook();
            run.finish(Duration.ofSeconds(10));
            print(run);
            run.check();
        } finally {
            stage.set(Stage.OVER); // whatever ended it, the hook has nothing to add
            DevnetRun run = prepared.get();
            if (run != null) run.close();
        }
        return 0;
    }

    private void announce() {
        say(
                "pollen %s (%s) · Java %s · dialect %s · seed %d"
                        .formatted(
                                Version.CURRENT.number(),
                                Version.CURRENT.commit(),
                                Runtime.version(),
                                dialect,
                                seed));
        say(
                "chain   embedded, chain id 31337, block time %s, RPC http://%s.1:9809"
                        .formatted(brief(blockTime), base));
    }

    private DevnetOptions options() {
        try {
            return new DevnetOptions(
                    nodes,
                    slow >= 0 ? slow : nodes < 4 ? 0 : 1,
                    seed,
                    blockTime,
                    reorgEvery,
                    txRate,
                    duration,
                    dialect,
                    base,
                    !noPage,
                    assertions);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    String.valueOf(e.getMessage()),
                    "see pollen devnet --help",
                    e);
        }
    }

    /// Who comes first, the end of the run or the signal, moves it on; the other does nothing.
    private enum Stage {
        STARTING,
        RUNNING,
        OVER
    }

    /// Ctrl-C and SIGTERM: the summary, if there is anything to sum up, then out with 0, within two
    /// seconds.
    private void interrupted(
            AtomicReference<@Nullable DevnetRun> prepared, AtomicReference<Stage> stage) {
        Stage was = stage.getAndSet(Stage.OVER);
        if (was == Stage.OVER) return;
        DevnetRun run = prepared.get();
        if (was == Stage.STARTING || run == null) {
            say("stopped before the network was up");
            Runtime.getRuntime().halt(0);
            return;
        }
        run.requestStop();
        int code = 0;
        try {
            run.finish(Duration.ofMillis(700));
            print(run);
            run.check();
        } catch (OperatorException e) {
            say("error[" + e.problems().getFirst().code().text() + "]: " + e.getMessage());
            code = e.exitCode();
        }
        spec.commandLine().getErr().flush();
        Runtime.getRuntime().halt(code);
    }

    /// A terminal is told each second, a file each ten.
    @SuppressWarnings("SystemConsoleNull") // it is null where there is no terminal and no provider
    private static boolean onTerminal() {
        java.io.Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static String brief(Duration span) {
        return span.toMillis() % 1000 == 0 ? span.toSeconds() + " s" : span.toMillis() + " ms";
    }

    private static int waitForHook() {
        try {
            Thread.currentThread().join(); // the hook ends the process
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private void print(DevnetRun run) {
        var out = spec.commandLine().getOut();
        out.println(global.json() ? run.json() : run.text());
        out.flush();
    }

    private void say(String line) {
        if (global.quiet()) return;
        spec.commandLine().getErr().println(line);
        spec.commandLine().getErr().flush();
    }
}
