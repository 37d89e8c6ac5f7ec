package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PeerId;

class StreamBackoffTest {
    private static final PeerId A = RouterMessages.peerId(1);
    private static final PeerId B = RouterMessages.peerId(2);
    private static final long MILLI = 1_000_000L;

    private final StreamBackoff backoff = new StreamBackoff(10, new SplittableRandom(5));

    @Test
    @DisplayName(
            "C122: at once, then pauses that double with jitter up to 10 s; the 11th is refused")
    void pausesDouble() {
        long now = 0;
        long before = 0;
        for (int attempt = 0; attempt < 10; attempt++) {
            long pause = backoff.next(A, now).orElseThrow();
            if (attempt == 0) {
                assertThat(pause).isZero();
            } else {
                long most = Math.min(199L << (attempt - 1), 10_000) * MILLI;
                assertThat(pause).isBetween(Math.min(2 * before, 10_000 * MILLI), most);
                assertThat(pause).isGreaterThanOrEqualTo(100 * MILLI);
            }
            before = pause;
            now += pause;
        }
        assertThat(before).isEqualTo(10_000 * MILLI);
        assertThat(backoff.next(A, now)).isEmpty();
        assertThat(backoff.next(B, now)).as("another peer").isEqualTo(OptionalLong.of(0));
    }

    @Test
    @DisplayName("C122: a peer that was quiet for the time to live begins anew")
    void quietPeersBeginAnew() {
        for (int i = 0; i < 11; i++) backoff.next(A, i);
        long forgotten = 10 + StreamBackoff.FORGET.toNanos();
        assertThat(backoff.next(A, forgotten - 1)).isEmpty();

        assertThat(backoff.next(A, forgotten)).isEqualTo(OptionalLong.of(0));
    }

    @Test
    @DisplayName("C122: the sweep keeps only what is fresh")
    void theSweepKeepsTheFresh() {
        backoff.next(A, 0);
        backoff.next(B, Duration.ofMinutes(5).toNanos());

        backoff.sweep(Duration.ofMinutes(11).toNanos());

        assertThat(backoff.size()).isEqualTo(1);
        assertThat(backoff.next(B, Duration.ofMinutes(11).toNanos()).orElseThrow()).isPositive();
    }

    @Test
    @DisplayName("C122: as many peers as connect, as much memory as 16,384 take")
    void peersAreBounded() {
        for (int i = 0; i < 17_000; i++) backoff.next(RouterMessages.peerId(i), i);
        assertThat(backoff.size()).isEqualTo(16_384);
    }

    @Test
    void noAttemptAtAllIsRefused() {
        assertThatThrownBy(() -> new StreamBackoff(0, new SplittableRandom(1)))
                .hasMessage("attemptsMax is 0: it must be at least 1");
    }
}
