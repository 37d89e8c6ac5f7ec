package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which links of one honest peer go when there are too many, and whom it does not dial.
///
/// A peer that has more than the high watermark looks at its links one grace later, when all of
/// that moment are old enough: it closes the relayed ones first, then those of the lowest score,
/// then the oldest, until the low watermark is reached. Links within their grace and those to
/// direct peers stay. A node would look every few seconds and so trim bit by bit what came bit by
/// bit.
///
/// Source: simulator specification 2.4, "Limits".
final class Trimming {
    /// A link that may go.
    record Link(int remote, boolean relayed, double score, long since) {
        private static final Comparator<Link> WORST_FIRST =
                Comparator.comparing((Link link) -> !link.relayed)
                        .thenComparingDouble(Link::score)
                        .thenComparingLong(Link::since)
                        .thenComparingInt(Link::remote);
    }

    private final Watermarks marks;
    private final int[] direct;
    private long[] since = {}; // by handle
    private final Map<Integer, Long> apart = new LinkedHashMap<>(); // not dialled until; in order
    private boolean planned;

    /// @param direct peers it keeps whatever they are worth
    Trimming(Watermarks marks, int[] direct) {
        this.marks = marks;
        this.direct = direct.clone();
    }

    /// Whether there is room for a link to a peer that has none yet.
    ///
    /// @param links it has, and what it dials at the moment apart from this peer
    /// @param directMissing its direct peers that are neither linked nor dialled, apart from this
    ///   one: their places are kept
    boolean room(int links, int directMissing) {
        return links + directMissing < marks.most();
    }

    int[] direct() {
        return direct.clone();
    }

    boolean isDirect(int remote) {
        for (int each : direct) if (each == remote) return true;
        return false;
    }

    /// A link was made.
    ///
    /// @param links with it
    /// @return whether to look at all of them one grace later
    boolean linked(int handle, int links, long now) {
        if (handle >= since.length) since = Arrays.copyOf(since, handle + handle / 2 + 4);
        since[handle] = now;
        boolean plan = links > marks.high() && !planned;
        planned |= plan;
        return plan;
    }

    long since(int handle) {
        return since[handle];
    }

    /// The look that was planned is now.
    void looked() {
        planned = false;
    }

    /// Whether to look again one grace later, since too many were young.
    boolean stillOver(int links) {
        planned = links > marks.high();
        return planned;
    }

    /// Who has to go, the worst first.
    ///
    /// @param all links of the peer
    List<Link> excess(List<Link> all, long now) {
        if (all.size() <= marks.high()) return List.of();
        var old = new ArrayList<Link>();
        for (Link link : all) {
            if (now - link.since >= marks.graceNanos() && !isDirect(link.remote)) old.add(link);
        }
        old.sort(Link.WORST_FIRST);
        return old.subList(0, Math.min(old.size(), all.size() - marks.low()));
    }

    long graceNanos() {
        return marks.graceNanos();
    }

    /// A link was trimmed, at this end or the other: neither dials again at once.
    void part(int remote, long now) {
        Iterator<Long> ends = apart.values().iterator();
        while (ends.hasNext() && ends.next() <= now) ends.remove();
        apart.remove(remote);
        apart.put(remote, now + marks.graceNanos());
    }

    boolean parted(int remote, long now) {
        Long until = apart.get(remote);
        return until != null && until > now;
    }
}
