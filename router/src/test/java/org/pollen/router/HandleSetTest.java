package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HandleSetTest {

    @Test
    void behavesAsASortedSet() {
        var random = new Random(1);
        var set = new HandleSet();
        var model = new TreeSet<Integer>();
        for (int i = 0; i < 10_000; i++) {
            int handle = random.nextInt(300);
            if (random.nextBoolean()) assertThat(set.add(handle)).isEqualTo(model.add(handle));
            else assertThat(set.remove(handle)).isEqualTo(model.remove(handle));
            assertThat(set.contains(handle)).isEqualTo(model.contains(handle));
            assertThat(set.size()).isEqualTo(model.size());
        }
        var seen = new ArrayList<Integer>();
        set.forEach(seen::add);
        assertThat(seen).containsExactlyElementsOf(model);
        assertThat(set.toArray()).containsExactly(model.stream().mapToInt(i -> i).toArray());
        assertThat(set).hasToString(model.toString());
    }

    @Test
    @DisplayName("full holders are the intersection of the subscribers of all slices (B1)")
    void fullHoldersAreTheIntersection() {
        HandleSet first = of(1, 70, 200);
        HandleSet second = of(70, 3);
        var holders = new HandleSet();

        assertThat(holders.setTo(first).retainAll(second).toArray()).containsExactly(70);
        assertThat(holders.setTo(second).retainAll(first).toArray()).containsExactly(70);
        assertThat(holders.retainAll(new HandleSet()).isEmpty()).isTrue();
        assertThat(holders.next(0)).isEqualTo(-1);
        assertThat(holders.next(10_000)).isEqualTo(-1);
    }

    @Test
    void aPeerHoldsAMaskIfItHasEverySlice() {
        HandleSet slices = of(1, 5, 64);

        assertThat(slices.containsAll(new int[] {1, 64})).isTrue();
        assertThat(slices.containsAll(new int[] {1, 63})).isFalse();
        assertThat(slices.containsAny(new int[] {2, 64})).isTrue();
        assertThat(slices.containsAny(new int[] {2, 640})).isFalse();
        slices.clear();
        assertThat(slices.isEmpty()).isTrue();
        assertThat(slices.remove(9999)).isFalse();
    }

    private static HandleSet of(int... handles) {
        var set = new HandleSet();
        for (int handle : handles) set.add(handle);
        return set;
    }
}
