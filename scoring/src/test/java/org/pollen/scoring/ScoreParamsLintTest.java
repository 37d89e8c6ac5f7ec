package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Row S115: each of L1 to L18 has a failing and a passing set. The passing set of all rules is
/// [#passing()]; each test breaks one thing in it, and for rules with a bound goes just far enough
/// back.
class ScoreParamsLintTest {
    private static final TopicScoreParams TX = ScorePresets.recommendedTopic(1);
    private static final double DAY_DECAY = ScoreDecay.factor(Duration.ofDays(30));

    /// Three transaction topics and five rare ones, our own set.
    private static PeerScoreParams.Builder passing() {
        return ScorePresets.RECOMMENDED.toBuilder()
                .topic("tx", TX)
                .topic("blobs", TX)
                .topic("bundles", TX);
    }

    private static LintContext.Builder context() {
        return LintContext.builder()
                .defaultTopics(5)
                .messagesPerSecondDefault(1)
                .documentedTopicWeight(2);
    }

    private static Set<String> ids(
            PeerScoreParams.Builder params,
            PeerScoreThresholds thresholds,
            LintContext.Builder context) {
        var ids = new TreeSet<String>();
        for (var finding :
                ScoreParamsLint.check(params.buildUnchecked(), thresholds, context.build(), true))
            ids.add(finding.id());
        return ids;
    }

    private static Set<String> global(UnaryOperator<PeerScoreParams.Builder> change) {
        return ids(change.apply(passing()), ScorePresets.RECOMMENDED_THRESHOLDS, context());
    }

    private static Set<String> topic(UnaryOperator<TopicScoreParams.Builder> change) {
        var changed = change.apply(TX.toBuilder()).buildUnchecked();
        return global(b -> b.topic("tx", changed));
    }

    private static Set<String> thresholds(UnaryOperator<PeerScoreThresholds.Builder> change) {
        var thresholds = change.apply(ScorePresets.RECOMMENDED_THRESHOLDS.toBuilder()).build();
        return ids(passing(), thresholds, context());
    }

    private static Set<String> in(UnaryOperator<LintContext.Builder> change) {
        return ids(passing(), ScorePresets.RECOMMENDED_THRESHOLDS, change.apply(context()));
    }

    @Test
    @DisplayName("S115 our own set passes L1 to L18")
    void passes() {
        assertThat(global(b -> b)).isEmpty();
    }

    @Test
    @DisplayName("L1 the cap of P3 below its threshold")
    void l1() {
        double threshold = TX.meshMessageDeliveriesThreshold();
        double weight = TX.meshMessageDeliveriesWeight();
        double decay = TX.meshMessageDeliveriesDecay();
        assertThat(
                        topic(b ->
                                b.meshMessageDeliveries(
                                        weight, decay, Math.nextDown(threshold), threshold)))
                .containsExactly("L1");
        assertThat(topic(b -> b.meshMessageDeliveries(weight, decay, threshold, threshold)))
                .isEmpty();
    }

    @Test
    @DisplayName("L2 free-riding that pays in the topic itself")
    void l2() {
        double threshold = TX.meshMessageDeliveriesThreshold();
        double decay = TX.meshMessageDeliveriesDecay();
        double even = -11 / (threshold * threshold);
        assertThat(
                        topic(b ->
                                b.meshMessageDeliveries(
                                        even * 0.999, decay, 4 * threshold, threshold)))
                .containsExactly("L2");
        assertThat(
                        topic(b ->
                                b.meshMessageDeliveries(
                                        even * 1.001, decay, 4 * threshold, threshold)))
                .isEmpty();
    }

    @Test
    @DisplayName("L3 free-riding that other topics pay for, unless there is a floor")
    void l3() {
        assertThat(topic(b -> b.topicPruneThreshold(Double.NEGATIVE_INFINITY)))
                .containsExactly("L3");
        assertThat(topic(b -> b.topicPruneThreshold(-1))).isEmpty();
    }

    @Test
    @DisplayName("L3 two transaction topics need no floor, three do (section 15.5)")
    void l3CountOfTopics() {
        var noFloor = TX.toBuilder().topicPruneThreshold(Double.NEGATIVE_INFINITY).build();
        var two =
                ScorePresets.RECOMMENDED.toBuilder()
                        .defaultTopicParams(null)
                        .topic("a", noFloor)
                        .topic("b", noFloor);
        var context = LintContext.builder().documentedTopicWeight(0.5);
        var thresholds = ScorePresets.recommendedThresholds(5.5);
        assertThat(ids(two, thresholds, context)).isEmpty();

        var three = two.topic("c", noFloor);
        assertThat(ids(three, thresholds, context.documentedTopicWeight(0.75)))
                .containsExactly("L3");
    }

    @Test
    @DisplayName("L4 invalid messages that good behaviour pays for, unless documented")
    void l4() {
        UnaryOperator<TopicScoreParams.Builder> cheap =
                b -> b.invalidMessageDeliveries(-20, ScoreDecay.factor(Duration.ofHours(1)));
        assertThat(topic(cheap)).containsExactly("L4");
        assertThat(
                        topic(b ->
                                b.invalidMessageDeliveries(
                                        -80, ScoreDecay.factor(Duration.ofHours(1)))))
                .isEmpty();

        var params = passing().topic("tx", cheap.apply(TX.toBuilder()).build());
        var thresholds = ScorePresets.RECOMMENDED_THRESHOLDS;
        assertThat(ids(params, thresholds, context().toleratedInvalid(1))).containsExactly("L4");
        assertThat(ids(params, thresholds, context().toleratedInvalid(2))).isEmpty();
        var off = passing().topic("tx", TX.toBuilder().invalidMessageDeliveries(0, 0.5).build());
        assertThat(ids(off, thresholds, context().toleratedInvalid(9))).containsExactly("L4");
    }

    @Test
    @DisplayName("L5 behaviour penalties that lead nowhere")
    void l5() {
        double decay = ScoreDecay.factor(Duration.ofMinutes(10));
        assertThat(global(b -> b.behaviourPenalty(0, 6, 0))).containsExactly("L5");
        assertThat(global(b -> b.behaviourPenalty(-10, 0.5, decay))).containsExactly("L5");
        assertThat(global(b -> b.behaviourPenalty(-10, 17, decay))).containsExactly("L5");
        assertThat(global(b -> b.behaviourPenalty(-10, 25, decay))).containsExactly("L5");
        assertThat(global(b -> b.behaviourPenalty(-10, 16.5, decay))).isEmpty();
    }

    @Test
    @DisplayName("L6 half-lives outside 10 s to 24 h")
    void l6() {
        double tenSeconds = Math.pow(0.5, 0.1);
        assertThat(global(b -> b.behaviourPenalty(-10, 6, tenSeconds * 0.999)))
                .containsExactly("L6");
        assertThat(global(b -> b.behaviourPenalty(-10, 6, tenSeconds * 1.001))).isEmpty();
        assertThat(topic(b -> b.meshFailurePenalty(TX.meshFailurePenaltyWeight(), DAY_DECAY)))
                .contains("L6");
        assertThat(global(b -> b.slowPeer(-1, 0, 0.2))).containsExactly("L6");
        assertThat(global(b -> b.slowPeer(-1, 0, 0.99))).isEmpty();
    }

    @Test
    @DisplayName("L7 counters that outlive the retention")
    void l7() {
        assertThat(global(b -> b.retainScore(Duration.ofHours(1)))).containsExactly("L7");
        assertThat(global(b -> b.retainScore(Duration.ofHours(2).plusSeconds(1)))).isEmpty();
    }

    @Test
    @DisplayName("L8 an opportunistic threshold out of reach, or off")
    void l8() {
        assertThat(thresholds(b -> b.opportunisticGraft(5.01))).containsExactly("L8");
        assertThat(thresholds(b -> b.opportunisticGraft(0))).containsExactly("L8");
        assertThat(thresholds(b -> b.opportunisticGraft(5))).isEmpty();
    }

    @Test
    @DisplayName("L9 peer exchange for whoever behaves")
    void l9() {
        assertThat(thresholds(b -> b.acceptPX(20))).containsExactly("L9");
        assertThat(thresholds(b -> b.acceptPX(20.01))).isEmpty();
    }

    @Test
    @DisplayName("L10 no cap")
    void l10() {
        assertThat(global(b -> b.topicScoreCap(0))).contains("L10");
        assertThat(global(b -> b.topicScoreCap(20))).isEmpty();
    }

    @Test
    @DisplayName("L11 a ban that is none")
    void l11() {
        assertThat(in(b -> b.banAppScore(-499))).containsExactly("L11");
        assertThat(in(b -> b.banAppScore(-500))).isEmpty();
    }

    @Test
    @DisplayName("L12 a cap of P2 that nobody reaches")
    void l12() {
        double decay = TX.firstMessageDeliveriesDecay();
        double reachable = 2 * ScoreDecay.converge(decay, 1);
        assertThat(topic(b -> b.firstMessageDeliveries(0.01, decay, reachable * 1.001)))
                .contains("L12");
        assertThat(topic(b -> b.firstMessageDeliveries(0.01, decay, reachable * 0.999))).isEmpty();
        assertThat(in(b -> b.messagesPerSecond("tx", 0.3))).contains("L12");
        assertThat(topic(b -> b.firstMessageDeliveries(0, 0, 0))).containsExactly("L17");
    }

    @Test
    @DisplayName("L13 a window longer than a heartbeat or too short to hit")
    void l13() {
        Duration activation = Duration.ofMinutes(2);
        for (var wrong : List.of(Duration.ofNanos(999_999), Duration.ofMillis(1001)))
            assertThat(topic(b -> b.meshMessageDeliveriesTimes(wrong, activation)))
                    .containsExactly("L13");
        for (var right : List.of(Duration.ofMillis(1), Duration.ofSeconds(1)))
            assertThat(topic(b -> b.meshMessageDeliveriesTimes(right, activation))).isEmpty();
    }

    @Test
    @DisplayName("L14 activation before the mesh is known")
    void l14() {
        Duration window = Duration.ofMillis(200);
        assertThat(topic(b -> b.meshMessageDeliveriesTimes(window, Duration.ofMillis(4999))))
                .containsExactly("L14");
        assertThat(topic(b -> b.meshMessageDeliveriesTimes(window, Duration.ofSeconds(5))))
                .isEmpty();
        var fast = context().router(Duration.ofMillis(300), 8, Duration.ofMinutes(2));
        var params =
                passing()
                        .topic(
                                "tx",
                                TX.toBuilder()
                                        .meshMessageDeliveriesTimes(window, Duration.ofMillis(1999))
                                        .build());
        assertThat(ids(params, ScorePresets.RECOMMENDED_THRESHOLDS, fast)).containsExactly("L14");
    }

    @Test
    @DisplayName("L15 a threshold that a fair member cannot earn")
    void l15() {
        double threshold = TX.meshMessageDeliveriesThreshold();
        assertThat(in(b -> b.router(Duration.ofSeconds(1), 100, Duration.ofMinutes(2))))
                .containsExactly("L15");
        int most = (int) (60 / threshold);
        assertThat(in(b -> b.router(Duration.ofSeconds(1), most, Duration.ofMinutes(2)))).isEmpty();
    }

    @Test
    @DisplayName("L16 delivery records shorter than the seen time")
    void l16() {
        assertThat(in(b -> b.router(Duration.ofSeconds(1), 8, Duration.ofSeconds(121))))
                .containsExactly("L16");
        assertThat(in(b -> b.router(Duration.ofSeconds(1), 8, Duration.ofMinutes(2)))).isEmpty();
    }

    @Test
    @DisplayName("L17 staying pays more than delivering")
    void l17() {
        assertThat(topic(b -> b.timeInMesh(0.0101, Duration.ofSeconds(1), 1000))).contains("L17");
        assertThat(topic(b -> b.timeInMesh(0.004, Duration.ofSeconds(1), 1000))).isEmpty();
    }

    @Test
    @DisplayName("L18 topic weights that are not documented, or have changed since")
    void l18() {
        assertThat(
                        ids(
                                passing(),
                                ScorePresets.RECOMMENDED_THRESHOLDS,
                                LintContext.builder().defaultTopics(5)))
                .containsExactly("L18");
        assertThat(in(b -> b.documentedTopicWeight(2.25))).containsExactly("L18");
        assertThat(global(b -> b.topic("new", TX))).containsExactly("L18");
    }

    @Test
    @DisplayName("findings are errors in strict mode only, and say what and where")
    void findings() {
        var params = passing().topicScoreCap(0).build();
        var thresholds = ScorePresets.RECOMMENDED_THRESHOLDS;
        var context = context().documentedTopicWeight(3).build();

        for (boolean strict : new boolean[] {true, false})
            assertThat(ScoreParamsLint.check(params, thresholds, context, strict))
                    .allMatch(finding ->
                            finding.severity()
                                    == (strict
                                            ? ScoreParamsLint.Severity.ERROR
                                            : ScoreParamsLint.Severity.WARNING))
                    .extracting(ScoreParamsLint.Finding::toString)
                    .contains(
                            "L10: topicScoreCap is 0: what a peer can earn must have an end",
                            "L18: topic weights add up to 2.0: the documentation says 3.0");
        var broken = passing().topic("tx", TX.toBuilder().topicWeight(0.001).build()).build();
        assertThat(ScoreParamsLint.check(broken, thresholds, context, true))
                .extracting(ScoreParamsLint.Finding::toString)
                .anyMatch(text -> text.startsWith("L4 tx: an invalid message costs 0.2"));
    }

    @Test
    @DisplayName("15.3 the mistakes of Quilibrium 2.1: decays, no cap, P2 cap")
    void quilibrium() {
        assertThat(
                        ids(
                                ScorePresets.QUILIBRIUM_21.toBuilder(),
                                ScorePresets.QUILIBRIUM_21_THRESHOLDS,
                                LintContext.builder().defaultTopics(3)))
                .contains("L4", "L6", "L7", "L9", "L10");
    }

    @Test
    @DisplayName(
            "V1, 15.2 an Ethereum set lets free-riders be paid by other topics (CVE-2022-47547)")
    void eth2() {
        var params = Eth2Presets.params(Eth2Presets.Network.mainnet(500_000));
        var findings =
                ScoreParamsLint.check(
                        params, Eth2Presets.THRESHOLDS, LintContext.builder().build(), false);

        assertThat(findings)
                .extracting(finding -> finding.id() + " " + finding.topic())
                .contains("L3 beacon_block", "L3 beacon_attestation_7");
    }
}
