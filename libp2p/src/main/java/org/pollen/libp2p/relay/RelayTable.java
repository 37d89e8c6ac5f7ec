package org.pollen.libp2p.relay;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// What a relay remembers: who has a reservation until when, how many circuits and unanswered
/// requests each peer has. Says no at the exact number. Not thread-safe; times are monotonic
/// nanoseconds.
public final class RelayTable {

    /// A prefix of an IP address.
    private record Network(int bits, long value) {}

    private record Entry(@Nullable Network address, @Nullable Network network, long expiresAt) {}

    private final RelayLimits limits;
    private final Map<PeerId, Entry> reservations = new LinkedHashMap<>();
    private final Map<Network, Integer> byNetwork = new HashMap<>();
    private final Map<PeerId, Integer> circuits = new HashMap<>();
    private final Map<PeerId, Integer> requests = new HashMap<>();
    private int open;

    public RelayTable(RelayLimits limits) {
        this.limits = limits;
    }

    /// Grants or renews a reservation.
    ///
    /// @param ip where the peer connects from, 4 or 16 bytes; null if that is not known
    /// @return OK, or why not; a renewal that is refused leaves the old reservation
    public RelayStatus reserve(PeerId peer, byte @Nullable [] ip, long now) {
        expire(now);
        Entry known = reservations.get(peer);
        Network address = ip == null ? null : network(ip, ip.length == 4 ? 32 : 56);
        Network network = ip == null ? null : network(ip, ip.length == 4 ? 16 : 32);
        if (known == null && reservations.size() >= limits.reservations()) {
            return RelayStatus.RESERVATION_REFUSED;
        }
        if (known != null) {
            forget(known);
        }
        if (count(address) >= limits.reservationsPerIp()
                || count(network) >= limits.reservationsPerNetwork()) {
            if (known != null) {
                remember(known);
            }
            return RelayStatus.RESERVATION_REFUSED;
        }
        var entry = new Entry(address, network, now + limits.reservationTime().toNanos());
        remember(entry);
        reservations.put(peer, entry);
        return RelayStatus.OK;
    }

    public boolean reserved(PeerId peer, long now) {
        expire(now);
        return reservations.containsKey(peer);
    }

    /// The peer is gone: its reservation with it.
    ///
    /// @return whether it had one
    public boolean release(PeerId peer) {
        Entry known = reservations.remove(peer);
        if (known != null) {
            forget(known);
        }
        return known != null;
    }

    /// Counts a circuit at both ends; each that was opened has to be closed.
    public RelayStatus openCircuit(PeerId source, PeerId target, long now) {
        if (!reserved(target, now)) {
            return RelayStatus.NO_RESERVATION;
        }
        if (open >= limits.circuits()
                || circuits.getOrDefault(source, 0) >= limits.circuitsPerPeer()
                || circuits.getOrDefault(target, 0) >= limits.circuitsPerPeer()) {
            return RelayStatus.RESOURCE_LIMIT_EXCEEDED;
        }
        open++;
        circuits.merge(source, 1, Integer::sum);
        circuits.merge(target, 1, Integer::sum);
        return RelayStatus.OK;
    }

    public void closeCircuit(PeerId source, PeerId target) {
        open--;
        circuits.computeIfPresent(source, (_, n) -> n == 1 ? null : n - 1);
        circuits.computeIfPresent(target, (_, n) -> n == 1 ? null : n - 1);
    }

    /// Counts a request that is not answered yet.
    ///
    /// @return false if the peer has too many; then it does not count
    public boolean openRequest(PeerId peer) {
        if (requests.getOrDefault(peer, 0) >= limits.requestsPerPeer()) {
            return false;
        }
        requests.merge(peer, 1, Integer::sum);
        return true;
    }

    public void closeRequest(PeerId peer) {
        requests.computeIfPresent(peer, (_, n) -> n == 1 ? null : n - 1);
    }

    public int reservations(long now) {
        expire(now);
        return reservations.size();
    }

    public int circuits() {
        return open;
    }

    /// Whether nothing is held, for tests that look for drift.
    public boolean isEmpty() {
        return reservations.isEmpty()
                && byNetwork.isEmpty()
                && circuits.isEmpty()
                && requests.isEmpty()
                && open == 0;
    }

    private void expire(long now) {
        for (Iterator<Entry> all = reservations.values().iterator(); all.hasNext(); ) {
            Entry entry = all.next();
            if (now - entry.expiresAt >= 0) {
                all.remove();
                forget(entry);
            }
        }
    }

    private int count(@Nullable Network network) {
        return network == null ? 0 : byNetwork.getOrDefault(network, 0);
    }

    private void remember(Entry entry) {
        enter(entry.address);
        enter(entry.network);
    }

    private void enter(@Nullable Network network) {
        if (network != null) {
            byNetwork.merge(network, 1, Integer::sum);
        }
    }

    private void forget(Entry entry) {
        leave(entry.address);
        leave(entry.network);
    }

    private void leave(@Nullable Network network) {
        if (network != null) {
            byNetwork.computeIfPresent(network, (_, n) -> n == 1 ? null : n - 1);
        }
    }

    private static Network network(byte[] ip, int bits) {
        long value = ip.length; // a family never meets the other
        for (int i = 0; i < bits / 8; i++) {
            value = (value << 8) | (ip[i] & 0xff);
        }
        return new Network(bits, value);
    }
}
