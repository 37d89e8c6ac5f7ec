package org.pollen.simulator;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/// When the network is in two parts, and who is in which: nothing crosses from one to the other.
/// Planned before the run, so that both ends of a link know by themselves.
///
/// Source: simulator specification 2.4 ("Partitions"), 5 (key `events`).
final class Cuts {
    static final Cuts NONE = new Cuts();

    /// One partition of the network.
    ///
    /// @param from virtual nanoseconds
    /// @param until and not any more at this instant
    /// @param apart the peers on one of its sides
    record Cut(long from, long until, BitSet apart) {}

    private final List<Cut> cuts = new ArrayList<>();

    /// One more partition.
    ///
    /// @param peers how many there are, attackers included
    /// @param apart whether a peer is on the one side
    Cuts add(long from, long until, int peers, IntPredicate apart) {
        var side = new BitSet(peers);
        for (int peer = 0; peer < peers; peer++) side.set(peer, apart.test(peer));
        cuts.add(new Cut(from, until, side));
        return this;
    }

    boolean isNone() {
        return cuts.isEmpty();
    }

    List<Cut> all() {
        return cuts;
    }

    /// Whether two peers cannot reach each other at an instant.
    boolean severed(int a, int b, long at) {
        for (Cut cut : cuts) {
            if (at < cut.from || at >= cut.until) continue;
            if (cut.apart.get(a) != cut.apart.get(b)) return true;
        }
        return false;
    }
}
