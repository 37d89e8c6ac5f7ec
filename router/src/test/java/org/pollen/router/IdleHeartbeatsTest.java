package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.TopicScoreParams;

/// Row S-09 of the simulator's list, for one router: leaving idle heartbeats out changes nothing.
class IdleHeartbeatsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int ACTIVATION = 100;

    private static PeerScoreParams scores() {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0.01, Duration.ofSeconds(1), 1000)
                        .meshMessageDeliveries(-1, 0.9, 10, 2)
                        .meshMessageDeliveriesTimes(
                                Duration.ofMillis(5), Duration.ofSeconds(ACTIVATION))
                        .build();
        return PeerScoreParams.builder()
                .skipAtomicValidation(true)
                .decay(Duration.ofSeconds(1), 0.01)
                .topic(Rig.TX.hex(), topic)
                .build();
    }

    /// Seven members of the mesh, three of them dialled, and one who is not in it.
    private static Rig settled() {
        var rig =
                new Rig(
                        Rig.PARAMS,
                        builder -> builder.scoring(scores(), ScoredRouterTest.THRESHOLDS));
        rig.subscribe(Rig.TX);
        for (int i = 0; i < 7; i++) {
            rig.peer("p" + i, i < 3);
            rig.members(Rig.TX, "p" + i);
        }
        rig.heartbeats(8).clear();
        return rig;
    }

    private static int idle(Rig rig) {
        return rig.router.idleHeartbeats(rig.now + SECOND, SECOND);
    }

    @Test
    void aRouterWithNothingToDoIsIdleUntilItMayGraftAgain() {
        Rig rig = settled();

        int ticks = Rig.PARAMS.opportunisticGraftTicks();
        assertThat(idle(rig)).isEqualTo(ticks - 8 - 1);
    }

    @Test
    void itIsNotIdleBeyondTheActivationOfDeficits() {
        Rig rig = settled();
        rig.heartbeats(ACTIVATION - 12).clear();

        // Grafted at zero: the step at the activation still charges nothing, the next one does.
        assertThat(idle(rig)).isEqualTo(4);
        rig.heartbeats(4);
        assertThat(rig.mesh(Rig.TX)).hasSize(7);
        rig.heartbeat();
        assertThat(rig.mesh(Rig.TX)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void whateverHasToBeLookedAtMakesItBusy(int what) {
        Rig rig = settled();
        List<Consumer<Rig>> all =
                List.of(
                        r -> r.publish(Rig.TX, "cached"),
                        r -> r.router.addDirectPeer(r.id("friend"), null, r.now),
                        r -> r.gone("p0").gone("p1"),
                        r ->
                                r.router
                                        .scores()
                                        .addPenalty(
                                                r.handle("p4"), 1, BehaviourPenalty.BROKEN_PROMISE),
                        r -> r.grafts("p5", Rig.TX).subscribe(Mask.fromHex("06")));

        all.get(what).accept(rig);

        assertThat(idle(rig)).isZero();
    }

    @Test
    void whatIsLeftOutAndMadeUpForLeavesTheSameRouter() {
        Rig run = settled();
        Rig skipped = settled();
        int count = idle(run);
        assertThat(count).isGreaterThan(10);

        run.heartbeats(count);
        skipped.router.onIdleHeartbeats(count, skipped.now + SECOND, SECOND);
        skipped.advance(Duration.ofSeconds(count));

        for (int i = 0; i < 7; i++) {
            String peer = "p" + i;
            assertThat(skipped.router.scores().snapshot(skipped.handle(peer), skipped.now))
                    .isEqualTo(run.router.scores().snapshot(run.handle(peer), run.now));
        }
        for (int i = 0; i < 200; i++) {
            run.heartbeat();
            skipped.heartbeat();
            if (i % 9 == 4) {
                run.sends("p1", Rig.TX, "m" + i);
                skipped.sends("p1", Rig.TX, "m" + i);
            }
            for (int p = 0; p < 7; p++) {
                assertThat(skipped.sent("p" + p)).isEqualTo(run.sent("p" + p));
            }
            assertThat(skipped.mesh(Rig.TX)).isEqualTo(run.mesh(Rig.TX));
        }
    }
}
