package org.pollen.mempool;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.pollen.mempool.ReplayLine.After;
import org.pollen.mempool.ReplayLine.Environment;
import org.pollen.mempool.ReplayLine.Then;

/// The lines of `transactions.jsonl`, for replays.
final class ReplayFixture {
    private ReplayFixture() {}

    static List<ReplayLine> lines() throws IOException {
        var lines = new ArrayList<ReplayLine>();
        for (Named<JsonNode> named : TransactionFixtureTest.lines()) {
            lines.add(line(lines.size() + 1, named.getPayload()));
        }
        return lines;
    }

    private static ReplayLine line(int number, JsonNode json) {
        List<String> expected = new ArrayList<>(List.of(json.get("expect").asText()));
        json.path("alsoAccept").forEach(name -> expected.add(name.asText()));
        JsonNode then = json.get("then");
        return new ReplayLine(
                number,
                json.get("id").asText(),
                HexFormat.of().parseHex(json.get("raw").asText().substring(2)),
                environment(json.path("env")),
                json.has("group") ? json.get("group").asText() : null,
                json.path("step").asInt(),
                integer(json, "batch"),
                expected,
                json.hasNonNull("place")
                        ? TransactionStatus.valueOf(
                                json.get("place").asText().toUpperCase(Locale.ROOT))
                        : null,
                after(json),
                then == null
                        ? null
                        : new Then(new BigInteger(then.get("setGasTip").asText()), after(then)));
    }

    private static Environment environment(JsonNode env) {
        Environment base = Environment.DEFAULT;
        Set<Address> delegated = new LinkedHashSet<>();
        env.path("delegated").forEach(address -> delegated.add(Address.parse(address.asText())));
        JsonNode limits = env.path("config");
        return new Environment(
                Fork.valueOf(env.path("fork").asText("prague").toUpperCase(Locale.ROOT)),
                env.path("blockGasLimit").asLong(base.gasLimit()),
                new BigInteger(env.path("minTip").asText("1")),
                Long.parseUnsignedLong(env.path("nonce").asText("0")),
                env.has("balance") ? new BigInteger(env.get("balance").asText()) : base.balance(),
                limits.path("globalSlots").asInt(base.globalSlots()),
                limits.path("globalQueue").asInt(base.globalQueue()),
                delegated);
    }

    private static @Nullable After after(JsonNode json) {
        JsonNode after = json.get("after");
        if (after == null) return null;
        return new After(
                integer(after, "pending"),
                integer(after, "queued"),
                integer(after, "events"),
                integer(after, "eventsSinceStep4"));
    }

    private static @Nullable Integer integer(JsonNode json, String field) {
        return json.hasNonNull(field) ? Integer.valueOf(json.get(field).asInt()) : null;
    }
}
