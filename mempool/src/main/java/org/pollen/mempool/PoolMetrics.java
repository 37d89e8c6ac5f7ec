package org.pollen.mempool;

/// Counters since the pool was made. The pool's own instance is for its thread only;
/// [PoolSnapshot#metrics()] is a copy for everybody.
@SuppressWarnings("EnumOrdinal") // positions in arrays of this process, never stored
public final class PoolMetrics {
    private static final PoolCounter[] COUNTERS = PoolCounter.values();
    private static final int SOURCES = TransactionSource.values().length;

    private final long[] counts;
    private final long[] rejected;
    private long resets;
    private long runs;
    private long changes;

    PoolMetrics() {
        this(new long[COUNTERS.length], new long[PoolError.values().length * SOURCES], 0, 0);
    }

    private PoolMetrics(long[] counts, long[] rejected, long resets, long runs) {
        this.counts = counts;
        this.rejected = rejected;
        this.resets = resets;
        this.runs = runs;
    }

    /// The value of a counter.
    public long count(PoolCounter counter) {
        return counts[counter.ordinal()];
    }

    /// How often a transaction from a source was refused with an error: `txpool_rejected_total`.
    public long rejected(PoolError error, TransactionSource source) {
        return rejected[error.ordinal() * SOURCES + source.ordinal()];
    }

    /// Maintenance runs so far.
    public long runs() {
        return runs;
    }

    /// Runs with a reset so far.
    public long resets() {
        return resets;
    }

    void mark(PoolCounter counter, long n) {
        counts[counter.ordinal()] += n;
        changes++;
    }

    void reject(PoolError error, TransactionSource source) {
        rejected[error.ordinal() * SOURCES + source.ordinal()]++;
        changes++;
    }

    void run(boolean reset) {
        runs++;
        changes++;
        if (reset) resets++;
    }

    /// A number that differs whenever a counter does.
    long changes() {
        return changes;
    }

    PoolMetrics copy() {
        return new PoolMetrics(counts.clone(), rejected.clone(), resets, runs);
    }
}
