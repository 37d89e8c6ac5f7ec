package org.pollen.router;

import java.time.Duration;

/// Remembers for some time which message ids were seen. An interface, because a simulation of many
/// nodes in one process may share what they know.
///
/// Source: router specification 9.1.
public interface SeenCache {
    /// Whether the id was seen within the time to live.
    ///
    /// @param now monotonic nanoseconds
    boolean contains(long hi, long lo, long now);

    /// Remembers an id.
    ///
    /// @return whether it was new; if not, first-seen caches change nothing
    boolean add(long hi, long lo, long now);

    /// How many ids are remembered, expired ones that were not dropped yet included.
    int size();

    /// How many ids were forgotten before their time because the cache was full.
    long evictions();

    /// When the time to live of an id begins.
    enum Strategy {
        /// At the first copy.
        FIRST_SEEN,
        /// At the latest copy, or the latest question about it.
        LAST_SEEN
    }

    /// A cache of two generations, see [GenerationalSeenCache].
    ///
    /// @param entriesMax ids remembered in each generation
    static SeenCache create(Strategy strategy, Duration timeToLive, int entriesMax) {
        return new GenerationalSeenCache(strategy, timeToLive.toNanos(), entriesMax);
    }
}
