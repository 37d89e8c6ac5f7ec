package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.mempool.Transaction;

/// Blocks, what is in them, and logs, of which there are none. Source: operations.md 7.
class EthBlockApiTest {
    private final ApiHarness api = new ApiHarness();
    private final Transaction first = api.transfer(2, 0, 0).sign();
    private final Transaction second = api.transfer(0, 1, 0).sign();

    private String mined() {
        api.node.add(first);
        api.node.add(second);
        api.call("evm_mine");
        return api.call("eth_getBlockByNumber", "0x1", false).get("hash").textValue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Number", "Hash"})
    void aBlocksTransactionsAreCountedAndFoundByTheirPlace(String way) {
        String hash = mined();
        String block = way.equals("Hash") ? hash : "0x1";
        JsonNode listed = api.call("eth_getBlockByHash", hash, true).get("transactions");

        assertThat(api.call("eth_getBlockTransactionCountBy" + way, block).textValue())
                .isEqualTo("0x2");
        assertThat(api.call("eth_getUncleCountByBlock" + way, block).textValue()).isEqualTo("0x0");
        for (int i = 0; i < 2; i++) {
            String index = "0x" + i;
            JsonNode tx = api.call("eth_getTransactionByBlock" + way + "AndIndex", block, index);
            assertThat(tx).isEqualTo(listed.get(i));
            assertThat(api.call("eth_getRawTransactionByBlock" + way + "AndIndex", block, index))
                    .isEqualTo(api.call("eth_getRawTransactionByHash", tx.get("hash").textValue()));
        }
        assertThat(api.call("eth_getTransactionByBlock" + way + "AndIndex", block, "0x2").isNull())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "eth_getBlockTransactionCountByNumber",
        "eth_getUncleCountByBlockNumber",
        "eth_getHeaderByNumber",
        "eth_getBlockReceipts"
    })
    void aBlockThatDoesNotExistIsNull(String method) {
        assertThat(api.call(method, "0x9").isNull()).isTrue();
        assertThat(api.error(method)).isEqualTo("-32602 missing value for required argument 0");
    }

    @Test
    void aHeaderIsABlockWithoutItsContent() {
        String hash = mined();

        JsonNode header = api.call("eth_getHeaderByHash", hash);

        assertThat(header).isEqualTo(api.call("eth_getHeaderByNumber", "0x1"));
        assertThat(header.get("hash").textValue()).isEqualTo(hash);
        assertThat(header.has("transactions")).isFalse();
    }

    @Test
    void theReceiptsOfABlockAreThoseOfItsTransactions() {
        mined();

        JsonNode receipts = api.call("eth_getBlockReceipts", "latest");

        assertThat(receipts).hasSize(2);
        for (JsonNode receipt : receipts) {
            assertThat(receipt)
                    .isEqualTo(
                            api.call(
                                    "eth_getTransactionReceipt",
                                    receipt.get("transactionHash").textValue()));
        }
    }

    @Test
    void thereAreNoLogsHoweverTheyAreAskedFor() {
        Map<String, Object> all = Map.of("fromBlock", "0x0", "toBlock", "latest");
        String filter = api.call("eth_newFilter", all).textValue();
        var socket = new ApiHarness.Socket();
        JsonNode subscribed = api.answer(socket, "eth_subscribe", "logs", Map.of());
        socket.answered();
        mined();

        assertThat(api.call("eth_getLogs", all)).isEmpty();
        assertThat(api.call("eth_getLogs", Map.of("blockHash", mined2()))).isEmpty();
        assertThat(api.call("eth_getFilterLogs", filter)).isEmpty();
        assertThat(api.call("eth_getFilterChanges", filter)).isEmpty();
        assertThat(subscribed.get("result").textValue()).startsWith("0x");
        assertThat(socket.received).isEmpty();
        String blocks = api.call("eth_newBlockFilter").textValue();
        assertThat(api.error("eth_getFilterLogs", blocks)).isEqualTo("-32000 filter not found");
    }

    private String mined2() {
        return api.call("eth_getBlockByNumber", "latest", false).get("hash").textValue();
    }

    @Test
    void wrongQuestionsForLogsAreTold() {
        String hash = "0x" + "1".repeat(64);
        List<String> topics = List.of(hash, hash, hash, hash, hash);

        assertThat(logs(Map.of("blockHash", hash))).isEqualTo("-32000 unknown block");
        assertThat(logs(Map.of("blockHash", hash, "fromBlock", "0x1")))
                .startsWith("-32602 invalid argument 0: cannot specify both BlockHash and");
        assertThat(logs(Map.of("fromBlock", "0x2", "toBlock", "0x1")))
                .isEqualTo("-32602 invalid block range params");
        assertThat(logs(Map.of("topics", topics))).isEqualTo("-32602 exceed max topics");
        assertThat(logs(Map.of("topics", "x")))
                .isEqualTo("-32602 invalid argument 0: invalid topic(s)");
        assertThat(logs(Map.of("address", "0x12")))
                .startsWith("-32602 invalid argument 0: hex string has length 2, want 40");
        assertThat(
                        logs(
                                Map.of(
                                        "address",
                                        java.util.Collections.nCopies(
                                                LogCriteria.CHOICES_MAX + 1, api.address(0)))))
                .isEqualTo("-32602 exceed max addresses or topics per search position");
        assertThat(logs("x")).isEqualTo("-32602 invalid argument 0: want an object");
        assertThat(api.error("eth_getLogs"))
                .isEqualTo("-32602 missing value for required argument 0");
    }

    private String logs(Object criteria) {
        return api.error("eth_getLogs", criteria);
    }

    @Test
    void theTopicsAndAddressesOfARightQuestionMayBeSeveral() {
        String topic = "0x" + "1".repeat(64);
        var choices = new java.util.ArrayList<Object>();
        choices.add(null);
        choices.add(List.of(topic, topic));

        assertThat(
                        api.call(
                                "eth_getLogs",
                                Map.of(
                                        "topics",
                                        choices,
                                        "address",
                                        List.of(api.address(0), api.address(1)),
                                        "fromBlock",
                                        "earliest",
                                        "toBlock",
                                        "pending")))
                .isEmpty();
    }

    @Test
    void nothingIsReadSoAnAccessListIsEmptyAndCostsTheEstimate() {
        JsonNode list = api.call("eth_createAccessList", Map.of("to", api.address(1)));

        assertThat(list).hasToString("{\"accessList\":[],\"gasUsed\":\"0x5208\"}");
        assertThat(api.call("eth_blobBaseFee").textValue()).isEqualTo("0x1");
        assertThat(api.call("eth_pendingTransactions")).isEmpty();
    }

    @Test
    void sendingAndWaitingIsAnsweredWithTheReceipt() {
        String raw = "0x" + HexFormat.of().formatHex(first.raw());
        CompletableFuture<JsonNode> answer = api.begin("eth_sendRawTransactionSync", raw, 60_000);
        assertThat(answer).isNotDone();

        api.call("evm_mine");

        JsonNode receipt = answer.orTimeout(10, TimeUnit.SECONDS).join();
        assertThat(receipt.at("/result/transactionHash").textValue())
                .isEqualTo(first.hash().toString());
        assertThat(receipt.at("/result/status").textValue()).isEqualTo("0x1");
        assertThat(answer(raw, 10).at("/error/message").textValue())
                .startsWith("nonce too low"); // refused before anything waits
    }

    @Test
    void waitingEndsWithCodeFourAndTheHash() {
        String raw = "0x" + HexFormat.of().formatHex(first.raw());

        JsonNode error = answer(raw, 5).get("error");

        assertThat(error.get("code").intValue()).isEqualTo(4);
        assertThat(error.get("message").textValue())
                .isEqualTo(
                        "The transaction was added to the transaction pool but wasn't processed in"
                                + " 5ms.");
        assertThat(error.get("data").textValue()).isEqualTo(first.hash().toString());
    }

    private JsonNode answer(String raw, int millis) {
        return api.answer(RpcSession.LOCAL, "eth_sendRawTransactionSync", raw, millis);
    }
}
