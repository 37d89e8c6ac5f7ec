package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pollen.router.SeenCache.Strategy;

class SeenCacheTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Duration TTL = Duration.ofMinutes(2);

    @Test
    @DisplayName(
            "C142: first-seen: found, not new again, gone after its time however often it was asked for")
    void firstSeenCountsFromTheFirstCopy() {
        SeenCache cache = SeenCache.create(Strategy.FIRST_SEEN, TTL, 1000);

        assertThat(cache.contains(1, 2, 0)).isFalse();
        assertThat(cache.add(1, 2, 0)).isTrue();
        assertThat(cache.add(1, 2, 60 * SECOND)).isFalse();
        assertThat(cache.contains(1, 2, 120 * SECOND - 1)).isTrue();
        assertThat(cache.contains(1, 2, 120 * SECOND)).isFalse();
        assertThat(cache.add(1, 2, 120 * SECOND)).isTrue();
    }

    @Test
    @DisplayName("C142: last-seen: each copy and each question makes it live on")
    void lastSeenSlidesForward() {
        SeenCache cache = SeenCache.create(Strategy.LAST_SEEN, TTL, 1000);
        cache.add(1, 2, 0);

        assertThat(cache.add(1, 2, 100 * SECOND)).isFalse();
        assertThat(cache.contains(1, 2, 200 * SECOND)).isTrue();
        assertThat(cache.contains(1, 2, 319 * SECOND)).isTrue();
        assertThat(cache.contains(1, 2, 440 * SECOND)).isFalse();
        assertThat(cache.contains(1, 2, 441 * SECOND)).isFalse();
    }

    @Test
    void anOldEntryIsNotReportedAfterALongSilence() {
        SeenCache cache = SeenCache.create(Strategy.FIRST_SEEN, TTL, 1000);
        cache.add(1, 2, -5 * SECOND);
        cache.add(0, 0, 0);

        assertThat(cache.contains(0, 0, SECOND)).isTrue();
        assertThat(cache.contains(1, 2, 1000 * SECOND)).isFalse();
        assertThat(cache.size()).isZero();
    }

    @Test
    @DisplayName("memory is bounded: a full generation pushes out the older one, and says so")
    void aFloodPushesOutTheOldest() {
        SeenCache cache = SeenCache.create(Strategy.FIRST_SEEN, TTL, 100);
        for (int i = 1; i <= 100; i++) assertThat(cache.add(i, i, 0)).isTrue();
        assertThat(cache.evictions()).isZero();
        for (int i = 101; i <= 200; i++) assertThat(cache.add(i, i, 0)).isTrue();
        assertThat(cache.size()).isEqualTo(200);
        assertThat(cache.contains(1, 1, 0)).isTrue();
        cache.add(201, 201, 0);

        assertThat(cache.contains(1, 1, 0)).isFalse();
        assertThat(cache.contains(101, 101, 0)).isTrue();
        assertThat(cache.evictions()).isEqualTo(100);
        assertThat(cache.size()).isEqualTo(101);
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void behavesAsAMapWithInstants(Strategy strategy) {
        var random = new Random(7);
        SeenCache cache = SeenCache.create(strategy, Duration.ofNanos(1000), 1 << 20);
        Map<Long, Long> model = new HashMap<>();
        long now = 0;
        for (int i = 0; i < 100_000; i++) {
            now += random.nextInt(random.nextInt(1000) == 0 ? 5000 : 4);
            long id = random.nextInt(2000);
            Long since = model.get(id);
            boolean known = since != null && now - since < 1000;
            if (random.nextBoolean()) {
                assertThat(cache.add(id, id * 31, now)).isEqualTo(!known);
                if (!known || strategy == Strategy.LAST_SEEN) model.put(id, now);
            } else {
                assertThat(cache.contains(id, id * 31, now)).isEqualTo(known);
                if (known && strategy == Strategy.LAST_SEEN) model.put(id, now);
            }
        }
        assertThat(cache.evictions()).isZero();
    }

    @Test
    void aBurstDoesNotKeepItsMemory() {
        SeenCache cache = SeenCache.create(Strategy.FIRST_SEEN, Duration.ofNanos(100), 1 << 20);
        for (int i = 1; i < 50_000; i++) cache.add(i, i, 0);
        for (int t = 100; t < 5000; t += 100) cache.add(t, t, t);

        assertThat(cache.contains(4900, 4900, 4901)).isTrue();
        assertThat(cache.size()).isLessThan(4);
    }

    @Test
    void parametersAreChecked() {
        assertThatThrownBy(() -> SeenCache.create(Strategy.FIRST_SEEN, Duration.ZERO, 1))
                .hasMessage("seen cache of 1 entries for 0 ns: both must be positive");
        assertThatThrownBy(() -> SeenCache.create(Strategy.FIRST_SEEN, TTL, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
