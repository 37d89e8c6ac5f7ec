package org.pollen.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.chain.DevAccount;
import org.pollen.node.chain.DevChainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pollen pool send`: makes transfers of a known account and submits them, one hash a line.
/// Source: operations.md 3, O34 to O36.
@Command(name = "send", description = "Sign transfers and submit them to a node")
final class PoolSendCommand implements Callable<Integer> {
    private static final int COUNT_MAX = 100_000;
    private static final Pattern AMOUNT =
            Pattern.compile("(\\d{1,30}(?:\\.\\d{1,18})?)(ether|gwei|wei)?");
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,4}(?:\\.\\d{1,4})?)%?");

    @Mixin GlobalOptions global = new GlobalOptions();
    @Mixin PoolViewCommands.Target target = new PoolViewCommands.Target();
    @Spec CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--from",
            paramLabel = "INDEX",
            defaultValue = "0",
            description = "Funded account of the embedded chain, from 0 (default 0)")
    int from;

    @Option(
            names = "--seed",
            defaultValue = "42",
            description = "Seed of the embedded chain, from which its accounts come (default 42)")
    long seed;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "File with the sender's key, 64 hexadecimal digits, instead of --from")
    @Nullable Path key;

    @Option(names = "--to", paramLabel = "ADDRESS", description = "Recipient (default: the sender)")
    @Nullable String to;

    @Option(
            names = "--value",
            paramLabel = "AMOUNT",
            defaultValue = "1wei",
            description = "Of each, in wei, gwei or ether: 3, 2.5gwei (default 1wei)")
    String value = "1wei";

    @Option(names = "--count", defaultValue = "1", description = "How many (default 1)")
    int count;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = "Most a second; 0 for as fast as it goes (default 0)")
    double rate;

    @Option(names = "--gap", description = "Leave the next nonce out: all of them are queued")
    boolean gap;

    @Option(
            names = "--replace",
            paramLabel = "HASH",
            description = "Send one pooled transaction of the account again for a higher price")
    @Nullable String replace;

    @Option(
            names = "--bump",
            paramLabel = "PERCENT",
            defaultValue = "10%",
            description = "By how much --replace pays more (default 10%%)")
    String bump = "10%";

    @Option(
            names = "--raw",
            paramLabel = "FILE",
            description = "Submit what a file holds: one signed transaction in hexadecimal a line")
    @Nullable Path raw;

    @Option(
            names = "--wait",
            paramLabel = "WHAT",
            description = "mined: end when all of them are in blocks")
    @Nullable String wait;

    @Option(
            names = "--wait-limit",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "How long --wait waits (default 120)")
    int waitLimit;

    @Override
    public Integer call() {
        check();
        try (var rpc = RpcClient.of(global, target.rpc)) {
            List<String> signed = raw != null ? TransactionFile.read("--raw", raw) : sign(rpc);
            return submit(rpc, signed);
        }
    }

    private void check() {
        if (count < 1 || count > COUNT_MAX) {
            throw usage("--count is " + count, "it must be from 1 to " + COUNT_MAX);
        }
        if (!(rate >= 0 && rate <= 100_000)) {
            throw usage("--rate is " + rate, "it must be from 0 to 100000");
        }
        if (wait != null && !wait.equals("mined")) {
            throw usage("--wait is \"" + wait + "\"", "there is only --wait mined");
        }
        if (waitLimit < 1) throw usage("--wait-limit is " + waitLimit, "it must be at least 1");
        if (from < 0 || from >= DevChainConfig.defaults(seed).accounts()) {
            throw usage(
                    "--from is " + from,
                    "the embedded chain funds accounts 0 to "
                            + (DevChainConfig.defaults(seed).accounts() - 1));
        }
        if (replace != null && (count != 1 || gap || raw != null)) {
            throw usage(
                    "--replace goes with neither --count nor --gap nor --raw",
                    "it sends one transaction with the nonce of the one it replaces");
        }
    }

    private static OperatorException usage(String what, String fix) {
        return new OperatorException(ErrorCode.USE_001, what, fix);
    }

    private TransactionSigner signer() {
        Path file = key;
        if (file == null) return DevAccount.of(seed, from).signer();
        try {
            String text = Files.readString(file).strip();
            String digits = text.startsWith("0x") ? text.substring(2) : text;
            if (!digits.matches("[0-9a-fA-F]{64}")) throw new IOException("not 64 digits");
            return new TransactionSigner(HexFormat.of().parseHex(digits));
        } catch (IOException | IllegalArgumentException e) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    "--key " + file + " cannot be used: " + e.getMessage(),
                    "it has to hold a secp256k1 key as 64 hexadecimal digits",
                    e);
        }
    }

    private List<String> sign(RpcClient rpc) {
        TransactionSigner signer = signer();
        Address recipient = to == null ? signer.address() : PoolViewCommands.address("--to", to);
        BigInteger chainId = quantity(rpc.result("eth_chainId"));
        BigInteger wei = wei(value);
        if (replace != null) return List.of(replacement(rpc, signer, chainId));
        BigInteger tip = quantity(rpc.result("eth_maxPriorityFeePerGas"));
        BigInteger cap = quantity(rpc.result("eth_gasPrice")).shiftLeft(1).max(tip);
        long nonce =
                quantity(
                                rpc.result(
                                        "eth_getTransactionCount",
                                        signer.address().toString(),
                                        "pending"))
                        .longValueExact();
        if (gap) nonce++;
        var signed = new ArrayList<String>(count);
        for (int i = 0; i < count; i++) {
            signed.add(
                    hex(
                            signer.draft(2, chainId)
                                    .nonce(nonce + i)
                                    .fees(cap, tip)
                                    .to(recipient)
                                    .value(wei)
                                    .sign()));
        }
        return signed;
    }

    private String replacement(RpcClient rpc, TransactionSigner signer, BigInteger chainId) {
        String hash = PoolViewCommands.hash("--replace", String.valueOf(replace)).toString();
        JsonNode old = rpc.result("eth_getTransactionByHash", hash);
        if (!old.isObject() || !old.path("blockHash").isNull()) {
            throw usage(
                    hash + (old.isObject() ? " is in a block already" : " is not pooled there"),
                    "only what waits can be replaced; see pollen pool list");
        }
        if (!old.path("from").asText().equalsIgnoreCase(signer.address().toString())) {
            throw usage(
                    hash + " is of " + old.path("from").asText() + ", not of " + signer.address(),
                    "choose its sender with --from or --key");
        }
        Matcher percent = PERCENT.matcher(bump);
        if (!percent.matches()) throw usage("--bump is \"" + bump + "\"", "write it as 12.5%");
        BigDecimal factor = BigDecimal.ONE.add(new BigDecimal(percent.group(1)).movePointLeft(2));
        JsonNode feeCap = old.has("maxFeePerGas") ? old.path("maxFeePerGas") : old.path("gasPrice");
        JsonNode tipCap =
                old.has("maxPriorityFeePerGas") ? old.path("maxPriorityFeePerGas") : feeCap;
        TransactionSigner.Draft draft =
                signer.draft(2, chainId)
                        .nonce(quantity(old.path("nonce")).longValue())
                        .gas(quantity(old.path("gas")).longValue())
                        .fees(raised(feeCap, factor), raised(tipCap, factor))
                        .value(quantity(old.path("value")))
                        .data(HexFormat.of().parseHex(old.path("input").asText("0x").substring(2)));
        if (old.path("to").isTextual()) draft.to(Address.parse(old.path("to").asText()));
        return hex(draft.sign());
    }

    private static BigInteger raised(JsonNode fee, BigDecimal factor) {
        return new BigDecimal(quantity(fee)).multiply(factor).toBigInteger();
    }

    private static String hex(Transaction tx) {
        return "0x" + HexFormat.of().formatHex(tx.raw());
    }

    private static BigInteger quantity(JsonNode hex) {
        String text = hex.asText("0x0");
        return text.length() < 3 ? BigInteger.ZERO : new BigInteger(text.substring(2), 16);
    }

    /// An amount with its unit, in wei.
    private static BigInteger wei(String text) {
        Matcher found = AMOUNT.matcher(text.replace(" ", ""));
        if (!found.matches()) throw usage("--value is \"" + text + "\"", "write it as 2.5gwei");
        String unit = found.group(2) == null ? "wei" : found.group(2);
        int digits = unit.equals("ether") ? 18 : unit.equals("gwei") ? 9 : 0;
        try {
            return new BigDecimal(found.group(1)).movePointRight(digits).toBigIntegerExact();
        } catch (ArithmeticException e) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    "--value is \"" + text + "\", which is no whole number of wei",
                    "write it with fewer digits",
                    e);
        }
    }

    private int submit(RpcClient rpc, List<String> signed) {
        var out = spec.commandLine().getOut();
        var err = spec.commandLine().getErr();
        var hashes = new ArrayList<String>();
        var refused = new ArrayList<ObjectNode>();
        long start = System.nanoTime();
        for (int i = 0; i < signed.size(); i++) {
            if (rate > 0) pause(start + (long) (i * 1e9 / rate) - System.nanoTime());
            RpcClient.Answer answer = rpc.call("eth_sendRawTransaction", signed.get(i));
            if (answer.error() == null) {
                hashes.add(answer.result().asText());
                if (!global.json()) {
                    out.println(answer.result().asText());
                    out.flush();
                }
            } else {
                refused.add(Json.answer().put("index", i).put("message", answer.refusal()));
                err.println("refused: transaction " + i + ": " + answer.refusal());
                err.flush();
            }
        }
        int mined = wait == null ? 0 : await(rpc, hashes);
        double seconds = (System.nanoTime() - start) / 1e9;
        if (global.json()) {
            ObjectNode answer = Json.list("refused", refused);
            var list = answer.putArray("hashes");
            hashes.forEach(list::add);
            if (wait != null) answer.put("mined", mined);
            out.println(answer.put("seconds", seconds));
            out.flush();
        } else if (!global.quiet()) {
            err.printf(
                    "%d submitted, %d refused%s in %.1f s%n",
                    hashes.size(),
                    refused.size(),
                    wait == null ? "" : ", " + mined + " mined",
                    seconds);
            err.flush();
        }
        return refused.isEmpty() && (wait == null || mined == hashes.size()) ? 0 : 1;
    }

    private int await(RpcClient rpc, List<String> hashes) {
        long end = System.nanoTime() + Duration.ofSeconds(waitLimit).toNanos();
        int mined = 0;
        while (mined < hashes.size()) {
            if (rpc.result("eth_getTransactionReceipt", hashes.get(mined)).isObject()) mined++;
            else if (System.nanoTime() - end >= 0) break;
            else pause(TimeUnit.MILLISECONDS.toNanos(200));
        }
        return mined;
    }

    private static void pause(long nanos) {
        if (nanos <= 0) return;
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
