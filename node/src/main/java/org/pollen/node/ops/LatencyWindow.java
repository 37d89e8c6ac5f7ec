package org.pollen.node.ops;

import java.util.ArrayDeque;
import java.util.OptionalDouble;
import org.pollen.router.Distribution;

/// Times from publishing to arrival: all of them as a histogram, the newest for percentiles.
/// Thread-safe.
public final class LatencyWindow {
    private static final int KEPT = 4096;

    private final Distribution all =
            new Distribution(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10);
    private final ArrayDeque<Long> newest = new ArrayDeque<>();

    /// An arrival.
    public synchronized void add(long nanos) {
        all.observe(nanos / 1e9);
        if (newest.size() == KEPT) newest.removeFirst();
        newest.add(nanos);
    }

    /// All of them.
    public synchronized Distribution.Counts counts() {
        return all.counts();
    }

    /// A percentile of the newest, in milliseconds; empty if nothing came yet.
    public synchronized OptionalDouble percentileMillis(double percent) {
        if (newest.isEmpty()) return OptionalDouble.empty();
        long[] sorted = newest.stream().mapToLong(Long::longValue).sorted().toArray();
        int index = (int) Math.min(sorted.length - 1, Math.floor(sorted.length * percent / 100));
        return OptionalDouble.of(sorted[index] / 1e6);
    }
}
