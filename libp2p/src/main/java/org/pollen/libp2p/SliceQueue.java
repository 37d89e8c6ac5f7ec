package org.pollen.libp2p;

import java.util.Arrays;

/// Slices of arrays in the order they were written: three rings, so that a place in the queue is no
/// object.
final class SliceQueue {
    private static final int PLACES_MIN = 4;
    private static final byte[] NONE = {};

    private byte[][] arrays = {};
    private int[] offsets = {};
    private int[] lengths = {};
    private int head;
    private int size;

    void add(byte[] array, int off, int len) {
        if (size == arrays.length) {
            grow();
        }
        int at = (head + size++) & (arrays.length - 1);
        arrays[at] = array;
        offsets[at] = off;
        lengths[at] = len;
    }

    /// Moves so many bytes, which have to be there.
    void drain(byte[] out, int off, int count) {
        int at = off;
        int left = count;
        while (left > 0) {
            int n = Math.min(left, lengths[head]);
            System.arraycopy(arrays[head], offsets[head], out, at, n);
            at += n;
            left -= n;
            offsets[head] += n;
            lengths[head] -= n;
            if (lengths[head] == 0) {
                arrays[head] = NONE;
                head = (head + 1) & (arrays.length - 1);
                size--;
            }
        }
    }

    void clear() {
        arrays = new byte[0][];
        offsets = new int[0];
        lengths = new int[0];
        head = 0;
        size = 0;
    }

    private void grow() {
        int old = arrays.length;
        int places = Math.max(PLACES_MIN, 2 * old);
        byte[][] moved = new byte[places][];
        Arrays.fill(moved, NONE);
        var movedOffsets = new int[places];
        var movedLengths = new int[places];
        for (int i = 0; i < size; i++) {
            int from = (head + i) & (old - 1);
            moved[i] = arrays[from];
            movedOffsets[i] = offsets[from];
            movedLengths[i] = lengths[from];
        }
        arrays = moved;
        offsets = movedOffsets;
        lengths = movedLengths;
        head = 0;
    }
}
