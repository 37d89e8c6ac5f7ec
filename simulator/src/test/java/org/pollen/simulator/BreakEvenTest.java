package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.scoring.ScoreEngine;

/// What a member of twelve meshes may withhold under the Ethereum set before its score is below
/// zero.
///
/// Source: simulator specification K-11: 7.2 + 3.2 t/T > 24.7 i/T.
class BreakEvenTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int TOPICS = 12;

    @ParameterizedTest
    @DisplayName(
            "S-55 (the rule, its counters full): who withholds 1 to 4 of 12 topics stays above zero, 5 and 6 do not")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void rule(int withheld) {
        double least = leastOfAMember(withheld);

        double rule = 7.2 + 3.2 * (TOPICS - withheld) / TOPICS - 24.7 * withheld / TOPICS;
        assertThat(least).isCloseTo(rule, within(1e-9));
        assertThat(least >= 0).isEqualTo(withheld <= 4);
    }

    @ParameterizedTest
    @DisplayName(
            "S-55 (in a network): who withholds 5 and 6 of 12 once its counters are full is below zero, 3 is not")
    @ValueSource(ints = {3, 5, 6})
    void network(int withheld) {
        double least = TopicAttacks.leastOfALateRider(new Arena(1, 1), withheld);

        assertThat(least >= 0).isEqualTo(withheld <= 3);
    }

    /// The least score in a minute that begins when P3 is active and all counters are full.
    private static double leastOfAMember(int withheld) {
        var engine =
                new ScoreEngine(Objects.requireNonNull(TopicAttacks.h2().scores()), _ -> {}, 0);
        engine.addPeer(1, 0);
        for (int t = 0; t < TOPICS; t++) {
            engine.registerTopic(t, "t" + t);
            engine.graft(1, t, 0);
        }
        double least = Double.MAX_VALUE;
        long message = 0;
        for (long second = 1; second <= 120; second++) {
            long now = second * SECOND;
            for (int t = 0; t < TOPICS; t++) {
                message++;
                engine.validate(message, message, now);
                engine.deliver(t < withheld ? -1 : 1, message, message, new int[] {t}, now);
            }
            if (second > 60) least = Math.min(least, engine.score(1));
            engine.refreshScores(now);
        }
        return least;
    }
}
