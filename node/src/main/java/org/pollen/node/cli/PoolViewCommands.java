package org.pollen.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The `pollen pool` commands that look: `status`, `list`, `show`. Source: operations.md 3.
final class PoolViewCommands {
    private PoolViewCommands() {}

    /// What all of them take.
    static final class Target {
        @Option(
                names = "--rpc",
                paramLabel = "URL",
                description =
                        "JSON-RPC of the node (default: the data directory's node, else the first"
                                + " one of a devnet)")
        @Nullable String rpc;
    }

    private static BigInteger quantity(JsonNode hex) {
        String text = hex.asText("0x0");
        return text.length() < 3 ? BigInteger.ZERO : new BigInteger(text.substring(2), 16);
    }

    /// `pollen pool status`.
    @Command(name = "status", description = "How many transactions are pending and queued")
    static final class Status implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Mixin Target target = new Target();
        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            try (var rpc = RpcClient.of(global, target.rpc)) {
                JsonNode status = rpc.result("txpool_status");
                BigInteger head = quantity(rpc.result("eth_blockNumber"));
                BigInteger pending = quantity(status.path("pending"));
                BigInteger queued = quantity(status.path("queued"));
                var out = spec.commandLine().getOut();
                if (global.json()) {
                    out.println(
                            Json.answer()
                                    .put("pending", pending)
                                    .put("queued", queued)
                                    .put("head", head));
                } else {
                    out.printf("%d pending, %d queued at block %d%n", pending, queued, head);
                }
                out.flush();
                return 0;
            }
        }
    }

    /// `pollen pool list`.
    @Command(name = "list", description = "Pooled transactions, by account and nonce")
    static final class Listing implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Mixin Target target = new Target();
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(names = "--from", paramLabel = "ADDRESS", description = "Only those of an account")
        @Nullable String from;

        @Option(names = "--queued", description = "Only those behind a gap or without funds")
        boolean queued;

        @Option(names = "--limit", defaultValue = "50", description = "Most rows (default 50)")
        int limit;

        @Override
        public Integer call() {
            if (limit < 1) {
                throw new OperatorException(
                        ErrorCode.USE_001, "--limit is " + limit, "it must be at least 1");
            }
            Address only = from == null ? null : address("--from", from);
            try (var rpc = RpcClient.of(global, target.rpc)) {
                JsonNode content =
                        only == null
                                ? rpc.result("txpool_content")
                                : rpc.result("txpool_contentFrom", only.toString());
                var rows = new ArrayList<ObjectNode>();
                if (!queued) rows(content.path("pending"), "pending", only != null, rows);
                rows(content.path("queued"), "queued", only != null, rows);
                print(rows);
                return 0;
            }
        }

        private static void rows(
                JsonNode part, String state, boolean oneAccount, List<ObjectNode> rows) {
            List<JsonNode> accounts = new ArrayList<>();
            if (oneAccount) accounts.add(part);
            else part.forEach(accounts::add);
            for (JsonNode account : accounts) {
                var transactions = new ArrayList<JsonNode>();
                for (Map.Entry<String, JsonNode> one : account.properties()) {
                    transactions.add(one.getValue());
                }
                transactions.sort(Comparator.comparing(tx -> quantity(tx.path("nonce"))));
                for (JsonNode tx : transactions) {
                    rows.add(((ObjectNode) tx).put("state", state));
                }
            }
        }

        private void print(List<ObjectNode> rows) {
            List<ObjectNode> shown = rows.subList(0, Math.min(limit, rows.size()));
            var out = spec.commandLine().getOut();
            if (global.json()) {
                out.println(Json.list("transactions", shown).put("total", rows.size()));
            } else {
                out.printf(
                        "%-42s %7s %-7s %4s %14s %12s  %s%n",
                        "FROM", "NONCE", "STATE", "TYPE", "FEE CAP (gwei)", "GAS", "HASH");
                for (ObjectNode tx : shown) {
                    JsonNode cap =
                            tx.has("maxFeePerGas") ? tx.path("maxFeePerGas") : tx.path("gasPrice");
                    out.printf(
                            Locale.ROOT,
                            "%-42s %7s %-7s %4s %14.3f %12s  %s%n",
                            tx.path("from").asText(),
                            quantity(tx.path("nonce")),
                            tx.path("state").asText(),
                            quantity(tx.path("type")),
                            quantity(cap).doubleValue() / 1e9,
                            quantity(tx.path("gas")),
                            tx.path("hash").asText());
                }
                if (shown.size() < rows.size()) {
                    out.printf("and %d more: --limit%n", rows.size() - shown.size());
                }
            }
            out.flush();
        }
    }

    /// `pollen pool show`.
    @Command(name = "show", description = "One transaction, pooled or mined")
    static final class Show implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Mixin Target target = new Target();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "HASH", description = "0x and 64 digits")
        String hash = "";

        @Override
        public Integer call() {
            String wanted = hash("HASH", hash).toString();
            try (var rpc = RpcClient.of(global, target.rpc)) {
                JsonNode tx = rpc.result("eth_getTransactionByHash", wanted);
                if (!tx.isObject()) {
                    throw new OperatorException(
                            ErrorCode.USE_001,
                            "the node does not know " + wanted,
                            "it is neither pooled nor in a block that is kept; ask another node");
                }
                var out = spec.commandLine().getOut();
                out.println(
                        global.json()
                                ? ((ObjectNode) tx).put("schema", 1)
                                : PollenCli.printable(tx.toPrettyString().replace("\n", "\t"))
                                        .replace("\t", "\n"));
                out.flush();
                return 0;
            }
        }
    }

    /// An address of a flag.
    ///
    /// @throws OperatorException USE-001 naming the flag
    static Address address(String flag, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    flag + " is \"" + text + "\"",
                    "an address is 0x and 40 hexadecimal digits",
                    e);
        }
    }

    /// A hash of a flag.
    ///
    /// @throws OperatorException USE-001 naming the flag
    static Hash32 hash(String flag, String text) {
        try {
            return Hash32.parse(text);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    flag + " is \"" + text + "\"",
                    "a hash is 0x and 64 hexadecimal digits",
                    e);
        }
    }
}
