package org.pollen.router;

import java.util.Arrays;
import java.util.List;

/// A histogram with fixed upper bounds: plain counters, one thread.
public final class Distribution {
    private static final long[] NONE = {};

    /// Upper bounds that several histograms share.
    static final class Bounds {
        private final double[] values;

        Bounds(double... values) {
            this.values = values;
        }
    }

    private final double[] bounds;
    private long[] counts = NONE; // before the first observation
    private long count;
    private double sum;

    /// @param bounds ascending upper bounds; what is above the last is counted too
    public Distribution(double... bounds) {
        this.bounds = bounds.clone();
    }

    Distribution(Bounds shared) {
        this.bounds = shared.values;
    }

    /// Counts one observation.
    public void observe(double value) {
        if (counts.length == 0) counts = new long[bounds.length + 1];
        int i = 0;
        while (i < bounds.length && value > bounds[i]) i++;
        counts[i]++;
        count++;
        sum += value;
    }

    /// What was observed so far.
    public Counts counts() {
        return new Counts(bounds.clone(), Arrays.copyOf(counts, bounds.length + 1), count, sum);
    }

    /// A copy of a histogram.
    ///
    /// @param bounds upper bounds
    /// @param counts observations up to each bound and above the one before, then those above the
    ///   last
    /// @param count all observations
    /// @param sum of their values
    // The arrays are copies that nobody else holds; snapshots are not compared.
    @SuppressWarnings("ArrayRecordComponent")
    public record Counts(double[] bounds, long[] counts, long count, double sum) {
        /// All of several histograms with the same bounds.
        public static Counts sum(List<Counts> parts) {
            Counts first = parts.getFirst();
            long[] counts = new long[first.counts.length];
            long count = 0;
            double sum = 0;
            for (Counts part : parts) {
                assert Arrays.equals(first.bounds, part.bounds) : "of different bounds";
                for (int i = 0; i < counts.length; i++) counts[i] += part.counts[i];
                count += part.count;
                sum += part.sum;
            }
            return new Counts(first.bounds.clone(), counts, count, sum);
        }

        @Override
        public String toString() {
            return "%d observations, sum %s %s".formatted(count, sum, Arrays.toString(counts));
        }
    }
}
