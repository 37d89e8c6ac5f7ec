package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KaplanMeierTest {
    private static Table table(KaplanMeier estimate) {
        return estimate.into(ResultTable.SURVIVAL.table());
    }

    @Test
    void whatHasNotEndedCountsForAsLongAsItWasSeen() {
        var estimate = new KaplanMeier();
        for (long seconds : new long[] {3, 1, 3}) estimate.ended(seconds);
        for (long seconds : new long[] {4, 2}) estimate.open(seconds);

        Table table = table(estimate);

        // At 3 s two of the three that had lasted as long ended: 4/5 * 1/3.
        assertThat(table.csv())
                .isEqualTo("seconds,share,at_risk\n0,1,5\n1,0.8,5\n3,0.266667,3\n4,0.266667,1\n");
        assertThat(estimate.median()).isEqualTo(3);
    }

    @Test
    void whatEndsAtTheInstantOfTheLastLookWasAtRiskThen() {
        var estimate = new KaplanMeier();
        estimate.ended(2);
        estimate.open(2);

        assertThat(table(estimate).csv()).isEqualTo("seconds,share,at_risk\n0,1,2\n2,0.5,2\n");
    }

    @Test
    void nothingHasNoEstimate() {
        assertThat(table(new KaplanMeier()).size()).isZero();
        assertThat(new KaplanMeier().median()).isNaN();
        var open = new KaplanMeier();
        open.open(7);
        assertThat(open.median()).as("none has ended").isNaN();
        assertThat(table(open).csv()).isEqualTo("seconds,share,at_risk\n0,1,1\n7,1,1\n");
    }
}
