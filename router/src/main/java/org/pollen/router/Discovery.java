package org.pollen.router;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// Finds peers for the slices we are in, by whatever the owner has for it: announces us there and
/// asks for others while there are too few.
///
/// Source: router specification 9.6.
final class Discovery {
    /// How often slices are looked at that lack peers.
    static final long POLL_NANOS = Duration.ofSeconds(1).toNanos();

    /// When an announcement that failed is made again.
    static final long RETRY_NANOS = Duration.ofMinutes(2).toNanos();

    private final RouterState state;
    private final boolean on;
    private final Map<Mask, Long> advertiseAt = new LinkedHashMap<>();
    private long pollAt;

    Discovery(RouterState state, boolean on, long now) {
        this.state = state;
        this.on = on;
        this.pollAt = now + POLL_NANOS;
    }

    /// We are in a slice from now on.
    void joined(Mask slice, long now) {
        state.output.advertise(slice, true);
        // An owner that never answers is asked again like one that failed.
        if (on) advertiseAt.put(slice, now + RETRY_NANOS);
    }

    void left(Mask slice) {
        state.output.advertise(slice, false);
        advertiseAt.remove(slice);
    }

    /// We are announced for so long.
    void advertised(Mask slice, long ttlNanos, long now) {
        advertiseAt.replace(slice, now + Math.max(POLL_NANOS, ttlNanos));
    }

    void advertiseFailed(Mask slice, long now) {
        advertiseAt.replace(slice, now + RETRY_NANOS);
    }

    void tick(long now) {
        if (!on || now - pollAt < 0) return;
        pollAt = now + POLL_NANOS;
        for (Map.Entry<Mask, Long> slice : advertiseAt.entrySet()) {
            if (now - slice.getValue() >= 0) {
                slice.setValue(now + RETRY_NANOS);
                state.output.advertise(slice.getKey(), true);
            }
            if (!state.targets.enoughPeers(slice.getKey(), 0)) {
                state.output.findPeers(slice.getKey());
            }
        }
    }

    /// Peers for a mask we publish on are wanted, whether we are in it or not.
    void find(Mask mask) {
        if (on) state.output.findPeers(mask);
    }

    boolean isOn() {
        return on;
    }

    /// When it is to be looked at again.
    long nextAt(long otherwise) {
        return on && !advertiseAt.isEmpty() && pollAt - otherwise < 0 ? pollAt : otherwise;
    }
}
