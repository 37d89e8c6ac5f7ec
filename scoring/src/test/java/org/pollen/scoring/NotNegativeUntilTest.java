package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NotNegativeUntilTest {
    private static final long SECOND = 1_000_000_000L;

    private static Scene scene() {
        PeerScoreParams params =
                Scene.globals()
                        .topic(
                                "t",
                                Scene.topic()
                                        .timeInMesh(0.1, Duration.ofSeconds(1), 100)
                                        .meshMessageDeliveries(-1, 0.9, 10, 2)
                                        .meshMessageDeliveriesTimes(
                                                Duration.ofMillis(5), Duration.ofSeconds(30))
                                        .invalidMessageDeliveries(-1, 0.9)
                                        .buildUnchecked())
                        .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 1)
                        .ipColocationFactor(-1, 1)
                        .behaviourPenalty(-1, 0, 0.9)
                        .buildUnchecked();
        var scene = new Scene(params);
        scene.graft(Scene.A, Scene.B);
        return scene;
    }

    @Test
    void untilDeficitsAreCharged() {
        Scene scene = scene();

        assertThat(scene.engine.notNegativeUntil(Scene.A)).isEqualTo(30 * SECOND);
        scene.engine.tick(30 * SECOND);
        assertThat(scene.engine.score(Scene.A)).isPositive();
        scene.engine.tick(31 * SECOND);
        assertThat(scene.engine.score(Scene.A)).isNegative();
        assertThat(scene.engine.notNegativeUntil(Scene.A)).isLessThan(31 * SECOND);
    }

    @Test
    void aPeerThatIsNotKnownScoresZero() {
        assertThat(scene().engine.notNegativeUntil(77)).isGreaterThan(1L << 60);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void whateverTakesFromTheScoreMakesItUncertain(int what) {
        Scene scene = scene();
        List<Consumer<ScoreEngine>> all =
                List.of(
                        engine -> engine.addPenalty(Scene.A, 1, BehaviourPenalty.BROKEN_PROMISE),
                        engine -> engine.setAppScore(Scene.A, -1),
                        engine ->
                                engine.reject(
                                        Scene.A,
                                        1,
                                        2,
                                        Scene.KEYS,
                                        RejectReason.VALIDATION_FAILED,
                                        0),
                        engine -> {
                            engine.setAddresses(Scene.A, List.of(new byte[] {10, 0, 0, 1}));
                            engine.setAddresses(Scene.B, List.of(new byte[] {10, 0, 0, 1}));
                        });

        all.get(what).accept(scene.engine);

        assertThat(scene.engine.notNegativeUntil(Scene.A)).isNegative();
    }
}
