package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainSource.Registration;

/// What a wallet is told when the pool refuses: every entry of the error register, its code and its
/// text. Source: mempool.md 3.8 and 10; operations.md 7.
class RefusalsTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "errors.md");

    private final ApiHarness api = new ApiHarness();

    /// A pool that refuses everything, each time for the same reason.
    private record Refusing(ApiHarness api, PoolError error, String message, boolean retries)
            implements PoolAccess {
        @Override
        public CompletableFuture<AddOutcome> submit(Transaction tx) {
            return CompletableFuture.completedFuture(new AddOutcome(tx, error, false, message));
        }

        @Override
        public PoolSnapshot snapshot() {
            return api.node.snapshot();
        }

        @Override
        public boolean retriesTemporary() {
            return retries;
        }

        @Override
        public Registration addListener(Consumer<List<Transaction>> listener) {
            return () -> {};
        }
    }

    private JsonNode sent(PoolAccess pool, EthApi.Limits limits, Transaction tx) {
        var methods = new RpcMethods(Set.of("eth"));
        new EthApi(api.node.chain, pool, limits).register(methods);
        String call =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x%s\"]}"
                        .formatted(HexFormat.of().formatHex(tx.raw()));
        return ApiHarness.parse(
                new RpcDispatcher(methods, 1, api.counters, () -> 0)
                        .handle(call.getBytes(StandardCharsets.UTF_8), RpcSession.LOCAL)
                        .join()
                        .orElseThrow());
    }

    private static EthApi.Limits limits(EthApi.ErrorStyle style, boolean hints) {
        return new EthApi.Limits(BigInteger.TEN.pow(18), false, style, hints);
    }

    @ParameterizedTest(name = "mempool.md 3.8: {0} over JSON-RPC")
    @EnumSource
    void everyErrorOfTheRegisterIsToldWithItsCodeAndText(PoolError error) {
        Transaction tx = api.transfer(2, 0, 0).sign();
        String text = error.text() + ": the figures";

        JsonNode plain = sent(new Refusing(api, error, "", false), EthApi.Limits.DEFAULTS, tx);
        JsonNode figures = sent(new Refusing(api, error, text, false), EthApi.Limits.DEFAULTS, tx);
        JsonNode tracked = sent(new Refusing(api, error, text, true), EthApi.Limits.DEFAULTS, tx);

        assertThat(plain.get("error"))
                .hasToString("{\"code\":-32000,\"message\":\"" + error.text() + "\"}");
        assertThat(figures.get("error"))
                .hasToString("{\"code\":-32000,\"message\":\"" + text + "\"}");
        if (error.temporary()) {
            assertThat(tracked.get("result").textValue()).isEqualTo(tx.hash().toString());
        } else {
            assertThat(tracked.get("error")).isEqualTo(figures.get("error"));
        }
    }

    @ParameterizedTest(name = "mempool.md 10.1: {0} of Besu is {1}")
    @CsvSource({
        "ErrNonceTooLow, -32001",
        "ErrInvalidSender, -32002",
        "ErrIntrinsicGas, -32003",
        "ErrInsufficientFunds, -32004",
        "ErrGasLimit, -32005",
        "ErrNonceTooHigh, -32006",
        "ErrTxGasPriceTooLow, -32009",
        "ErrAlreadyKnown, -32000",
        "ErrReplaceUnderpriced, -32000"
    })
    void theOtherStyleHasOtherCodesAndTheSameText(PoolError error, int code) {
        JsonNode refused =
                sent(
                                new Refusing(api, error, "", false),
                                limits(EthApi.ErrorStyle.BESU, false),
                                api.transfer(2, 0, 0).sign())
                        .get("error");

        assertThat(refused.get("code").intValue()).isEqualTo(code);
        assertThat(refused.get("message").textValue()).isEqualTo(error.text());
    }

    @ParameterizedTest(name = "operations.md 7: the hint of {0}")
    @EnumSource
    void everyHintNamesItsReasonAndItsDocument(PoolError error) {
        JsonNode hint =
                sent(
                                new Refusing(api, error, "", false),
                                limits(EthApi.ErrorStyle.GETH, true),
                                api.transfer(2, 0, 0).sign())
                        .at("/error/data");

        assertThat(hint.get("reason").textValue()).matches("[A-Z][A-Z0-9_]+");
        assertThat(hint.get("fix").textValue()).isNotBlank();
        assertThat(hint.get("doc").textValue()).isEqualTo("errors.md#" + Refusals.anchor(error));
    }

    @Test
    @DisplayName("O36: a replacement that pays 5 % more is told what would be enough, and 10 % is")
    void theHintOfAReplacementIsWhatIsTaken() {
        BigInteger cap = ApiHarness.gwei(5);
        BigInteger tip = ApiHarness.gwei(1);
        api.node.add(api.transfer(2, 0, 0).fees(cap, tip).sign());
        BigInteger low = cap.multiply(BigInteger.valueOf(105)).divide(BigInteger.valueOf(100));

        JsonNode error =
                sent(
                                api.node,
                                limits(EthApi.ErrorStyle.GETH, true),
                                api.transfer(2, 0, 0).fees(low, tip).sign())
                        .get("error");

        assertThat(error.get("message").textValue())
                .isEqualTo("replacement transaction underpriced");
        assertThat(error.get("data"))
                .hasToString(
                        "{\"reason\":\"REPLACE_UNDERPRICED\",\"have\":{\"maxFeePerGas\":"
                                + "\"0x138eca480\",\"maxPriorityFeePerGas\":\"0x3b9aca00\"},"
                                + "\"need\":{\"maxFeePerGas\":\"0x147d35700\","
                                + "\"maxPriorityFeePerGas\":\"0x4190ab00\"},\"fix\":"
                                + "\"raise both caps by 10 %\",\"doc\":\"errors.md#pool-013\"}");
        BigInteger enough = quantity(error.at("/data/need/maxFeePerGas"));
        BigInteger tipEnough = quantity(error.at("/data/need/maxPriorityFeePerGas"));
        BigInteger one = BigInteger.ONE;
        var dearer = api.transfer(2, 0, 0);
        assertThat(refused(dearer.fees(enough.subtract(one), tipEnough).sign())).isTrue();
        assertThat(refused(dearer.fees(enough, tipEnough.subtract(one)).sign())).isTrue();
        assertThat(refused(dearer.fees(enough, tipEnough).sign())).isFalse();
    }

    private boolean refused(Transaction tx) {
        return sent(api.node, EthApi.Limits.DEFAULTS, tx).has("error");
    }

    private static BigInteger quantity(JsonNode value) {
        return new BigInteger(value.textValue().substring(2), 16);
    }

    @Test
    void hintsOfNumbersSayWhatThereIsAndWhatItTakes() {
        var hints = limits(EthApi.ErrorStyle.GETH, true);
        api.node.add(api.transfer(2, 0, 0).sign());
        api.call("evm_mine");

        JsonNode low = sent(api.node, hints, api.transfer(2, 0, 0).sign()).at("/error/data");
        JsonNode poor =
                sent(api.node, hints, api.transfer(2, 1, 0).value(BigInteger.TEN.pow(30)).sign())
                        .at("/error/data");
        JsonNode gas = sent(api.node, hints, api.transfer(2, 1, 0).gas(30_000_001).sign());

        assertThat(low.at("/have/nonce").textValue()).isEqualTo("0x0");
        assertThat(poor.at("/need/balance").textValue()).startsWith("0xc9f2c9cd0");
        assertThat(gas.at("/error/data/need/gas").textValue()).isEqualTo("0x1c9c380");
    }

    @ParameterizedTest(name = "mempool.md 3.8 for real: {0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ErrTxGasPriceTooLow       | transaction gas price below minimum: gas tip cap 0, minimum needed 1
                    ErrTipAboveFeeCap         | max priority fee per gas higher than max fee per gas
                    ErrNonceMax               | nonce has max value
                    ErrOversizedData          | oversized data: transaction size
                    ErrMaxInitCodeSizeExceeded| max initcode size exceeded: code size 49153 limit 49152
                    ErrFloorDataGas           | insufficient gas for floor data gas cost: gas 21016, minimum needed 21040
                    ErrInvalidSender          | invalid sender
                    ErrEmptyAuthList          | set code tx must have at least one authorization tuple
                    """)
    void thePoolItselfSaysSo(PoolError error, String text) {
        Transaction tx =
                switch (error) {
                    case ErrTxGasPriceTooLow ->
                            api.transfer(2, 0, 0).fees(ApiHarness.gwei(5), BigInteger.ZERO).sign();
                    case ErrTipAboveFeeCap ->
                            api.transfer(2, 0, 0)
                                    .fees(ApiHarness.gwei(1), ApiHarness.gwei(2))
                                    .sign();
                    case ErrNonceMax -> api.transfer(2, 0, -1).sign();
                    case ErrOversizedData ->
                            api.transfer(2, 0, 0).gas(10_000_000).data(new byte[131_072]).sign();
                    case ErrMaxInitCodeSizeExceeded ->
                            api.transfer(2, 0, 0)
                                    .to(null)
                                    .gas(10_000_000)
                                    .data(new byte[49_153])
                                    .sign();
                    case ErrFloorDataGas ->
                            api.transfer(2, 0, 0).gas(21_016).data(new byte[] {1}).sign();
                    case ErrInvalidSender ->
                            api.node
                                    .account(0)
                                    .signer()
                                    .draft(2, BigInteger.ONE)
                                    .fees(ApiHarness.gwei(5), ApiHarness.gwei(1))
                                    .gas(21_000)
                                    .to(api.node.account(9).address())
                                    .sign();
                    default -> api.transfer(4, 0, 0).authorizations(List.of()).sign();
                };

        JsonNode refused = sent(api.node, EthApi.Limits.DEFAULTS, tx).get("error");

        assertThat(refused.get("code").intValue()).isEqualTo(-32000);
        assertThat(refused.get("message").textValue()).startsWith(text).startsWith(error.text());
    }

    @Test
    @DisplayName("O86: every entry of the register is explained in docs/errors.md")
    void everyErrorIsExplained() throws IOException {
        List<String> rows =
                Files.readAllLines(DOCUMENT).stream()
                        .filter(line -> line.startsWith("| <a id=\"pool-0"))
                        .map(line -> line.split("\\|", -1))
                        .map(cells -> cells[1] + "|" + cells[2])
                        .toList();

        assertThat(rows)
                .containsExactlyElementsOf(
                        Arrays.stream(PoolError.values())
                                .map(error ->
                                        " <a id=\"%s\"></a>%s | `%s` "
                                                .formatted(
                                                        Refusals.anchor(error),
                                                        Refusals.anchor(error)
                                                                .toUpperCase(java.util.Locale.ROOT),
                                                        error.text()))
                                .toList());
    }
}
