package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.Transaction;

/// Filters and subscriptions. Source: operations.md 7, mempool.md 10.1 and 10.4.
class EthEventsTest {
    private final ApiHarness api = new ApiHarness();
    private final ApiHarness.Socket socket = new ApiHarness.Socket();

    @Test
    void aFilterTellsWhatHappenedSinceItWasPolled() {
        api.node.add(api.transfer(2, 3, 0).sign());
        String pending = api.call("eth_newPendingTransactionFilter").textValue();
        String blocks = api.call("eth_newBlockFilter").textValue();
        Transaction tx = api.transfer(2, 0, 0).sign();
        api.node.add(tx);
        api.node.add(api.transfer(2, 1, 7).sign()); // queued: nobody hears of it
        api.call("evm_mine");

        assertThat(api.call("eth_getFilterChanges", pending))
                .hasToString("[\"" + tx.hash() + "\"]");
        assertThat(api.call("eth_getFilterChanges", pending)).isEmpty();
        assertThat(api.call("eth_getFilterChanges", blocks))
                .hasToString("[\"" + api.node.chain.latest().hash() + "\"]");
    }

    @Test
    void aFilterThatIsNotPolledForFiveMinutesIsGone() {
        String id = api.call("eth_newBlockFilter").textValue();
        api.clock = EthFilters.LIFETIME.toNanos();
        api.call("eth_getFilterChanges", id);
        api.clock += EthFilters.LIFETIME.toNanos() + 1;

        assertThat(api.error("eth_getFilterChanges", id)).isEqualTo("-32000 filter not found");
        assertThat(api.call("eth_uninstallFilter", id).booleanValue()).isFalse();
    }

    @Test
    void aRemovedFilterIsGoneAndThereIsALimit() {
        String id = api.call("eth_newBlockFilter").textValue();
        assertThat(api.call("eth_uninstallFilter", id).booleanValue()).isTrue();
        for (int i = 0; i < EthFilters.FILTERS_MAX; i++) api.call("eth_newBlockFilter");

        assertThat(api.error("eth_newBlockFilter")).isEqualTo("-32005 too many filters");
        assertThat(api.error("eth_getFilterChanges", id)).isEqualTo("-32000 filter not found");
    }

    @Test
    void headsAndPendingTransactionsArePushedAfterTheIdWasSent() {
        String heads = subscribe("newHeads");
        String hashes = subscribe("newPendingTransactions");
        String full = subscribe("newPendingTransactions", true);
        Transaction tx = api.transfer(2, 0, 0).sign();
        api.node.add(tx);
        api.call("evm_mine");

        assertThat(socket.received).hasSize(3);
        assertThat(result(socket.received.get(0), hashes).textValue())
                .isEqualTo(tx.hash().toString());
        assertThat(result(socket.received.get(1), full).get("hash").textValue())
                .isEqualTo(tx.hash().toString());
        JsonNode head = result(socket.received.get(2), heads);
        assertThat(head.get("number").textValue()).isEqualTo("0x1");
        assertThat(head.has("transactions")).isFalse();
        assertThat(api.counters.subscriptions())
                .containsEntry("newHeads", 1L)
                .containsEntry("newPendingTransactions", 1L)
                .containsEntry("newPendingTransactionsFull", 1L);
    }

    @Test
    void nothingIsPushedBeforeTheIdWasSent() {
        api.answer(socket, "eth_subscribe", "newHeads");
        api.call("evm_mine");

        assertThat(socket.received).isEmpty();
        socket.answered();
        api.call("evm_mine");
        assertThat(socket.received).hasSize(1);
    }

    @Test
    void aReorganisationPushesTheNewBlocksAndWhatIsPendingAgain() {
        for (int i = 0; i < 2; i++) {
            api.node.add(api.transfer(2, i, 0).sign());
            api.call("evm_mine");
        }
        subscribe("newHeads");
        String pending = subscribe("newPendingTransactions");

        api.call("anvil_reorg", 2);

        assertThat(socket.received)
                .filteredOn(m -> m.at("/params/result/number").isTextual())
                .extracting(m -> m.at("/params/result/number").textValue())
                .containsExactly("0x1", "0x2");
        assertThat(socket.received)
                .filteredOn(m -> m.at("/params/subscription").textValue().equals(pending))
                .extracting(m -> m.at("/params/result").textValue())
                .containsExactlyElementsOf(
                        api.node.reinjected.stream().map(tx -> tx.hash().toString()).toList())
                .isNotEmpty();
    }

    @Test
    void unsubscribingEndsItAndOnlyForItsOwnSocket() {
        String id = subscribe("newHeads");
        var stranger = new ApiHarness.Socket();

        assertThat(api.answer(stranger, "eth_unsubscribe", id).at("/error/message").textValue())
                .isEqualTo("subscription not found");
        assertThat(api.answer(socket, "eth_unsubscribe", id).get("result").booleanValue()).isTrue();
        api.call("evm_mine");
        assertThat(socket.received).isEmpty();
    }

    @Test
    void aClosedSocketsSubscriptionsEnd() {
        subscribe("newHeads");

        socket.onClose.forEach(Runnable::run);

        assertThat(api.readers.size()).isZero();
        assertThat(api.counters.subscriptions()).containsEntry("newHeads", 0L);
    }

    @Test
    @DisplayName("O47: a reader that is too slow is dropped with a notice, and counted")
    void aSlowReaderIsDroppedWithANotice() {
        String id = subscribe("newHeads");
        socket.room = 10;

        api.call("evm_mine");
        api.call("evm_mine");

        assertThat(socket.received).hasSize(1);
        JsonNode notice = socket.received.getFirst().get("params");
        assertThat(notice.get("subscription").textValue()).isEqualTo(id);
        assertThat(notice.at("/error/code").intValue()).isEqualTo(-32005);
        assertThat(api.counters.notificationsDropped()).containsEntry("newHeads", 1L);
        assertThat(api.readers.size()).isZero();
    }

    @Test
    void subscriptionsAreBoundedAndNeedAWayBack() {
        for (int i = 0; i < Subscriptions.PER_SOCKET_MAX; i++) subscribe("newHeads");

        assertThat(api.answer(socket, "eth_subscribe", "newHeads").at("/error/code").intValue())
                .isEqualTo(-32005);
        assertThat(api.error("eth_subscribe", "newHeads"))
                .isEqualTo("-32601 notifications not supported");
        assertThat(
                        api.answer(new ApiHarness.Socket(), "eth_subscribe", "syncing")
                                .at("/error/message")
                                .textValue())
                .isEqualTo("no \"syncing\" subscription in eth namespace");
    }

    private String subscribe(Object... params) {
        String id = api.answer(socket, "eth_subscribe", params).get("result").textValue();
        socket.answered();
        return id;
    }

    private static JsonNode result(JsonNode message, String id) {
        assertThat(message.get("method").textValue()).isEqualTo("eth_subscription");
        assertThat(message.at("/params/subscription").textValue()).isEqualTo(id);
        return message.at("/params/result");
    }
}
