package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Transactions of one account by nonce. Source: mempool.md 1.2.
///
/// A sorted array: lists are short (16 executable, 64 queued by default), nearly every insertion is
/// at the end, and where nonces have no gap the position is the difference to the first nonce.
///
/// A *strict* list has no gaps: what removes an entry removes everything above it too.
/// [#totalCost()] is exact; [#costCap] and [#gasCap] are upper bounds that only a filter lowers, so
/// that most filters need not look at the entries.
final class NonceList {
    private static final int BITS_MAX = 256;

    private final boolean strict;
    private PoolEntry[] entries = new PoolEntry[4];
    private int size;
    private BigInteger totalCost = BigInteger.ZERO;
    private BigInteger costCap = BigInteger.ZERO;
    private long gasCap;

    /// Cost of the first [#prefixLength] entries, which are known to follow each other from
    /// [#prefixStart]; saves the overdraft check of a long run from being quadratic.
    private BigInteger prefixCost = BigInteger.ZERO;

    private int prefixLength;
    private long prefixStart;

    NonceList(boolean strict) {
        this.strict = strict;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// Exact sum of the costs.
    BigInteger totalCost() {
        return totalCost;
    }

    BigInteger costCap() {
        return costCap;
    }

    long gasCap() {
        return gasCap;
    }

    /// The entry with the i-th lowest nonce.
    PoolEntry at(int i) {
        assert i < size;
        return entries[i];
    }

    PoolEntry first() {
        return at(0);
    }

    PoolEntry last() {
        return at(size - 1);
    }

    @Nullable PoolEntry get(long nonce) {
        int i = find(nonce);
        return i >= 0 ? entries[i] : null;
    }

    boolean contains(long nonce) {
        return find(nonce) >= 0;
    }

    /// Inserts an entry, in place of the one with its nonce if it pays enough more.
    ///
    /// @return whether it was inserted; not if it does not replace the old one, or if the sum of
    ///   costs would not fit 256 bits
    boolean add(PoolEntry entry, int bump) {
        int i = find(entry.nonce);
        PoolEntry old = i >= 0 ? entries[i] : null;
        if (old != null && !entry.replaces(old, bump)) return false;
        BigInteger total = totalCost.add(entry.cost());
        if (total.bitLength() > BITS_MAX) return false;
        if (old != null) {
            total = total.subtract(old.cost());
            entries[i] = entry;
            if (i < prefixLength) prefixLength = 0;
        } else {
            insert(-i - 1, entry);
        }
        totalCost = total;
        if (costCap.compareTo(entry.cost()) < 0) costCap = entry.cost();
        if (Long.compareUnsigned(gasCap, entry.gas()) < 0) gasCap = entry.gas();
        return true;
    }

    /// Removes everything below a nonce.
    void forward(long nonce, List<PoolEntry> removed) {
        int n = 0;
        while (n < size && Long.compareUnsigned(entries[n].nonce, nonce) < 0) n++;
        removeFirst(n, removed);
    }

    /// Removes what costs or burns more than allowed; on a strict list also what follows.
    ///
    /// @param removed receives the offenders
    /// @param invalidated receives, for a strict list, the followers that are not offenders
    void filter(
            BigInteger maxCost, long maxGas, List<PoolEntry> removed, List<PoolEntry> invalidated) {
        if (costCap.compareTo(maxCost) <= 0 && Long.compareUnsigned(gasCap, maxGas) <= 0) return;
        costCap = maxCost;
        gasCap = maxGas;
        int kept = 0;
        boolean cut = false;
        for (int i = 0; i < size; i++) {
            PoolEntry entry = entries[i];
            if (entry.cost().compareTo(maxCost) > 0
                    || Long.compareUnsigned(entry.gas(), maxGas) > 0) {
                removed.add(entry);
                cut = true;
            } else if (cut && strict) {
                invalidated.add(entry);
            } else {
                entries[kept++] = entry;
                continue;
            }
            totalCost = totalCost.subtract(entry.cost());
        }
        if (kept < size) {
            Arrays.fill(entries, kept, size, null);
            size = kept;
            prefixLength = 0;
        }
        assert consistent();
    }

    /// Keeps the lowest nonces.
    ///
    /// @param removed receives the rest, highest first
    void cap(int keep, List<PoolEntry> removed) {
        while (size > keep) removed.add(removeLast());
    }

    /// Removes the highest nonce.
    PoolEntry removeLast() {
        PoolEntry entry = entries[--size];
        clear(size);
        totalCost = totalCost.subtract(entry.cost());
        if (prefixLength > size) prefixLength = 0;
        return entry;
    }

    /// Removes this entry, not another with its nonce.
    ///
    /// @param invalidated receives, for a strict list, everything above it
    /// @return whether it was here
    boolean remove(PoolEntry entry, List<PoolEntry> invalidated) {
        int i = find(entry.nonce);
        if (i < 0 || entries[i] != entry) return false;
        totalCost = totalCost.subtract(entry.cost());
        if (strict) {
            for (int k = i + 1; k < size; k++) {
                invalidated.add(entries[k]);
                totalCost = totalCost.subtract(entries[k].cost());
            }
            Arrays.fill(entries, i, size, null);
            size = i;
        } else {
            System.arraycopy(entries, i + 1, entries, i, size - i - 1);
            clear(--size);
        }
        if (i < prefixLength) prefixLength = 0;
        assert consistent();
        return true;
    }

    /// Removes the run of consecutive nonces at the front, if it begins no later than `start`.
    void ready(long start, List<PoolEntry> run) {
        if (size == 0 || Long.compareUnsigned(entries[0].nonce, start) > 0) return;
        int n = 1;
        while (n < size && entries[n].nonce == entries[0].nonce + n) n++;
        removeFirst(n, run);
    }

    /// The nonce after the run of consecutive nonces that contains `start`; `start` if it is not
    /// here.
    long runEnd(long start) {
        int i = find(start);
        if (i < 0) return start;
        long next = start;
        while (i < size && entries[i].nonce == next) {
            i++;
            next++;
        }
        return next;
    }

    /// Cost of the nonces from `start` up to but not including `end`, or null if one is missing.
    ///
    /// Constant time, amortised, while a run grows at its end.
    @Nullable BigInteger runCost(long start, long end) {
        long length = end - start;
        if (length == 0) return BigInteger.ZERO;
        if (length < 0 || length > size || entries[0].nonce != start) return sumFrom(start, length);
        if (prefixStart != start || prefixLength > length) {
            prefixStart = start;
            prefixLength = 0;
        }
        if (prefixLength == 0) prefixCost = BigInteger.ZERO;
        while (prefixLength < length) {
            PoolEntry entry = entries[prefixLength];
            if (entry.nonce != start + prefixLength) return null;
            prefixCost = prefixCost.add(entry.cost());
            prefixLength++;
        }
        return prefixCost;
    }

    private @Nullable BigInteger sumFrom(long start, long length) {
        int i = find(start);
        if (i < 0 || length < 0 || length > size - i) return null;
        BigInteger sum = BigInteger.ZERO;
        for (int k = 0; k < length; k++) {
            PoolEntry entry = entries[i + k];
            if (entry.nonce != start + k) return null;
            sum = sum.add(entry.cost());
        }
        return sum;
    }

    private void insert(int at, PoolEntry entry) {
        if (size == entries.length) entries = Arrays.copyOf(entries, size * 2);
        System.arraycopy(entries, at, entries, at + 1, size - at);
        entries[at] = entry;
        size++;
        if (at < prefixLength) prefixLength = 0;
    }

    private void removeFirst(int n, List<PoolEntry> removed) {
        if (n == 0) return;
        for (int i = 0; i < n; i++) {
            removed.add(entries[i]);
            totalCost = totalCost.subtract(entries[i].cost());
        }
        System.arraycopy(entries, n, entries, 0, size - n);
        Arrays.fill(entries, size - n, size, null);
        size -= n;
        prefixLength = 0;
        assert consistent();
    }

    // The array is only ever read below `size`.
    @SuppressWarnings("NullAway")
    private void clear(int i) {
        entries[i] = null;
    }

    /// Position of a nonce, or `-(insertion point) - 1`.
    private int find(long nonce) {
        if (size == 0) return -1;
        long offset = nonce - entries[0].nonce;
        if (offset >= 0 && offset < size && entries[(int) offset].nonce == nonce) {
            return (int) offset;
        }
        int low = 0;
        int high = size - 1;
        if (Long.compareUnsigned(entries[high].nonce, nonce) < 0) return -size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Long.compareUnsigned(entries[middle].nonce, nonce);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -low - 1;
    }

    private boolean consistent() {
        return totalCost.signum() >= 0 && (size > 0 || totalCost.signum() == 0);
    }
}
