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
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// C142, without the pool: every line of `transactions.jsonl`, made and cross-checked by well-known
/// libraries.
class TransactionFixtureTest {
    private static final ForkRules PRAGUE = new ForkRules(Fork.PRAGUE);

    @ParameterizedTest
    @MethodSource("lines")
    void c142_everyFieldIsReadAsTheLibrariesRead(JsonNode line) {
        byte[] raw = HexFormat.of().parseHex(line.get("raw").asText().substring(2));

        Transaction tx;
        try {
            tx = TransactionDecoder.decode(raw);
        } catch (TransactionRefusedException e) {
            var allowed = new ArrayList<>(List.of(line.get("decode").asText()));
            if (line.has("alsoAccept"))
                line.get("alsoAccept").forEach(a -> allowed.add(a.asText()));
            assertThat(allowed).as("%s", e.getMessage()).contains(e.error().name());
            return;
        }

        assertThat(line.get("decode").asText()).isEqualTo("OK");
        assertThat(tx.hash()).hasToString(line.get("hash").asText());
        if (tx.sidecar() == null) assertThat(tx.raw()).isEqualTo(raw);
        check(line, "type", tx.type());
        Address sender = checks(line).signedForThisChain(tx) ? tx.senderOrNull() : null;
        if (line.hasNonNull("sender")) {
            assertThat(tx.senderOrNull()).hasToString(line.get("sender").asText());
            assertThat(tx.recover(SenderRecovery.java())).isEqualTo(tx.senderOrNull());
        } else if (line.get("expect").asText().equals("ErrInvalidSender")) {
            assertThat(sender).isNull();
        }
        if (!line.has("gas")) return;
        check(line, "chainId", tx.chainId());
        check(line, "nonce", Long.toUnsignedString(tx.nonce()));
        check(line, "gas", Long.toUnsignedString(tx.gas()));
        check(line, "gasPrice", tx.feeCap());
        check(line, "maxFeePerGas", tx.feeCap());
        check(line, "maxPriorityFeePerGas", tx.tipCap());
        check(line, "maxFeePerBlobGas", tx.blobFeeCap());
        check(line, "value", tx.value());
        check(line, "cost", tx.cost());
        check(line, "v", tx.v());
        check(line, "dataLen", tx.dataLength());
        check(line, "accessAddrs", tx.accessList().size());
        check(line, "accessKeys", tx.accessListKeys());
        check(line, "size", tx.size());
        check(line, "slots", tx.slots());
        check(line, "intrinsicGas", IntrinsicGas.of(tx, PRAGUE));
        check(line, "floorGas", IntrinsicGas.floor(tx, PRAGUE));
        assertThat(tx.r()).isEqualTo(hex(line, "r"));
        assertThat(tx.s()).isEqualTo(hex(line, "s"));
        assertThat(Objects.toString(tx.to(), null))
                .isEqualTo(line.hasNonNull("to") ? line.get("to").asText() : null);
        authorizations(line, tx);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void c139_c140_theFormInsideAListGoesRound(JsonNode line) throws Exception {
        byte[] raw = HexFormat.of().parseHex(line.get("raw").asText().substring(2));
        Transaction tx = decodeOrNull(raw);
        if (tx == null || tx.sidecar() != null) return;

        Transaction again = TransactionDecoder.decodeListElement(tx.listElement());

        assertThat(again).isEqualTo(tx);
        assertThat(again.raw()).isEqualTo(raw);
        assertThat(again.size()).isEqualTo(raw.length);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void c142_theFirstRuleThatIsBrokenWithoutLookingAtAccounts(JsonNode line) {
        String expected = line.get("expect").asText();
        boolean stateless =
                switch (expected) {
                    case "ErrReplaceUnderpriced",
                            "ErrInflightTxLimitReached",
                            "ErrNonceTooLow",
                            "ErrAlreadyKnown",
                            "ErrOutOfOrderTxFromDelegated",
                            "ErrAuthorityReserved",
                            "ErrUnderpriced",
                            "ErrFutureReplacePending",
                            "ErrInsufficientFunds",
                            "OK" ->
                            false;
                    default -> true;
                };
        Transaction tx =
                decodeOrNull(HexFormat.of().parseHex(line.get("raw").asText().substring(2)));
        if (tx == null) return;
        JsonNode env = line.path("env");
        Fork fork =
                Fork.valueOf(env.path("fork").asText("prague").toUpperCase(java.util.Locale.ROOT));
        long gasLimit = env.path("blockGasLimit").asLong(30_000_000);
        BigInteger minTip = new BigInteger(env.path("minTip").asText("1"));

        PoolError error = checks(line).check(tx, new ForkRules(fork), gasLimit, minTip);

        if (line.has("group") && expected.equals("ErrTxGasPriceTooLow"))
            return; // tip set by a step
        if (stateless) {
            assertThat(error).as(line.path("note").asText()).isNotNull();
            assertThat(Objects.requireNonNull(error).name()).isEqualTo(expected);
            assertThat(checks(line).explain(error, tx, new ForkRules(fork), gasLimit, minTip))
                    .startsWith(error.text());
        } else if (!expected.equals("ErrInsufficientFunds")) {
            assertThat(error).isNull();
        }
    }

    @Test
    void theFileIsWhole() throws IOException {
        assertThat(lines()).hasSize(427);
    }

    private static StatelessChecks checks(JsonNode line) {
        boolean blob = line.path("type").asInt(-1) == 3;
        return new StatelessChecks(
                BigInteger.ONE, blob ? StatelessChecks.BLOB_TYPES : StatelessChecks.PLAIN_TYPES);
    }

    private static void authorizations(JsonNode line, Transaction tx) {
        JsonNode auths = line.path("auths");
        assertThat(tx.authorizations()).hasSize(auths.size());
        for (int i = 0; i < auths.size(); i++) {
            Authorization authorization = tx.authorizations().get(i);
            JsonNode expected = auths.get(i);
            assertThat(authorization.address()).hasToString(expected.get("address").asText());
            check(expected, "chainId", authorization.chainId());
            check(expected, "nonce", Long.toUnsignedString(authorization.nonce()));
            check(expected, "yParity", authorization.yParity());
            assertThat(Objects.toString(authorization.recover(SenderRecovery.best()), null))
                    .isEqualTo(
                            expected.hasNonNull("authority")
                                    ? expected.get("authority").asText()
                                    : null);
        }
    }

    private static void check(JsonNode line, String field, Object value) {
        if (line.hasNonNull(field)) {
            assertThat(String.valueOf(value)).as(field).isEqualTo(line.get(field).asText());
        }
    }

    private static BigInteger hex(JsonNode line, String field) {
        return new BigInteger(line.get(field).asText().substring(2), 16);
    }

    private static @Nullable Transaction decodeOrNull(byte[] raw) {
        try {
            return TransactionDecoder.decode(raw);
        } catch (TransactionRefusedException _) {
            return null;
        }
    }

    static List<Named<JsonNode>> lines() throws IOException {
        var mapper = new ObjectMapper();
        var lines = new ArrayList<Named<JsonNode>>();
        try (var in =
                new BufferedReader(
                        new InputStreamReader(
                                Objects.requireNonNull(
                                        TransactionFixtureTest.class.getResourceAsStream(
                                                "/transactions.jsonl")),
                                StandardCharsets.UTF_8))) {
            for (String text; (text = in.readLine()) != null; ) {
                JsonNode line = mapper.readTree(text);
                lines.add(Named.of(line.get("id").asText() + " " + line.get("cat").asText(), line));
            }
        }
        return lines;
    }
}
