package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.node.chain.ChainRelay;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.chain.RelayException;

/// Logs of another client's chain, for filters and subscriptions. Source: operations.md 7.
class ChainLogsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String A = "0x00000000000000000000000000000000000000aa";
    private static final String T = "0x" + "11".repeat(32);

    private final List<String> asked = new ArrayList<>();
    private final List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private boolean read = true;
    private final ChainRelay relay =
            (method, params) -> {
                asked.add(method + params);
                var answer = new CompletableFuture<JsonNode>();
                answers.add(answer);
                return answer;
            };
    private final ChainLogs logs =
            new ChainLogs(relay, () -> read, found -> found.forEach(log -> told.add(text(log))));
    private final DevChain chain = new DevChain(DevChainConfig.defaults(3).withAccounts(1));

    ChainLogsTest() {
        chain.addListener(logs::onHead);
    }

    private static String text(JsonNode log) {
        return log.path("n").asText() + (log.path("removed").asBoolean() ? " removed" : "");
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private void mine() {
        chain.mine(chain.latest().header().timestamp() + 2, List.of());
    }

    @Test
    void blocksAreAskedInOrderOnceForAllReaders() {
        mine();
        String first = chain.latest().hash().toString();
        mine();
        assertThat(asked).containsExactly("eth_getLogs[{\"blockHash\":\"" + first + "\"}]");
        answers.get(0).complete(json("[{'n':1},{'n':2}]"));
        answers.get(1).complete(json("[{'n':3}]"));
        assertThat(told).containsExactly("1", "2", "3");
    }

    @Test
    @DisplayName("7 logs of a block that leaves the chain are told again, as removed")
    void logsOfAnAbandonedBlockAreRemoved() {
        mine();
        answers.get(0).complete(json("[{'n':1}]"));
        chain.reorganise(1);
        answers.get(1).complete(json("[{'n':9}]"));
        assertThat(told).containsExactly("1", "1 removed", "9");
    }

    @Test
    void nobodyIsAskedWhileNobodyReads() {
        read = false;
        mine();
        assertThat(asked).isEmpty();
    }

    @Test
    void aBlockWithoutAnAnswerIsLeftOutAndTheNextIsAsked() {
        mine();
        mine();
        answers.get(0).completeExceptionally(new RelayException(-32000, "busy", null));
        answers.get(1).complete(json("[{'n':2}]"));
        assertThat(told).containsExactly("2");
        mine();
        answers.get(2).complete(json("{'not':'a list'}"));
        mine();
        answers.get(3).complete(json("[]"));
        assertThat(told).hasSize(1);
    }

    @Test
    void aClientThatNeverAnswersCostsABoundedNumberOfBlocks() {
        for (int i = 0; i < ChainLogs.WAITING_MAX + 5; i++) mine();
        answers.get(0).complete(json("[]"));
        for (int i = 1; i < answers.size(); i++) answers.get(i).complete(json("[]"));
        assertThat(asked).hasSize(ChainLogs.WAITING_MAX);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {}                          | true
                    {'address':'A'}             | true
                    {'address':'B'}             | false
                    {'address':['B','A']}       | true
                    {'topics':['T']}            | true
                    {'topics':[null]}           | true
                    {'topics':[null,'T']}       | false
                    {'topics':[null,null]}      | true
                    {'topics':[null,null,null]} | false
                    {'topics':[['U','T']]}      | true
                    {'topics':[['U']]}          | false
                    {'address':'A','topics':[]} | true
                    """)
    void aLogIsWantedByItsAddressAndItsTopics(String criteria, boolean wanted) {
        JsonNode log =
                json(
                        "{'address':'"
                                + A.toUpperCase(Locale.ROOT).replace("0X", "0x")
                                + "','topics':['"
                                + T
                                + "','0x22']}");
        String text =
                criteria.replace("'A'", "'" + A + "'")
                        .replace("'B'", "'0x00000000000000000000000000000000000000bb'")
                        .replace("'T'", "'" + T + "'")
                        .replace("'U'", "'0x33'");
        assertThat(LogMatch.parse(text.replace('\'', '"')).test(log)).isEqualTo(wanted);
    }
}
