package org.pollen.router;

import java.util.Arrays;
import java.util.function.IntConsumer;

/// A set of handles (of peers, or of slices) as a bitset that grows; iterates in ascending order.
///
/// The subscribers of a slice are one, so the full holders of a mask are the intersection of
/// several; the slices of a peer are one, so "holds all of these" is a test of bits.
public final class HandleSet {
    private long[] words = new long[1];
    private int size;

    /// Adds a handle.
    ///
    /// @return whether it was not there
    public boolean add(int handle) {
        int word = handle >> 6;
        if (word >= words.length) {
            words = Arrays.copyOf(words, Math.max(word + 1, words.length * 2));
        }
        long bit = 1L << handle;
        if ((words[word] & bit) != 0) return false;
        words[word] |= bit;
        size++;
        return true;
    }

    /// Removes a handle.
    ///
    /// @return whether it was there
    public boolean remove(int handle) {
        int word = handle >> 6;
        if (word >= words.length) return false;
        long bit = 1L << handle;
        if ((words[word] & bit) == 0) return false;
        words[word] &= ~bit;
        size--;
        return true;
    }

    /// Whether the handle is in the set.
    public boolean contains(int handle) {
        int word = handle >> 6;
        return word < words.length && (words[word] & (1L << handle)) != 0;
    }

    /// Whether all of these handles are in the set: the full-holder test, when the set is what a
    /// peer subscribes to.
    public boolean containsAll(int[] handles) {
        for (int handle : handles) {
            if (!contains(handle)) return false;
        }
        return true;
    }

    /// Whether any of these handles is in the set.
    public boolean containsAny(int[] handles) {
        for (int handle : handles) {
            if (contains(handle)) return true;
        }
        return false;
    }

    /// How many handles there are.
    public int size() {
        return size;
    }

    /// Whether there is none.
    public boolean isEmpty() {
        return size == 0;
    }

    /// The least handle that is not below the given one, or -1: `for (int h = s.next(0); h >= 0; h
    /// = s.next(h + 1))`.
    public int next(int from) {
        int word = from >> 6;
        if (word >= words.length) return -1;
        long bits = words[word] & (-1L << from);
        while (bits == 0) {
            if (++word == words.length) return -1;
            bits = words[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    /// Calls for each handle in ascending order; the set must not change meanwhile.
    public void forEach(IntConsumer action) {
        for (int h = next(0); h >= 0; h = next(h + 1)) action.accept(h);
    }

    /// Makes this a copy of another set.
    public HandleSet setTo(HandleSet other) {
        if (words.length < other.words.length) words = new long[other.words.length];
        System.arraycopy(other.words, 0, words, 0, other.words.length);
        Arrays.fill(words, other.words.length, words.length, 0);
        size = other.size;
        return this;
    }

    /// Keeps only what is in the other set too.
    public HandleSet retainAll(HandleSet other) {
        int count = 0;
        for (int i = 0; i < words.length; i++) {
            words[i] = i < other.words.length ? words[i] & other.words[i] : 0;
            count += Long.bitCount(words[i]);
        }
        size = count;
        return this;
    }

    /// Removes everything.
    public void clear() {
        Arrays.fill(words, 0);
        size = 0;
    }

    /// The handles in ascending order.
    public int[] toArray() {
        var handles = new int[size];
        int i = 0;
        for (int h = next(0); h >= 0; h = next(h + 1)) handles[i++] = h;
        return handles;
    }

    @Override
    public String toString() {
        return Arrays.toString(toArray());
    }
}
