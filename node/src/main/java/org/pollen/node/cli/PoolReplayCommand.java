package org.pollen.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.BlobProofs;
import org.pollen.mempool.PoolMode;
import org.pollen.mempool.PoolReplay;
import org.pollen.mempool.ReplayResult;
import org.pollen.mempool.ReplayResult.Status;
import org.pollen.mempool.kzg.KzgProofs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen pool replay`: recorded transactions through fresh pools, one verdict a line.
@Command(
        name = "replay",
        description = {
            "Feed the transactions of a file to fresh pools and print a verdict a line.",
            "Each line is a JSON object: raw (hex) and, to compare, expect, place and after.",
            "Exits 1 if a line does not get what it expects."
        })
final class PoolReplayCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE.jsonl", description = "Transactions, a JSON object a line")
    @Nullable Path file;

    @Option(
            names = "--mode",
            defaultValue = "hardened",
            description = "hardened or reference pool (default ${DEFAULT-VALUE})")
    PoolMode mode = PoolMode.HARDENED;

    @Override
    public Integer call() {
        List<ReplayResult> results =
                PoolReplay.replay(
                        ReplayFile.read(Objects.requireNonNull(file)),
                        mode,
                        proofs(),
                        () -> new SplittableRandom(1));
        PrintWriter out = spec.commandLine().getOut();
        if (global.json()) printJson(results, out);
        else printTable(results, out);
        out.flush();
        return count(results, Status.MISMATCH) == 0 ? 0 : 1;
    }

    private static BlobProofs proofs() {
        return KzgProofs.load()
                .orElseThrow(() ->
                        new IllegalStateException(
                                "the proofs of blobs cannot be verified on this platform"));
    }

    private static void printTable(List<ReplayResult> results, PrintWriter out) {
        int width = 2;
        for (ReplayResult result : results) width = Math.max(width, result.line().id().length());
        width = Math.min(width, 40);
        for (ReplayResult result : results) out.println(row(result, width));
        int unchecked = count(results, Status.UNCHECKED);
        if (unchecked > 0) out.println("without expectation: " + unchecked);
        out.printf("%d lines, %d mismatches%n", results.size(), count(results, Status.MISMATCH));
    }

    private static String row(ReplayResult result, int width) {
        var row = new StringBuilder();
        row.append(("%-" + width + "s  ").formatted(result.line().id()));
        row.append(result.answer());
        if (result.answer().equals("OK")) row.append(' ').append(lower(result.place()));
        row.append(", gossip ").append(lower(result.gossip()));
        if (!result.message().isEmpty()) row.append(": ").append(result.message());
        if (result.status() == Status.MISMATCH) {
            row.append("  MISMATCH ").append(String.join("; ", result.differences()));
        }
        return PollenCli.printable(row.toString());
    }

    private static void printJson(List<ReplayResult> results, PrintWriter out) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("schema", 1)
                .put("lines", results.size())
                .put("mismatches", count(results, Status.MISMATCH))
                .put("matched", count(results, Status.MATCHED))
                .put("unchecked", count(results, Status.UNCHECKED));
        var list = json.putArray("results");
        for (ReplayResult result : results) {
            ObjectNode one = list.addObject();
            one.put("line", result.line().number())
                    .put("id", result.line().id())
                    .put("status", lower(result.status()));
            one.put("answer", result.answer())
                    .put("place", lower(result.place()))
                    .put("gossip", lower(result.gossip()));
            if (!result.message().isEmpty()) one.put("message", result.message());
            if (!result.differences().isEmpty()) {
                result.differences().forEach(one.putArray("differences")::add);
            }
        }
        out.println(json);
    }

    private static int count(List<ReplayResult> results, Status status) {
        return (int) results.stream().filter(result -> result.status() == status).count();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
