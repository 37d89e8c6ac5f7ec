package org.pollen.node.rpc;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// One token bucket per address: so many calls a second, twice that at once.
///
/// An IPv6 client has a /64 to itself and shares one bucket over it. At most [#ADDRESSES_MAX]
/// addresses are remembered; the one idle longest is forgotten first, and since it is full again by
/// then, forgetting gives nobody more than they had.
///
/// Source: operations.md 6.
final class TokenBuckets {
    static final int ADDRESSES_MAX = 10_000;

    private static final double NANOS = 1e9;

    private final double perSecond;
    private final double capacity;
    private final LongSupplier clock;
    private final Map<Key, Bucket> buckets =
            new LinkedHashMap<>(64, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, Bucket> eldest) {
                    return size() > ADDRESSES_MAX;
                }
            };

    private static final class Bucket {
        double tokens;
        long filledAt;
    }

    /// @param bytes not changed after construction
    private record Key(byte[] bytes) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /// @param perSecond calls a second
    /// @param clock monotonic nanoseconds
    TokenBuckets(int perSecond, LongSupplier clock) {
        this.perSecond = perSecond;
        this.capacity = 2.0 * perSecond;
        this.clock = clock;
    }

    /// Takes tokens if there are enough; takes none otherwise.
    synchronized boolean take(InetAddress address, int tokens) {
        long now = clock.getAsLong();
        Bucket bucket = buckets.get(key(address));
        if (bucket == null) {
            bucket = new Bucket();
            bucket.tokens = capacity;
            bucket.filledAt = now;
            buckets.put(key(address), bucket);
        }
        double refill = (now - bucket.filledAt) / NANOS * perSecond;
        bucket.tokens = Math.min(capacity, bucket.tokens + Math.max(0, refill));
        bucket.filledAt = now;
        if (bucket.tokens < tokens) return false;
        bucket.tokens -= tokens;
        return true;
    }

    /// Addresses remembered.
    synchronized int size() {
        return buckets.size();
    }

    private static Key key(InetAddress address) {
        byte[] bytes = address.getAddress();
        return new Key(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
    }
}
