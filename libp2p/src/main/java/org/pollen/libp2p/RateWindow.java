package org.pollen.libp2p;

/// Counts what happened within the last ten seconds, in ten buckets: old ones fall out one second
/// at a time.
final class RateWindow {
    private static final int BUCKETS = 10;
    private static final long BUCKET_NANOS = 1_000_000_000L;

    private final int[] counts = new int[BUCKETS];
    private long bucket;
    private int sum;
    private boolean started;

    /// Counts one more.
    ///
    /// @return how many there were within ten seconds, with this one
    int add(long now) {
        long current = Math.floorDiv(now, BUCKET_NANOS);
        if (!started) {
            started = true;
            bucket = current;
        }
        long steps = Math.min(current - bucket, BUCKETS);
        for (long i = 1; i <= steps; i++) {
            int slot = (int) Math.floorMod(bucket + i, (long) BUCKETS);
            sum -= counts[slot];
            counts[slot] = 0;
        }
        if (steps > 0) {
            bucket = current;
        }
        counts[(int) Math.floorMod(bucket, (long) BUCKETS)]++;
        return ++sum;
    }
}
