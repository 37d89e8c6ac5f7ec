package org.pollen.signalling;

/// Tokens that come back with time, in millionths, computed when they are asked for.
///
/// A clock that steps back adds nothing. No fraction is lost: the bucket's time moves on only by
/// what was turned into tokens.
///
/// Source: A7.1.
final class TokenBucket {
    private final BucketParams params;
    private final long perMillis;
    private long micro;
    private long last;

    TokenBucket(BucketParams params, long nowNanos) {
        this.params = params;
        perMillis = params.per().toMillis();
        micro = params.capacity() * BucketParams.MICRO;
        last = nowNanos;
    }

    /// Takes all or nothing.
    ///
    /// @throws IllegalArgumentException if there is nothing to take
    boolean tryConsume(long tokens, long nowNanos) {
        if (tokens <= 0) throw new IllegalArgumentException("tokens is " + tokens);
        if (tokens > params.capacity()) return false;
        refill(nowNanos);
        if (micro < tokens * BucketParams.MICRO) return false;
        micro -= tokens * BucketParams.MICRO;
        return true;
    }

    /// Millionths of tokens there would be; changes nothing.
    long peekMicro(long nowNanos) {
        return Math.min(capacityMicro(), micro + gained(nowNanos));
    }

    /// Share of its capacity, 0 to 1.
    double fill(long nowNanos) {
        return (double) peekMicro(nowNanos) / (double) capacityMicro();
    }

    boolean full(long nowNanos) {
        return peekMicro(nowNanos) == capacityMicro();
    }

    /// Milliseconds until so many tokens are there; changes nothing.
    long retryAfterMillis(long tokens, long nowNanos) {
        long missing = tokens * BucketParams.MICRO - peekMicro(nowNanos);
        if (missing <= 0) return 0;
        return Math.ceilDiv(missing * perMillis, params.refill() * BucketParams.MICRO);
    }

    private long capacityMicro() {
        return params.capacity() * BucketParams.MICRO;
    }

    /// Bounded by what fills it from empty, so that no product overflows.
    private long gained(long nowNanos) {
        long elapsed = nowNanos - last;
        if (elapsed <= 0) return 0;
        long fills = params.fillTime().toNanos();
        if (elapsed >= fills) return capacityMicro();
        return elapsed * params.refill() / perMillis;
    }

    private void refill(long nowNanos) {
        long gained = gained(nowNanos);
        if (gained == 0) return;
        micro += gained;
        if (micro >= capacityMicro()) {
            micro = capacityMicro();
            last = nowNanos;
        } else {
            last += Math.ceilDiv(gained * perMillis, params.refill());
        }
    }
}
