package org.pollen.mempool.fetch;

/// Counters of a fetcher since it was made, for its thread only, copies apart.
@SuppressWarnings("EnumOrdinal") // positions in an array of this process, never stored
public final class FetchCounts {
    private final long[] counts;

    FetchCounts() {
        this(new long[FetchCounter.values().length]);
    }

    private FetchCounts(long[] counts) {
        this.counts = counts;
    }

    /// The counters at this moment, for other threads.
    public FetchCounts copy() {
        return new FetchCounts(counts.clone());
    }

    /// The value of a counter.
    public long count(FetchCounter counter) {
        return counts[counter.ordinal()];
    }

    void mark(FetchCounter counter, long n) {
        counts[counter.ordinal()] += n;
    }
}
