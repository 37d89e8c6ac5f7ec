package org.pollen.libp2p.peers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongToIntFunction;
import org.pollen.peer.PeerId;

/// How many connections to keep and which to give up: above the high water mark it closes those
/// that are worth least until the low one is reached. Not thread-safe.
///
/// A peer is worth the sum of its tags. Protected peers and those in their first minute are never
/// given up. Source: go-libp2p's connection manager; host.md 17.
public final class ConnectionManager {

    /// The water marks.
    ///
    /// @param low connections left after trimming; below it more are dialled
    /// @param high connections above which it trims
    /// @param outboundLeast connections that we dialled, so that no stranger chooses all our peers
    /// @param graceNanos how long a new connection is left alone
    /// @param silenceNanos between two trims
    public record Settings(
            int low, int high, int outboundLeast, long graceNanos, long silenceNanos) {
        /// go-libp2p's numbers, and 8 outbound.
        public static final Settings DEFAULT =
                new Settings(160, 192, 8, 60_000_000_000L, 10_000_000_000L);

        /// Checks them against each other.
        public Settings {
            if (low < 0 || high < Math.max(1, low)) {
                throw new IllegalArgumentException(
                        "low is %d and high %d: they must be 0 <= low <= high and high at least 1"
                                .formatted(low, high));
            }
            if (outboundLeast < 0 || outboundLeast > high) {
                throw new IllegalArgumentException(
                        "outboundLeast is %d: it must be from 0 to high, %d"
                                .formatted(outboundLeast, high));
            }
            if (graceNanos < 0 || silenceNanos < 0) {
                throw new IllegalArgumentException("graceNanos and silenceNanos: negative");
            }
        }
    }

    private record Link(boolean outbound, boolean temporary) {}

    private static final class Peer {
        private final long since;
        private final Map<Long, Link> links = new LinkedHashMap<>();
        private int streams;

        private Peer(long since) {
            this.since = since;
        }

        private boolean temporary() {
            return links.values().stream().allMatch(link -> link.temporary);
        }

        private boolean inbound() {
            return links.values().stream().noneMatch(link -> link.outbound);
        }
    }

    private final Settings settings;
    private final Map<PeerId, Peer> peers = new LinkedHashMap<>();
    private final Map<PeerId, Map<String, Integer>> tags = new LinkedHashMap<>();
    private final Map<PeerId, Set<String>> protections = new LinkedHashMap<>();
    private int links;
    private int outbound;
    private boolean trimmedOnce;
    private long trimmedAt;
    private long trimmed;

    public ConnectionManager(Settings settings) {
        this.settings = settings;
    }

    /// A connection exists.
    ///
    /// @param temporary it is relayed and limited: the first to go
    public void connected(long id, PeerId peer, boolean byUs, boolean temporary, long now) {
        Peer entry = peers.computeIfAbsent(peer, _ -> new Peer(now));
        if (entry.links.put(id, new Link(byUs, temporary)) == null) {
            links++;
            outbound += byUs ? 1 : 0;
        }
    }

    /// A connection is gone.
    ///
    /// @return whether it was the peer's last
    public boolean disconnected(long id, PeerId peer) {
        Peer entry = peers.get(peer);
        Link link = entry == null ? null : entry.links.remove(id);
        if (entry == null || link == null) {
            return false;
        }
        links--;
        outbound -= link.outbound ? 1 : 0;
        if (!entry.links.isEmpty()) {
            return false;
        }
        peers.remove(peer);
        tags.remove(peer);
        return true;
    }

    /// Makes a connected peer worth more, or less.
    public void tag(PeerId peer, String tag, int value) {
        if (peers.containsKey(peer)) {
            tags.computeIfAbsent(peer, _ -> new LinkedHashMap<>()).put(tag, value);
        }
    }

    public void untag(PeerId peer, String tag) {
        tags.computeIfPresent(
                peer,
                (_, known) -> {
                    known.remove(tag);
                    return known.isEmpty() ? null : known;
                });
    }

    /// Never gives the peer up while any such tag holds it; it need not be connected.
    public void protect(PeerId peer, String tag) {
        protections.computeIfAbsent(peer, _ -> new LinkedHashSet<>()).add(tag);
    }

    public void unprotect(PeerId peer, String tag) {
        protections.computeIfPresent(
                peer,
                (_, held) -> {
                    held.remove(tag);
                    return held.isEmpty() ? null : held;
                });
    }

    /// The connections to close now, with 0x1005; empty if there are few enough, or it was done a
    /// moment ago.
    ///
    /// @param streams how many streams a connection carries
    /// @param held connections that others protect
    public List<Long> trim(LongToIntFunction streams, LongPredicate held, long now) {
        if (links <= settings.high || (trimmedOnce && now - trimmedAt < settings.silenceNanos)) {
            return List.of();
        }
        trimmedOnce = true;
        trimmedAt = now;
        var candidates = new ArrayList<Map.Entry<PeerId, Peer>>();
        for (Map.Entry<PeerId, Peer> entry : peers.entrySet()) {
            Peer peer = entry.getValue();
            if (protections.containsKey(entry.getKey()) || now - peer.since < settings.graceNanos) {
                continue;
            }
            if (peer.links.keySet().stream().anyMatch(held::test)) {
                continue;
            }
            peer.streams = 0;
            for (long id : peer.links.keySet()) {
                peer.streams += streams.applyAsInt(id);
            }
            candidates.add(entry);
        }
        candidates.sort(
                Comparator.<Map.Entry<PeerId, Peer>, Boolean>comparing(
                                entry -> !entry.getValue().temporary())
                        .thenComparingInt(entry -> score(entry.getKey()))
                        .thenComparing(entry -> entry.getValue().streams > 0)
                        .thenComparing(entry -> !entry.getValue().inbound())
                        .thenComparingInt(entry -> entry.getValue().streams));
        var close = new ArrayList<Long>();
        for (Map.Entry<PeerId, Peer> entry : candidates) {
            if (links - close.size() <= settings.low) {
                break;
            }
            close.addAll(entry.getValue().links.keySet());
        }
        trimmed += close.size();
        return close;
    }

    /// The sum of a peer's tags.
    public int score(PeerId peer) {
        Map<String, Integer> known = tags.get(peer);
        return known == null ? 0 : known.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// How many more connections should be dialled: up to the low water mark, and enough for the
    /// outbound minimum.
    public int dialsWanted() {
        int missing = settings.low - links;
        int missingOutbound = Math.min(settings.outboundLeast - outbound, settings.high - links);
        return Math.max(0, Math.max(missing, missingOutbound));
    }

    public boolean isConnected(PeerId peer) {
        return peers.containsKey(peer);
    }

    public int connections() {
        return links;
    }

    public int outbound() {
        return outbound;
    }

    /// Connections closed by trimming, since start.
    public long trimmed() {
        return trimmed;
    }
}
