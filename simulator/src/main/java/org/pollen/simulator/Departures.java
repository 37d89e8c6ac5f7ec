package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Peers that leave, come back, or go dead because a scenario says so. Planned before the run, so
/// that anybody may ask who was there when.
///
/// Source: simulator specification 5 (key `events`).
final class Departures {
    static final Departures NONE = new Departures(0, 1, List.of());

    /// What a peer does.
    enum Kind {
        /// Closes its links.
        LEAVE,
        /// Is back after it left.
        JOIN,
        /// Does nothing any more, and tells nobody.
        KILL
    }

    /// One event.
    ///
    /// @param share of those that can do it
    record Change(long at, Kind kind, double share) {}

    private final long[][] toggles; // of each peer: away, back, away...
    private final long[] deaths;

    /// @param changes by their time
    Departures(int peers, long seed, List<Change> changes) {
        var left = new ArrayList<List<Long>>();
        for (int peer = 0; peer < peers; peer++) left.add(new ArrayList<>());
        deaths = new long[peers];
        Arrays.fill(deaths, Long.MAX_VALUE);
        for (int number = 0; number < changes.size(); number++) {
            Change change = changes.get(number);
            for (int peer = 0; peer < peers; peer++) {
                boolean here = left.get(peer).size() % 2 == 0;
                if (deaths[peer] != Long.MAX_VALUE) continue;
                if (here == (change.kind == Kind.JOIN)) continue;
                long draw = ((long) number << 32) | Mix.DEPARTURE;
                if (Mix.unit(seed, peer, draw) >= change.share) continue;
                if (change.kind == Kind.KILL) deaths[peer] = change.at;
                else left.get(peer).add(change.at);
            }
        }
        toggles = new long[peers][];
        for (int peer = 0; peer < peers; peer++) {
            toggles[peer] = left.get(peer).stream().mapToLong(at -> at).toArray();
        }
    }

    boolean isNone() {
        return toggles.length == 0;
    }

    long[] toggles(int peer) {
        return peer < toggles.length ? toggles[peer] : new long[0];
    }

    /// When a peer goes dead; [Long#MAX_VALUE] for never.
    long death(int peer) {
        return peer < deaths.length ? deaths[peer] : Long.MAX_VALUE;
    }

    /// Whether a peer is there from one instant to another.
    boolean up(int peer, long from, long to) {
        if (peer >= toggles.length) return true;
        if (deaths[peer] <= to) return false;
        boolean here = true;
        for (long at : toggles[peer]) {
            if (at > from && at <= to) return false;
            if (at <= from) here = !here;
        }
        return here;
    }
}
