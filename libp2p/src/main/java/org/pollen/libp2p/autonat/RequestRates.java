package org.pollen.libp2p.autonat;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.pollen.peer.PeerId;

/// Which requests a server takes within a minute. Memory is bounded by the total rate. Not
/// thread-safe.
public final class RequestRates {
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private record Taken(PeerId peer, long at) {}

    private final AutoNatLimits limits;
    private final ArrayDeque<Taken> taken = new ArrayDeque<>();
    private final Map<PeerId, Integer> byPeer = new HashMap<>();
    private final Map<PeerId, Integer> running = new HashMap<>();
    private final ArrayDeque<Long> data = new ArrayDeque<>();

    public RequestRates(AutoNatLimits limits) {
        this.limits = limits;
    }

    /// Counts a request; each that was taken has to be ended.
    ///
    /// @return false if it is one too many; then it does not count
    public boolean begin(PeerId peer, long now) {
        forget(now);
        if (taken.size() >= limits.requests()
                || byPeer.getOrDefault(peer, 0) >= limits.requestsPerPeer()
                || running.getOrDefault(peer, 0) >= limits.concurrentPerPeer()) {
            return false;
        }
        taken.add(new Taken(peer, now));
        byPeer.merge(peer, 1, Integer::sum);
        running.merge(peer, 1, Integer::sum);
        return true;
    }

    /// The request will take data; counted apart.
    public boolean beginData(long now) {
        forget(now);
        if (data.size() >= limits.dataRequests()) {
            return false;
        }
        data.add(now);
        return true;
    }

    public void end(PeerId peer) {
        running.computeIfPresent(peer, (_, n) -> n == 1 ? null : n - 1);
    }

    private void forget(long now) {
        while (!taken.isEmpty() && now - taken.getFirst().at >= MINUTE_NANOS) {
            byPeer.computeIfPresent(taken.removeFirst().peer, (_, n) -> n == 1 ? null : n - 1);
        }
        while (!data.isEmpty() && now - data.getFirst() >= MINUTE_NANOS) {
            data.removeFirst();
        }
    }
}
