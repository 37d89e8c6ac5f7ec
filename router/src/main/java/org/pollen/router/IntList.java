package org.pollen.router;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/// A reusable list of handles: scratch space for selections, so that choosing targets for a message
/// allocates nothing.
final class IntList {
    private int[] elements = new int[16];
    private int size;

    IntList clear() {
        size = 0;
        return this;
    }

    void add(int element) {
        if (size == elements.length) elements = Arrays.copyOf(elements, size * 2);
        elements[size++] = element;
    }

    int get(int index) {
        assert index < size;
        return elements[index];
    }

    void set(int index, int element) {
        assert index < size;
        elements[index] = element;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean contains(int element) {
        for (int i = 0; i < size; i++) {
            if (elements[i] == element) return true;
        }
        return false;
    }

    /// Removes what is at a position by moving what follows.
    void removeAt(int index) {
        System.arraycopy(elements, index + 1, elements, index, --size - index);
    }

    void truncate(int length) {
        size = Math.min(size, length);
    }

    void swap(int i, int j) {
        int element = elements[i];
        elements[i] = elements[j];
        elements[j] = element;
    }

    /// Puts the whole list in random order.
    IntList shuffle(RandomGenerator random) {
        return sample(size, random);
    }

    /// Makes the first `count` elements a uniform random sample of all, in random order, and drops
    /// the rest.
    IntList sample(int count, RandomGenerator random) {
        int keep = Math.clamp(count, 0, size);
        for (int i = 0; i < keep; i++) swap(i, i + random.nextInt(size - i));
        size = keep;
        return this;
    }

    int[] toArray() {
        return Arrays.copyOf(elements, size);
    }

    @Override
    public String toString() {
        return Arrays.toString(toArray());
    }
}
