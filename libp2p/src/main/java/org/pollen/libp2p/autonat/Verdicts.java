package org.pollen.libp2p.autonat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// What servers found when they dialled our addresses, and what follows from it: an address is
/// confirmed once enough servers reached it and these are the majority, refuted once enough failed.
/// A server has one vote, its latest. Not thread-safe.
public final class Verdicts {
    private static final int ADDRESSES_MAX = 64;
    private static final int VOTES_MAX = 32;
    private static final long LIFE_NANOS = 7_200_000_000_000L;
    private static final long RECHECK_NANOS = 3_600_000_000_000L;

    /// What is known of an address, or of all of them.
    public enum Verdict {
        UNKNOWN,
        REACHABLE,
        UNREACHABLE
    }

    private record Vote(boolean reached, long at) {}

    private final int enough;
    private final Map<Multiaddr, Map<PeerId, Vote>> votes =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(
                        Map.Entry<Multiaddr, Map<PeerId, Vote>> eldest) {
                    return size() > ADDRESSES_MAX;
                }
            };

    /// @param enough servers that make a verdict
    public Verdicts(int enough) {
        this.enough = enough;
    }

    public void vote(Multiaddr address, PeerId server, boolean reached, long now) {
        Map<PeerId, Vote> known = votes.computeIfAbsent(address, _ -> new LinkedHashMap<>());
        known.remove(server);
        if (known.size() >= VOTES_MAX) {
            known.remove(known.keySet().iterator().next()); // the oldest
        }
        known.put(server, new Vote(reached, now));
    }

    /// Whether a server was asked about an address within the hour; its vote counts for two.
    public boolean asked(Multiaddr address, PeerId server, long now) {
        Map<PeerId, Vote> known = votes.get(address);
        Vote vote = known == null ? null : known.get(server);
        return vote != null && now - vote.at < RECHECK_NANOS;
    }

    public Verdict verdict(Multiaddr address, long now) {
        Map<PeerId, Vote> known = votes.get(address);
        if (known == null) {
            return Verdict.UNKNOWN;
        }
        int reached = 0;
        int failed = 0;
        for (Vote vote : known.values()) {
            if (now - vote.at < LIFE_NANOS) {
                reached += vote.reached ? 1 : 0;
                failed += vote.reached ? 0 : 1;
            }
        }
        if (reached >= enough && reached > failed) {
            return Verdict.REACHABLE;
        }
        return failed >= enough ? Verdict.UNREACHABLE : Verdict.UNKNOWN;
    }

    /// Those of some addresses that are confirmed.
    public List<Multiaddr> reachable(List<Multiaddr> addresses, long now) {
        var confirmed = new ArrayList<Multiaddr>();
        for (Multiaddr address : addresses) {
            if (verdict(address, now) == Verdict.REACHABLE) {
                confirmed.add(address);
            }
        }
        return confirmed;
    }

    /// Reachable if one address is; unreachable if there are some and each is refuted.
    public Verdict overall(List<Multiaddr> addresses, long now) {
        if (!reachable(addresses, now).isEmpty()) {
            return Verdict.REACHABLE;
        }
        boolean refuted =
                !addresses.isEmpty()
                        && addresses.stream()
                                .allMatch(one -> verdict(one, now) == Verdict.UNREACHABLE);
        return refuted ? Verdict.UNREACHABLE : Verdict.UNKNOWN;
    }
}
