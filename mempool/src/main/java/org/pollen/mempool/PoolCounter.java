package org.pollen.mempool;

/// The plain counters of the pool. Source: mempool.md 5.10, named as in operations.md 10.
public enum PoolCounter {
    PENDING_DISCARD("txpool_pending_discard_total"),
    PENDING_REPLACE("txpool_pending_replace_total"),
    PENDING_RATELIMIT("txpool_pending_ratelimit_total"),
    PENDING_NOFUNDS("txpool_pending_nofunds_total"),
    QUEUED_DISCARD("txpool_queued_discard_total"),
    QUEUED_REPLACE("txpool_queued_replace_total"),
    QUEUED_RATELIMIT("txpool_queued_ratelimit_total"),
    QUEUED_NOFUNDS("txpool_queued_nofunds_total"),
    QUEUED_EVICTION("txpool_queued_eviction_total"),
    KNOWN("txpool_known_total"),
    VALID("txpool_valid_total"),
    INVALID("txpool_invalid_total"),
    UNDERPRICED("txpool_underpriced_total"),
    OVERFLOWED("txpool_overflowed_total"),
    THROTTLE("txpool_throttle_total"),
    REINJECTED("txpool_reinjected_total");

    private final String metric;

    PoolCounter(String metric) {
        this.metric = metric;
    }

    /// Name of the metric.
    public String metric() {
        return metric;
    }
}
