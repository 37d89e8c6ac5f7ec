package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromisesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int A = 1;
    private static final int B = 40;
    private static final int C = 3;

    private final Promises promises = new Promises(3 * SECOND, 1000, new Random(1));

    @Test
    @DisplayName("C96: promises of A, B and C over 100 ids, C throttled: A and B broke one each")
    void brokenPromisesAreCounted() {
        long[] ids = ids(100);
        for (int peer : new int[] {A, B, C}) promises.addOneOf(peer, ids, 100, 0);
        assertThat(promises.size()).isEqualTo(3);
        assertThat(broken(3 * SECOND)).as("not yet").isEmpty();
        promises.forget(C);

        assertThat(broken(3 * SECOND + 1)).containsExactly(Map.entry(A, 1), Map.entry(B, 1));
        assertThat(promises.size()).isZero();
        assertThat(broken(100 * SECOND)).isEmpty();
    }

    @Test
    @DisplayName("C97: when all ids came, whoever sent them, nothing is broken and nothing is left")
    void fulfilledPromisesAreForgotten() {
        long[] ids = ids(100);
        for (int peer : new int[] {A, B, C}) promises.addOneOf(peer, ids, 100, 0);
        for (int i = 0; i < 100; i++) promises.fulfilled(ids[2 * i], ids[2 * i + 1], SECOND / 2);

        assertThat(broken(4 * SECOND)).isEmpty();
        assertThat(promises.size()).isZero();
        assertThat(promises.kept()).isEqualTo(3);
        assertThat(promises.keptSeconds().counts().count()).isEqualTo(3);
        assertThat(promises.keptSeconds().counts().sum()).isEqualTo(1.5);
    }

    @Test
    @DisplayName(
            "C98: a message rejected for its signature keeps no promise; one rejected otherwise does")
    void anInvalidSignatureKeepsNoPromise() {
        promises.add(A, 1, 1, 0);
        promises.add(B, 2, 2, 0);
        promises.rejected(1, 1, true, 0);
        promises.rejected(2, 2, false, 0);

        assertThat(broken(4 * SECOND)).containsExactly(Map.entry(A, 1));
    }

    @Test
    void aPeerPromisesAnIdOnce() {
        promises.add(A, 1, 1, 0);
        promises.add(A, 1, 1, SECOND);
        promises.add(B, 1, 1, SECOND);
        assertThat(promises.promisedBy(1, 1)).isEqualTo(2);
        assertThat(promises.promisedBy(9, 9)).isZero();

        assertThat(broken(3 * SECOND + 1))
                .as("counted from the first")
                .containsExactly(Map.entry(A, 1));
        assertThat(promises.promisedBy(1, 1)).isEqualTo(1);
        promises.addOneOf(A, new long[0], 0, 0);
        assertThat(promises.size()).isEqualTo(1);
    }

    @Test
    void theNumberOfPromisesIsBounded() {
        var few = new Promises(SECOND, 2, new Random(1));
        for (int i = 0; i < 5; i++) few.add(i, i, i, 0);
        assertThat(few.size()).isEqualTo(2);
        few.forget(1000);
        few.forget(1);
        few.add(7, 7, 7, 0);
        assertThat(few.size()).isEqualTo(2);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void behavesAsAMapOfExpiries(long seed) {
        var random = new Random(seed);
        Map<String, Long> model = new LinkedHashMap<>();
        long now = 0;
        for (int i = 0; i < 20_000; i++) {
            now += random.nextInt(3) * SECOND / 100;
            long at = now;
            int id = 1 + random.nextInt(15);
            int peer = random.nextInt(12);
            switch (random.nextInt(8)) {
                case 0 -> {
                    promises.fulfilled(id, id, at);
                    model.keySet().removeIf(k -> k.startsWith(id + "/"));
                }
                case 1 -> {
                    promises.forget(peer);
                    model.keySet().removeIf(k -> k.endsWith("/" + peer));
                }
                case 2 -> {
                    Map<Integer, Integer> expected = new TreeMap<>();
                    model.forEach((k, expiry) -> {
                        if (expiry < at)
                            expected.merge(
                                    Integer.valueOf(k.substring(k.indexOf('/') + 1)),
                                    1,
                                    Integer::sum);
                    });
                    model.values().removeIf(expiry -> expiry < at);
                    assertThat(broken(now)).isEqualTo(expected);
                }
                default -> {
                    promises.add(peer, id, id, now);
                    model.putIfAbsent(id + "/" + peer, now + 3 * SECOND);
                }
            }
            assertThat(promises.size()).isEqualTo(model.size());
        }
    }

    private Map<Integer, Integer> broken(long now) {
        Map<Integer, Integer> counts = new TreeMap<>();
        int total = promises.broken(now, counts::put);
        assertThat(total).isEqualTo(counts.values().stream().mapToInt(i -> i).sum());
        return counts;
    }

    private static long[] ids(int count) {
        var keys = new long[2 * count];
        for (int i = 0; i < keys.length; i++) keys[i] = i + 1L;
        return keys;
    }
}
