package org.pollen.node.twin;

import java.util.Map;

/// What a network came to.
///
/// @param expected deliveries if everybody got every message
/// @param latencies from publication to the first copy, nanoseconds, sorted
/// @param overheads what each hop took beyond its link, nanoseconds, sorted
/// @param hops deliveries by the number of hops
/// @param duplicates further copies for each delivery
/// @param meshMean members of a mesh
/// @param ihaveIds message ids in IHAVEs
// Arrays are not compared.
@SuppressWarnings("ArrayRecordComponent")
record TwinFigures(
        long expected,
        long[] latencies,
        long[] overheads,
        Map<Integer, Integer> hops,
        double duplicates,
        double meshMean,
        long ihaveIds) {

    double delivery() {
        return (double) latencies.length / expected;
    }

    /// A quantile of the latencies in milliseconds.
    double millis(double q) {
        return quantile(latencies, q) / 1e6;
    }

    static long quantile(long[] sorted, double q) {
        return sorted[Math.max(0, (int) Math.ceil(q * sorted.length) - 1)];
    }

    /// The latencies without what receivers need before they pass a message on, which is not part
    /// of the simulator's.
    TwinFigures arriving(long validationNanos) {
        var earlier = new long[latencies.length];
        for (int i = 0; i < earlier.length; i++) earlier[i] = latencies[i] - validationNanos;
        return new TwinFigures(expected, earlier, overheads, hops, duplicates, meshMean, ihaveIds);
    }

    /// The largest distance of the distributions of latencies, Kolmogorov and Smirnov's.
    double distance(TwinFigures other) {
        double most = 0;
        for (long[] values : new long[][] {latencies, other.latencies}) {
            for (long value : values) {
                double apart = share(latencies, value) - share(other.latencies, value);
                most = Math.max(most, Math.abs(apart));
            }
        }
        return most;
    }

    private static double share(long[] sorted, long value) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] <= value) low = middle + 1;
            else high = middle;
        }
        return (double) low / sorted.length;
    }

    /// Half the sum of the differences between the shares of hop counts.
    double hopVariation(TwinFigures other) {
        double sum = 0;
        for (int h = 1; h < 64; h++) {
            double own = (double) hops.getOrDefault(h, 0) / latencies.length;
            double theirs = (double) other.hops.getOrDefault(h, 0) / other.latencies.length;
            sum += Math.abs(own - theirs);
        }
        return sum / 2;
    }
}
