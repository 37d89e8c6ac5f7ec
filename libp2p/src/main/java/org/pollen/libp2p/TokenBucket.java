package org.pollen.libp2p;

/// Lets `burst` through at once and then one each interval. Not thread-safe.
final class TokenBucket {
    private final int burst;
    private final long intervalNanos;
    private int tokens;
    private long refilledAt;

    TokenBucket(int burst, long intervalNanos, long now) {
        this.burst = burst;
        this.intervalNanos = intervalNanos;
        this.tokens = burst;
        this.refilledAt = now;
    }

    boolean tryTake(long now) {
        boolean one = hasOne(now);
        if (one) {
            tokens--;
        }
        return one;
    }

    boolean hasOne(long now) {
        long fresh = (now - refilledAt) / intervalNanos;
        if (fresh > 0) {
            tokens = (int) Math.min(burst, tokens + fresh);
            refilledAt += fresh * intervalNanos;
        }
        return tokens > 0;
    }
}
