package org.pollen.simulator;

import java.util.Arrays;

/// A small map from non-negative ints to non-negative ints: open addressing, removal shifts back.
final class IntMap {
    private static final int FREE = -1;

    private int[] slots = {FREE, 0, FREE, 0, FREE, 0, FREE, 0};
    private int mask = 3;
    private int size;

    int size() {
        return size;
    }

    /// The value of a key, or -1.
    int get(int key) {
        int i = find(key);
        return slots[2 * i] == FREE ? -1 : slots[2 * i + 1];
    }

    boolean contains(int key) {
        return slots[2 * find(key)] != FREE;
    }

    void put(int key, int value) {
        int i = find(key);
        if (slots[2 * i] == FREE) {
            if (4 * (size + 1) > 3 * (mask + 1)) {
                grow();
                i = find(key);
            }
            size++;
            slots[2 * i] = key;
        }
        slots[2 * i + 1] = value;
    }

    void remove(int key) {
        int hole = find(key);
        if (slots[2 * hole] == FREE) return;
        size--;
        slots[2 * hole] = FREE;
        for (int i = (hole + 1) & mask; slots[2 * i] != FREE; i = (i + 1) & mask) {
            int home = home(slots[2 * i]);
            if (((i - home) & mask) < ((i - hole) & mask)) continue;
            slots[2 * hole] = slots[2 * i];
            slots[2 * hole + 1] = slots[2 * i + 1];
            slots[2 * i] = FREE;
            hole = i;
        }
    }

    private int find(int key) {
        int i = home(key);
        while (slots[2 * i] != FREE && slots[2 * i] != key) i = (i + 1) & mask;
        return i;
    }

    private int home(int key) {
        int h = key * 0x9e3779b9;
        return (h ^ (h >>> 16)) & mask;
    }

    private void grow() {
        int[] old = slots;
        mask = mask * 2 + 1;
        slots = new int[old.length * 2];
        Arrays.fill(slots, FREE);
        for (int i = 0; i < old.length; i += 2) {
            if (old[i] == FREE) continue;
            int at = find(old[i]);
            slots[2 * at] = old[i];
            slots[2 * at + 1] = old[i + 1];
        }
    }
}
