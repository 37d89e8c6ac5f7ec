package org.pollen.mempool;

/// Tokens that come back with time. For one thread.
final class TokenBucket {
    private static final double SECOND = 1e9;

    private final double burst;
    private final double perSecond;
    private double tokens;
    private long at;

    /// A full bucket.
    TokenBucket(double burst, double perSecond, long now) {
        this.burst = burst;
        this.perSecond = perSecond;
        tokens = burst;
        at = now;
    }

    /// Takes a token, if there is a whole one.
    boolean take(long now) {
        refill(now);
        if (tokens < 1) return false;
        tokens--;
        return true;
    }

    /// Whether there is a whole one.
    boolean has(long now) {
        refill(now);
        return tokens >= 1;
    }

    /// Puts one back.
    void give() {
        tokens = Math.min(burst, tokens + 1);
    }

    private void refill(long now) {
        tokens = Math.min(burst, tokens + (now - at) / SECOND * perSecond);
        at = now;
    }
}
