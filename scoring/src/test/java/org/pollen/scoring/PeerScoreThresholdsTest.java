package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows S1 to S11, each in both modes of validation.
class PeerScoreThresholdsTest {

    @ParameterizedTest(name = "{0}: {1}, {2}, {3}, px {4}, graft {5}")
    @CsvSource(
            textBlock =
                    """
                    S1,   1,  0,  0, 0, 0, gossipThreshold is 1.0: it must be a number no higher than zero (0.0)
                    S2,   0,  1,  0, 0, 0, publishThreshold is 1.0: it must be a number no higher than zero (0.0)
                    S3,  -1,  0,  0, 0, 0, publishThreshold is 0.0: it must be a number no higher than gossipThreshold (-1.0)
                    S4,  -1, -2,  0, 0, 0, graylistThreshold is 0.0: it must be a number no higher than publishThreshold (-2.0)
                    S4,  -1, -2,  1, 0, 0, graylistThreshold is 1.0: it must be a number no higher than zero (0.0)
                    S5,   0,  0,  0, -1, 0, acceptPXThreshold is -1.0: it must be zero or more
                    S6,   0,  0,  0, 0, -1, opportunisticGraftThreshold is -1.0: it must be zero or more
                    S8,  -Infinity, 0, 0, 0, 0, gossipThreshold is -Infinity: it must be a number no higher than zero (0.0)
                    S8,  0, -Infinity, 0, 0, 0, publishThreshold is -Infinity: it must be a number no higher than zero (0.0)
                    S8,  0, 0, -Infinity, 0, 0, graylistThreshold is -Infinity: it must be a number no higher than zero (0.0)
                    S8,  NaN, -1, -1, 0, 0,  gossipThreshold is NaN: it must be a number no higher than zero (0.0)
                    S9,  -1, -2, -3, NaN, 0, acceptPXThreshold is NaN: it must be zero or more
                    S9,  -1, -2, -3, 0, Infinity, opportunisticGraftThreshold is Infinity: it must be zero or more
                    S11,  0, -1, 0, 0, 0, graylistThreshold is 0.0: it must be a number no higher than publishThreshold (-1.0)
                    """)
    void refuses(
            String row,
            double gossip,
            double publish,
            double graylist,
            double px,
            double graft,
            String why) {
        for (boolean selective : new boolean[] {false, true})
            assertThatThrownBy(() ->
                            new PeerScoreThresholds(
                                    selective, gossip, publish, graylist, px, graft))
                    .as(row)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(why);
    }

    @ParameterizedTest(name = "{0}: {1}, {2}, {3}, px {4}, graft {5}")
    @CsvSource(
            textBlock =
                    """
                    S7,  -1, -2, -3, 1, 2
                    S10,  0,  0,  0, 0, 0
                    S10, -1, -1, -1, 0, 0
                    """)
    void accepts(
            String row, double gossip, double publish, double graylist, double px, double graft) {
        for (boolean selective : new boolean[] {false, true}) {
            var thresholds =
                    PeerScoreThresholds.builder()
                            .skipAtomicValidation(selective)
                            .limits(gossip, publish, graylist)
                            .acceptPX(px)
                            .opportunisticGraft(graft)
                            .build();

            assertThat(thresholds.toBuilder().build()).as(row).isEqualTo(thresholds);
        }
    }

    @Test
    void neutralTreatsNobodyDifferently() {
        assertThat(PeerScoreThresholds.NEUTRAL)
                .isEqualTo(new PeerScoreThresholds(false, 0, 0, 0, 0, 0));
    }
}
