package org.pollen.scoring;

import java.time.Duration;

/// Durations as nanoseconds.
final class Nanos {
    /// 73 years: far beyond any run, and sums of two instants and a duration do not overflow.
    static final long FOREVER = Long.MAX_VALUE / 4;

    private static final Duration LONGEST = Duration.ofNanos(FOREVER);

    private Nanos() {}

    /// The duration in nanoseconds, within plus and minus [#FOREVER].
    static long of(Duration duration) {
        if (duration.compareTo(LONGEST) >= 0) return FOREVER;
        if (duration.compareTo(LONGEST.negated()) <= 0) return -FOREVER;
        return duration.toNanos();
    }
}
