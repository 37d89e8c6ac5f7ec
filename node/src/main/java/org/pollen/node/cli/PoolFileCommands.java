package org.pollen.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The `pollen pool` commands about the whole content of a pool: `inspect`, `export`, `import`.
/// Source: operations.md 3.
final class PoolFileCommands {
    private PoolFileCommands() {}

    /// Visits the transactions of a `txpool` answer, those of an account in nonce order.
    private static void forEach(JsonNode content, Visitor visitor) {
        for (String part : List.of("pending", "queued")) {
            for (Map.Entry<String, JsonNode> account : content.path(part).properties()) {
                account.getValue().properties().stream()
                        .sorted(Comparator.comparing(one -> new BigInteger(one.getKey())))
                        .forEach(one ->
                                visitor.visit(
                                        part, account.getKey(), one.getKey(), one.getValue()));
            }
        }
    }

    @FunctionalInterface
    private interface Visitor {
        void visit(String part, String account, String nonce, JsonNode tx);
    }

    /// `pollen pool inspect`.
    @Command(name = "inspect", description = "A line for each pooled transaction: what it does")
    static final class Inspect implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Mixin PoolViewCommands.Target target = new PoolViewCommands.Target();
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(names = "--from", paramLabel = "ADDRESS", description = "Only those of an account")
        @Nullable String from;

        @Override
        public Integer call() {
            String only =
                    from == null ? null : PoolViewCommands.address("--from", from).checksummed();
            try (var rpc = RpcClient.of(global, target.rpc)) {
                var rows = new ArrayList<ObjectNode>();
                forEach(
                        rpc.result("txpool_inspect"),
                        (part, account, nonce, line) -> {
                            if (only != null && !only.equalsIgnoreCase(account)) return;
                            rows.add(
                                    Json.answer()
                                            .put("state", part)
                                            .put("from", account)
                                            .put("nonce", nonce)
                                            .put("summary", line.asText()));
                        });
                var out = spec.commandLine().getOut();
                if (global.json()) {
                    out.println(Json.list("transactions", rows));
                } else {
                    for (ObjectNode row : rows) {
                        out.printf(
                                "%-7s %s %s  %s%n",
                                row.path("state").asText(),
                                row.path("from").asText(),
                                row.path("nonce").asText(),
                                row.path("summary").asText());
                    }
                }
                out.flush();
                return 0;
            }
        }
    }

    /// `pollen pool export`.
    @Command(
            name = "export",
            description =
                    "Write the signed transactions of the pool to a file, one a line (without blobs)")
    static final class Export implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Mixin PoolViewCommands.Target target = new PoolViewCommands.Target();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "FILE", description = "That is not there yet")
        Path file = Path.of("");

        @Option(names = "--from", paramLabel = "ADDRESS", description = "Only those of an account")
        @Nullable String from;

        @Override
        public Integer call() {
            Address only = from == null ? null : PoolViewCommands.address("--from", from);
            try (var rpc = RpcClient.of(global, target.rpc)) {
                var hashes = new ArrayList<String>();
                forEach(content(rpc, only), (_, _, _, tx) -> hashes.add(tx.path("hash").asText()));
                var lines = new ArrayList<String>(hashes.size());
                for (String hash : hashes) {
                    JsonNode raw = rpc.call("eth_getRawTransactionByHash", hash).result();
                    if (raw.isTextual()) lines.add(raw.asText()); // null: it left meanwhile
                }
                TransactionFile.write(file, lines);
                var out = spec.commandLine().getOut();
                if (global.json()) {
                    out.println(
                            Json.answer()
                                    .put("file", file.toString())
                                    .put("transactions", lines.size()));
                } else {
                    out.printf("%d transactions in %s%n", lines.size(), file);
                }
                out.flush();
                return 0;
            }
        }
    }

    /// A `txpool_content` answer of all accounts or one.
    private static JsonNode content(RpcClient rpc, @Nullable Address only) {
        if (only == null) return rpc.result("txpool_content");
        JsonNode one = rpc.result("txpool_contentFrom", only.toString());
        ObjectNode content = Json.answer();
        for (String part : List.of("pending", "queued")) {
            content.putObject(part).set(only.toString(), one.path(part));
        }
        return content;
    }

    /// `pollen pool import`.
    @Command(
            name = "import",
            description = "Submit the transactions of a file that export wrote, one a line")
    static final class Import implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Mixin PoolViewCommands.Target target = new PoolViewCommands.Target();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "FILE", description = "One signed transaction, 0x…, a line")
        Path file = Path.of("");

        @Override
        public Integer call() {
            List<String> transactions = TransactionFile.read("FILE", file);
            int taken = 0;
            int known = 0;
            var refused = new ArrayList<ObjectNode>();
            var err = spec.commandLine().getErr();
            try (var rpc = RpcClient.of(global, target.rpc)) {
                for (int i = 0; i < transactions.size(); i++) {
                    RpcClient.Answer answer =
                            rpc.call("eth_sendRawTransaction", transactions.get(i));
                    if (answer.error() == null) {
                        taken++;
                    } else if (answer.refusal().startsWith("already known")) {
                        known++;
                    } else {
                        refused.add(Json.answer().put("index", i).put("message", answer.refusal()));
                        err.println("refused: transaction " + i + ": " + answer.refusal());
                        err.flush();
                    }
                }
            }
            var out = spec.commandLine().getOut();
            if (global.json()) {
                out.println(Json.list("refused", refused).put("taken", taken).put("known", known));
            } else {
                out.printf(
                        "%d taken, %d known already, %d refused%n", taken, known, refused.size());
            }
            out.flush();
            return refused.isEmpty() ? 0 : 1;
        }
    }
}
