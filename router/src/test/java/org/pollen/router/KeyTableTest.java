package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTableTest {

    /// Few distinct low words, so that probing and shifting back are exercised.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void behavesAsAMap(long seed) {
        var random = new Random(seed);
        var table = new KeyTable();
        Map<MessageKey, Long> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            var key = new MessageKey(random.nextInt(8), random.nextInt(40) * 7L + 1);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    Long old = model.put(key, (long) i);
                    assertThat(table.put(key.hi(), key.lo(), i))
                            .isEqualTo(old == null ? KeyTable.ABSENT : old);
                }
                case 2 -> {
                    Long old = model.remove(key);
                    assertThat(table.remove(key.hi(), key.lo()))
                            .isEqualTo(old == null ? KeyTable.ABSENT : old);
                }
                default -> {
                    Long value = model.get(key);
                    assertThat(table.get(key.hi(), key.lo()))
                            .isEqualTo(value == null ? KeyTable.ABSENT : value);
                }
            }
            if (i % 1000 == 999) {
                long oldest = i - 500L;
                table.retain((_, _, value) -> value >= oldest);
                model.values().removeIf(value -> value < oldest);
            }
            assertThat(table.size()).isEqualTo(model.size());
        }
        table.clear();
        assertThat(table.size()).isZero();
        table.retain((_, _, _) -> false);
    }

    @Test
    void theAllZeroKeyIsAKeyToo() {
        var table = new KeyTable();
        table.put(0, 0, 5);

        assertThat(table.get(0, 0)).isEqualTo(5);
        assertThat(table.contains(0, 0)).isTrue();
        assertThat(table.remove(0, 0)).isEqualTo(5);
        assertThat(table.contains(0, 0)).isFalse();
    }
}
