package org.pollen.router;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.pollen.peer.PeerId;

/// Peers whose messages, whether sent or written by them, are not wanted: for good or for some
/// time.
///
/// Filled by the operator or the application, not by peers, and therefore not bounded.
///
/// Source: router specification 9.5.
public final class Blacklist {
    private final long durationNanos; // 0: for good
    private final Map<PeerId, Long> since = new LinkedHashMap<>();

    private Blacklist(long durationNanos) {
        this.durationNanos = durationNanos;
    }

    /// A list that forgets nobody.
    public static Blacklist permanent() {
        return new Blacklist(0);
    }

    /// A list that forgets a peer some time after it was added last.
    public static Blacklist expiring(Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException("duration is " + duration + ": it must be positive");
        }
        return new Blacklist(duration.toNanos());
    }

    /// Adds a peer.
    public void add(PeerId peer, long now) {
        since.put(peer, now);
    }

    /// Removes a peer.
    ///
    /// @return whether it was on the list
    public boolean remove(PeerId peer) {
        return since.remove(peer) != null;
    }

    /// Whether a peer is on the list.
    public boolean contains(PeerId peer, long now) {
        Long added = since.get(peer);
        return added != null && !expired(added, now);
    }

    /// Whether nobody is on the list, so that nobody has to be looked up.
    public boolean isEmpty() {
        return since.isEmpty();
    }

    /// Forgets whose time is over; to be called every minute.
    public void sweep(long now) {
        since.values().removeIf(added -> expired(added, now));
    }

    private boolean expired(long added, long now) {
        return durationNanos > 0 && now - added >= durationNanos;
    }
}
