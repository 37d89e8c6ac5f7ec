package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.pollen.scoring.Scene.A;
import static org.pollen.scoring.Scene.LOW;
import static org.pollen.scoring.Scene.globals;
import static org.pollen.scoring.Scene.topic;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Section 7: snapshots explain.
class PeerScoreSnapshotTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /// A peer with something of everything.
    private static Scene everything(CapMode mode) {
        var first =
                topic().timeInMesh(0.5, SECOND, 10)
                        .firstMessageDeliveries(1, 1, 100)
                        .invalidMessageDeliveries(-2, 1);
        var second =
                topic().topicWeight(0.25)
                        .meshMessageDeliveries(-3, 1, 100, 12)
                        .meshMessageDeliveriesTimes(Duration.ofMillis(5), SECOND)
                        .meshFailurePenalty(-0.125, 1);
        var params =
                globals()
                        .topic("tx", first.buildUnchecked())
                        .topic("signal", second.buildUnchecked())
                        .topicScoreCap(1, mode)
                        .appSpecificScore(null, 2)
                        .ipColocationFactor(-10, 1)
                        .behaviourPenalty(-10, 1, 1)
                        .slowPeer(-0.5, 1, 1)
                        .buildUnchecked();
        var scene = new Scene(params);
        for (int peer = 0; peer < 3; peer++) scene.at(peer, "203.0.113.7");
        scene.engine.graft(A, 0, scene.now);
        scene.engine.graft(A, 1, scene.now);
        scene.pass(Duration.ofSeconds(3)).refresh();
        scene.engine.prune(A, 1, scene.now);
        scene.engine.graft(A, 1, scene.now);
        scene.pass(Duration.ofSeconds(3)).refresh().deliverNew(A, 20);
        scene.engine.reject(A, 77, LOW, new int[] {0}, RejectReason.INVALID_SIGNATURE, scene.now);
        scene.engine.peerFeedback(A, 0, Feedback.INVALID, scene.now);
        scene.engine.setAppScore(A, -4);
        scene.engine.addPenalty(A, 2, BehaviourPenalty.BROKEN_PROMISE);
        scene.engine.addPenalty(A, BehaviourPenalty.GRAFT_IN_BACKOFF);
        for (int i = 0; i < 3; i++) scene.engine.slowPeer(A);
        return scene;
    }

    @Test
    void contributionsAddUpToTheScore() {
        for (CapMode mode : CapMode.values()) {
            var scene = everything(mode);
            PeerScoreSnapshot snapshot = scene.snapshot(A);
            double sum = 0;
            for (var component : ScoreComponent.values()) {
                // The sum of all topics is negative, so that its cap has nothing to take.
                boolean absent = mode == CapMode.SUM && component == ScoreComponent.CAP;
                assertThat(snapshot.contribution(component) == 0)
                        .as(component.text())
                        .isEqualTo(absent);
                sum += snapshot.contribution(component);
            }

            assertThat(snapshot.score()).isEqualTo(scene.score(A));
            assertThat(sum).isCloseTo(snapshot.score(), within(1e-9));
        }
    }

    @Test
    void reasonsNameWhatLowersTheScoreWorstFirst() {
        PeerScoreSnapshot snapshot = everything(CapMode.POSITIVE_PARTS).snapshot(A);

        assertThat(snapshot.reasons())
                .extracting(ScoreReason::text)
                .containsExactly(
                        "delivered 0 of 12 in signal",
                        "3 peers share 203.0.113.7",
                        "behaviour penalty 3, graft in backoff 1, broken promise 2",
                        "2 invalid messages in tx",
                        "application score -4",
                        "left the mesh with a deficit, 144 of it unforgotten in signal",
                        "3 messages dropped, the peer reads too slowly");
        assertThat(snapshot.reasons().getFirst())
                .isEqualTo(
                        new ScoreReason(
                                ScoreComponent.P3, "signal", -108, "delivered 0 of 12 in signal"));
    }

    @Test
    void theArithmeticLineByLine() {
        PeerScoreSnapshot snapshot = everything(CapMode.POSITIVE_PARTS).snapshot(A);

        assertThat(snapshot.explain())
                .containsExactly(
                        "P1 tx 1.0 x 0.5 x 6.0 = 3.0",
                        "P2 tx 1.0 x 1.0 x 20.0 = 20.0",
                        "P4 tx 1.0 x -2.0 x 2.0^2 = -8.0",
                        "P3 signal 0.25 x -3.0 x 12.0^2 = -108.0",
                        "P3b signal 0.25 x -0.125 x 144.0 = -4.5",
                        "cap on topics = -14.0",
                        "P5 application score -4 = -8.0",
                        "P6 3 peers share 203.0.113.7, factor 4 = -40.0",
                        "P7 behaviour penalty 3, graft in backoff 1, broken promise 2 = -40.0",
                        "slow peer 3 = -1.0",
                        "total = -200.5");
    }

    @Test
    void offencesNameTheMessageAndTheTime() {
        var scene = everything(CapMode.SUM);
        List<ScoreOffence> offences = scene.snapshot(A).offences();

        long at = Duration.ofSeconds(6).toNanos();
        assertThat(offences)
                .containsExactly(
                        new ScoreOffence(
                                at,
                                ScoreComponent.P7,
                                "",
                                1,
                                0,
                                0,
                                BehaviourPenalty.GRAFT_IN_BACKOFF),
                        new ScoreOffence(
                                at,
                                ScoreComponent.P7,
                                "",
                                2,
                                0,
                                0,
                                BehaviourPenalty.BROKEN_PROMISE),
                        new ScoreOffence(at, ScoreComponent.P4, "tx", 1, 0, 0, null),
                        new ScoreOffence(at, ScoreComponent.P4, "tx", 1, 77, LOW, null),
                        new ScoreOffence(at / 2, ScoreComponent.P3B, "signal", 144, 0, 0, null));
    }

    @Test
    void onlyTheLastOffencesAreKept() {
        var scene = Scene.of(topic().invalidMessageDeliveries(-1, 1)).peers(A);
        for (int i = 0; i < 100; i++) scene.reject(A, i, RejectReason.SELF_ORIGIN);

        assertThat(scene.snapshot(A).offences())
                .hasSize(16)
                .extracting(ScoreOffence::messageHigh)
                .startsWith(99L, 98L)
                .endsWith(84L);
    }

    @Test
    void sinceWhenItIsNegative() {
        var scene = Scene.of(topic().invalidMessageDeliveries(-1, 0.5)).peers(A);
        assertThat(scene.snapshot(A).negativeSinceNanos()).isEmpty();
        scene.pass(SECOND).reject(A, 1, RejectReason.SELF_ORIGIN);
        scene.score(A);
        scene.pass(SECOND).refresh();
        assertThat(scene.snapshot(A).negativeSinceNanos()).hasValue(SECOND.toNanos());

        scene.refresh(10);
        assertThat(scene.snapshot(A).negativeSinceNanos()).isEmpty();
    }

    @Test
    void aPeerThatDidNothingHasNoTopicsAndNoReasons() {
        var scene = Scene.of(topic().firstMessageDeliveries(1, 1, 1)).peers(A);
        PeerScoreSnapshot snapshot = scene.snapshot(A);

        assertThat(snapshot.topics()).isEmpty();
        assertThat(snapshot.reasons()).isEmpty();
        assertThat(snapshot.explain()).containsExactly("total = 0.0");
        assertThat(snapshot.known()).isTrue();
        assertThat(snapshot.connected()).isTrue();
    }

    @Test
    void subnetsAndWhitelistedAddressesAreNamed() {
        var params =
                globals()
                        .ipColocationFactor(-1, 1)
                        .ipv6(false, 48)
                        .ipColocationFactorWhitelist(List.of(IpBlock.parse("9.0.0.0/8")))
                        .build();
        var scene = new Scene(params).at(A, "2001:db8:1:2::3", "9.9.9.9");

        assertThat(scene.snapshot(A).addresses())
                .containsExactly(
                        new SharedAddress("2001:db8:1:2::3", 1, false, 0),
                        new SharedAddress("2001:db8:1::/48", 1, false, 0),
                        new SharedAddress("9.9.9.9", 1, true, 0));
    }

    @Test
    void numbersForPeople() {
        assertThat(Texts.number(2)).isEqualTo("2");
        assertThat(Texts.number(0.12549)).isEqualTo("0.125");
        assertThat(Texts.number(-0.0001)).isEqualTo("0");
        assertThat(Texts.number(Double.POSITIVE_INFINITY)).isEqualTo("Infinity");
    }
}
