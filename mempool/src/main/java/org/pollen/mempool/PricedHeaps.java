package org.pollen.mempool;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who leaves first when the pool is full. Source: mempool.md 1.4.
///
/// Two heaps of entries, cheapest on top, hold every pooled transaction once: *urgent* orders by
/// the effective tip at the base fee of the next block, *floating* by fee cap, so that neither what
/// pays best now nor what will pay best later is thrown out. Removal is lazy: an entry that left
/// the pool stays in its heap, is counted as stale, and is skipped when it surfaces; past a quarter
/// of stale entries both heaps are built anew.
final class PricedHeaps {
    private static final int URGENT_SHARE = 4;
    private static final int FLOATING_SHARE = 1;
    private static final long LONG_WIDE = Long.MAX_VALUE;

    private final TransactionIndex all;

    /// Whether an element counts as live while *a* transaction of its hash is pooled, as in the
    /// reference, where one that left and came back is in the heaps twice.
    private final boolean byHash;

    private final PriceHeap urgent = new PriceHeap(true);
    private final PriceHeap floating = new PriceHeap(false);
    private int stales;
    private long reheaps;

    PricedHeaps(TransactionIndex all, boolean byHash) {
        this.all = all;
        this.byHash = byHash;
    }

    int urgentSize() {
        return urgent.size();
    }

    int floatingSize() {
        return floating.size();
    }

    int stales() {
        return stales;
    }

    long reheaps() {
        return reheaps;
    }

    @Nullable BigInteger baseFee() {
        return urgent.baseFee();
    }

    void put(PoolEntry entry) {
        urgent.push(entry);
    }

    /// Tells that entries left the pool while they are still in a heap. None is worth telling too:
    /// the heaps may have shrunk since.
    void removed(int count) {
        stales += count;
        if (stales > (urgent.size() + floating.size()) / 4) reheap();
    }

    /// Sets the base fee of the next block; null before the London fork.
    void setBaseFee(@Nullable BigInteger fee) {
        urgent.baseFee(fee);
        reheap();
    }

    /// Builds both heaps anew: the cheapest fifth floats, the rest is urgent.
    void reheap() {
        reheaps++;
        stales = 0;
        int n = all.size();
        PoolEntry[] entries = all.copy();
        urgent.price(entries, n);
        int share = n / (URGENT_SHARE + FLOATING_SHARE);
        urgent.selectCheapest(entries, n, share);
        urgent.fill(entries, share, n);
        floating.fill(entries, 0, share);
    }

    /// Whether a newcomer pays no more than the cheapest of every heap.
    boolean underpriced(PoolEntry entry) {
        // The floating heap is asked, and rid of its stale heads, only where the urgent one
        // refuses.
        return (refuses(urgent, entry) || urgent.size() == 0)
                && (refuses(floating, entry) || floating.size() == 0)
                && (urgent.size() != 0 || floating.size() != 0);
    }

    /// Takes the cheapest entries out of the heaps until they free that many slots.
    ///
    /// @param victims receives them; they are still in the pool
    /// @return false if there are not enough, and then everything is as before
    boolean discard(long slots, List<PoolEntry> victims) {
        long missing = slots;
        while (missing > 0) {
            if ((long) urgent.size() * FLOATING_SHARE > (long) floating.size() * URGENT_SHARE) {
                PoolEntry entry = live(urgent.pop());
                if (entry != null) floating.push(entry);
                else stales--;
            } else if (floating.size() == 0) {
                break;
            } else {
                PoolEntry entry = live(floating.pop());
                if (entry != null) {
                    victims.add(entry);
                    missing -= entry.slots;
                } else {
                    stales--;
                }
            }
        }
        if (missing > 0) {
            for (PoolEntry entry : victims) urgent.push(entry);
            victims.clear();
            return false;
        }
        return true;
    }

    /// The cheapest live entry of the urgent heap.
    @Nullable PoolEntry cheapest() {
        dropStaleHeads(urgent);
        return urgent.size() == 0 ? null : urgent.top();
    }

    private boolean refuses(PriceHeap heap, PoolEntry entry) {
        dropStaleHeads(heap);
        return heap.size() > 0 && heap.compareNew(heap.top(), entry) >= 0;
    }

    private void dropStaleHeads(PriceHeap heap) {
        while (heap.size() > 0 && live(heap.top()) == null) {
            stales--;
            heap.pop();
        }
    }

    /// The pooled transaction that an element stands for, or null if the element is stale.
    private @Nullable PoolEntry live(PoolEntry entry) {
        if (entry.pooled()) return entry;
        return byHash ? all.get(entry.tx.hash()) : null;
    }

    /// Whether a base fee or a price saturates a `long`.
    static boolean wide(BigInteger value) {
        return value.bitLength() > 63 || value.longValue() == LONG_WIDE;
    }
}
