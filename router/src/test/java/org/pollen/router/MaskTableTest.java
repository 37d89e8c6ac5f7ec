package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTableTest {
    private static final MessageKeyHasher HASHER = new MessageKeyHasher(1, 2);
    private final MaskTable table = new MaskTable(Dialect.BLOSSOM, 100, HASHER);

    @Test
    void aMaskKeepsItsHandle() {
        int handle = table.intern(Mask.fromHex("0001"));

        assertThat(table.intern(Mask.fromHex("0001"))).isEqualTo(handle);
        assertThat(table.find(Mask.fromHex("0001"))).isEqualTo(handle);
        assertThat(table.find(new byte[] {9, 0, 1, 9}, 1, 2)).isEqualTo(handle);
        assertThat(table.mask(handle)).isEqualTo(Mask.fromHex("0001"));
        assertThat(table.references(handle)).isEqualTo(2);
        assertThat(table.isSlice(handle)).isTrue();
        assertThat(table.slices(handle)).containsExactly(handle);
        assertThat(table.find(Mask.fromHex("01"))).isEqualTo(-1);
    }

    @Test
    @DisplayName("C19: a mask of three bits stands for three slices; releasing one leaves two")
    void aCompositeHoldsItsSlices() {
        int composite = table.intern(Mask.fromHex("0103 80".replace(" ", "")));

        assertThat(table.isSlice(composite)).isFalse();
        assertThat(Arrays.stream(table.slices(composite)).mapToObj(table::mask))
                .containsExactly(
                        Mask.fromHex("010000"),
                        Mask.fromHex("000200"),
                        Mask.fromHex("000100"),
                        Mask.fromHex("000080"));

        int[] slices = table.slices(composite);
        table.retain(slices[1]);
        assertThat(table.release(composite)).isTrue();
        assertThat(table.size()).as("only the slice that somebody else holds").isEqualTo(1);
        assertThat(table.find(Mask.fromHex("000200"))).isEqualTo(slices[1]);
        assertThat(table.release(slices[1])).isTrue();
        assertThat(table.size()).isZero();
    }

    @Test
    void slicesOfAnyMaskAreFoundWithoutInterningIt() {
        int high = table.intern(Mask.fromHex("0100"));
        int low = table.intern(Mask.fromHex("0001"));
        int zero = table.intern(Mask.zero(2));
        var out = new int[16];

        assertThat(table.findSlices(new byte[] {1, 1}, 0, 2, out)).isEqualTo(2);
        assertThat(out).startsWith(high, low);
        assertThat(table.findSlices(new byte[] {0, 0}, 0, 2, out)).isEqualTo(1);
        assertThat(out).startsWith(zero);
        assertThat(table.findSlices(new byte[] {1, 3}, 0, 2, out))
                .as("one slice is unknown")
                .isEqualTo(-1);
        assertThat(table.findSlices(new byte[] {1}, 0, 1, out))
                .as("no slice of this length")
                .isEqualTo(-1);
        assertThat(table.findSlices(new byte[1], 0, 1, out)).as("unknown zero mask").isEqualTo(-1);
        assertThat(table.findSlices(new byte[300], 0, 300, out)).isEqualTo(-1);
        assertThat(table.size()).isEqualTo(3);

        table.release(high);
        assertThat(table.findSlices(new byte[] {1, 1}, 0, 2, out)).isEqualTo(-1);
    }

    @Test
    void topicsOfMeshsubAreNeverSliced() {
        var topics = new MaskTable(Dialect.MESHSUB, 10, HASHER);
        int handle = topics.intern(Mask.topic("blocks"));
        var out = new int[1];

        assertThat(topics.isSlice(handle)).isTrue();
        assertThat(topics.findSlices(Mask.topic("blocks").bytes(), 0, 6, out)).isEqualTo(1);
        assertThat(out).containsExactly(handle);
        assertThat(topics.dialect()).isEqualTo(Dialect.MESHSUB);
        assertThat(topics.release(handle)).isTrue();
    }

    @Test
    void aFullTableRefusesAndLeavesNothingBehind() {
        var small = new MaskTable(Dialect.BLOSSOM, 3, HASHER);

        assertThat(small.intern(Mask.fromHex("07"))).as("3 slices and itself are 4").isEqualTo(-1);
        assertThat(small.size()).isZero();
        assertThat(small.intern(Mask.fromHex("03"))).isNotNegative();
        assertThat(small.size()).isEqualTo(3);
        assertThat(small.intern(Mask.fromHex("80"))).isEqualTo(-1);
        assertThat(small.intern(Mask.fromHex("83"))).isEqualTo(-1);
        assertThat(small.intern(Mask.fromHex("01"))).as("known already").isNotNegative();
        assertThat(small.size()).isEqualTo(3);
    }

    @Test
    void aFreedHandleNamesAnotherMask() {
        int first = table.intern(Mask.fromHex("01"));
        table.release(first);

        assertThatThrownBy(() -> table.retain(first)).hasMessage("handle " + first + " is free");
        assertThatThrownBy(() -> table.mask(first)).hasMessage("handle " + first + " is free");
        assertThatThrownBy(() -> table.release(-1)).isInstanceOf(IllegalStateException.class);
        assertThat(table.intern(Mask.fromHex("02"))).isEqualTo(first);
        assertThat(table.handleLimit()).isEqualTo(1);
        assertThat(table.references(77)).isZero();
    }

    /// Against a map of reference counts, with masks of few bits so that slices are shared often.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void interningEqualsANaiveModel(long seed) {
        var random = new Random(seed);
        var big = new MaskTable(Dialect.BLOSSOM, 100_000, HASHER);
        Map<Mask, Integer> held = new HashMap<>();
        for (int step = 0; step < 3_000; step++) {
            var bytes = new byte[1 + random.nextInt(2)];
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length; i++) bytes[i] &= (byte) random.nextInt();
            Mask mask = Mask.of(bytes);
            if (random.nextInt(5) < 2 || held.isEmpty()) {
                assertThat(big.mask(big.intern(mask))).isEqualTo(mask);
                held.merge(mask, 1, Integer::sum);
            } else {
                Mask some = held.keySet().iterator().next();
                big.release(big.find(some));
                held.computeIfPresent(some, (_, n) -> n == 1 ? null : n - 1);
            }
            var out = new int[16];
            int n = big.findSlices(bytes, 0, bytes.length, out);
            boolean known =
                    mask.slices().stream()
                            .allMatch(s -> held.keySet().stream().anyMatch(h -> h.covers(s)));
            assertThat(n).isEqualTo(known ? mask.slices().size() : -1);
            for (int i = 0; i < n; i++)
                assertThat(big.mask(out[i])).isEqualTo(mask.slices().get(i));
        }
        held.forEach((mask, n) -> {
            for (int i = 0; i < n; i++) big.release(big.find(mask));
        });
        assertThat(big.size()).isZero();
    }
}
