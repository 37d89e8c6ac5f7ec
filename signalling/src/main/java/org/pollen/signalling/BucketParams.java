package org.pollen.signalling;

import java.time.Duration;

/// How a token bucket fills, and how long it is remembered.
///
/// @param capacity tokens it holds, and starts with
/// @param refill tokens it gets
/// @param per in this time; whole milliseconds
/// @param ttl after which an idle one is forgotten; a forgotten bucket is a full one, so this must
///   not be shorter than it takes to fill
public record BucketParams(long capacity, long refill, Duration per, Duration ttl) {
    static final long MICRO = 1_000_000;

    /// One with so many tokens in so many seconds.
    public static BucketParams of(long capacity, long refill, long perSeconds, long ttlSeconds) {
        return new BucketParams(
                capacity, refill, Duration.ofSeconds(perSeconds), Duration.ofSeconds(ttlSeconds));
    }

    /// What is wrong with it; empty if nothing is.
    String fault() {
        if (capacity < 1 || capacity > 1_000_000) {
            return "capacity is " + capacity + ": it must be 1 to 1000000";
        }
        if (refill < 1 || refill > 1_000_000) {
            return "refill is " + refill + ": it must be 1 to 1000000";
        }
        if (per.toMillis() < 1 || per.compareTo(Duration.ofHours(1)) > 0) {
            return "per is " + per + ": it must be from 1 ms to 1 h";
        }
        if (ttl.compareTo(fillTime()) < 0) {
            return "ttl is "
                    + ttl
                    + ": it must not be shorter than the bucket takes to fill ("
                    + fillTime()
                    + ")";
        }
        return "";
    }

    /// From empty to full.
    Duration fillTime() {
        return Duration.ofMillis(Math.ceilDiv(capacity * per.toMillis(), refill));
    }
}
