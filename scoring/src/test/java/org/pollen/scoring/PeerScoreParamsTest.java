package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Rows S27 to S39.
class PeerScoreParamsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private static final TopicScoreParams TOPIC =
            TopicScoreParams.builder()
                    .topicWeight(1)
                    .timeInMesh(0.01, SECOND, 10)
                    .firstMessageDeliveries(1, 0.5, 10)
                    .meshMessageDeliveries(-1, 0.5, 10, 5)
                    .meshMessageDeliveriesTimes(Duration.ofMillis(1), SECOND)
                    .meshFailurePenalty(-1, 0.5)
                    .invalidMessageDeliveries(-1, 0.5)
                    .build();

    private static PeerScoreParams.Builder atomic() {
        return PeerScoreParams.builder()
                .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 0)
                .decay(SECOND, 0.01);
    }

    private static PeerScoreParams.Builder selective() {
        return PeerScoreParams.builder().skipAtomicValidation(true).decay(SECOND, 0.01);
    }

    private static void refused(UnaryOperator<PeerScoreParams.Builder> change, String message) {
        for (var base : List.of(atomic(), selective()))
            assertThatThrownBy(() -> change.apply(base).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
    }

    @Test
    @DisplayName("S27 topicScoreCap -1, both modes")
    void cap() {
        refused(b -> b.topicScoreCap(-1), "topicScoreCap is -1.0: it must be zero or more");
    }

    @Test
    @DisplayName("S28 no app score function: an error in atomic mode, zero in selective mode")
    void appScore() {
        assertThatThrownBy(() -> PeerScoreParams.builder().decay(SECOND, 0.01).build())
                .hasMessageStartingWith("appSpecificScore is missing");

        var scene = new Scene(selective().appSpecificScore(null, 100).build()).peers(Scene.A);
        assertThat(scene.score(Scene.A)).isEqualTo(0);
    }

    @Test
    @DisplayName("S29 P6 weight +1; weight -1 with threshold -1")
    void colocation() {
        refused(
                b -> b.ipColocationFactor(1, 1),
                "ipColocationFactorWeight is 1.0: it must be zero or less");
        refused(
                b -> b.ipColocationFactor(-1, -1),
                "ipColocationFactorThreshold is -1: it must be one or more");
    }

    @Test
    @DisplayName("S30 decayInterval 1 ms; decayToZero -1; 2")
    void decay() {
        refused(
                b -> b.decay(Duration.ofMillis(1), 0.01),
                "decayInterval is PT0.001S: it must be one second or more");
        refused(
                b -> b.decay(SECOND, -1),
                "decayToZero is -1.0: it must be more than 0 and less than 1");
        refused(
                b -> b.decay(SECOND, 2),
                "decayToZero is 2.0: it must be more than 0 and less than 1");
    }

    @Test
    @DisplayName("S31 P7 weight +1; -1 with decay 0; -1 with decay 2")
    void behaviour() {
        refused(
                b -> b.behaviourPenalty(1, 0, 0.5),
                "behaviourPenaltyWeight is 1.0: it must be zero or less");
        refused(
                b -> b.behaviourPenalty(-1, 0, 0),
                "behaviourPenaltyDecay is 0.0: it must be more than 0 and less than 1");
        refused(
                b -> b.behaviourPenalty(-1, 0, 2),
                "behaviourPenaltyDecay is 2.0: it must be more than 0 and less than 1");
    }

    @Test
    @DisplayName("S32 a topic full of NaN and Infinity: the message names the topic")
    void brokenTopic() {
        var topic =
                TopicScoreParams.builder()
                        .topicWeight(INF)
                        .timeInMesh(NAN, SECOND, NAN)
                        .firstMessageDeliveries(INF, NAN, INF)
                        .meshMessageDeliveries(-INF, NAN, INF, NAN)
                        .meshFailurePenalty(NAN, INF)
                        .invalidMessageDeliveries(-INF, NAN)
                        .buildUnchecked();

        refused(
                b -> b.topic("tx", topic),
                "topic tx: topicWeight is Infinity: it must be zero or more");
        refused(
                b -> b.defaultTopicParams(topic),
                "defaultTopicParams: topicWeight is Infinity: it must be zero or more");
    }

    @Test
    @DisplayName("S33 decayToZero +Inf, P6 weight -Inf, P7 weight +Inf, P7 decay NaN")
    void notNumbers() {
        refused(
                b -> b.decay(SECOND, INF),
                "decayToZero is Infinity: it must be more than 0 and less than 1");
        refused(
                b -> b.ipColocationFactor(-INF, 1),
                "ipColocationFactorWeight is -Infinity: it must be zero or less");
        refused(
                b -> b.behaviourPenalty(INF, 0, 0.5),
                "behaviourPenaltyWeight is Infinity: it must be zero or less");
        refused(
                b -> b.behaviourPenalty(-1, 0, NAN),
                "behaviourPenaltyDecay is NaN: it must be more than 0 and less than 1");
        refused(
                b -> b.appSpecificScore(_ -> 0, NAN),
                "appSpecificWeight is NaN: it must be a number");
        refused(b -> b.topicScoreCap(NAN), "topicScoreCap is NaN: it must be zero or more");
    }

    @Test
    @DisplayName("S34 a topic with topicWeight -1 inside otherwise valid globals")
    void negativeTopicWeight() {
        var topic = TOPIC.toBuilder().topicWeight(-1).buildUnchecked();

        refused(
                b -> b.topic("tx", topic),
                "topic tx: topicWeight is -1.0: it must be zero or more");
    }

    @Test
    @DisplayName("S35 valid sets")
    void valid() {
        var builder = atomic().ipColocationFactor(-1, 1).behaviourPenalty(-1, 0, 0.999);

        assertThat(builder.build().problems()).isEmpty();
        assertThat(builder.topicScoreCap(1).build().problems()).isEmpty();
        PeerScoreParams full = builder.topic("tx", TOPIC).build();
        assertThat(full.toBuilder().build()).isEqualTo(full);
    }

    @Test
    @DisplayName("S36 selective: group by group")
    void groupByGroup() {
        List<UnaryOperator<PeerScoreParams.Builder>> groups =
                List.of(
                        b -> b.appSpecificScore(_ -> 0, 1),
                        b -> b.decay(SECOND, 0.01),
                        b -> b.ipColocationFactor(-1, 1),
                        b -> b.behaviourPenalty(-1, 0, 0.999),
                        b -> b.topicScoreCap(1),
                        b -> b.topic("tx", TOPIC));
        var builder = PeerScoreParams.builder().skipAtomicValidation(true);

        assertThat(builder.build().problems()).isEmpty();
        for (var group : groups) assertThat(group.apply(builder).build().problems()).isEmpty();
    }

    @Test
    @DisplayName("S37 the selective mode is not inherited by topics")
    void notInherited() {
        var topic = TOPIC.toBuilder().timeInMesh(0, Duration.ZERO, 0).buildUnchecked();

        assertThatThrownBy(() -> selective().topic("tx", topic).build())
                .hasMessage("topic tx: timeInMeshQuantum is PT0S: it must be more than zero");
        assertThat(topic.toBuilder().skipAtomicValidation(true).build().problems()).isEmpty();
    }

    @Test
    @DisplayName("S38 P7 threshold -1")
    void behaviourThreshold() {
        refused(
                b -> b.behaviourPenalty(0, -1, 0),
                "behaviourPenaltyThreshold is -1.0: it must be zero or more");
    }

    @Test
    @DisplayName("S39 decay factors of 1 h and 10 h")
    void decayFactors() {
        assertThat(ScoreDecay.factor(Duration.ofHours(1))).isEqualTo(0.9987216039048303);
        assertThat(ScoreDecay.factor(Duration.ofHours(10))).isEqualTo(0.9998720867875375);
    }

    @Test
    @DisplayName("G12, G13 and our own additions")
    void additions() {
        refused(
                b -> b.retainScore(SECOND.negated()),
                "retainScore is PT-1S: it must be zero or more");
        refused(
                b -> b.seenMsgTTL(SECOND.negated()),
                "seenMsgTTL is PT-1S: it must be zero or more");
        refused(b -> b.slowPeer(1, 0, 0), "slowPeerWeight is 1.0: it must be zero or less");
        refused(b -> b.slowPeer(-1, -1, 0.2), "slowPeerThreshold is -1.0: it must be zero or more");
        refused(
                b -> b.slowPeer(-1, 0, 1),
                "slowPeerDecay is 1.0: it must be more than 0 and less than 1");
        refused(b -> b.ipv6(false, 0), "ipv6PrefixBits is 0: it must be 1 to 128");
        refused(b -> b.ipv6(false, 129), "ipv6PrefixBits is 129: it must be 1 to 128");
        refused(b -> b.retainedPeersMax(-1), "retainedPeersMax is -1: it must be zero or more");
        refused(b -> b.deliveryRecordsMax(0), "deliveryRecordsMax is 0: it must be one or more");
        refused(
                b -> b.minorPenalties(-1, 0),
                "malformedRpcPenalty is -1.0: it must be zero or more");
        refused(
                b -> b.minorPenalties(0, NAN),
                "subscriptionLimitPenalty is NaN: it must be zero or more");
        refused(
                b -> b.unsubscribedMessagesPerPenalty(-1),
                "unsubscribedMessagesPerPenalty is -1: it must be zero or more");
    }

    @Test
    void allProblemsAreListedInTheOrderOfTheChecks() {
        var params =
                atomic().topic("tx", TOPIC.toBuilder().topicWeight(-1).buildUnchecked())
                        .topicScoreCap(-1)
                        .ipColocationFactor(1, 1)
                        .behaviourPenalty(1, 0, 0)
                        .decay(Duration.ofMillis(1), 2)
                        .buildUnchecked();

        assertThat(params.problems())
                .extracting(problem -> problem.substring(0, problem.indexOf(" is ")))
                .containsExactly(
                        "topic tx: topicWeight",
                        "topicScoreCap",
                        "ipColocationFactorWeight",
                        "behaviourPenaltyWeight",
                        "behaviourPenaltyDecay",
                        "decayInterval",
                        "decayToZero");
        assertThatThrownBy(params::validate).hasMessageStartingWith("topic tx: topicWeight");
    }

    @Test
    void whatIsLeftAtZeroHasADefaultInUse() {
        var params = PeerScoreParams.builder().skipAtomicValidation(true).build();

        assertThat(params.decayIntervalInUse()).isEqualTo(SECOND);
        assertThat(params.decayToZeroInUse()).isEqualTo(0.01);
        assertThat(params.seenMsgTTLInUse()).isEqualTo(Duration.ofMinutes(2));
        var set = selective().decay(Duration.ofSeconds(2), 0.1).seenMsgTTL(SECOND).build();
        assertThat(set.decayIntervalInUse()).isEqualTo(Duration.ofSeconds(2));
        assertThat(set.decayToZeroInUse()).isEqualTo(0.1);
        assertThat(set.seenMsgTTLInUse()).isEqualTo(SECOND);
    }
}
