package org.pollen.mempool.fetch;

/// Counters of a fetcher since it was made, for its thread only.
@SuppressWarnings("EnumOrdinal") // positions in an array of this process, never stored
public final class FetchCounts {
    private final long[] counts = new long[FetchCounter.values().length];

    FetchCounts() {}

    /// The value of a counter.
    public long count(FetchCounter counter) {
        return counts[counter.ordinal()];
    }

    void mark(FetchCounter counter, long n) {
        counts[counter.ordinal()] += n;
    }
}
