package org.pollen.simulator;

import java.util.Arrays;

/// Counts of durations in buckets of 0.8 % width, from a microsecond to hours: integers, so that
/// parts of a run merge to the same result in any order.
public final class LatencyHistogram {
    private static final int SUB = 7; // 128 buckets for each doubling

    private long[] counts = new long[1 << 10];
    private long total;
    private long max;

    /// Counts a duration in nanoseconds.
    void add(long nanos) {
        int index = index(nanos);
        if (index >= counts.length) counts = Arrays.copyOf(counts, index + 256);
        counts[index]++;
        total++;
        max = Math.max(max, nanos);
    }

    void add(LatencyHistogram other) {
        if (other.counts.length > counts.length) {
            counts = Arrays.copyOf(counts, other.counts.length);
        }
        for (int i = 0; i < other.counts.length; i++) counts[i] += other.counts[i];
        total += other.total;
        max = Math.max(max, other.max);
    }

    /// Everything it holds.
    long[] words() {
        long[] words = Arrays.copyOf(counts, counts.length + 2);
        words[counts.length] = total;
        words[counts.length + 1] = max;
        return words;
    }

    /// Takes what another one holds.
    void set(long[] words) {
        counts = Arrays.copyOf(words, words.length - 2);
        total = words[words.length - 2];
        max = words[words.length - 1];
    }

    private static int index(long nanos) {
        long micros = Math.max(0, nanos / 1000);
        if (micros < 1 << SUB) return (int) micros;
        int shift = 63 - Long.numberOfLeadingZeros(micros) - SUB;
        return ((shift + 1) << SUB) + (int) ((micros >>> shift) & ((1 << SUB) - 1));
    }

    private static double millis(int index) {
        if (index < 1 << SUB) return index / 1000.0;
        int shift = (index >> SUB) - 1;
        return (double) ((long) ((1 << SUB) | (index & ((1 << SUB) - 1))) << shift) / 1000.0;
    }

    /// Points of a cumulative distribution.
    interface Points {
        void point(double millis, double share);
    }

    /// Gives a point for each bucket with something in it.
    void cumulative(Points points) {
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] == 0) continue;
            seen += counts[i];
            points.point(millis(i), (double) seen / total);
        }
    }

    /// How many were counted.
    public long total() {
        return total;
    }

    /// The largest, in milliseconds.
    public double maxMillis() {
        return max / 1e6;
    }

    /// A quantile in milliseconds, at most 0.8 % below the true one; 0 if nothing was counted.
    public double quantileMillis(double q) {
        if (total == 0) return 0;
        long rank = Math.max(1, (long) Math.ceil(q * total));
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank) return millis(i);
        }
        return maxMillis();
    }

    /// The share of durations below a limit in milliseconds.
    public double shareBelow(double millis) {
        if (total == 0) return 0;
        long below = 0;
        for (int i = 0; i < counts.length && millis(i) < millis; i++) below += counts[i];
        return (double) below / total;
    }
}
