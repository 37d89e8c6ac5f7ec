package org.pollen.node.devnet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeliveryTrackerTest {
    private final DeliveryTracker tracker = new DeliveryTracker(3);

    @Test
    void aTransactionIsDeliveredWhenEveryOtherNodeHasIt() {
        tracker.published(0, id(1), 1_000_000);
        assertThat(tracker.arrived(1, id(1), 3_000_000)).isEqualTo(2_000_000);
        assertThat(tracker.ratio()).isEqualTo(0.5);
        assertThat(tracker.complete()).isZero();
        assertThat(tracker.inFlight()).isEqualTo(1);

        assertThat(tracker.arrived(2, id(1), 11_000_000)).isEqualTo(10_000_000);
        assertThat(tracker.ratio()).isEqualTo(1);
        assertThat(tracker.complete()).isEqualTo(1);
        assertThat(tracker.inFlight()).isZero();
        assertThat(tracker.percentileMillis(99)).isBetween(9.9, 10.1);
    }

    @Test
    void copiesAndTheOriginCountOnce() {
        tracker.published(0, id(1), 0);
        tracker.arrived(1, id(1), 5);
        assertThat(tracker.arrived(1, id(1), 6)).isEqualTo(-1);
        assertThat(tracker.arrived(0, id(1), 6)).isEqualTo(-1);
        assertThat(tracker.ratio()).isEqualTo(0.5);
    }

    @Test
    void aTransactionPublishedAgainByAnotherNodeIsTheSameOne() {
        tracker.published(0, id(1), 0);
        tracker.published(1, id(1), 1);
        tracker.arrived(1, id(1), 2);
        tracker.arrived(2, id(1), 2);
        tracker.published(2, id(1), 3);
        assertThat(tracker.published()).isEqualTo(1);
        assertThat(tracker.ratio()).isEqualTo(1);
    }

    @Test
    void whatNobodyPublishedIsNotCounted() {
        assertThat(tracker.arrived(1, id(9), 5)).isEqualTo(-1);
        assertThat(tracker.ratio()).isEqualTo(1);
        assertThat(tracker.percentileMillis(50)).isZero();
    }

    private static byte[] id(int number) {
        byte[] id = new byte[32];
        id[31] = (byte) number;
        return id;
    }
}
