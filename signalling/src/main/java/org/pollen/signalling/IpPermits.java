package org.pollen.signalling;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many may punch toward an IP at a time, and who waits for it. A permit is held until the task
/// ends; an IP is forgotten when nobody holds or waits.
///
/// Source: A8.3.
final class IpPermits<T> {
    enum Grant {
        HELD,
        WAITING,
        BUSY
    }

    private static final class Entry<T> {
        int holders;
        final ArrayDeque<T> waiters = new ArrayDeque<>();
    }

    private final int permits;
    private final int waitersMax;
    private final Map<IpKey, Entry<T>> entries = new LinkedHashMap<>();
    private int waiting;

    IpPermits(int permits, int waitersMax) {
        this.permits = permits;
        this.waitersMax = waitersMax;
    }

    Grant acquire(IpKey key, T who) {
        Entry<T> entry = entries.computeIfAbsent(key, _ -> new Entry<>());
        if (entry.holders < permits) {
            entry.holders++;
            return Grant.HELD;
        }
        if (entry.waiters.size() >= waitersMax) return Grant.BUSY;
        entry.waiters.addLast(who);
        waiting++;
        return Grant.WAITING;
    }

    /// Gives a permit back.
    ///
    /// @return who holds it now; null if nobody waited
    @Nullable T release(IpKey key) {
        Entry<T> entry = java.util.Objects.requireNonNull(entries.get(key));
        T next = entry.waiters.pollFirst();
        if (next != null) {
            waiting--;
            return next;
        }
        if (--entry.holders == 0) entries.remove(key);
        return null;
    }

    /// Waits no more.
    void leave(IpKey key, T who) {
        Entry<T> entry = entries.get(key);
        if (entry != null && entry.waiters.remove(who)) waiting--;
    }

    int waiting() {
        return waiting;
    }

    int size() {
        return entries.size();
    }
}
