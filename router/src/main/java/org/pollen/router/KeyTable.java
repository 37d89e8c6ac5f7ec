package org.pollen.router;

import java.util.Arrays;

/// A map from 128-bit keys to `long` values that allocates only when it grows.
///
/// Open addressing with linear probing over one array of triples (hi, lo, value); a removal shifts
/// back what follows, so there are no tombstones. Keys are outputs of a keyed hash, so their low
/// bits are the slot. Takes no room before the first entry: a router has many, and in a quiet one,
/// or in each of a hundred thousand simulated ones, most stay empty. Not thread-safe.
final class KeyTable {
    private static final int STRIDE = 3;
    private static final int FIRST_CAPACITY = 8;
    private static final long[] NONE = {};

    /// What [#get] answers for a key that is not there.
    static final long ABSENT = Long.MIN_VALUE;

    private long[] slots = NONE;
    private int mask = -1;
    private int size;

    int size() {
        return size;
    }

    /// The value of a key, or [#ABSENT].
    long get(long hi, long lo) {
        if (size == 0) return ABSENT;
        int slot = find(hi, mark(hi, lo));
        return slots[slot + 1] == 0 && slots[slot] == 0 ? ABSENT : slots[slot + 2];
    }

    boolean contains(long hi, long lo) {
        return get(hi, lo) != ABSENT;
    }

    /// Sets the value of a key.
    ///
    /// @return the value it had, or [#ABSENT]
    long put(long hi, long lo, long value) {
        assert value != ABSENT;
        if (mask < 0) grow();
        long marked = mark(hi, lo);
        int slot = find(hi, marked);
        if (slots[slot + 1] != 0 || slots[slot] != 0) {
            long old = slots[slot + 2];
            slots[slot + 2] = value;
            return old;
        }
        if (size * 2 > mask) {
            grow();
            slot = find(hi, marked);
        }
        slots[slot] = hi;
        slots[slot + 1] = marked;
        slots[slot + 2] = value;
        size++;
        return ABSENT;
    }

    /// Removes a key.
    ///
    /// @return the value it had, or [#ABSENT]
    long remove(long hi, long lo) {
        if (size == 0) return ABSENT;
        int slot = find(hi, mark(hi, lo));
        if (slots[slot + 1] == 0 && slots[slot] == 0) return ABSENT;
        long old = slots[slot + 2];
        close(slot);
        size--;
        return old;
    }

    void clear() {
        if (size != 0) Arrays.fill(slots, 0);
        size = 0;
    }

    /// Decides, entry by entry, which stay.
    interface Keep {
        boolean keep(long hi, long lo, long value);
    }

    /// Removes every entry that the test does not want to keep; in table order, which is not to be
    /// relied upon.
    void retain(Keep test) {
        if (size == 0) return;
        for (int slot = 0; slot < slots.length; ) {
            boolean used = slots[slot + 1] != 0 || slots[slot] != 0;
            if (used && !test.keep(slots[slot], slots[slot + 1], slots[slot + 2])) {
                close(slot); // another entry may have moved here: look again
                size--;
            } else {
                slot += STRIDE;
            }
        }
    }

    /// The all-zero key would look like a free slot.
    private static long mark(long hi, long lo) {
        return hi == 0 && lo == 0 ? 1 : lo;
    }

    private int find(long hi, long lo) {
        int index = (int) lo & mask;
        while (true) {
            int slot = index * STRIDE;
            long a = slots[slot];
            long b = slots[slot + 1];
            if ((a == hi && b == lo) || (a == 0 && b == 0)) return slot;
            index = (index + 1) & mask;
        }
    }

    private void close(int gap) {
        int hole = gap / STRIDE;
        int index = hole;
        while (true) {
            index = (index + 1) & mask;
            int slot = index * STRIDE;
            if (slots[slot] == 0 && slots[slot + 1] == 0) break;
            int home = (int) slots[slot + 1] & mask;
            // Movable unless its home lies cyclically within (hole, index].
            if (((index - home) & mask) >= ((index - hole) & mask)) {
                System.arraycopy(slots, slot, slots, hole * STRIDE, STRIDE);
                hole = index;
            }
        }
        Arrays.fill(slots, hole * STRIDE, hole * STRIDE + STRIDE, 0);
    }

    private void grow() {
        long[] old = slots;
        int capacity = Math.max(FIRST_CAPACITY, (mask + 1) * 2);
        slots = new long[capacity * STRIDE];
        mask = capacity - 1;
        for (int slot = 0; slot < old.length; slot += STRIDE) {
            if (old[slot] == 0 && old[slot + 1] == 0) continue;
            System.arraycopy(old, slot, slots, find(old[slot], old[slot + 1]), STRIDE);
        }
    }
}
