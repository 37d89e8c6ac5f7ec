package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffsTest {
    private static final long SECOND = 1_000_000_000L;
    private final Backoffs backoffs = new Backoffs(2 * SECOND);

    @ParameterizedTest(name = "C66: {0} on the wire is {1} s")
    @CsvSource({
        "0, 60",
        "1, 1",
        "3600, 3600",
        "3601, 3600",
        "9223372036854775807, 3600",
        "-9223372036854775808, 3600",
        "-1, 3600"
    })
    void secondsOfStrangersAreClamped(long wire, long seconds) {
        assertThat(Backoffs.fromWire(wire, 60 * SECOND)).isEqualTo(seconds * SECOND);
    }

    @Test
    @DisplayName("C67: a longer backoff that runs already is kept")
    void theLongerOneIsKept() {
        backoffs.add(1, 2, 60 * SECOND, 0);
        backoffs.add(1, 2, 10 * SECOND, 0);
        assertThat(backoffs.remaining(1, 2, 0)).isEqualTo(60 * SECOND);
        backoffs.add(1, 2, 70 * SECOND, 0);
        assertThat(backoffs.remaining(1, 2, SECOND)).isEqualTo(69 * SECOND);
        assertThat(backoffs.size()).isEqualTo(1);
        assertThat(backoffs.remaining(2, 1, 0)).isZero();
    }

    @Test
    @DisplayName("C61: we wait two heartbeats longer than the peer has to")
    void theSlackIsOursOnly() {
        backoffs.add(1, 2, 60 * SECOND, 0);

        assertThat(backoffs.isActive(1, 2, 60 * SECOND - 1)).isTrue();
        assertThat(backoffs.isActive(1, 2, 60 * SECOND)).isFalse();
        assertThat(backoffs.isActiveWithSlack(1, 2, 62 * SECOND - 1)).isTrue();
        assertThat(backoffs.isActiveWithSlack(1, 2, 62 * SECOND)).isFalse();
        assertThat(backoffs.isActive(1, 3, 0) || backoffs.isActiveWithSlack(2, 2, 0)).isFalse();
    }

    @Test
    @DisplayName(
            "7.2: a sweep drops what ended longer than the slack ago, and the handle may go to another peer")
    void sweeping() {
        for (int peer = 0; peer < 200; peer++) backoffs.add(peer % 7, peer, (peer + 1) * SECOND, 0);
        assertThat(backoffs.holds(5)).isTrue();
        assertThat(backoffs.holds(500)).isFalse();

        backoffs.sweep(102 * SECOND);

        assertThat(backoffs.size()).isEqualTo(100);
        assertThat(backoffs.holds(5)).isFalse();
        assertThat(backoffs.holds(100)).isTrue();
        assertThat(backoffs.isActiveWithSlack(100 % 7, 100, 102 * SECOND)).isTrue();
    }

    @Test
    void clocksMayRunOver() {
        long start = Long.MAX_VALUE - SECOND;
        backoffs.add(0, 0, 60 * SECOND, start);

        assertThat(backoffs.isActive(0, 0, start + 59 * SECOND)).isTrue();
        assertThat(backoffs.isActive(0, 0, start + 60 * SECOND)).isFalse();
    }
}
