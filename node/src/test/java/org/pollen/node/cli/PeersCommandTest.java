package org.pollen.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.node.OperatorException;

/// Which peers `peers list` and `peers scores` show, in which order. Source: operations.md 3.
class PeersCommandTest {
    private final PeersCommand.Choice choice = new PeersCommand.Choice();
    private final JsonNode state;

    PeersCommandTest() throws JsonProcessingException {
        choice.limit = 50;
        state =
                new ObjectMapper()
                        .readTree(
                                """
                                {"topics":[{"name":"tx"},{"name":"signal"}],"peers":[
                                  {"id":"b","score":1,"rttMs":9,"mesh":["tx"]},
                                  {"id":"a","score":-3,"mesh":["signal"]},
                                  {"id":"c","score":5,"rttMs":2,"mesh":["tx","signal"]}]}
                                """);
    }

    private List<String> shown(double below) {
        return choice.peers(state, below).stream().map(peer -> peer.path("id").asText()).toList();
    }

    @ParameterizedTest
    @CsvSource({"SCORE, c b a", "WORST, a b c", "RTT, c b a", "ID, a b c"})
    void peersAreInTheOrderAskedFor(PeersCommand.Order order, String expected) {
        choice.sort = order;

        assertThat(shown(Double.POSITIVE_INFINITY)).containsExactly(expected.split(" "));
        assertThat(order).hasToString(order.name().toLowerCase(java.util.Locale.ROOT));
    }

    @Test
    void peersAreChosenByTopicScoreAndNumber() {
        choice.topic = "signal";
        assertThat(shown(Double.POSITIVE_INFINITY)).containsExactly("c", "a");
        choice.minScore = 0.0;
        assertThat(shown(Double.POSITIVE_INFINITY)).containsExactly("c");
        choice.topic = null;
        choice.minScore = null;
        assertThat(shown(0)).containsExactly("a");
        choice.limit = 1;
        assertThat(shown(Double.POSITIVE_INFINITY)).containsExactly("c");
    }

    @Test
    void aTopicThatIsNotJoinedAndNoRowsAreUsageErrors() {
        choice.topic = "nope";
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> shown(0))
                .withMessageContaining("the node has not joined \"nope\"");
        choice.topic = null;
        choice.limit = 0;
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> shown(0))
                .withMessageContaining("--limit is 0");
    }
}
