package org.pollen.simulator;

/// Gives each message id a small number, the same for all peers of a partition: what they remember
/// of a message are columns by that number instead of tables of ids.
///
/// A number is never given twice; they follow the order in which ids were first met. Not
/// thread-safe.
///
/// Source: simulator specification 2.6.
final class MessageNumbers {
    static final int NONE = -1;
    private static final int STRIDE = 2;

    private long[] ids = new long[1024 * STRIDE];
    private int[] numbers = new int[1024]; // one more than the number; 0 where the slot is free
    private int size;

    /// The number of an id, or [#NONE] if nobody has met it.
    int find(long hi, long lo) {
        return numbers[slot(hi, lo)] - 1;
    }

    /// The number of an id, a new one the first time.
    int number(long hi, long lo) {
        int slot = slot(hi, lo);
        if (numbers[slot] != 0) return numbers[slot] - 1;
        if (2 * (size + 1) > numbers.length) {
            grow();
            slot = slot(hi, lo);
        }
        ids[slot * STRIDE] = hi;
        ids[slot * STRIDE + 1] = lo;
        numbers[slot] = ++size;
        return size - 1;
    }

    private int slot(long hi, long lo) {
        int wrap = numbers.length - 1;
        int slot = (int) lo & wrap;
        while (numbers[slot] != 0 && (ids[slot * STRIDE] != hi || ids[slot * STRIDE + 1] != lo)) {
            slot = (slot + 1) & wrap;
        }
        return slot;
    }

    private void grow() {
        long[] oldIds = ids;
        int[] old = numbers;
        ids = new long[oldIds.length * 2];
        numbers = new int[old.length * 2];
        for (int i = 0; i < old.length; i++) {
            if (old[i] == 0) continue;
            int slot = slot(oldIds[i * STRIDE], oldIds[i * STRIDE + 1]);
            ids[slot * STRIDE] = oldIds[i * STRIDE];
            ids[slot * STRIDE + 1] = oldIds[i * STRIDE + 1];
            numbers[slot] = old[i];
        }
    }
}
