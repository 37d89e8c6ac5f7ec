package org.pollen.signalling;

import java.util.Iterator;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// A bucket for each key, bounded in number.
///
/// Keys are kept in the order they were last used, so what is idle is at the old end. When the
/// table is full, a bucket that is full is forgotten, which changes nothing; if there is none among
/// the oldest, newcomers share one bucket. One that was drawn from is never forgotten to make room.
///
/// Source: A7.2.
final class KeyedBuckets<K> {
    private static final int POPPED_MAX = 4;
    private static final int LOOKED_AT = 64;
    private static final BucketParams OVERFLOW = BucketParams.of(20, 5, 1, 60);

    private static final class Entry {
        final TokenBucket bucket;
        long used;

        Entry(TokenBucket bucket, long used) {
            this.bucket = bucket;
            this.used = used;
        }
    }

    private final BucketParams params;
    private final int entriesMax;
    private final long ttlNanos;
    private final LinkedHashMap<K, Entry> entries = new LinkedHashMap<>();
    private @Nullable TokenBucket overflow;
    private long sweptAt;
    private long overflowed;

    KeyedBuckets(BucketParams params, int entriesMax, long nowNanos) {
        this.params = params;
        this.entriesMax = entriesMax;
        ttlNanos = params.ttl().toNanos();
        sweptAt = nowNanos;
    }

    /// Takes one token of a key's bucket, which starts full.
    boolean tryConsume(K key, long nowNanos) {
        return bucket(key, nowNanos).tryConsume(1, nowNanos);
    }

    /// Millionths of tokens of a key; makes and changes nothing.
    long peekMicro(K key, long nowNanos) {
        TokenBucket bucket = find(key, nowNanos);
        return bucket == null ? params.capacity() * BucketParams.MICRO : bucket.peekMicro(nowNanos);
    }

    /// Milliseconds until a key has a token; makes and changes nothing.
    long retryAfterMillis(K key, long nowNanos) {
        TokenBucket bucket = find(key, nowNanos);
        if (bucket == null && entries.size() >= entriesMax) bucket = overflow;
        return bucket == null ? 0 : bucket.retryAfterMillis(1, nowNanos);
    }

    int size() {
        return entries.size();
    }

    /// How often a newcomer had to share.
    long overflowed() {
        return overflowed;
    }

    /// Whether a key has a bucket; makes and changes nothing.
    boolean holds(K key, long nowNanos) {
        return find(key, nowNanos) != null;
    }

    private @Nullable TokenBucket find(K key, long nowNanos) {
        Entry entry = entries.get(key);
        return entry == null || nowNanos - entry.used >= ttlNanos ? null : entry.bucket;
    }

    private TokenBucket bucket(K key, long nowNanos) {
        expire(nowNanos);
        Entry entry = entries.get(key);
        if (entry != null && nowNanos - entry.used < ttlNanos) {
            entry.used = Math.max(entry.used, nowNanos);
            entries.putLast(key, entry);
            return entry.bucket;
        }
        if (entry == null && entries.size() >= entriesMax && !makeRoom(nowNanos)) {
            overflowed++;
            if (overflow == null) overflow = new TokenBucket(OVERFLOW, nowNanos);
            return overflow;
        }
        var fresh = new TokenBucket(params, nowNanos);
        entries.putLast(key, new Entry(fresh, nowNanos));
        return fresh;
    }

    private void expire(long nowNanos) {
        boolean sweep = nowNanos - sweptAt >= ttlNanos / 2;
        if (sweep) sweptAt = nowNanos;
        int popped = 0;
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext() && (sweep || popped < POPPED_MAX)) {
            if (nowNanos - oldest.next().used < ttlNanos) break;
            oldest.remove();
            popped++;
        }
    }

    private boolean makeRoom(long nowNanos) {
        Iterator<Entry> oldest = entries.values().iterator();
        for (int i = 0; i < LOOKED_AT && oldest.hasNext(); i++) {
            if (!oldest.next().bucket.full(nowNanos)) continue;
            oldest.remove();
            return true;
        }
        return false;
    }
}
