package org.pollen.mempool;

/// Counters of a blob pool since it was made, for its thread only.
@SuppressWarnings("EnumOrdinal") // positions in arrays of this process, never stored
public final class BlobMetrics {
    private final long[] adds;
    private final long[] drops;

    BlobMetrics() {
        this(new long[BlobAdd.values().length], new long[BlobDrop.values().length]);
    }

    private BlobMetrics(long[] adds, long[] drops) {
        this.adds = adds;
        this.drops = drops;
    }

    /// How often an addition ended so.
    public long count(BlobAdd result) {
        return adds[result.ordinal()];
    }

    /// How often a transaction left for a reason.
    public long count(BlobDrop reason) {
        return drops[reason.ordinal()];
    }

    void mark(BlobAdd result) {
        adds[result.ordinal()]++;
    }

    void mark(BlobDrop reason) {
        drops[reason.ordinal()]++;
    }

    BlobMetrics copy() {
        return new BlobMetrics(adds.clone(), drops.clone());
    }
}
