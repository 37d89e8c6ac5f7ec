package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Rows S12 to S26.
class TopicScoreParamsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MILLI = Duration.ofMillis(1);

    /// With a quantum of a second and nothing else, so that a group is the only one that is wrong.
    private static TopicScoreParams.Builder topic() {
        return TopicScoreParams.builder().skipAtomicValidation(true).timeInMesh(0, SECOND, 0);
    }

    private static TopicScoreParams.Builder atomic() {
        return TopicScoreParams.builder().timeInMesh(0, SECOND, 0).invalidMessageDeliveries(0, 0.5);
    }

    /// S21, group by group.
    private static final List<UnaryOperator<TopicScoreParams.Builder>> GROUPS =
            List.of(
                    b -> b.topicWeight(1),
                    b -> b.timeInMesh(0.01, SECOND, 10),
                    b -> b.firstMessageDeliveries(1, 0.5, 10),
                    b ->
                            b.meshMessageDeliveries(-1, 0.5, 10, 5)
                                    .meshMessageDeliveriesTimes(MILLI, SECOND),
                    b -> b.meshFailurePenalty(-1, 0.5),
                    b -> b.invalidMessageDeliveries(-1, 0.5));

    private static void refused(
            UnaryOperator<TopicScoreParams.Builder> change, String field, String rule) {
        for (var base : List.of(topic(), atomic()))
            assertThatThrownBy(() -> change.apply(base).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(field + " is ")
                    .hasMessageEndingWith(": it must be " + rule);
    }

    @Test
    @DisplayName("S12 an all-zero object fails in atomic mode and passes in selective mode")
    void allZero() {
        assertThatThrownBy(TopicScoreParams.builder()::build)
                .hasMessage("timeInMeshQuantum is PT0S: it must be more than zero");
        assertThat(TopicScoreParams.builder().skipAtomicValidation(true).build().problems())
                .isEmpty();
    }

    @Test
    @DisplayName("S13 topicWeight -1, in both modes")
    void topicWeight() {
        refused(b -> b.topicWeight(-1), "topicWeight", "zero or more");
        refused(b -> b.topicWeight(Double.NaN), "topicWeight", "zero or more");
    }

    @Test
    @DisplayName("S14 P1 weight -1")
    void timeInMeshWeight() {
        refused(b -> b.timeInMesh(-1, SECOND, 1), "timeInMeshWeight", "zero or more");
    }

    @Test
    @DisplayName("S15 P1 weight 1, quantum negative")
    void quantum() {
        refused(b -> b.timeInMesh(1, SECOND.negated(), 1), "timeInMeshQuantum", "more than zero");
    }

    @Test
    @DisplayName("S16 P1 weight 1, cap -1")
    void timeInMeshCap() {
        refused(b -> b.timeInMesh(1, SECOND, -1), "timeInMeshCap", "more than zero");
    }

    @Test
    @DisplayName("S17 P2: four errors")
    void firstMessageDeliveries() {
        refused(
                b -> b.firstMessageDeliveries(-1, 0.5, 1),
                "firstMessageDeliveriesWeight",
                "zero or more");
        for (double decay : new double[] {-1, 2})
            refused(
                    b -> b.firstMessageDeliveries(1, decay, 1),
                    "firstMessageDeliveriesDecay",
                    "more than 0 and less than 1");
        refused(
                b -> b.firstMessageDeliveries(1, 0.5, -1),
                "firstMessageDeliveriesCap",
                "more than zero");
    }

    @Test
    @DisplayName("S18 P3: seven errors")
    void meshMessageDeliveries() {
        refused(
                b -> b.meshMessageDeliveries(1, 0.5, 5, 3),
                "meshMessageDeliveriesWeight",
                "zero or less");
        for (double decay : new double[] {-1, 2})
            refused(
                    b -> b.meshMessageDeliveries(-1, decay, 5, 3),
                    "meshMessageDeliveriesDecay",
                    "more than 0 and less than 1");
        refused(
                b -> b.meshMessageDeliveries(-1, 0.5, -1, 3),
                "meshMessageDeliveriesCap",
                "more than zero");
        refused(
                b -> b.meshMessageDeliveries(-1, 0.5, 5, -3),
                "meshMessageDeliveriesThreshold",
                "more than zero");
        refused(
                b ->
                        b.meshMessageDeliveries(-1, 0.5, 5, 3)
                                .meshMessageDeliveriesTimes(Duration.ofMillis(-1), SECOND),
                "meshMessageDeliveriesWindow",
                "zero or more");
        refused(
                b ->
                        b.meshMessageDeliveries(-1, 0.5, 5, 3)
                                .meshMessageDeliveriesTimes(MILLI, MILLI),
                "meshMessageDeliveriesActivation",
                "one second or more");
    }

    @Test
    @DisplayName("S19 P3b: three errors")
    void meshFailurePenalty() {
        refused(b -> b.meshFailurePenalty(1, 0.5), "meshFailurePenaltyWeight", "zero or less");
        for (double decay : new double[] {-1, 2})
            refused(
                    b -> b.meshFailurePenalty(-1, decay),
                    "meshFailurePenaltyDecay",
                    "more than 0 and less than 1");
    }

    @Test
    @DisplayName("S20 P4: three errors")
    void invalidMessageDeliveries() {
        refused(
                b -> b.invalidMessageDeliveries(1, 0.5),
                "invalidMessageDeliveriesWeight",
                "zero or less");
        for (double decay : new double[] {-1, 2})
            refused(
                    b -> b.invalidMessageDeliveries(-1, decay),
                    "invalidMessageDeliveriesDecay",
                    "more than 0 and less than 1");
    }

    @Test
    @DisplayName("S21 a full valid set, atomic")
    void full() {
        var builder = TopicScoreParams.builder();
        for (var group : GROUPS) builder = group.apply(builder);

        TopicScoreParams params = builder.build();

        assertThat(params.toBuilder().build()).isEqualTo(params);
    }

    @Test
    @DisplayName("S22 selective: the groups of S21 one after the other")
    void groupByGroup() {
        var builder = TopicScoreParams.builder().skipAtomicValidation(true);
        for (var group : GROUPS) assertThat(group.apply(builder).build().problems()).isEmpty();
    }

    @Test
    @DisplayName("S22 selective: each group of S21 alone")
    void groupAlone() {
        for (var group : GROUPS) {
            var builder = TopicScoreParams.builder().skipAtomicValidation(true);
            assertThat(group.apply(builder).build().problems()).isEmpty();
        }
    }

    @Test
    @DisplayName("S23 atomic: P4 needs a decay even with weight 0")
    void invalidDecayAlways() {
        assertThatThrownBy(() -> atomic().invalidMessageDeliveries(0, 0).build())
                .hasMessage(
                        "invalidMessageDeliveriesDecay is 0.0: it must be more than 0 and less"
                                + " than 1");
        assertThat(atomic().invalidMessageDeliveries(0, 0.5).build().problems()).isEmpty();
    }

    @Test
    @DisplayName("S24 atomic: P1 needs a quantum even with weight 0")
    void quantumAlways() {
        assertThatThrownBy(() -> atomic().timeInMesh(0, Duration.ZERO, 0).build())
                .hasMessage("timeInMeshQuantum is PT0S: it must be more than zero");
    }

    @Test
    @DisplayName("S25 decays of exactly 0 and exactly 1 with weight set")
    void decayBounds() {
        List<String> fields = new ArrayList<>();
        for (double decay : new double[] {0, 1}) {
            var params =
                    topic().firstMessageDeliveries(1, decay, 1)
                            .meshMessageDeliveries(-1, decay, 1, 1)
                            .meshMessageDeliveriesTimes(MILLI, SECOND)
                            .meshFailurePenalty(-1, decay)
                            .invalidMessageDeliveries(-1, decay)
                            .buildUnchecked();
            for (String problem : params.problems())
                fields.add(problem.substring(0, problem.indexOf(": ")));
        }

        assertThat(fields)
                .containsExactly(
                        "firstMessageDeliveriesDecay is 0.0",
                        "meshMessageDeliveriesDecay is 0.0",
                        "meshFailurePenaltyDecay is 0.0",
                        "invalidMessageDeliveriesDecay is 0.0",
                        "firstMessageDeliveriesDecay is 1.0",
                        "meshMessageDeliveriesDecay is 1.0",
                        "meshFailurePenaltyDecay is 1.0",
                        "invalidMessageDeliveriesDecay is 1.0");
    }

    @Test
    @DisplayName("S26 an activation of exactly one second and a window of zero are fine")
    void timeBounds() {
        var params =
                atomic().meshMessageDeliveries(-1, 0.5, 5, 3)
                        .meshMessageDeliveriesTimes(Duration.ZERO, SECOND)
                        .build();

        assertThat(params.problems()).isEmpty();
    }

    @Test
    @DisplayName("K3, K12: what is checked although the weight is 0, and what is not")
    void offButNotFree() {
        assertThat(atomic().timeInMesh(0, SECOND.negated(), 0).build().problems()).isEmpty();
        assertThatThrownBy(() ->
                        atomic().meshMessageDeliveriesTimes(Duration.ofNanos(-1), Duration.ZERO)
                                .build())
                .hasMessage(
                        "meshMessageDeliveriesWindow is PT-0.000000001S: it must be zero or more");
    }

    @Test
    void infiniteNumbersAreRefusedEverywhere() {
        double inf = Double.POSITIVE_INFINITY;
        var params =
                TopicScoreParams.builder()
                        .topicWeight(inf)
                        .timeInMesh(inf, SECOND, inf)
                        .firstMessageDeliveries(inf, inf, inf)
                        .meshMessageDeliveries(-inf, inf, inf, inf)
                        .meshMessageDeliveriesTimes(Duration.ZERO, Duration.ZERO)
                        .meshFailurePenalty(-inf, inf)
                        .invalidMessageDeliveries(-inf, inf)
                        .topicPruneThreshold(inf)
                        .buildUnchecked();

        assertThat(params.problems()).hasSize(16);
    }

    @Test
    void theFloorIsZeroOrLess() {
        assertThat(atomic().topicPruneThreshold(-1).build().topicPruneThreshold()).isEqualTo(-1);
        assertThatThrownBy(() -> atomic().topicPruneThreshold(1).build())
                .hasMessage(
                        "topicPruneThreshold is 1.0: it must be zero or less, or -Infinity for"
                                + " none");
        assertThatThrownBy(() -> atomic().topicPruneThreshold(Double.NaN).build())
                .isInstanceOf(IllegalArgumentException.class);
    }
}
