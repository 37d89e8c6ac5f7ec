package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Rows C090, C093, C094, C095.
class PricedHeapsTest {
    private final TransactionIndex all = new TransactionIndex(1, 2);
    private final PricedHeaps priced = new PricedHeaps(all, false);
    private int nextKey = 1;

    @Test
    @DisplayName("C090: caps decide the same way at every base fee")
    void comparison() {
        long[][] descending = {{2, 1}, {1, 2}, {1, 1}, {1, 0}};
        for (boolean wide : new boolean[] {false, true}) {
            for (long base = 0; base <= 3; base++) {
                var heap = new PriceHeap(true);
                heap.baseFee(BigInteger.valueOf(base).shiftLeft(wide ? 70 : 0));
                for (int i = 0; i < 4; i++) {
                    for (int j = 0; j < 4; j++) {
                        PoolEntry a = entry(descending[i], wide);
                        PoolEntry b = entry(descending[j], wide);
                        heap.price(new PoolEntry[] {a, b}, 2);
                        assertThat(Integer.signum(heap.compare(a, b)))
                                .isEqualTo(Integer.compare(j, i));
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("C093: stale heads are skipped and no longer counted")
    void staleHeads() {
        var entries = new ArrayList<PoolEntry>();
        for (int i = 1; i <= 40; i++) entries.add(put(i));
        priced.reheap();
        // The two cheapest of each heap go; 4 of 40 are too few to rebuild.
        for (int i : new int[] {0, 1, 8, 9}) remove(entries.get(i));
        assertThat(priced.stales()).isEqualTo(4);

        assertThat(priced.underpriced(fresh(3))).as("equal to the cheapest floating").isTrue();
        assertThat(priced.stales()).isZero();
        assertThat(priced.underpriced(fresh(4))).isFalse();
        assertThat(priced.cheapest()).isSameAs(entries.get(10));
    }

    @Test
    @DisplayName("1.4: a quarter of stale entries rebuilds the heaps")
    void staleEntriesRebuild() {
        var entries = new ArrayList<PoolEntry>();
        for (int i = 1; i <= 40; i++) entries.add(put(i));
        for (int i = 0; i < 10; i++) remove(entries.get(i));
        assertThat(priced.stales()).isEqualTo(10);
        remove(entries.get(10));
        assertThat(priced.stales()).isZero();
        assertThat(priced.urgentSize() + priced.floatingSize()).isEqualTo(29);
    }

    @Test
    @DisplayName("1.4: an empty structure refuses nobody")
    void emptyRefusesNobody() {
        assertThat(priced.underpriced(fresh(1))).isFalse();
        assertThat(priced.cheapest()).isNull();
        put(5);
        assertThat(priced.underpriced(fresh(5))).as("floating is empty").isTrue();
        assertThat(priced.underpriced(fresh(6))).isFalse();
    }

    @Test
    @DisplayName("C094: a discard that cannot free enough changes nothing")
    void failedDiscard() {
        for (int i = 1; i <= 20; i++) put(i);
        var victims = new ArrayList<PoolEntry>();

        assertThat(priced.discard(21, victims)).isFalse();
        assertThat(victims).isEmpty();
        assertThat(priced.urgentSize() + priced.floatingSize()).isEqualTo(20);
        assertThat(priced.discard(1, victims)).isTrue();
        assertThat(victims).hasSize(1);
        assertThat(victims.getFirst().feeCap).isEqualTo(1);
    }

    @Test
    @DisplayName("C095: the cheapest fifth floats")
    void reheapSplits() {
        var random = new Random(3);
        for (int n = 0; n < 103; n++) put(1 + random.nextInt(50));
        priced.setBaseFee(BigInteger.TWO);
        assertThat(priced.floatingSize()).isEqualTo(20);
        assertThat(priced.urgentSize()).isEqualTo(83);

        List<Long> prices = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) prices.add(all.at(i).feeCap);
        prices.sort(Comparator.naturalOrder());
        var popped = new ArrayList<PoolEntry>();
        // While the heaps are in balance, floating gives up its entries first, cheapest first.
        assertThat(priced.discard(10, popped)).isTrue();
        assertThat(popped.stream().map(e -> e.feeCap)).isEqualTo(prices.subList(0, 10));
    }

    private PoolEntry put(long price) {
        PoolEntry entry = fresh(price);
        entry.where = PoolEntry.Where.QUEUED;
        all.add(entry);
        priced.put(entry);
        return entry;
    }

    private void remove(PoolEntry entry) {
        all.remove(entry);
        entry.where = PoolEntry.Where.NONE;
        priced.removed(1);
    }

    private PoolEntry fresh(long price) {
        return entry(new long[] {price, price}, false);
    }

    private PoolEntry entry(long[] capAndTip, boolean wide) {
        int key = nextKey++;
        int shift = wide ? 70 : 0;
        Transaction tx =
                Txs.dynamic(
                        key,
                        0,
                        21_000,
                        BigInteger.valueOf(capAndTip[0]).shiftLeft(shift),
                        BigInteger.valueOf(capAndTip[1]).shiftLeft(shift));
        return new PoolEntry(tx, new Account(Txs.address(key)), TransactionSource.GOSSIP, 0, 1);
    }
}
