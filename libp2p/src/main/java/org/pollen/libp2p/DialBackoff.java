package org.pollen.libp2p;

import java.util.LinkedHashMap;
import java.util.Map;
import org.pollen.peer.Multiaddr;

/// How long an address that failed is left alone: 5 s and one second for the square of the
/// failures, at most 5 minutes; a success forgets them. The address includes the peer id.
/// Thread-safe.
final class DialBackoff {
    private static final long BASE_NANOS = 5_000_000_000L;
    private static final long COEFFICIENT_NANOS = 1_000_000_000L;
    private static final long MAX_NANOS = 300_000_000_000L;
    private static final int ADDRESSES_MAX = 4096;

    private record Failures(int count, long untilNanos) {}

    private final Map<Multiaddr, Failures> failures =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Multiaddr, Failures> eldest) {
                    return size() > ADDRESSES_MAX;
                }
            };

    /// Nanoseconds to wait, 0 if it may be dialled.
    synchronized long remaining(Multiaddr address, long now) {
        Failures known = failures.get(address);
        return known == null ? 0 : Math.max(0, known.untilNanos - now);
    }

    /// Whether the address failed since it last succeeded.
    synchronized boolean known(Multiaddr address) {
        return failures.containsKey(address);
    }

    synchronized void failed(Multiaddr address, long now) {
        Failures known = failures.remove(address);
        int count = known == null ? 0 : Math.min(known.count + 1, 20);
        long wait = Math.min(MAX_NANOS, BASE_NANOS + COEFFICIENT_NANOS * count * count);
        failures.put(address, new Failures(count, now + wait));
    }

    synchronized void succeeded(Multiaddr address) {
        failures.remove(address);
    }
}
