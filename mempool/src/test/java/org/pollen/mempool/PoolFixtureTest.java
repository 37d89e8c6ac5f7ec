package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows C142 and C143: the lines of `transactions.jsonl` through whole pools, in both modes.
///
/// The 25 blob lines that decode wait for the blob sub-pool; here they are refused by their type.
class PoolFixtureTest {
    private static final String TYPE_REFUSED = PoolError.ErrTxTypeNotSupported.name();

    @ParameterizedTest
    @EnumSource
    @DisplayName("C142: each line alone gets its answer and its place")
    void linesAlone(PoolMode mode) throws IOException {
        int answered = 0;
        for (JsonNode line : lines()) {
            if (line.has("group")) continue;
            answered++;
            PoolHarness h = harness(line.path("env"), mode);
            Transaction tx = decode(line);
            String id = line.get("id").asText();
            if (tx == null) continue;
            if (tx.type() == Transaction.BLOB) {
                assertThat(name(h.add(tx))).as(id).isEqualTo(TYPE_REFUSED);
                continue;
            }
            assertThat(allowed(line)).as(id).contains(name(h.add(tx)));
            if (!line.hasNonNull("place")) continue;
            assertThat(h.pool.status(tx.hash()).name())
                    .as(id)
                    .isEqualTo(line.get("place").asText().toUpperCase(Locale.ROOT));
        }
        assertThat(answered).isGreaterThan(270);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C143: each group, step by step")
    void groups(PoolMode mode) throws IOException {
        Map<String, List<JsonNode>> groups = new LinkedHashMap<>();
        for (JsonNode line : lines()) {
            if (!line.has("group")) continue;
            groups.computeIfAbsent(line.get("group").asText(), _ -> new ArrayList<>()).add(line);
        }
        assertThat(groups).hasSize(15);
        groups.forEach((name, steps) -> group(name, steps, mode));
    }

    private static void group(String name, List<JsonNode> steps, PoolMode mode) {
        PoolHarness h = harness(steps.getFirst().path("env"), mode);
        int eventsSinceStep4 = 0;
        for (int i = 0; i < steps.size(); ) {
            int end = i + 1;
            JsonNode batch = steps.get(i).path("batch");
            while (end < steps.size()
                    && !batch.isMissingNode()
                    && steps.get(end).path("batch").equals(batch)) {
                end++;
            }
            var txs = new ArrayList<Transaction>();
            for (JsonNode step : steps.subList(i, end)) {
                txs.add(Objects.requireNonNull(decode(step)));
            }
            List<@Nullable PoolError> answers = h.addAll(txs);
            for (int k = i; k < end; k++) {
                assertThat(allowed(steps.get(k)))
                        .as("%s step %s", name, steps.get(k).get("step"))
                        .contains(name(answers.get(k - i)));
            }
            JsonNode last = steps.get(end - 1);
            int events = h.events();
            eventsSinceStep4 = last.get("step").asInt() <= 4 ? 0 : eventsSinceStep4 + events;
            after(last.path("after"), h, events, eventsSinceStep4);
            JsonNode then = last.path("then");
            if (then.has("setGasTip")) {
                h.gasTip(then.get("setGasTip").asLong());
                after(then.path("after"), h, h.events(), eventsSinceStep4);
            }
            i = end;
        }
    }

    private static void after(JsonNode after, PoolHarness h, int events, int eventsSinceStep4) {
        if (after.isMissingNode()) return;
        h.holds(after.get("pending").asInt(), after.get("queued").asInt());
        if (after.has("events")) assertThat(events).isEqualTo(after.get("events").asInt());
        if (after.has("eventsSinceStep4")) {
            assertThat(eventsSinceStep4).isEqualTo(after.get("eventsSinceStep4").asInt());
        }
    }

    @Test
    @DisplayName("C136: another chain's transaction has no valid sender here")
    void anotherChain() {
        Transaction tx =
                new TransactionSigner(Keccak256.hash(new byte[] {1}))
                        .draft(Transaction.LEGACY, BigInteger.TWO)
                        .sign();
        assertThat(PoolHarness.reference().add(tx)).isEqualTo(PoolError.ErrInvalidSender);
    }

    private static PoolHarness harness(JsonNode env, PoolMode mode) {
        var chain = new FakeChain(env.path("blockGasLimit").asLong(30_000_000));
        BigInteger balance =
                env.has("balance")
                        ? new BigInteger(env.get("balance").asText())
                        : BigInteger.ONE.shiftLeft(255);
        long nonce = Long.parseUnsignedLong(env.path("nonce").asText("0"));
        chain.defaultState(new AccountState(nonce, balance, AccountState.Code.NONE));
        for (JsonNode delegated : env.path("delegated")) {
            chain.set(
                    Address.parse(delegated.asText()),
                    new AccountState(nonce, balance, AccountState.Code.DELEGATION));
        }
        JsonNode limits = env.path("config");
        PoolConfig config =
                PoolConfig.DEFAULTS
                        .withMode(mode)
                        .withLimits(
                                16,
                                limits.path("globalSlots").asInt(5120),
                                64,
                                limits.path("globalQueue").asInt(1024));
        String fork = env.path("fork").asText("prague").toUpperCase(Locale.ROOT);
        var h = new PoolHarness(config, chain, ForkSchedule.always(Fork.valueOf(fork)));
        h.gasTip(env.path("minTip").asLong(1));
        return h;
    }

    private static List<String> allowed(JsonNode line) {
        var allowed = new ArrayList<String>();
        allowed.add(line.get("expect").asText());
        line.path("alsoAccept").forEach(a -> allowed.add(a.asText()));
        return allowed;
    }

    private static String name(@Nullable PoolError error) {
        return error == null ? "OK" : error.name();
    }

    private static @Nullable Transaction decode(JsonNode line) {
        try {
            return TransactionDecoder.decode(
                    HexFormat.of().parseHex(line.get("raw").asText().substring(2)));
        } catch (TransactionRefusedException e) {
            assertThat(allowed(line)).contains(e.error().name());
            return null;
        }
    }

    private static List<JsonNode> lines() throws IOException {
        var mapper = new ObjectMapper();
        var lines = new ArrayList<JsonNode>();
        try (var in =
                new BufferedReader(
                        new InputStreamReader(
                                Objects.requireNonNull(
                                        PoolFixtureTest.class.getResourceAsStream(
                                                "/transactions.jsonl")),
                                StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(mapper.readTree(line));
            }
        }
        return lines;
    }
}
