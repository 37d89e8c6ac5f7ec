package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A binary heap of entries, cheapest on top; of equal price the higher nonce.
final class PriceHeap {
    private final boolean byTip;
    private @Nullable BigInteger baseFee;
    private long baseFeeLong;
    private boolean baseFeeWide;
    private PoolEntry[] heap = new PoolEntry[16];
    private int size;

    /// @param byTip whether it orders by effective tip once it has a base fee
    PriceHeap(boolean byTip) {
        this.byTip = byTip;
    }

    int size() {
        return size;
    }

    PoolEntry top() {
        assert size > 0;
        return heap[0];
    }

    @Nullable BigInteger baseFee() {
        return baseFee;
    }

    /// Sets the base fee; whatever is inside must be put in anew afterwards.
    void baseFee(@Nullable BigInteger fee) {
        assert byTip;
        baseFee = fee;
        baseFeeWide = fee != null && PricedHeaps.wide(fee);
        baseFeeLong = fee == null || baseFeeWide ? 0 : fee.longValue();
    }

    void push(PoolEntry entry) {
        if (size == heap.length) heap = Arrays.copyOf(heap, size * 2);
        price(entry);
        heap[size] = entry;
        up(size++);
    }

    // The array is only ever read below `size`.
    @SuppressWarnings("NullAway")
    PoolEntry pop() {
        PoolEntry top = heap[0];
        PoolEntry last = heap[--size];
        heap[size] = null;
        if (size > 0) {
            heap[0] = last;
            down(0);
        }
        return top;
    }

    /// Replaces the content by a range of an array.
    // The array is only ever read below `size`.
    @SuppressWarnings("NullAway")
    void fill(PoolEntry[] entries, int from, int to) {
        int n = to - from;
        if (heap.length < n || heap.length > 4 * n + 64)
            heap = new PoolEntry[Math.max(16, n + n / 4)];
        else if (size > n) Arrays.fill(heap, n, size, null);
        System.arraycopy(entries, from, heap, 0, n);
        size = n;
        for (int i = n / 2 - 1; i >= 0; i--) down(i);
    }

    /// Computes the price of the first `n` entries at the current base fee.
    void price(PoolEntry[] entries, int n) {
        for (int i = 0; i < n; i++) price(entries[i]);
    }

    /// Compares a member with an entry that is in no heap. Source: mempool.md 1.4, `cmp`.
    int compareNew(PoolEntry member, PoolEntry candidate) {
        price(candidate);
        return compare(member, candidate);
    }

    /// Which of two members pays less; zero if they pay the same.
    int compare(PoolEntry a, PoolEntry b) {
        boolean exact = a.wide || b.wide || baseFeeWide;
        if (byTip && baseFee != null) {
            int order =
                    exact
                            ? effectiveTip(a.tx, baseFee).compareTo(effectiveTip(b.tx, baseFee))
                            : Long.compare(a.effectiveTip, b.effectiveTip);
            if (order != 0) return order;
        }
        if (exact) {
            int order = a.tx.feeCap().compareTo(b.tx.feeCap());
            return order != 0 ? order : a.tx.tipCap().compareTo(b.tx.tipCap());
        }
        int order = Long.compare(a.feeCap, b.feeCap);
        return order != 0 ? order : Long.compare(a.tipCap, b.tipCap);
    }

    /// Moves the `k` first to leave of the first `n` entries to the front, in linear time.
    void selectCheapest(PoolEntry[] entries, int n, int k) {
        int low = 0;
        int high = n - 1;
        // A fixed multiplicative sequence picks the pivots: no order of arrival makes it slow for
        // long, and the same pool always gives the same heaps.
        int random = 0x9E3779B9;
        while (low < high) {
            random = random * 0x2C9277B5 + 0x3C6EF35F;
            int pick = low + (int) (Integer.toUnsignedLong(random) % (high - low + 1));
            PoolEntry pivot = entries[pick];
            int i = low;
            int j = high;
            while (i <= j) {
                while (less(entries[i], pivot)) i++;
                while (less(pivot, entries[j])) j--;
                if (i <= j) {
                    PoolEntry t = entries[i];
                    entries[i++] = entries[j];
                    entries[j--] = t;
                }
            }
            if (k - 1 <= j) high = j;
            else if (k - 1 >= i) low = i;
            else return;
        }
    }

    static BigInteger effectiveTip(Transaction tx, BigInteger baseFee) {
        return tx.tipCap().min(tx.feeCap().subtract(baseFee));
    }

    private void price(PoolEntry entry) {
        if (!byTip) return; // it may be in the other heap too
        // Neither difference can overflow: caps and base fee are not negative.
        entry.effectiveTip = Math.min(entry.tipCap, entry.feeCap - baseFeeLong);
    }

    private boolean less(PoolEntry a, PoolEntry b) {
        int order = compare(a, b);
        return order < 0 || (order == 0 && Long.compareUnsigned(a.nonce, b.nonce) > 0);
    }

    private void up(int from) {
        PoolEntry entry = heap[from];
        int i = from;
        while (i > 0) {
            int parent = (i - 1) >>> 1;
            if (!less(entry, heap[parent])) break;
            heap[i] = heap[parent];
            i = parent;
        }
        heap[i] = entry;
    }

    private void down(int from) {
        PoolEntry entry = heap[from];
        int i = from;
        int half = size >>> 1;
        while (i < half) {
            int child = 2 * i + 1;
            if (child + 1 < size && less(heap[child + 1], heap[child])) child++;
            if (!less(heap[child], entry)) break;
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = entry;
    }
}
