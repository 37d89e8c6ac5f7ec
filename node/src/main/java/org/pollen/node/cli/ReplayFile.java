package org.pollen.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Fork;
import org.pollen.mempool.ReplayLine;
import org.pollen.mempool.ReplayLine.After;
import org.pollen.mempool.ReplayLine.Environment;
import org.pollen.mempool.ReplayLine.Then;
import org.pollen.mempool.TransactionStatus;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.OperatorException.Problem;

/// Reads a file of recorded transactions: a JSON object a line, empty lines between them allowed.
///
/// Only `raw` has to be there; fields that are not known are skipped. All bad lines are reported at
/// once, up to [#PROBLEMS_MAX].
final class ReplayFile {
    private static final int PROBLEMS_MAX = 10;
    private static final BigInteger UINT64_MAX =
            BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final ObjectReader JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .readerFor(JsonNode.class);

    private ReplayFile() {}

    /// What is wrong with a line, without its number.
    private static final class BadLine extends Exception {
        private static final long serialVersionUID = 1;

        BadLine(String message) {
            super(message, null, false, false);
        }
    }

    /// The lines of a file.
    ///
    /// @throws OperatorException if it cannot be read or a line is not in the expected form
    static List<ReplayLine> read(Path file) {
        var lines = new ArrayList<ReplayLine>();
        var problems = new ArrayList<Problem>();
        // A reader that replaces what is not UTF-8: then it is bad JSON with a line number.
        try (var in =
                new BufferedReader(
                        new InputStreamReader(
                                Files.newInputStream(file), StandardCharsets.UTF_8))) {
            int number = 0;
            for (String text; (text = in.readLine()) != null; ) {
                number++;
                if (text.isBlank()) continue;
                try {
                    lines.add(line(number, text));
                } catch (BadLine e) {
                    problems.add(
                            new Problem(
                                    ErrorCode.POOL_001,
                                    file + " line " + number + ": " + e.getMessage(),
                                    "each line is a JSON object such as"
                                            + " {\"id\":\"a\",\"raw\":\"0x02f8…\",\"expect\":\"OK\"}"));
                    if (problems.size() == PROBLEMS_MAX) break;
                }
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "transactions cannot be read from " + file + ": " + reason(e),
                    "give the path of a readable file, one JSON object a line",
                    e);
        }
        if (!problems.isEmpty()) throw new OperatorException(problems, null);
        return lines;
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) return "there is no such file";
        if (e instanceof java.nio.file.AccessDeniedException) return "permission denied";
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    private static ReplayLine line(int number, String text) throws BadLine {
        JsonNode json;
        try {
            json = JSON.readValue(text);
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
            throw new BadLine("column " + column + ": " + e.getOriginalMessage());
        }
        if (json == null || !json.isObject()) throw new BadLine("not a JSON object");
        JsonNode group = optional(json, "group");
        JsonNode place = optional(json, "place");
        JsonNode then = optional(json, "then");
        return new ReplayLine(
                number,
                optional(json, "id") == null ? "line " + number : text(json, "id"),
                hex(text(json, "raw")),
                environment(json),
                group == null ? null : text(json, "group"),
                optional(json, "step") == null ? 0 : count(json, "step"),
                optional(json, "batch") == null ? null : Integer.valueOf(count(json, "batch")),
                expected(json),
                place == null ? null : place(text(json, "place")),
                after(json),
                then == null ? null : new Then(number(then, "setGasTip"), after(then)));
    }

    private static Environment environment(JsonNode line) throws BadLine {
        JsonNode env = optional(line, "env");
        Environment base = Environment.DEFAULT;
        if (env == null) return base;
        JsonNode limits = optional(env, "config");
        int slots = base.globalSlots();
        int queue = base.globalQueue();
        if (limits != null) {
            if (optional(limits, "globalSlots") != null) slots = limit(limits, "globalSlots");
            if (optional(limits, "globalQueue") != null) queue = limit(limits, "globalQueue");
        }
        return new Environment(
                optional(env, "fork") == null ? base.fork() : fork(text(env, "fork")),
                optional(env, "blockGasLimit") == null
                        ? base.gasLimit()
                        : unsigned(env, "blockGasLimit"),
                optional(env, "minTip") == null ? base.minTip() : number(env, "minTip"),
                optional(env, "nonce") == null ? base.nonce() : unsigned(env, "nonce"),
                optional(env, "balance") == null ? base.balance() : number(env, "balance"),
                slots,
                queue,
                addresses(env));
    }

    private static Set<Address> addresses(JsonNode env) throws BadLine {
        var addresses = new LinkedHashSet<Address>();
        for (JsonNode address : env.path("delegated")) {
            try {
                addresses.add(Address.parse(address.asText()));
            } catch (IllegalArgumentException e) {
                throw new BadLine("env.delegated: " + e.getMessage());
            }
        }
        return addresses;
    }

    private static List<String> expected(JsonNode line) throws BadLine {
        var names = new ArrayList<String>();
        if (optional(line, "expect") != null) names.add(text(line, "expect"));
        JsonNode more = line.path("alsoAccept");
        if (more.isTextual()) names.add(more.asText());
        for (JsonNode name : more) names.add(name.asText());
        return names;
    }

    private static @Nullable After after(JsonNode json) throws BadLine {
        JsonNode after = optional(json, "after");
        if (after == null) return null;
        return new After(
                optionalCount(after, "pending"),
                optionalCount(after, "queued"),
                optionalCount(after, "events"),
                optionalCount(after, "eventsSinceStep4"));
    }

    private static @Nullable Integer optionalCount(JsonNode json, String field) throws BadLine {
        return optional(json, field) == null ? null : Integer.valueOf(count(json, field));
    }

    private static @Nullable JsonNode optional(JsonNode json, String field) {
        JsonNode value = json.get(field);
        return value == null || value.isNull() ? null : value;
    }

    private static String text(JsonNode json, String field) throws BadLine {
        JsonNode value = optional(json, field);
        if (value == null) throw new BadLine(field + " is missing");
        if (!value.isTextual())
            throw new BadLine(field + " is " + cut(value) + ": it must be text");
        return value.asText();
    }

    private static int count(JsonNode json, String field) throws BadLine {
        BigInteger value = number(json, field);
        if (value.bitLength() > 31) throw new BadLine(field + " is " + cut(value) + ": too large");
        return value.intValue();
    }

    private static int limit(JsonNode json, String field) throws BadLine {
        int value = count(json, field);
        if (value < 1) throw new BadLine(field + " is 0: it must be at least 1");
        return value;
    }

    private static long unsigned(JsonNode json, String field) throws BadLine {
        BigInteger value = number(json, field);
        if (value.compareTo(UINT64_MAX) > 0) {
            throw new BadLine(field + " is " + cut(value) + ": it must fit 64 bits");
        }
        return value.longValue();
    }

    /// A whole number that is not negative, as a JSON number or as decimal digits.
    private static BigInteger number(JsonNode json, String field) throws BadLine {
        JsonNode value = optional(json, field);
        if (value == null) throw new BadLine(field + " is missing");
        boolean whole = value.isIntegralNumber() || value.isTextual();
        String digits = whole ? value.asText() : "";
        if (digits.isEmpty()
                || digits.length() > 100
                || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new BadLine(field + " is " + cut(value) + ": it must be a decimal number");
        }
        return new BigInteger(digits);
    }

    private static byte[] hex(String text) throws BadLine {
        String digits = text.startsWith("0x") ? text.substring(2) : text;
        try {
            return HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException _) {
            throw new BadLine("raw is " + cut(text) + ": it must be an even number of hex digits");
        }
    }

    private static TransactionStatus place(String text) throws BadLine {
        return switch (text) {
            case "pending" -> TransactionStatus.PENDING;
            case "queued" -> TransactionStatus.QUEUED;
            default -> throw new BadLine("place is " + cut(text) + ": pending or queued");
        };
    }

    private static Fork fork(String text) throws BadLine {
        for (Fork fork : Fork.values()) {
            if (fork.name().toLowerCase(Locale.ROOT).equals(text)) return fork;
        }
        throw new BadLine(
                "env.fork is "
                        + cut(text)
                        + ": one of "
                        + Arrays.toString(Fork.values()).toLowerCase(Locale.ROOT));
    }

    private static String cut(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}
