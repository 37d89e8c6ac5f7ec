package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.scoring.Scene.A;
import static org.pollen.scoring.Scene.B;
import static org.pollen.scoring.Scene.C;
import static org.pollen.scoring.Scene.D;
import static org.pollen.scoring.Scene.LOW;
import static org.pollen.scoring.Scene.globals;
import static org.pollen.scoring.Scene.topic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The worked examples E1 to E40 of the specification, which are the rows S40 to S77 and S121.
/// Numbers compare exactly, except where the specification says "~": relative 1e-12.
class WorkedExamplesTest {
    /// Relative 1e-12.
    private static final Percentage ABOUT = Percentage.withPercentage(1e-10);

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MILLI = Duration.ofMillis(1);

    private static TopicScoreParams.Builder e1(double cap) {
        return topic().topicWeight(0.5).timeInMesh(1, MILLI, cap);
    }

    @Test
    @DisplayName("E1, S40 time in mesh")
    void e1() {
        var scene = Scene.of(e1(3600)).graft(A).pass(Duration.ofMillis(200)).refresh();

        assertThat(scene.score(A)).isEqualTo(100);
    }

    @Test
    @DisplayName("E2, S41 time in mesh, capped")
    void e2() {
        var scene = Scene.of(e1(10)).graft(A).pass(Duration.ofMillis(40)).refresh();

        assertThat(scene.score(A)).isEqualTo(5);
    }

    @Test
    @DisplayName("E3, S42 whole quanta only, and none before the first step")
    void e3() {
        var scene = Scene.of(topic().timeInMesh(1, SECOND, 10)).graft(A);
        scene.pass(Duration.ofMillis(2999));
        assertThat(scene.score(A)).isEqualTo(0);

        assertThat(scene.refresh().score(A)).isEqualTo(2);
    }

    private static Scene first(double decay, double cap) {
        return Scene.of(topic().firstMessageDeliveries(1, decay, cap)).graft(A).deliverNew(A, 100);
    }

    @Test
    @DisplayName("E4, S43 first deliveries")
    void e4() {
        assertThat(first(1, 2000).refresh().score(A)).isEqualTo(100);
    }

    @Test
    @DisplayName("E5, S44 first deliveries, capped")
    void e5() {
        assertThat(first(1, 50).refresh().score(A)).isEqualTo(50);
    }

    @Test
    @DisplayName("E6, S45 first deliveries, decaying")
    void e6() {
        var scene = first(0.9, 2000).refresh();
        assertThat(scene.score(A)).isEqualTo(90);

        double expected = 100;
        for (int i = 0; i < 11; i++) expected *= 0.9;
        assertThat(scene.refresh(10).score(A)).isEqualTo(expected);
        assertThat(expected).isCloseTo(31.381059609, ABOUT);
    }

    private static TopicScoreParams.Builder e7(double decay, Duration activation) {
        return topic().meshMessageDeliveries(-1, decay, 100, 20)
                .meshMessageDeliveriesTimes(Duration.ofMillis(10), activation);
    }

    @Test
    @DisplayName("E7, S46 mesh deliveries: the first, the near and the late")
    void e7() {
        var scene = Scene.of(e7(1, SECOND)).graft(A, B, C);
        scene.pass(Duration.ofMillis(900)).refresh();
        assertThat(scene.scores(A, B, C)).containsExactly(0, 0, 0);

        scene.pass(SECOND);
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            long id = scene.message();
            scene.validate(id);
            scene.deliver(A, id);
            scene.duplicate(B, id);
            ids.add(id);
        }
        scene.pass(Duration.ofMillis(30));
        ids.forEach(id -> scene.duplicate(C, id));

        assertThat(scene.refresh().scores(A, B, C)).containsExactly(0, 0, -400);
    }

    @Test
    @DisplayName("E8, S47 mesh deliveries, decaying")
    void e8() {
        var scene = Scene.of(e7(0.9, Duration.ZERO)).graft(A);
        scene.pass(MILLI).deliverNew(A, 40);
        assertThat(scene.refresh().score(A)).isEqualTo(0);
        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(36);

        assertThat(scene.refresh(20).score(A)).isCloseTo(-244.08564168167945, ABOUT);
        assertThat(scene.topic(A).meshMessageDeliveries()).isCloseTo(4.376759565260494, ABOUT);
    }

    @Test
    @DisplayName("E9, S48 a deficit left at prune")
    void e9() {
        var params = topic().meshMessageDeliveries(0, 0, 100, 20).meshFailurePenalty(-1, 1);
        for (boolean strict : new boolean[] {false, true}) {
            var scene =
                    new Scene(
                            globals()
                                    .strictReferencePrune(strict)
                                    .topic("t", params.buildUnchecked())
                                    .buildUnchecked());
            scene.graft(A, B).pass(MILLI).deliverNew(A, 100).refresh();
            assertThat(scene.scores(A, B)).containsExactly(0, 0);

            scene.engine.prune(B, Scene.T, scene.now);

            assertThat(scene.refresh().scores(A, B)).containsExactly(0, -400);
        }
    }

    private static Scene invalid(double decay) {
        var scene = Scene.of(topic().invalidMessageDeliveries(-1, decay)).peers(A);
        for (int i = 0; i < 100; i++)
            scene.reject(A, scene.message(), RejectReason.INVALID_SIGNATURE);
        return scene;
    }

    @Test
    @DisplayName("E10, S49 invalid messages")
    void e10() {
        assertThat(invalid(1).score(A)).isEqualTo(-10000);
    }

    @Test
    @DisplayName("E11, S50 invalid messages, decaying")
    void e11() {
        var scene = invalid(0.9).refresh();
        assertThat(scene.score(A)).isEqualTo(-8100);

        assertThat(scene.refresh(10).score(A)).isCloseTo(-984.770902183612, ABOUT);
    }

    @Test
    @DisplayName("E12, S51 a new weight acts on old counters")
    void e12() {
        var scene = invalid(1);

        scene.engine.install(Scene.T, topic().invalidMessageDeliveries(-10, 1).buildUnchecked());

        assertThat(scene.score(A)).isEqualTo(-100000);
    }

    private static Scene e13() {
        var scene = Scene.of(topic().invalidMessageDeliveries(-1, 1)).peers(A, B);
        long id = scene.message();
        scene.reject(A, id, RejectReason.BLACKLISTED_PEER);
        scene.reject(A, id, RejectReason.BLACKLISTED_SOURCE);
        scene.reject(A, id, RejectReason.VALIDATION_QUEUE_FULL);
        assertThat(scene.score(A)).isEqualTo(0);
        for (var reason :
                List.of(RejectReason.VALIDATION_THROTTLED, RejectReason.VALIDATION_IGNORED)) {
            scene.validate(id);
            scene.reject(A, id, reason);
            scene.duplicate(B, id);
            assertThat(scene.scores(A, B)).containsExactly(0, 0);
            scene.expireRecords();
        }
        scene.validate(id);
        scene.reject(A, id, RejectReason.VALIDATION_FAILED);
        scene.duplicate(B, id);
        return scene;
    }

    @Test
    @DisplayName("E13, S52 reasons for refusal")
    void e13Reasons() {
        assertThat(e13().scores(A, B)).containsExactly(-1, -1);
    }

    @Test
    @DisplayName("E14, S53 a copy that waits for the refusal")
    void e14() {
        var scene = e13().expireRecords();
        long id = scene.message() - 1;
        scene.validate(id);
        scene.duplicate(B, id);
        scene.reject(A, id, RejectReason.VALIDATION_FAILED);

        assertThat(scene.scores(A, B)).containsExactly(-4, -4);
    }

    @Test
    @DisplayName("E15, S54 the application score")
    void e15() {
        for (int i = -100; i < 100; i++) {
            double opinion = i;
            var asked = new Scene(globals().appSpecificScore(_ -> opinion, 0.5).build()).peers(A);
            assertThat(asked.score(A)).isEqualTo(i * 0.5);

            var told = new Scene(globals().appSpecificScore(null, 0.5).build()).peers(A);
            told.engine.setAppScore(A, opinion);
            assertThat(told.score(A)).isEqualTo(i * 0.5);
        }
    }

    private static Scene e16(String... whitelist) {
        var blocks = new ArrayList<IpBlock>();
        for (String block : whitelist) blocks.add(IpBlock.parse(block));
        var params =
                globals().ipColocationFactor(-1, 1).ipColocationFactorWhitelist(blocks).build();
        return new Scene(params)
                .at(A, "1.2.3.4")
                .at(B, "2.3.4.5")
                .at(C, "2.3.4.5", "3.4.5.6")
                .at(D, "2.3.4.5");
    }

    @Test
    @DisplayName("E16, S55 shared addresses")
    void e16Shared() {
        assertThat(e16().scores(A, B, C, D)).containsExactly(0, -4, -4, -4);
    }

    @Test
    @DisplayName("E17, S56 shared addresses, whitelisted")
    void e17() {
        assertThat(e16("2.3.0.0/16").scores(A, B, C, D)).containsExactly(0, 0, 0, 0);
    }

    private static Scene behaviour(double weight, double free, double decay) {
        return new Scene(globals().behaviourPenalty(weight, free, decay).build());
    }

    private static void penalise(Scene scene, double count) {
        scene.engine.addPenalty(A, count, BehaviourPenalty.APPLICATION);
    }

    @Test
    @DisplayName("E18, S57 and E19, S58 behaviour penalties")
    void e18() {
        var scene = behaviour(-1, 0, 0.99);
        penalise(scene, 1);
        assertThat(scene.score(A)).isEqualTo(0);
        scene.peers(A);
        assertThat(scene.score(A)).isEqualTo(0);
        penalise(scene, 1);
        assertThat(scene.score(A)).isEqualTo(-1);
        penalise(scene, 1);
        assertThat(scene.score(A)).isEqualTo(-4);
        assertThat(scene.refresh().score(A)).isEqualTo(-3.9204);

        assertThat(scene.refresh().score(A)).isEqualTo(-3.84238404);
        assertThat(scene.refresh().score(A)).isCloseTo(-3.765920597603999, ABOUT);
    }

    @ParameterizedTest(name = "E20, S59 behaviour penalty of {0}")
    @CsvSource({"6, 0", "7, -10", "8, -40", "13, -490", "16, -1000", "22, -2560"})
    void e20(double counter, double expected) {
        var scene = behaviour(-10, 6, 0.99).peers(A);
        penalise(scene, counter);

        assertThat(scene.score(A)).isEqualTo(expected);
    }

    @Test
    @DisplayName("E21, S60 retention")
    void e21() {
        var params = globals().appSpecificScore(_ -> -1000, 1).retainScore(SECOND).build();
        var scene = new Scene(params).peers(A);
        scene.engine.removePeer(A, scene.now);
        assertThat(scene.score(A)).isEqualTo(-1000);

        scene.pass(Duration.ofMillis(500)).refresh();
        assertThat(scene.score(A)).isEqualTo(-1000);
        assertThat(scene.forgotten).isEmpty();

        scene.pass(Duration.ofMillis(550)).refresh();
        assertThat(scene.score(A)).isEqualTo(0);
        assertThat(scene.forgotten).containsExactly(A);
    }

    @Test
    @DisplayName("E22, S61 a good record is not remembered")
    void e22() {
        var params =
                globals()
                        .appSpecificScore(_ -> 1, 1)
                        .retainScore(Duration.ofHours(1))
                        .topic("t", topic().firstMessageDeliveries(1, 1, 100).buildUnchecked());
        var scene = new Scene(params.buildUnchecked()).peers(A).deliverNew(A, 10);
        assertThat(scene.score(A)).isEqualTo(11);

        scene.engine.removePeer(A, scene.now);
        assertThat(scene.engine.known(A)).isFalse();
        assertThat(scene.forgotten).containsExactly(A);

        scene.peers(A);
        assertThat(scene.score(A)).isEqualTo(1);
        assertThat(scene.snapshot(A).topics()).isEmpty();
    }

    /// Two topics with the counters of E23.
    private static Scene e23(PeerScoreParams.Builder globals) {
        var first =
                topic().topicWeight(0.5)
                        .timeInMesh(0.1, SECOND, 100)
                        .firstMessageDeliveries(1, 1, 1000)
                        .meshMessageDeliveries(-1, 1, 100, 10);
        var second =
                topic().timeInMesh(0.5, SECOND, 10)
                        .firstMessageDeliveries(2, 1, 1000)
                        .invalidMessageDeliveries(-20, 1);
        var scene =
                new Scene(
                        globals.topic("a", first.buildUnchecked())
                                .topic("b", second.buildUnchecked())
                                .buildUnchecked());
        scene.peers(A);
        deliver(scene, 26, 0);
        deliver(scene, 12, 1);
        scene.engine.reject(A, 1000, LOW, new int[] {1}, RejectReason.SELF_ORIGIN, scene.now);
        scene.engine.graft(A, 0, scene.now);
        deliver(scene, 4, 0);
        scene.pass(Duration.ofMillis(247_200));
        scene.engine.graft(A, 1, scene.now);
        return scene.pass(Duration.ofMillis(3_700)).refresh();
    }

    private static void deliver(Scene scene, int count, int topic) {
        for (int i = 0; i < count; i++)
            scene.engine.deliver(A, scene.message(), LOW, new int[] {topic}, scene.now);
    }

    @Test
    @DisplayName("E23, S62 two topics")
    void e23Topics() {
        var scene = e23(globals());

        assertThat(scene.engine.topicScore(A, 0)).isEqualTo(4);
        assertThat(scene.engine.topicScore(A, 1)).isEqualTo(5.5);
        assertThat(scene.score(A)).isEqualTo(7.5);
    }

    @Test
    @DisplayName("E24, S63 two topics, capped")
    void e24() {
        assertThat(e23(globals().topicScoreCap(5)).score(A)).isEqualTo(5);
    }

    @Test
    @DisplayName("E25, S64 what is outside the cap")
    void e25() {
        var scene =
                e23(
                        globals()
                                .topicScoreCap(5)
                                .appSpecificScore(null, 2)
                                .ipColocationFactor(-5, 1)
                                .behaviourPenalty(-1.5, 6, 0.999));
        scene.at(A, "1.2.3.4").at(B, "1.2.3.4").at(C, "1.2.3.4");
        scene.engine.setAppScore(A, 3);
        penalise(scene, 9);

        assertThat(scene.snapshot(A).ipColocationFactor()).isEqualTo(4);
        assertThat(scene.score(A)).isEqualTo(-22.5);
    }

    private static Scene e26(CapMode mode) {
        var good = topic().firstMessageDeliveries(1, 1, 100);
        var bad = topic().invalidMessageDeliveries(-20, 1);
        var scene =
                new Scene(
                        globals()
                                .topicScoreCap(5, mode)
                                .topic("good", good.buildUnchecked())
                                .topic("bad", bad.buildUnchecked())
                                .buildUnchecked());
        scene.peers(A).deliverNew(A, 100);
        for (int i = 0; i < 3; i++) scene.engine.peerFeedback(A, 1, Feedback.INVALID, scene.now);
        return scene;
    }

    @Test
    @DisplayName("E26, S65 the sum first, then the cap, only from above")
    void e26Sum() {
        assertThat(e26(CapMode.SUM).score(A)).isEqualTo(-80);
    }

    @Test
    @DisplayName("E26 with positive parts capped (section 16)")
    void e26PositiveParts() {
        assertThat(e26(CapMode.POSITIVE_PARTS).score(A)).isEqualTo(-175);
    }

    @Test
    @DisplayName("E27, S66 decay to zero")
    void e27() {
        var scene = Scene.of(topic().firstMessageDeliveries(1, 0.5, 100)).peers(A);
        scene.deliverNew(A, 1);

        assertThat(scene.refresh(6).score(A)).isEqualTo(0.015625);
        assertThat(scene.refresh().score(A)).isEqualTo(0);
    }

    @Test
    @DisplayName("E28, S67 the decay factor")
    void e28() {
        assertThat(ScoreDecay.factor(Duration.ofHours(1))).isEqualTo(0.9987216039048303);
        assertThat(ScoreDecay.factor(Duration.ofHours(10))).isEqualTo(0.9998720867875375);
        assertThat(ScoreDecay.factor(Duration.ofMillis(500))).isEqualTo(0);
    }

    @Test
    @DisplayName("E29, S68 four peers in one IPv6 subnet")
    void e29() {
        var scene = new Scene(globals().ipColocationFactor(-1, 2).build());
        for (int peer = 0; peer < 4; peer++) scene.at(peer, "2001:db8:0:1::" + (peer + 1));

        for (int peer = 0; peer < 4; peer++)
            assertThat(scene.snapshot(peer).ipColocationFactor()).isEqualTo(4);
    }

    @Test
    @DisplayName("E30, S69 four peers on one IPv6 address count twice, or once with ipv6SubnetOnly")
    void e30() {
        for (boolean subnetOnly : new boolean[] {false, true}) {
            var scene = new Scene(globals().ipColocationFactor(-1, 2).ipv6(subnetOnly, 64).build());
            for (int peer = 0; peer < 4; peer++) scene.at(peer, "2001:db8:0:1::1");

            for (int peer = 0; peer < 4; peer++)
                assertThat(scene.snapshot(peer).ipColocationFactor()).isEqualTo(subnetOnly ? 4 : 8);
        }
    }

    /// A peer at its best in all topics of Lotus, after one step.
    private static Scene lotus(boolean beacon, int invalidBlocks) {
        var builder = ScorePresets.LOTUS.toBuilder();
        if (!beacon)
            builder.clearTopics()
                    .topic("blocks", ScorePresets.LOTUS_BLOCKS)
                    .topic("messages", ScorePresets.LOTUS_MESSAGES);
        var scene = new Scene(builder.build()).peers(A);
        int topics = beacon ? 3 : 2;
        for (int topic = 0; topic < topics; topic++) scene.engine.graft(A, topic, scene.now);
        scene.pass(Duration.ofHours(1)).refresh();
        for (int topic = 0; topic < topics; topic++) deliver(scene, 200, topic);
        for (int i = 0; i < invalidBlocks; i++)
            scene.engine.peerFeedback(A, 0, Feedback.INVALID, scene.now);
        return scene;
    }

    @Test
    @DisplayName("E31, S70 Lotus, at its best")
    void e31() {
        var scene = lotus(true, 0);

        assertThat(0.1 * scene.engine.topicScore(A, 0)).isCloseTo(50.000027, ABOUT);
        assertThat(0.1 * scene.engine.topicScore(A, 1)).isCloseTo(5.00002778, ABOUT);
        assertThat(0.5 * scene.engine.topicScore(A, 2)).isCloseTo(62.500135, ABOUT);
        assertThat(scene.score(A)).isCloseTo(117.50018978, ABOUT);
    }

    @Test
    @DisplayName("E32, S71 Lotus: one invalid block is forgiven, two are not")
    void e32() {
        assertThat(lotus(true, 1).score(A)).isCloseTo(17.50018978, ABOUT);
        assertThat(lotus(true, 2).score(A)).isCloseTo(-282.49981022, ABOUT);
    }

    @Test
    @DisplayName("E33, S72 Lotus without the beacon")
    void e33() {
        assertThat(lotus(false, 1).score(A)).isCloseTo(-44.99994522, ABOUT);
    }

    @ParameterizedTest(name = "E34, S73 a slice of Quilibrium 2.1 with {0} invalid messages")
    @CsvSource({"0, 5000.000027", "5, 2500.000027", "7, 100.000027", "8, -1399.999973"})
    void e34(int invalid, double expected) {
        var scene =
                new Scene(
                        ScorePresets.QUILIBRIUM_21.toBuilder()
                                .topic("slice", ScorePresets.QUILIBRIUM_21_SLICE)
                                .build());
        scene.graft(A).pass(Duration.ofMinutes(10)).refresh();
        scene.deliverNew(A, 10_001);
        for (int i = 0; i < invalid; i++)
            scene.engine.peerFeedback(A, 0, Feedback.INVALID, scene.now);

        assertThat(scene.score(A)).isCloseTo(expected, ABOUT);
    }

    @Test
    @DisplayName("E35, S74 a flood of grafts")
    void e35() {
        var scene = behaviour(-100, 0, 0.99).peers(A);
        var scores = new ArrayList<Double>();
        long backoffUntil = 200;
        for (long at : new long[] {121, 141, 161}) {
            scene.engine.addPenalty(A, BehaviourPenalty.GRAFT_IN_BACKOFF);
            if (at < backoffUntil + 100 - 200)
                scene.engine.addPenalty(A, BehaviourPenalty.GRAFT_FLOOD);
            backoffUntil = at + 200;
            scores.add(scene.score(A));
        }

        assertThat(scores).containsExactly(-100.0, -900.0, -2500.0);
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(5);
        assertThat(scene.snapshot(A).penalties())
                .containsEntry(BehaviourPenalty.GRAFT_IN_BACKOFF, 3.0)
                .containsEntry(BehaviourPenalty.GRAFT_FLOOD, 2.0);
    }

    @Test
    @DisplayName("E36, S75 one message on three slices")
    void e36() {
        var params = topic().firstMessageDeliveries(1, 1, 100).buildUnchecked();
        var scene =
                new Scene(
                        globals()
                                .topic("a", params)
                                .topic("b", params)
                                .topic("c", params)
                                .buildUnchecked());
        scene.peers(A).engine.deliver(A, 1, LOW, new int[] {0, 1, 2}, scene.now);

        assertThat(scene.score(A)).isCloseTo(1, ABOUT);
        assertThat(scene.engine.topicScore(A, 2)).isEqualTo(1.0 / 3);
    }

    private static final Eth2Presets.Network ETH2 = Eth2Presets.Network.mainnet(500_000);
    private static final Duration SLOT = Duration.ofSeconds(12);

    private static double eth2Decay(int slots) {
        return ScoreDecay.factor(SLOT.multipliedBy(slots), SLOT, 0.01);
    }

    @Test
    @DisplayName("E37, S76 the behaviour weight of Lighthouse")
    void e37() {
        double decay = eth2Decay(320);

        assertThat(decay).isEqualTo(0.9857119009006162);
        assertThat(ScoreDecay.converge(decay, 10.0 / 32)).isEqualTo(21.871348863578195);
        assertThat(Eth2Presets.behaviourWeight(decay, 10, 32, 6)).isEqualTo(-15.879335171059182);
        assertThat(Eth2Presets.params(ETH2).behaviourPenaltyWeight())
                .isEqualTo(-15.879335171059182);
    }

    @Test
    @DisplayName("E38, S77 first deliveries of Lighthouse blocks")
    void e38() {
        double decay = eth2Decay(640);

        assertThat(decay).isEqualTo(0.9928302477768374);
        assertThat(Eth2Presets.firstDeliveriesCap(decay, 1, 8)).isEqualTo(34.86870846001471);
        TopicScoreParams block = Eth2Presets.block(ETH2);
        assertThat(block.firstMessageDeliveriesCap()).isEqualTo(34.86870846001471);
        assertThat(block.firstMessageDeliveriesWeight()).isEqualTo(1.1471603557060206);
    }

    @Test
    @DisplayName("E39, S121 first deliveries of Lighthouse exits")
    void e39() {
        TopicScoreParams exit = Eth2Presets.rare(ETH2, 4);

        assertThat(exit.firstMessageDeliveriesCap()).isCloseTo(21.730352842860377, ABOUT);
        assertThat(exit.firstMessageDeliveriesWeight()).isCloseTo(1.8407432354759123, ABOUT);
    }

    @Test
    @DisplayName("E40, S121 mesh deliveries of Lighthouse blocks")
    void e40() {
        double decay = eth2Decay(160);
        TopicScoreParams block = Eth2Presets.block(ETH2);

        assertThat(decay).isEqualTo(0.9716279515771061);
        assertThat(Eth2Presets.maxPositive()).isEqualTo(107.5);
        assertThat(block.meshMessageDeliveriesThreshold()).isEqualTo(0.6849191409056553);
        // The specification prints these two with eight and five digits.
        assertThat(block.meshMessageDeliveriesCap())
                .isCloseTo(2.0547574, Percentage.withPercentage(1e-5));
        assertThat(Eth2Presets.originalMeshWeight(0.5, block.meshMessageDeliveriesThreshold()))
                .isCloseTo(-458.31, Percentage.withPercentage(1e-3));
    }
}
