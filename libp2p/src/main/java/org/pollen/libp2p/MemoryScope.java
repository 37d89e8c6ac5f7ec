package org.pollen.libp2p;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A budget of bytes inside another one. Reserving succeeds only if all of them have room.
/// Thread-safe.
///
/// A priority p (0 to 255) may fill a budget up to (1 + p) / 256 of its limit, so that growth stops
/// before what is needed does. Source: go-libp2p's resource manager.
final class MemoryScope {
    /// For growth that speeds things up but is not needed.
    static final int OPTIONAL = 128;

    /// For what cannot be done without.
    static final int NEEDED = 255;

    private final long limit;
    private final @Nullable MemoryScope parent;
    private final AtomicLong reserved = new AtomicLong();

    MemoryScope(long limit, @Nullable MemoryScope parent) {
        this.limit = limit;
        this.parent = parent;
    }

    boolean reserve(long bytes, int priority) {
        long bound = limit / 256 * (1 + priority);
        long before;
        do {
            before = reserved.get();
            if (before + bytes > bound) {
                return false;
            }
        } while (!reserved.compareAndSet(before, before + bytes));
        if (parent != null && !parent.reserve(bytes, priority)) {
            reserved.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    void release(long bytes) {
        long after = reserved.addAndGet(-bytes);
        assert after >= 0 : "released " + -after + " bytes too many";
        if (parent != null) {
            parent.release(bytes);
        }
    }

    long reserved() {
        return reserved.get();
    }
}
