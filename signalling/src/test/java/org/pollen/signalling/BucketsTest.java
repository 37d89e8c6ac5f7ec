package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketsTest {
    private static final long MS = 1_000_000;
    private static final BucketParams TWENTY = BucketParams.of(20, 10, 1, 60);

    private static void drain(TokenBucket bucket, int count, long now) {
        for (int i = 0; i < count; i++) assertThat(bucket.tryConsume(1, now)).isTrue();
    }

    @Test
    @DisplayName("S-47 nothing cannot be taken")
    void nothing() {
        var bucket = new TokenBucket(TWENTY, 0);

        assertThatThrownBy(() -> bucket.tryConsume(0, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> bucket.tryConsume(-1, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(bucket.peekMicro(0)).isEqualTo(20_000_000);
        assertThat(bucket.tryConsume(21, 0)).isFalse();
        assertThat(bucket.tryConsume(20, 0)).isTrue();
    }

    @Test
    @DisplayName("S-48 to look at an unknown key makes nothing")
    void peek() {
        var buckets = new KeyedBuckets<String>(TWENTY, 10, 0);

        assertThat(buckets.peekMicro("a", 0)).isEqualTo(20_000_000);
        assertThat(buckets.retryAfterMillis("a", 0)).isZero();
        assertThat(buckets.size()).isZero();
        assertThat(buckets.tryConsume("a", 0)).isTrue();
        assertThat(buckets.peekMicro("a", 0)).isEqualTo(19_000_000);
    }

    @Test
    @DisplayName("S-49 no fraction of a token is lost")
    void fractions() {
        var bucket = new TokenBucket(TWENTY, 0);
        drain(bucket, 20, 0);

        assertThat(bucket.tryConsume(1, 50 * MS)).isFalse();
        assertThat(bucket.tryConsume(1, 100 * MS)).isTrue();
        assertThat(bucket.tryConsume(1, 100 * MS)).isFalse();
        assertThat(bucket.retryAfterMillis(1, 100 * MS)).isEqualTo(100);
    }

    @Test
    @DisplayName("S-49 nor by asking every nanosecond of an odd rate")
    void oddRate() {
        var bucket = new TokenBucket(BucketParams.of(2, 1, 300, 900), 0);
        drain(bucket, 2, 0);
        for (long now = 0; now < 300_000 * MS; now += 777_777_777) {
            assertThat(bucket.tryConsume(1, now)).isFalse();
        }

        assertThat(bucket.tryConsume(1, 300_000 * MS + 1_000)).isTrue();
    }

    @Test
    @DisplayName("S-50 a clock that steps back adds nothing")
    void backwards() {
        var bucket = new TokenBucket(TWENTY, 20_000 * MS);
        drain(bucket, 20, 20_000 * MS);

        assertThat(bucket.tryConsume(1, 10_000 * MS)).isFalse();
        assertThat(bucket.tryConsume(1, 20_050 * MS)).isFalse();
        assertThat(bucket.tryConsume(1, 20_100 * MS)).isTrue();
    }

    @Test
    @DisplayName("S-51 an idle key is forgotten after its time, and comes back full")
    void idle() {
        var buckets = new KeyedBuckets<String>(TWENTY, 10, 0);
        for (int i = 0; i < 20; i++) buckets.tryConsume("a", 0);

        assertThat(buckets.holds("a", 59_999 * MS)).isTrue();
        assertThat(buckets.holds("a", 60_000 * MS)).isFalse();
        assertThat(buckets.tryConsume("b", 60_000 * MS)).isTrue();
        assertThat(buckets.size()).isEqualTo(1);
        assertThat(buckets.peekMicro("a", 60_000 * MS)).isEqualTo(20_000_000);
    }

    @Test
    @DisplayName("S-52 a time shorter than the bucket takes to fill is refused by name")
    void configuration() {
        assertThatThrownBy(() ->
                        SignalConfig.DEFAULTS.withBucket(
                                "relay.global", BucketParams.of(100, 1, 1, 60)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("signal.buckets.relay.global: ttl is PT1M");
    }

    @ParameterizedTest
    @DisplayName("A12: what cannot be is refused with its key")
    @CsvSource({
        "0, 16, 25, signal.pow.max is 25",
        "23, 16, 22, signal.pow.min is 23",
        "0, 25, 22, signal.pow.gossipMin is 25"
    })
    void work(int min, int gossip, int max, String message) {
        assertThatThrownBy(() -> SignalConfig.DEFAULTS.withPow(min, gossip, max))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    @DisplayName("A12: all faults at once")
    void faults() {
        assertThatThrownBy(() ->
                        new SignalConfig(
                                0,
                                -1,
                                0,
                                0,
                                -1,
                                0,
                                true,
                                false,
                                0,
                                0,
                                0,
                                0,
                                0,
                                java.util.Map.of(
                                        "x",
                                        BucketParams.of(0, 1, 1, 60),
                                        "reserve",
                                        new BucketParams(1, 0, Duration.ZERO, Duration.ZERO),
                                        "relay.pair",
                                        new BucketParams(1, 1, Duration.ZERO, Duration.ZERO))))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .contains(
                        "signal.buckets.x: no such bucket",
                        "signal.buckets.reserve: refill is 0",
                        "signal.buckets.relay.pair: per is PT0S",
                        "signal.lifetimeMs is 0",
                        "signal.skewMs is -1",
                        "signal.replay.capacity is 0");
    }

    @Test
    @DisplayName("S-53 no bucket that was drawn from is forgotten to make room")
    void full() {
        var buckets = new KeyedBuckets<Integer>(TWENTY, 10_000, 0);
        for (int key = 0; key < 10_000; key++) {
            for (int i = 0; i < 20; i++) buckets.tryConsume(key, 0);
        }

        assertThat(buckets.tryConsume(10_000, 0)).isTrue();

        assertThat(buckets.overflowed()).isEqualTo(1);
        assertThat(buckets.size()).isEqualTo(10_000);
        assertThat(buckets.peekMicro(0, 0)).isZero();
        for (int i = 0; i < 19; i++) assertThat(buckets.tryConsume(10_001 + i, 0)).isTrue();
        assertThat(buckets.tryConsume(20_000, 0)).isFalse();
        assertThat(buckets.retryAfterMillis(20_000, 0)).isEqualTo(200);
    }

    @Test
    @DisplayName("S-53 one that is full again is")
    void fullAgain() {
        var buckets = new KeyedBuckets<Integer>(TWENTY, 100, 0);
        for (int key = 0; key < 100; key++) buckets.tryConsume(key, 0);

        assertThat(buckets.tryConsume(100, 100 * MS)).isTrue();

        assertThat(buckets.overflowed()).isZero();
        assertThat(buckets.size()).isEqualTo(100);
        assertThat(buckets.holds(0, 100 * MS)).isFalse();
    }

    @ParameterizedTest
    @DisplayName("S-45 work by how full the bucket is")
    @CsvSource({"1, 0", "0.5, 0", "0.495, 13", "0.49, 13", "0.25, 17", "0, 22"})
    void workByFill(double fill, int bits) {
        assertThat(Difficulty.ofFill(fill)).isEqualTo(bits);
    }

    @ParameterizedTest
    @DisplayName("S-46 work by the punches of the last minute")
    @CsvSource({"2, 0", "3, 14", "4, 16", "7, 22", "20, 22"})
    void workByPunches(int punches, int bits) {
        assertThat(Difficulty.ofPunches(punches)).isEqualTo(bits);
    }
}
