package org.pollen.mempool;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Every pooled transaction by hash, with the sums over all of them.
///
/// Open addressing with linear probing and backward-shift deletion over a keyed mix of all 256
/// bits: who grinds hashes for equal low bits does not know the key. A dense array gives the order
/// of iteration, which does not depend on the key.
final class TransactionIndex {
    private static final int CAPACITY_MIN = 64;

    private final long key0;
    private final long key1;
    private @Nullable PoolEntry[] table = new @Nullable PoolEntry[CAPACITY_MIN];
    private long[] mixes = new long[CAPACITY_MIN];
    private PoolEntry[] dense = new PoolEntry[CAPACITY_MIN / 2];
    private int size;
    private long slots;
    private long bytes;

    /// @param key0 half of the secret of the hash mix
    /// @param key1 the other half
    TransactionIndex(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    int size() {
        return size;
    }

    /// Sum of the slots.
    long slots() {
        return slots;
    }

    /// Sum of the encoded sizes.
    long bytes() {
        return bytes;
    }

    PoolEntry at(int i) {
        assert i < size;
        return dense[i];
    }

    PoolEntry[] copy() {
        return Arrays.copyOf(dense, size);
    }

    boolean has(Hash32 hash) {
        return get(hash) != null;
    }

    @Nullable PoolEntry get(Hash32 hash) {
        long mix = mix(hash);
        int mask = table.length - 1;
        for (int i = (int) mix & mask; ; i = (i + 1) & mask) {
            PoolEntry entry = table[i];
            if (entry == null) return null;
            if (mixes[i] == mix && entry.tx.hash().equals(hash)) return entry;
        }
    }

    /// Adds an entry whose hash is not here.
    void add(PoolEntry entry) {
        assert !has(entry.tx.hash());
        if ((size + 1) * 2 > table.length) grow();
        place(entry, mix(entry.tx.hash()));
        if (size == dense.length) dense = Arrays.copyOf(dense, size * 2);
        dense[size] = entry;
        entry.position = size++;
        slots += entry.slots;
        bytes += entry.tx.size();
    }

    // The dense array is only ever read below `size`.
    @SuppressWarnings("NullAway")
    void remove(PoolEntry entry) {
        int at = entry.position;
        assert at >= 0 && dense[at] == entry;
        unplace(entry);
        PoolEntry last = dense[--size];
        dense[at] = last;
        last.position = at;
        dense[size] = null;
        entry.position = -1;
        slots -= entry.slots;
        bytes -= entry.tx.size();
    }

    private void grow() {
        @Nullable PoolEntry[] old = table;
        long[] oldMixes = mixes;
        table = new @Nullable PoolEntry[old.length * 2];
        mixes = new long[table.length];
        for (int i = 0; i < old.length; i++) {
            PoolEntry entry = old[i];
            if (entry != null) place(entry, oldMixes[i]);
        }
    }

    private void place(PoolEntry entry, long mix) {
        int mask = table.length - 1;
        int i = (int) mix & mask;
        while (table[i] != null) i = (i + 1) & mask;
        table[i] = entry;
        mixes[i] = mix;
    }

    private void unplace(PoolEntry entry) {
        int mask = table.length - 1;
        int hole = (int) mix(entry.tx.hash()) & mask;
        while (table[hole] != entry) hole = (hole + 1) & mask;
        for (int i = (hole + 1) & mask; table[i] != null; i = (i + 1) & mask) {
            int home = (int) mixes[i] & mask;
            // The entry may fill the hole only if its home is not between the two.
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                table[hole] = table[i];
                mixes[hole] = mixes[i];
                hole = i;
            }
        }
        table[hole] = null;
    }

    private long mix(Hash32 hash) {
        return HashMix.mix(hash, key0, key1);
    }
}
