package org.pollen.node.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.trace.TraceFormatException;
import org.pollen.node.trace.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen trace decode`: checks a trace and counts its events by kind.
@Command(
        name = "decode",
        aliases = {"show", "stats"},
        description = {
            "Check a trace file and count its events by kind.",
            "Reads protobuf and NDJSON, of Pollen and of go-libp2p-pubsub."
        })
final class TraceDecodeCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "A trace")
    @Nullable Path file;

    @Override
    public Integer call() {
        Path trace = Objects.requireNonNull(file);
        TraceSummary summary = read(trace);
        PrintWriter out = spec.commandLine().getOut();
        if (global.json()) out.println(json(summary));
        else print(summary, out);
        out.flush();
        if (summary.torn() > 0 && !global.quiet()) {
            PrintWriter err = spec.commandLine().getErr();
            err.printf(
                    "note: the last event is cut off; %d bytes at the end are not counted%n",
                    summary.torn());
            err.flush();
        }
        return 0;
    }

    private static TraceSummary read(Path file) {
        try {
            return TraceSummary.of(file);
        } catch (TraceFormatException e) {
            throw new OperatorException(
                    ErrorCode.TRC_001,
                    "%s is no trace, or is damaged: at byte %d, %s"
                            .formatted(file, e.offset(), e.getMessage()),
                    "give a file that trace.sink=file or a tracer of go-libp2p-pubsub wrote,"
                            + " not compressed",
                    e);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "trace file %s cannot be read: %s"
                            .formatted(
                                    file,
                                    e instanceof NoSuchFileException
                                            ? "there is no such file"
                                            : e.getMessage()),
                    "check the name, and that you may read it",
                    e);
        }
    }

    private static void print(TraceSummary summary, PrintWriter out) {
        summary.events().forEach((kind, count) -> out.printf("%-14s %12d%n", kind.label(), count));
        if (summary.unknown() > 0) out.printf("%-14s %12d%n", "unknown", summary.unknown());
        out.printf("%-14s %12d%n", "total", summary.total());
        out.printf(
                "%s, %d nodes",
                summary.format().name().toLowerCase(Locale.ROOT), summary.nodes().size());
        if (summary.first() != 0) {
            out.printf(
                    ", %s, %.3f s",
                    time(summary.first()).truncatedTo(ChronoUnit.MILLIS),
                    ((double) summary.last() - summary.first()) / 1e9);
        }
        out.println();
    }

    private static Instant time(long nanos) {
        return Instant.ofEpochSecond(
                Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
    }

    private static ObjectNode json(TraceSummary summary) {
        ObjectNode answer = Json.answer();
        answer.put("format", summary.format().name().toLowerCase(Locale.ROOT));
        ObjectNode events = answer.putObject("events");
        summary.events().forEach((kind, count) -> events.put(kind.label(), count));
        answer.put("unknown", summary.unknown())
                .put("total", summary.total())
                .put("first", summary.first())
                .put("last", summary.last())
                .put("torn", summary.torn());
        summary.nodes().forEach(answer.putArray("nodes")::add);
        return answer;
    }
}
