package org.pollen.simulator;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.router.OutboundRpc;
import org.pollen.router.RpcMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim replay`: shows the events of a peer in a span of time. From the record of the run where
/// there is one; otherwise by running the scenario again, as the same scenario and seed are the
/// same run. Either way the digests say whether it was.
@Command(name = "replay", description = "Shows a run again and prints the events of a peer.")
final class ReplayCommand implements Callable<Integer> {
    private static final int NOT_DETERMINISTIC = 4;
    private static final int LINES_MAX = 100_000;
    private static final String NOTE = "# --set ";

    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR")
    Path folder = Path.of("");

    @Option(names = "--peer", description = "Which peer (none)")
    int peer = -1;

    @Option(names = "--from", description = "Virtual second to begin at (0)")
    double from;

    @Option(names = "--to", description = "Virtual second to end at (the end)")
    double to = Double.POSITIVE_INFINITY;

    private int lines;

    @Override
    public Integer call() {
        RunFolder before = RunFolder.read(folder);
        Path record = folder.resolve(EventLog.FILE);
        String digest = Files.exists(record) ? read(record) : runAgain(before);
        boolean same = digest.equals(before.text("digest"));
        PrintWriter out = spec.commandLine().getOut();
        out.println(same ? "same run: digest " + digest : "another run: it has changed");
        out.flush();
        return same ? 0 : NOT_DETERMINISTIC;
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

    private String runAgain(RunFolder before) {
        Path file = folder.resolve("scenario.yaml");
        Scenario scenario = Scenario.load(file).with(changes(file));
        Setup setup =
                scenario.setup((long) before.number("seed"))
                        .probe(new Recorder())
                        .listener((time, at, eventClass, source, content) ->
                                show(time, at, eventClass, source, describe(content)))
                        .build();
        return new Simulation(setup).run(() -> false).digest();
    }

    private void show(long time, int at, int eventClass, int source, String what) {
        double second = time / 1e9;
        if (at != peer || second < from || second > to || lines++ > LINES_MAX) return;
        PrintWriter out = spec.commandLine().getOut();
        String name = name(eventClass);
        out.printf(Locale.ROOT, "%12.6f  %-9s from %d%s%n", second, name, source, what);
    }

    /// The notes that `sim run --set` left.
    private static Map<String, String> changes(Path file) {
        var changes = new LinkedHashMap<String, String>();
        try {
            for (String line : Files.readAllLines(file)) {
                if (!line.startsWith(NOTE)) continue;
                int at = line.indexOf('=');
                changes.put(line.substring(NOTE.length(), at), line.substring(at + 1));
            }
            return changes;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read %s: %s".formatted(file, e), e);
        }
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
