package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.scoring.Scene.A;
import static org.pollen.scoring.Scene.B;
import static org.pollen.scoring.Scene.C;
import static org.pollen.scoring.Scene.LOW;
import static org.pollen.scoring.Scene.T;
import static org.pollen.scoring.Scene.globals;
import static org.pollen.scoring.Scene.topic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows S78 to S109 and S114 to S122, without those that need a network of routers.
class ScoreEngineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MILLI = Duration.ofMillis(1);

    private static final int[] UNSCORED = {7};

    /// P2, P3 and P4 without decay; P3 needs 10 deliveries and is active after 1 s.
    private static TopicScoreParams.Builder full() {
        return topic().firstMessageDeliveries(1, 1, 100)
                .meshMessageDeliveries(-1, 1, 100, 10)
                .meshMessageDeliveriesTimes(Duration.ofMillis(10), SECOND)
                .meshFailurePenalty(-1, 1)
                .invalidMessageDeliveries(-1, 1);
    }

    private static Scene scene(PeerScoreParams.Builder globals) {
        return new Scene(globals.topic("t", full().buildUnchecked()).buildUnchecked());
    }

    /// A and B in the mesh, with P3 active and no deliveries.
    private static Scene active(PeerScoreParams.Builder globals) {
        return scene(globals).graft(A, B).pass(SECOND.plusNanos(1)).refresh();
    }

    @Test
    @DisplayName("S78 nothing happens to peers that are unknown")
    void unknownPeer() {
        var scene = Scene.of(full());
        for (int peer : new int[] {A, -1, 1000}) {
            scene.engine.graft(peer, T, scene.now);
            scene.engine.prune(peer, T, scene.now);
            scene.engine.addPenalty(peer, 1, BehaviourPenalty.APPLICATION);
            scene.duplicate(peer, 1);
            scene.deliver(peer, 1);
            scene.reject(peer, 2, RejectReason.VALIDATION_FAILED);
            scene.engine.setAddresses(peer, Scene.bytes("1.2.3.4"));
            scene.engine.setAppScore(peer, 1);
            scene.engine.slowPeer(peer);
            scene.engine.unsubscribedMessage(peer);
            scene.engine.resetPeer(peer);
            scene.engine.peerFeedback(peer, T, Feedback.USEFUL, scene.now);
            scene.engine.removePeer(peer, scene.now);

            assertThat(scene.score(peer)).isEqualTo(0);
            assertThat(scene.engine.topicScore(peer, T)).isEqualTo(0);
            assertThat(scene.engine.known(peer)).isFalse();
            assertThat(scene.snapshot(peer).known()).isFalse();
        }
        assertThat(scene.forgotten).isEmpty();
    }

    @Test
    @DisplayName("S79 events of unscored topics leave no trace")
    void unscoredTopic() {
        var scene = Scene.of(full()).peers(A);
        scene.engine.graft(A, 7, scene.now);
        scene.engine.deliver(A, 1, LOW, UNSCORED, scene.now);
        scene.engine.duplicate(A, 2, LOW, UNSCORED, scene.now);
        scene.engine.reject(A, 3, LOW, UNSCORED, RejectReason.INVALID_SIGNATURE, scene.now);
        scene.engine.peerFeedback(A, 7, Feedback.USEFUL, scene.now);
        scene.engine.prune(A, 7, scene.now);

        assertThat(scene.engine.scored(7)).isFalse();
        assertThat(scene.engine.topicScore(A, 7)).isEqualTo(0);
        assertThat(scene.engine.belowTopicFloor(A, 7)).isFalse();
        assertThat(scene.score(A)).isEqualTo(0);
        assertThat(scene.snapshot(A).topics()).isEmpty();
    }

    @Test
    @DisplayName("S80 outside the mesh P2 counts and P3 does not")
    void outsideTheMesh() {
        var scene = Scene.of(full()).peers(A).deliverNew(A, 3);

        assertThat(scene.topic(A).firstMessageDeliveries()).isEqualTo(3);
        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(0);
    }

    @Test
    @DisplayName("S81 P1 outside the mesh is nothing, and starts again with the next graft")
    void timeOutsideTheMesh() {
        var scene = Scene.of(topic().timeInMesh(1, SECOND, 100)).graft(A);
        assertThat(scene.pass(Duration.ofSeconds(5)).refresh().score(A)).isEqualTo(5);

        scene.engine.prune(A, T, scene.now);
        assertThat(scene.score(A)).isEqualTo(0);
        assertThat(scene.pass(Duration.ofSeconds(5)).refresh().score(A)).isEqualTo(0);

        scene.engine.graft(A, T, scene.now);
        assertThat(scene.score(A)).isEqualTo(0);
        assertThat(scene.pass(SECOND).refresh().score(A)).isEqualTo(1);
    }

    @ParameterizedTest(name = "S82 a copy {0} ns after validation counts {1}")
    @CsvSource({"0, 1", "10000000, 1", "10000001, 0"})
    void window(long nanos, double expected) {
        var scene = Scene.of(full()).graft(A, B);
        scene.validate(1);
        scene.deliver(A, 1);
        scene.pass(Duration.ofNanos(nanos)).duplicate(B, 1);

        assertThat(scene.topic(B).meshMessageDeliveries()).isEqualTo(expected);
    }

    @Test
    @DisplayName("S83 a peer that sends a valid message twice is credited once")
    void twice() {
        var scene = Scene.of(full()).graft(A, B);
        scene.deliver(A, 1);
        scene.duplicate(B, 1);
        scene.duplicate(B, 1);

        assertThat(scene.topic(B).meshMessageDeliveries()).isEqualTo(1);
    }

    @Test
    @DisplayName("S84 the first deliverer gets nothing more for a copy")
    void firstDelivererAgain() {
        var scene = Scene.of(full()).graft(A);
        scene.deliver(A, 1);
        scene.duplicate(A, 1);

        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(1);
        assertThat(scene.topic(A).firstMessageDeliveries()).isEqualTo(1);
    }

    @Test
    @DisplayName("S84 nor for a copy that came while the message was validated")
    void firstDelivererDuringValidation() {
        var scene = Scene.of(full()).graft(A);
        scene.validate(1);
        scene.duplicate(A, 1);
        scene.deliver(A, 1);
        scene.duplicate(A, 1);

        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(1);
    }

    @Test
    @DisplayName("S85 a copy from outside the mesh gives no P3")
    void copyFromOutside() {
        var scene = Scene.of(full()).graft(A).peers(B, C);
        scene.validate(1);
        scene.duplicate(B, 1);
        scene.deliver(A, 1);
        scene.duplicate(C, 1);

        assertThat(scene.topic(B).meshMessageDeliveries()).isEqualTo(0);
        assertThat(scene.topic(C).meshMessageDeliveries()).isEqualTo(0);
    }

    @Test
    @DisplayName("S86 a refusal hits everybody who sent the message, and each further copy again")
    void failedWithWaiting() {
        var scene = Scene.of(full()).peers(A, B, C);
        scene.validate(1);
        scene.duplicate(B, 1);
        scene.duplicate(C, 1);
        scene.duplicate(A, 1);
        scene.reject(A, 1, RejectReason.VALIDATION_FAILED);
        assertThat(scene.scores(A, B, C)).containsExactly(-1, -1, -1);

        for (int peer : new int[] {A, B, B, C}) scene.duplicate(peer, 1);
        assertThat(scene.scores(A, B, C)).containsExactly(-4, -9, -4);
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "MISSING_SIGNATURE",
                "INVALID_SIGNATURE",
                "UNEXPECTED_SIGNATURE",
                "UNEXPECTED_AUTH_INFO",
                "SELF_ORIGIN"
            })
    @DisplayName("S87 refusals for the signature or the author")
    void signature(RejectReason reason) {
        var scene = Scene.of(full()).peers(A);
        scene.reject(A, 1, reason);

        assertThat(scene.topic(A).invalidMessageDeliveries()).isEqualTo(1);
        assertThat(scene.engine.deliveryRecords()).isEqualTo(0);
    }

    @Test
    @DisplayName("S88 an unknown reason counts as validation failed")
    void unknownReason() {
        for (RejectReason reason : RejectReason.values())
            assertThat(RejectReason.of(reason.text())).isEqualTo(reason);
        assertThat(RejectReason.of("the moon is full")).isEqualTo(RejectReason.VALIDATION_FAILED);

        var scene = Scene.of(full()).peers(A);
        scene.reject(A, 1, RejectReason.of("the moon is full"));
        scene.duplicate(A, 1);
        assertThat(scene.score(A)).isEqualTo(-4);
    }

    @ParameterizedTest
    @EnumSource(names = {"VALIDATION_THROTTLED", "VALIDATION_IGNORED", "VALIDATION_FAILED"})
    @DisplayName("S89 accepting after a refusal changes nothing")
    void acceptedAfterRefused(RejectReason reason) {
        var scene = Scene.of(full()).graft(A).peers(B);
        scene.validate(1);
        scene.reject(B, 1, reason);
        scene.deliver(A, 1);
        scene.duplicate(A, 1);

        boolean failed = reason == RejectReason.VALIDATION_FAILED;
        assertThat(scene.score(A)).isEqualTo(failed ? -1 : 0);
        assertThat(scene.snapshot(A).contribution(ScoreComponent.P2)).isEqualTo(0);
    }

    @Test
    @DisplayName("S89 refusing after accepting changes nothing")
    void refusedAfterAccepted() {
        var scene = Scene.of(full()).peers(A, B);
        scene.deliver(A, 1);
        scene.reject(A, 1, RejectReason.VALIDATION_FAILED);
        scene.reject(A, 1, RejectReason.VALIDATION_IGNORED);
        scene.deliver(A, 1);
        scene.duplicate(B, 1);

        assertThat(scene.scores(A, B)).containsExactly(1, 0);
    }

    @Test
    @DisplayName("S90 P3 is active after, not at, the activation time")
    void activationBoundary() {
        var scene = Scene.of(full()).graft(A).pass(SECOND).refresh();
        assertThat(scene.score(A)).isEqualTo(0);

        assertThat(scene.pass(Duration.ofNanos(1)).refresh().score(A)).isEqualTo(-100);
    }

    @Test
    @DisplayName("S91 a graft starts the activation again and keeps the counter")
    void graftAgain() {
        var scene = active(globals()).deliverNew(A, 4);
        scene.engine.graft(A, T, scene.now);
        assertThat(scene.score(A)).isEqualTo(4);
        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(4);

        scene.pass(SECOND).refresh();
        assertThat(scene.score(A)).isEqualTo(4);
        scene.pass(Duration.ofNanos(1)).refresh();
        assertThat(scene.score(A)).isEqualTo(4 - 36);
    }

    @ParameterizedTest(name = "S92, S93 reference {0}")
    @CsvSource({"false, 100, -100, -100", "true, 200, -300, -400"})
    @DisplayName(
            "S92 two prunes charge once, S93 P3 stops at the prune; the reference does neither")
    void pruneTwice(boolean strict, double charged, double score, double later) {
        var scene = active(globals().strictReferencePrune(strict));
        scene.engine.prune(A, T, scene.now);
        scene.engine.prune(A, T, scene.now);
        assertThat(scene.topic(A).meshFailurePenalty()).isEqualTo(charged);
        assertThat(scene.score(A)).isEqualTo(score);

        if (strict) scene.engine.prune(A, T, scene.now);
        assertThat(scene.refresh(5).score(A)).isEqualTo(later);
    }

    @Test
    @DisplayName(
            "S92 in the reference even a peer that never was in the mesh gets stats by a prune")
    void pruneOutside() {
        for (boolean strict : new boolean[] {false, true}) {
            var scene = scene(globals().strictReferencePrune(strict)).peers(A);
            scene.engine.prune(A, T, scene.now);

            assertThat(scene.snapshot(A).topics()).hasSize(strict ? 1 : 0);
            assertThat(scene.score(A)).isEqualTo(0);
        }
    }

    @Test
    @DisplayName("S93 after a prune without deficit P3 is not charged either")
    void pruneWithoutDeficit() {
        var params = full().meshMessageDeliveries(-1, 0.5, 100, 10).firstMessageDeliveries(0, 0, 0);
        var scene = Scene.of(params).graft(A).pass(SECOND.plusNanos(1)).refresh();
        scene.deliverNew(A, 50);
        scene.engine.prune(A, T, scene.now);

        assertThat(scene.refresh(10).score(A)).isEqualTo(0);
    }

    @Test
    @DisplayName("S94 a peer that leaves with a positive score is forgotten at once")
    void leavesPositive() {
        var scene = scene(globals().ipColocationFactor(-1, 1).retainScore(SECOND));
        scene.at(A, "1.2.3.4").at(B, "1.2.3.4").deliverNew(A, 10);
        assertThat(scene.score(B)).isEqualTo(-1);

        scene.engine.removePeer(A, scene.now);

        assertThat(scene.engine.known(A)).isFalse();
        assertThat(scene.forgotten).containsExactly(A);
        assertThat(scene.score(B)).isEqualTo(0);
        assertThat(scene.engine.connectedPeers()).isEqualTo(1);
        assertThat(scene.engine.retainedPeers()).isEqualTo(0);
    }

    @Test
    @DisplayName("S95 a score of exactly 0 is retained")
    void leavesZero() {
        var scene = scene(globals().retainScore(SECOND)).peers(A);
        scene.engine.removePeer(A, scene.now);
        scene.engine.removePeer(A, scene.now);

        assertThat(scene.engine.retained(A)).isTrue();
        assertThat(scene.engine.retainedPeers()).isEqualTo(1);
        assertThat(scene.engine.connectedPeers()).isEqualTo(0);
        assertThat(scene.snapshot(A).retainedUntilNanos()).hasValue(SECOND.toNanos());
    }

    @ParameterizedTest(name = "S96 reference {0}")
    @CsvSource({"false, -36", "true, -72"})
    @DisplayName("S96 leaving with a deficit wipes P2 and charges P3b")
    void leavesWithDeficit(boolean strict, double score) {
        var scene = active(globals().strictReferencePrune(strict).retainScore(SECOND));
        scene.deliverNew(A, 4);
        scene.engine.removePeer(A, scene.now);

        TopicScoreSnapshot topic = scene.topic(A);
        assertThat(topic.firstMessageDeliveries()).isEqualTo(0);
        assertThat(topic.meshFailurePenalty()).isEqualTo(36);
        assertThat(topic.inMesh()).isFalse();
        // The reference leaves P3 active, so that the deficit counts twice.
        assertThat(scene.score(A)).isEqualTo(score);
    }

    @Test
    @DisplayName("S97 retained records do not decay, S98 and do again after a return")
    void retainedDoesNotDecay() {
        var globals = globals().behaviourPenalty(-1, 0, 0.5).retainScore(Duration.ofHours(1));
        var params = topic().invalidMessageDeliveries(-1, 0.5);
        var scene = new Scene(globals.topic("t", params.build()).build()).peers(A);
        scene.engine.addPenalty(A, 4, BehaviourPenalty.APPLICATION);
        scene.reject(A, 1, RejectReason.SELF_ORIGIN);
        scene.engine.removePeer(A, scene.now);
        for (int i = 0; i < 10; i++) scene.pass(SECOND).refresh();
        assertThat(scene.score(A)).isEqualTo(-17);

        scene.peers(A);
        assertThat(scene.score(A)).isEqualTo(-17);
        assertThat(scene.engine.retained(A)).isFalse();
        assertThat(scene.engine.retainedPeers()).isEqualTo(0);
        assertThat(scene.refresh().score(A)).isEqualTo(-4.25);
    }

    @Test
    @DisplayName("S99 without retention the record goes with the first step after the disconnect")
    void noRetention() {
        var scene = scene(globals()).peers(A);
        scene.engine.removePeer(A, scene.now);
        scene.refresh();
        assertThat(scene.engine.known(A)).isTrue();

        scene.pass(Duration.ofNanos(1)).refresh();
        assertThat(scene.engine.known(A)).isFalse();
        assertThat(scene.forgotten).containsExactly(A);
    }

    @Test
    @DisplayName("S100 a retained peer shares its address until it is purged")
    void retainedSharesAddress() {
        var scene = new Scene(globals().ipColocationFactor(-1, 1).retainScore(SECOND).build());
        for (int peer = 0; peer < 4; peer++) scene.at(peer, "1.2.3.4");
        scene.engine.removePeer(3, scene.now);
        assertThat(scene.score(A)).isEqualTo(-9);

        scene.pass(SECOND.plusNanos(1)).refresh();
        assertThat(scene.score(A)).isEqualTo(-4);
    }

    @Test
    @DisplayName("S101 a peer that changes its address")
    void addressChange() {
        var scene = new Scene(globals().ipColocationFactor(-1, 1).build());
        scene.at(A, "1.1.1.1").at(B, "1.1.1.1", "5.5.5.5").at(C, "2.2.2.2");
        assertThat(scene.scores(A, B, C)).containsExactly(-1, -1, 0);

        scene.moves(B, "5.5.5.5", "2.2.2.2");
        assertThat(scene.scores(A, B, C)).containsExactly(-1, -1, 0);
        scene.engine.refreshAddresses(scene.now);
        assertThat(scene.scores(A, B, C)).containsExactly(0, -1, -1);
        assertThat(scene.snapshot(B).addresses())
                .extracting(SharedAddress::address)
                .containsExactly("5.5.5.5", "2.2.2.2");
    }

    @Test
    @DisplayName("S102 loopback does not count, unless asked for; relayed addresses are not told")
    void loopback() {
        for (boolean counts : new boolean[] {false, true}) {
            var globals = globals().ipColocationFactor(-1, 1).ipColocationCountsLoopback(counts);
            var scene = new Scene(globals.build());
            for (int peer : new int[] {A, B}) scene.at(peer, "127.60.0.1", "::1").peers(peer);
            // The owner leaves relayed connections out.
            scene.at(C);

            double both = counts ? -3 : 0;
            assertThat(scene.scores(A, B, C)).containsExactly(both, both, 0);
        }
    }

    @Test
    @DisplayName("S103 an IPv4-mapped address is the IPv4 address")
    void mapped() {
        var scene = new Scene(globals().ipColocationFactor(-1, 1).build()).at(A, "1.2.3.4");
        byte[] mapped = new byte[16];
        System.arraycopy(new byte[] {-1, -1, 1, 2, 3, 4}, 0, mapped, 10, 6);
        scene.peers(B).engine.setAddresses(B, List.of(mapped, new byte[] {1, 2, 3, 4}));

        assertThat(scene.scores(A, B)).containsExactly(-1, -1);
        assertThat(scene.snapshot(B).addresses())
                .containsExactly(new SharedAddress("1.2.3.4", 2, false, 1));
    }

    @Test
    @DisplayName("S104 the cap limits the sum of the topics from above only")
    void cap() {
        var params = topic().firstMessageDeliveries(1, 1, 100).invalidMessageDeliveries(-1, 1);
        var scene =
                new Scene(
                        globals()
                                .topicScoreCap(10)
                                .topic("a", params.buildUnchecked())
                                .topic("b", params.buildUnchecked())
                                .buildUnchecked());
        scene.peers(A);
        for (int i = 0; i < 8; i++) scene.engine.deliver(A, i, LOW, new int[] {i % 2}, scene.now);
        assertThat(scene.score(A)).isEqualTo(8);
        for (int i = 8; i < 16; i++) scene.engine.deliver(A, i, LOW, new int[] {i % 2}, scene.now);
        assertThat(scene.score(A)).isEqualTo(10);
        assertThat(scene.snapshot(A).contribution(ScoreComponent.CAP)).isEqualTo(-6);

        for (int i = 0; i < 6; i++) scene.engine.peerFeedback(A, 0, Feedback.INVALID, scene.now);
        assertThat(scene.score(A)).isEqualTo(16 - 36);
    }

    @Test
    @DisplayName("S105 P7 becomes exactly 0")
    void behaviourToZero() {
        var scene = new Scene(globals().behaviourPenalty(-1, 0, 0.5).build()).peers(A);
        scene.engine.addPenalty(A, 1, BehaviourPenalty.BROKEN_PROMISE);
        scene.refresh(6);
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(0.015625);

        assertThat(scene.refresh().snapshot(A).behaviourPenalty()).isEqualTo(0);
    }

    @ParameterizedTest(name = "caps {0}, {1}: counters {2}, {3}")
    @CsvSource({"50, 50, 50, 50", "50, 100, 50, 100", "100, 50, 100, 50", "200, 200, 100, 100"})
    @DisplayName("S106 lowered caps clip the counters, S107 raised ones do not change them")
    void newCaps(double cap2, double cap3, double first, double mesh) {
        var params =
                topic().firstMessageDeliveries(1, 0.9, 100)
                        .meshMessageDeliveries(-1, 0.9, 100, 10)
                        .meshMessageDeliveriesTimes(MILLI, SECOND)
                        .invalidMessageDeliveries(0, 0.5)
                        .build();
        var scene = new Scene(globals().topic("t", params).build()).graft(A).peers(B);
        scene.deliverNew(A, 200);

        scene.engine.setTopicParams(
                T,
                params.toBuilder()
                        .firstMessageDeliveries(1, 0.9, cap2)
                        .meshMessageDeliveries(-1, 0.9, cap3, 10)
                        .build());

        assertThat(scene.topic(A).firstMessageDeliveries()).isEqualTo(first);
        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(mesh);
        assertThat(scene.score(A)).isEqualTo(first);
    }

    @Test
    @DisplayName("S108 a copy after the record expired is a new story")
    void lateCopy() {
        var scene = Scene.of(full()).graft(A, B);
        scene.deliver(A, 1);
        scene.pass(Duration.ofMinutes(2));
        scene.engine.gcDeliveryRecords(scene.now);
        assertThat(scene.engine.deliveryRecords()).isEqualTo(1);
        scene.pass(Duration.ofNanos(1));
        scene.engine.gcDeliveryRecords(scene.now);
        assertThat(scene.engine.deliveryRecords()).isEqualTo(0);

        scene.duplicate(B, 1);

        assertThat(scene.engine.deliveryRecords()).isEqualTo(1);
        assertThat(scene.score(B)).isEqualTo(0);
    }

    @Test
    @DisplayName("S109 an inspector before scoring is enabled, and a second one")
    void inspectorErrors() {
        ScoreInspector.Simple inspector = _ -> {};
        var off = ScoreEngine.disabled(Scene.of(full()), 0);
        assertThatThrownBy(() -> off.setInspector(inspector, SECOND))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("scoring is not enabled");
        var valid = full().firstMessageDeliveries(0, 0, 0).buildUnchecked();
        assertThatThrownBy(() -> off.setTopicParams(T, valid)).hasMessage("scoring is not enabled");
        assertThatThrownBy(() -> off.setParams(globals().build()))
                .hasMessage("scoring is not enabled");

        var engine = Scene.of(full()).engine;
        assertThatThrownBy(() -> engine.setInspector(inspector, Duration.ZERO))
                .hasMessage("period is PT0S: it must be more than zero");
        engine.setInspector(inspector, SECOND);
        assertThatThrownBy(() -> engine.setInspector(inspector, SECOND))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("there is an inspector already");
    }

    @Test
    @DisplayName("section 7: inspectors see retained peers too, each period and when asked")
    void inspectors() {
        var scene = scene(globals().retainScore(Duration.ofHours(1))).peers(A, B);
        scene.reject(B, 1, RejectReason.SELF_ORIGIN);
        scene.engine.removePeer(B, scene.now);
        var seen = new ArrayList<String>();
        scene.engine.inspect(scene.now);
        scene.engine.setInspector(
                (ScoreInspector.Simple) scores -> seen.add(scores.toString()),
                Duration.ofSeconds(10));
        for (int i = 0; i < 25; i++) scene.pass(SECOND).engine.tick(scene.now);
        assertThat(seen).containsExactly("{0=0.0, 1=-1.0}", "{0=0.0, 1=-1.0}");

        var extended = scene(globals()).peers(A, B);
        var peers = new ArrayList<Integer>();
        extended.engine.setInspector(
                (ScoreInspector.Extended)
                        snapshots -> snapshots.forEach(snapshot -> peers.add(snapshot.peer())),
                SECOND);
        extended.engine.inspect(extended.now);
        assertThat(peers).containsExactly(A, B);
    }

    @Test
    @DisplayName("S111 the scores behind it: Ignore costs nothing, Reject does")
    void ignoreAndReject() {
        var scene = Scene.of(topic().invalidMessageDeliveries(-1, 0.9999)).peers(A, B);
        scene.validate(1);
        scene.reject(A, 1, RejectReason.VALIDATION_IGNORED);
        scene.validate(2);
        scene.reject(B, 2, RejectReason.VALIDATION_FAILED);

        assertThat(scene.refresh().score(A)).isEqualTo(0);
        assertThat(scene.score(B)).isLessThan(0);
    }

    @Test
    @DisplayName("S114 an application score that throws or is NaN counts 0 and is told once")
    void brokenAppScore() {
        var params =
                globals()
                        .appSpecificScore(
                                peer -> {
                                    if (peer == A) throw new IllegalStateException("broken");
                                    return peer == B ? Double.NaN : 7;
                                },
                                1)
                        .build();
        var scene = new Scene(params).peers(A, B, C);

        for (int i = 0; i < 3; i++) assertThat(scene.scores(A, B, C)).containsExactly(0, 0, 7);
        assertThat(scene.failures).containsExactly("0 broken", "1 NaN");

        scene.engine.setAppScore(A, 5);
        scene.engine.setAppScore(C, 5);
        scene.engine.setAppScore(B, Double.NaN);
        assertThat(scene.scores(A, B, C)).containsExactly(5, 0, 12);
    }

    @Test
    @DisplayName("S114 an infinite application score leads to a score that can be compared")
    void infiniteAppScore() {
        var scene = new Scene(globals().appSpecificScore(null, 0).build()).peers(A);
        scene.engine.setAppScore(A, Double.NEGATIVE_INFINITY);
        assertThat(scene.score(A)).isEqualTo(0);

        var huge = globals().appSpecificScore(null, 1e300).behaviourPenalty(-1e308, 0, 0.5);
        var overflow = new Scene(huge.build()).peers(A);
        overflow.engine.setAppScore(A, Double.POSITIVE_INFINITY);
        overflow.engine.addPenalty(A, 1e10, BehaviourPenalty.APPLICATION);
        assertThat(overflow.score(A)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    @DisplayName(
            "S116 the floor of a topic: +22 elsewhere and -25 here is below the floor here only")
    void topicFloor() {
        var good = topic().firstMessageDeliveries(1, 1, 100);
        var bad =
                topic().meshMessageDeliveries(-1, 1, 100, 5)
                        .meshMessageDeliveriesTimes(MILLI, SECOND)
                        .topicPruneThreshold(-12.5);
        var scene =
                new Scene(
                        globals()
                                .topic("good", good.buildUnchecked())
                                .topic("bad", bad.buildUnchecked())
                                .buildUnchecked());
        scene.peers(A).engine.graft(A, 1, scene.now);
        scene.engine.graft(A, 0, scene.now);
        scene.pass(Duration.ofSeconds(2)).refresh().deliverNew(A, 22);
        scene.engine.peerFeedback(A, 0, Feedback.USEFUL, scene.now);
        for (int i = 0; i < 4; i++) scene.engine.peerFeedback(A, 0, Feedback.USEFUL, scene.now);

        assertThat(scene.score(A)).isEqualTo(27 - 25);
        assertThat(scene.engine.belowTopicFloor(A, 0)).isFalse();
        assertThat(scene.engine.belowTopicFloor(A, 1)).isTrue();
        assertThat(scene.snapshot(A).topics().get(1).belowFloor()).isTrue();
    }

    @Test
    @DisplayName("S117 feedback of the application")
    void feedback() {
        var scene = Scene.of(full()).graft(A).peers(B);
        scene.engine.peerFeedback(A, T, Feedback.USEFUL, scene.now);
        scene.engine.peerFeedback(B, T, Feedback.USEFUL, scene.now);
        scene.engine.peerFeedback(B, T, Feedback.INVALID, scene.now);

        assertThat(scene.topic(A).firstMessageDeliveries()).isEqualTo(1);
        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(1);
        assertThat(scene.topic(B).firstMessageDeliveries()).isEqualTo(1);
        assertThat(scene.topic(B).meshMessageDeliveries()).isEqualTo(0);
        assertThat(scene.topic(B).invalidMessageDeliveries()).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}: P2 {1} {2} {3}, P3 {4} {5} {6}, P4 {7} {8} {9}")
    @CsvSource({
        // slices 0 and 1, exact mask 2; in the mesh of slice 1 and of nothing else
        "EXACT,       0,   0,   1, 0, 0, 0, 0, 0, 1",
        "PER_SLICE,   0.5, 0.5, 0, 0, 1, 0, 1, 1, 0",
        "FIRST_SLICE, 1,   0,   0, 0, 0, 0, 1, 0, 0"
    })
    @DisplayName("S118 masks of several bits")
    void policies(
            ScoreKeyPolicy policy,
            double p2a,
            double p2b,
            double p2c,
            double p3a,
            double p3b,
            double p3c,
            double p4a,
            double p4b,
            double p4c) {
        var globals = globals().scoreKeyPolicy(policy);
        for (String key : List.of("a", "b", "ab")) globals.topic(key, full().buildUnchecked());
        var scene = new Scene(globals.buildUnchecked()).peers(A, B);
        scene.engine.graft(A, 1, scene.now);
        int[] keys = policy.keys(2, new int[] {0, 1});

        scene.engine.deliver(A, 1, LOW, keys, scene.now);
        scene.engine.reject(A, 2, LOW, keys, RejectReason.VALIDATION_FAILED, scene.now);

        double[][] counters = new double[3][3];
        for (TopicScoreSnapshot topic : scene.snapshot(A).topics()) {
            counters[0][topic.topic()] = topic.firstMessageDeliveries();
            counters[1][topic.topic()] = topic.meshMessageDeliveries();
            counters[2][topic.topic()] = topic.invalidMessageDeliveries();
        }
        assertThat(counters)
                .isDeepEqualTo(new double[][] {{p2a, p2b, p2c}, {p3a, p3b, p3c}, {p4a, p4b, p4c}});
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("S118 with one bit all policies are the same; slices alone are enough for two")
    void oneBit(ScoreKeyPolicy policy) {
        var globals = globals().scoreKeyPolicy(policy);
        for (String key : List.of("a", "b")) globals.topic(key, full().buildUnchecked());
        var scene = new Scene(globals.buildUnchecked()).graft(A);
        scene.engine.deliver(A, 1, LOW, policy.keys(0, new int[] {0}), scene.now);
        assertThat(scene.score(A)).isEqualTo(1);

        scene.engine.deliver(A, 2, LOW, new int[] {0, 1}, scene.now);
        scene.engine.deliver(A, 3, LOW, new int[0], scene.now);
        assertThat(scene.score(A)).isEqualTo(policy == ScoreKeyPolicy.EXACT ? 1 : 2);
    }

    @Test
    @DisplayName("S122 a topic that is idle charges no P3, and no P3b at prune")
    void idleTopic() {
        var scene = active(globals().suppressP3WhenIdle(true));
        scene.deliverNew(B, 20);
        assertThat(scene.scores(A, B)).containsExactly(-100, 20);

        for (int i = 0; i < 9; i++) scene.pass(SECOND).refresh();
        assertThat(scene.score(A)).isEqualTo(-100);
        scene.pass(SECOND).refresh();
        assertThat(scene.score(A)).isEqualTo(0);
        scene.engine.prune(A, T, scene.now);
        assertThat(scene.refresh().score(A)).isEqualTo(0);
    }

    @Test
    @DisplayName("S122 when it wakes, its members have the activation time again")
    void idleTopicWakes() {
        var scene = active(globals().suppressP3WhenIdle(true));
        for (int i = 0; i < 12; i++) scene.pass(SECOND).refresh();
        assertThat(scene.score(A)).isEqualTo(0);

        scene.deliverNew(B, 1);
        scene.pass(SECOND).refresh();
        assertThat(scene.score(A)).isEqualTo(0);
        scene.pass(Duration.ofNanos(1)).refresh();
        assertThat(scene.score(A)).isEqualTo(-100);
    }

    @Test
    @DisplayName("section 10: slow peers, linear above a threshold, off with weight 0")
    void slowPeers() {
        var scene = new Scene(globals().slowPeer(-0.2, 2, 0.2).build()).peers(A);
        for (int i = 0; i < 7; i++) scene.engine.slowPeer(A);
        assertThat(scene.score(A)).isEqualTo(-1);
        assertThat(scene.refresh().score(A)).isEqualTo(0);
        assertThat(scene.snapshot(A).slowPeerPenalty()).isEqualTo(7 * 0.2);
        assertThat(scene.refresh(5).snapshot(A).slowPeerPenalty()).isEqualTo(0);

        var off = new Scene(globals().build()).peers(A);
        off.engine.slowPeer(A);
        assertThat(off.snapshot(A).slowPeerPenalty()).isEqualTo(0);
    }

    @Test
    @DisplayName("section 3.2: the usual amounts, and a penalty for a retained peer")
    void usualPenalties() {
        var params = globals().behaviourPenalty(-1, 0, 0.9).minorPenalties(0.5, 0).build();
        var scene = new Scene(params).peers(A);
        for (var penalty : BehaviourPenalty.values()) scene.engine.addPenalty(A, penalty);
        // 1 + 1 + 1 + 10 + 0.5 + 0 + 1 + 1
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(15.5);
        assertThat(scene.snapshot(A).penalties())
                .doesNotContainKey(BehaviourPenalty.SUBSCRIPTION_LIMIT);

        scene.engine.removePeer(A, scene.now);
        scene.engine.addPenalty(A, BehaviourPenalty.BROKEN_PROMISE);
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(16.5);

        for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY})
            assertThatThrownBy(
                            () -> scene.engine.addPenalty(A, wrong, BehaviourPenalty.APPLICATION))
                    .hasMessage("count is " + wrong + ": it must be a number, zero or more");
    }

    @Test
    @DisplayName("section 9: every hundredth message for a topic we are not subscribed to")
    void unsubscribedMessages() {
        var scene = new Scene(globals().behaviourPenalty(-1, 0, 0.9).build()).peers(A);
        for (int i = 0; i < 299; i++) scene.engine.unsubscribedMessage(A);
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(2);
        scene.engine.unsubscribedMessage(A);
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(3);

        var off =
                new Scene(
                                globals()
                                        .behaviourPenalty(-1, 0, 0.9)
                                        .unsubscribedMessagesPerPenalty(0)
                                        .build())
                        .peers(A);
        for (int i = 0; i < 500; i++) off.engine.unsubscribedMessage(A);
        assertThat(off.score(A)).isEqualTo(0);
    }

    @Test
    @DisplayName("a disabled engine scores nobody and gives handles back at once")
    void disabled() {
        var owner = Scene.of(full());
        var engine = ScoreEngine.disabled(owner, 0);
        engine.registerTopic(T, "t");
        engine.addPeer(A, 0);
        engine.graft(A, T, 0);
        engine.validate(1, LOW, 0);
        engine.deliver(A, 1, LOW, Scene.KEYS, 0);
        engine.duplicate(A, 1, LOW, Scene.KEYS, 0);
        engine.reject(A, 2, LOW, Scene.KEYS, RejectReason.VALIDATION_FAILED, 0);
        engine.addPenalty(A, 5, BehaviourPenalty.APPLICATION);
        engine.setAppScore(A, -5);

        assertThat(engine.enabled()).isFalse();
        assertThat(engine.score(A)).isEqualTo(0);
        assertThat(engine.deliveryRecords()).isEqualTo(0);
        engine.removePeer(A, 0);
        assertThat(owner.forgotten).containsExactly(A);
    }

    @Test
    @DisplayName("a handle that is used again does not inherit what records know of its owner")
    void handleReuse() {
        var scene = Scene.of(full()).graft(A, B);
        scene.validate(1);
        scene.duplicate(B, 1);
        scene.engine.removePeer(B, scene.now);
        scene.pass(Duration.ofNanos(1)).refresh();
        assertThat(scene.forgotten).containsExactly(B);

        scene.graft(B);
        scene.reject(A, 1, RejectReason.VALIDATION_FAILED);
        assertThat(scene.scores(A, B)).containsExactly(-1, 0);

        scene.validate(2);
        scene.duplicate(B, 2);
        scene.deliver(A, 2);
        assertThat(scene.topic(B).meshMessageDeliveries()).isEqualTo(1);
    }

    @Test
    @DisplayName("a peer that left during validation is still credited and charged")
    void leftDuringValidation() {
        var scene = scene(globals().retainScore(SECOND)).peers(A, B);
        scene.validate(1);
        scene.duplicate(B, 1);
        scene.engine.removePeer(A, scene.now);
        scene.engine.removePeer(B, scene.now);
        scene.reject(A, 1, RejectReason.VALIDATION_FAILED);

        assertThat(scene.scores(A, B)).containsExactly(-1, -1);
    }

    @Test
    @DisplayName("local messages credit those who send copies")
    void localMessage() {
        var scene = Scene.of(full()).graft(A);
        scene.deliver(-1, 1);
        scene.duplicate(A, 1);

        assertThat(scene.topic(A).firstMessageDeliveries()).isEqualTo(0);
        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(1);
        scene.reject(-1, 2, RejectReason.VALIDATION_FAILED);
        scene.reject(-1, 2, RejectReason.SELF_ORIGIN);
        assertThat(scene.topic(A).invalidMessageDeliveries()).isEqualTo(0);
    }

    @Test
    @DisplayName(
            "section 13: the default parameters apply to each registered topic without its own")
    void defaultParams() {
        var wildcard = topic().firstMessageDeliveries(2, 0.5, 10).invalidMessageDeliveries(0, 0.5);
        var own = wildcard.build().toBuilder().topicWeight(3).build();
        var params = globals().defaultTopicParams(wildcard.build()).topic("own", own).build();
        var engine = new ScoreEngine(params, new Scene(params), 0);
        engine.registerTopic(0, "own");
        engine.registerTopic(300, "other");

        assertThat(engine.topicParams(0)).contains(own);
        assertThat(engine.topicParams(300)).contains(wildcard.build());
        assertThat(engine.topicParams(1)).isEmpty();
        assertThat(engine.scored(300)).isTrue();
        assertThat(engine.scored(-1)).isFalse();
        engine.forgetTopic(300);
        engine.forgetTopic(300);
        engine.forgetTopic(5000);
        assertThat(engine.scored(300)).isFalse();
        assertThatThrownBy(() -> engine.registerTopic(-1, "x"))
                .hasMessage("topic is -1: it must be 0 to 16777215");
        assertThatThrownBy(() -> engine.registerTopic(1 << 24, "x"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("a forgotten topic takes its counters along, and its place is used again")
    void forgetTopic() {
        var params = full().buildUnchecked();
        var scene = new Scene(globals().topic("a", params).topic("b", params).buildUnchecked());
        scene.graft(A).peers(B).deliverNew(A, 3);
        scene.engine.peerFeedback(A, 1, Feedback.USEFUL, scene.now);
        scene.engine.peerFeedback(A, 0, Feedback.INVALID, scene.now);
        assertThat(scene.score(A)).isEqualTo(3);

        scene.engine.forgetTopic(0);
        assertThat(scene.score(A)).isEqualTo(1);

        scene.engine.registerTopic(0, "b");
        assertThat(scene.engine.scored(0)).isTrue();
        scene.deliverNew(A, 2);
        assertThat(scene.score(A)).isEqualTo(3);
        assertThat(scene.topic(A).inMesh()).isFalse();
        assertThat(scene.topic(A).meshMessageDeliveries()).isEqualTo(0);
    }

    @Test
    @DisplayName("section 8: a topic that is scored from now on, and refused parameters")
    void topicParamsAtRunTime() {
        var scene = Scene.of(full()).peers(A);
        scene.engine.deliver(A, 1, LOW, UNSCORED, scene.now);
        var params = topic().firstMessageDeliveries(2, 0.9, 10).invalidMessageDeliveries(0, 0.5);
        scene.engine.setTopicParams(7, params.build());
        scene.engine.deliver(A, 2, LOW, UNSCORED, scene.now);
        assertThat(scene.score(A)).isEqualTo(2);

        var wrong = params.topicWeight(-1).buildUnchecked();
        assertThatThrownBy(() -> scene.engine.setTopicParams(7, wrong))
                .hasMessage("topic 7: topicWeight is -1.0: it must be zero or more");
        assertThatThrownBy(() -> scene.engine.setTopicParams(T, wrong))
                .hasMessage("t: topicWeight is -1.0: it must be zero or more");
        assertThat(scene.score(A)).isEqualTo(2);
    }

    @Test
    @DisplayName("new parameters for everything, at run time")
    void paramsAtRunTime() {
        var params = topic().firstMessageDeliveries(2, 0.9, 10).invalidMessageDeliveries(0, 0.5);
        var scene =
                new Scene(globals().topic("a", params.build()).topic("b", params.build()).build());
        scene.at(A, "1.2.3.4").at(B, "1.2.3.4").deliverNew(A, 3);
        scene.engine.peerFeedback(A, 1, Feedback.USEFUL, scene.now);
        assertThat(scene.scores(A, B)).containsExactly(8, 0);

        scene.engine.setParams(
                globals()
                        .ipColocationFactor(-1, 1)
                        .topic("a", params.topicWeight(10).build())
                        .build());
        assertThat(scene.scores(A, B)).containsExactly(59, -1);
        assertThat(scene.engine.scored(1)).isFalse();
        assertThat(scene.engine.params().ipColocationFactorThreshold()).isEqualTo(1);

        scene.engine.setWhitelist(List.of(IpBlock.parse("1.2.0.0/16")));
        assertThat(scene.scores(A, B)).containsExactly(60, 0);
        scene.engine.setWhitelist(List.of());
        assertThat(scene.scores(A, B)).containsExactly(59, -1);

        for (var changed :
                List.of(
                        globals().ipv6(true, 64),
                        globals().ipv6(false, 48),
                        globals().ipColocationCountsLoopback(true)))
            assertThatThrownBy(() -> scene.engine.setParams(changed.build()))
                    .hasMessageContaining("can be set at start only");
        var invalid = globals().topicScoreCap(-1).buildUnchecked();
        assertThatThrownBy(() -> scene.engine.setParams(invalid))
                .hasMessageStartingWith("topicScoreCap is -1.0");
    }

    @Test
    @DisplayName("an operator resets a peer: connections and meshes stay")
    void reset() {
        var scene = active(globals().behaviourPenalty(-1, 0, 0.9));
        scene.engine.addPenalty(A, 3, BehaviourPenalty.APPLICATION);
        scene.reject(A, 1, RejectReason.SELF_ORIGIN);
        assertThat(scene.score(A)).isEqualTo(-110);

        scene.engine.resetPeer(A);

        assertThat(scene.score(A)).isEqualTo(0);
        assertThat(scene.topic(A).inMesh()).isTrue();
        assertThat(scene.snapshot(A).offences()).isEmpty();
    }

    @Test
    @DisplayName("section 5.3: the timers of the engine")
    void timers() {
        var scene = scene(globals().decay(Duration.ofSeconds(10), 0.01)).at(A, "1.2.3.4");
        scene.engine.addPenalty(A, 1, BehaviourPenalty.APPLICATION);
        scene.validate(1);
        assertThat(scene.engine.nextTickAt()).isEqualTo(Duration.ofSeconds(10).toNanos());
        scene.engine.tick(Duration.ofSeconds(9).toNanos());
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(1);

        scene.now = 0;
        scene.pass(Duration.ofSeconds(10)).engine.tick(scene.now);
        assertThat(scene.snapshot(A).behaviourPenalty()).isEqualTo(0);
        assertThat(scene.engine.nextTickAt()).isEqualTo(Duration.ofSeconds(20).toNanos());

        // What was missed is done once.
        scene.moves(A, "5.6.7.8").pass(Duration.ofSeconds(175)).engine.tick(scene.now);
        assertThat(scene.engine.nextTickAt()).isEqualTo(Duration.ofSeconds(195).toNanos());
        assertThat(scene.engine.deliveryRecords()).isEqualTo(0);
        assertThat(scene.snapshot(A).addresses().getFirst().address()).isEqualTo("5.6.7.8");

        scene.engine.setInspector((ScoreInspector.Simple) _ -> {}, SECOND);
        assertThat(scene.engine.nextTickAt()).isEqualTo(Duration.ofSeconds(186).toNanos());
        var slow = scene(globals().decay(Duration.ofMinutes(10), 0.01)).engine;
        assertThat(slow.nextTickAt()).isEqualTo(Duration.ofMinutes(1).toNanos());
        slow.tick(Duration.ofMinutes(1).toNanos());
        assertThat(slow.nextTickAt()).isEqualTo(Duration.ofMinutes(2).toNanos());
    }

    @Test
    @DisplayName("handles out of range are refused")
    void handleRange() {
        var engine = Scene.of(full()).engine;
        for (int wrong : new int[] {-1, ScoreEngine.PEERS_MAX})
            assertThatThrownBy(() -> engine.addPeer(wrong, 0))
                    .hasMessage("peer is " + wrong + ": it must be 0 to 1048575");
        engine.addPeer(ScoreEngine.PEERS_MAX - 1, 0);
        assertThat(engine.known(ScoreEngine.PEERS_MAX - 1)).isTrue();
    }

    @Test
    @DisplayName("addresses are told only of connected peers; wrong lengths are refused")
    void addressErrors() {
        var scene = new Scene(globals().ipColocationFactor(-1, 1).retainScore(SECOND).build());
        scene.at(A, "1.2.3.4").peers(B);
        scene.engine.removePeer(B, scene.now);
        scene.engine.setAddresses(B, Scene.bytes("1.2.3.4"));
        assertThat(scene.score(A)).isEqualTo(0);
        assertThatThrownBy(() -> scene.engine.setAddresses(A, List.of(new byte[5])))
                .hasMessage("address length is 5: it must be 4 or 16");
    }

    @Test
    @DisplayName("the record of delivery records is bounded: the oldest goes early")
    void recordsMax() {
        var scene = scene(globals().deliveryRecordsMax(2)).graft(A, B);
        for (int id = 0; id < 3; id++) scene.deliver(A, id);
        assertThat(scene.engine.deliveryRecords()).isEqualTo(2);
        assertThat(scene.engine.deliveryRecordsEvicted()).isEqualTo(1);

        scene.duplicate(B, 2);
        scene.duplicate(B, 0);
        assertThat(scene.topic(B).meshMessageDeliveries()).isEqualTo(1);
    }

    @Test
    @DisplayName("retained records are bounded: neutral ones go first, then the oldest")
    void retainedMax() {
        var scene = scene(globals().retainScore(SECOND).retainedPeersMax(2));
        for (int peer = 0; peer < 6; peer++) scene.peers(peer);
        // 0, 2, 4 and 5 leave with a negative score.
        for (int peer : new int[] {0, 2, 4, 5}) scene.reject(peer, peer, RejectReason.SELF_ORIGIN);

        for (int peer : new int[] {0, 1, 2}) scene.engine.removePeer(peer, scene.now);
        assertThat(scene.forgotten).containsExactly(1);
        scene.engine.removePeer(3, scene.now);
        assertThat(scene.forgotten).containsExactly(1, 3);
        scene.engine.removePeer(4, scene.now);
        assertThat(scene.forgotten).containsExactly(1, 3, 0);
        scene.peers(2).engine.removePeer(5, scene.now);
        assertThat(scene.engine.retainedPeers()).isEqualTo(2);
        assertThat(scene.engine.retainedPeersEvicted()).isEqualTo(3);

        scene.pass(SECOND.plusNanos(1)).refresh();
        assertThat(scene.forgotten).containsExactly(1, 3, 0, 4, 5);
        assertThat(scene.engine.retainedPeers()).isEqualTo(0);
        assertThat(scene.engine.known(2)).isTrue();
    }
}
