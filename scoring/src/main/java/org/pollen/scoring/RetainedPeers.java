package org.pollen.scoring;

import org.jspecify.annotations.Nullable;

/// The records of peers that have left, oldest first, in two chains through the records themselves.
///
/// Whoever comes and goes under ever new identities would fill the memory until the retention is
/// over; so there is a limit, and beyond it the oldest neutral record goes first. Only when there
/// is none does the oldest negative one: a flood of newcomers cannot wash away bad records.
final class RetainedPeers {
    private static final class Chain {
        @Nullable PeerStats oldest;
        @Nullable PeerStats newest;
    }

    private final Chain neutral = new Chain();
    private final Chain negative = new Chain();
    private int size;

    int size() {
        return size;
    }

    /// Appends a record, to the chain that its score at departure says.
    void add(PeerStats stats) {
        Chain chain = chain(stats);
        PeerStats last = chain.newest;
        stats.older = last;
        stats.newer = null;
        if (last == null) chain.oldest = stats;
        else last.newer = stats;
        chain.newest = stats;
        size++;
    }

    void remove(PeerStats stats) {
        Chain chain = chain(stats);
        PeerStats older = stats.older;
        PeerStats newer = stats.newer;
        if (older == null) chain.oldest = newer;
        else older.newer = newer;
        if (newer == null) chain.newest = older;
        else newer.older = older;
        stats.older = null;
        stats.newer = null;
        size--;
    }

    /// The one that goes next if there are too many.
    @Nullable PeerStats leastWanted() {
        return neutral.oldest != null ? neutral.oldest : negative.oldest;
    }

    private Chain chain(PeerStats stats) {
        return stats.leftNegative ? negative : neutral;
    }
}
