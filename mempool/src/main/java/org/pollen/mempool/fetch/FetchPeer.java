package org.pollen.mempool.fetch;

import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the fetcher knows of a peer: what it offers, and what it was asked for.
final class FetchPeer {
    /// A question that a peer has not answered.
    ///
    /// @param wanted in the order asked; empty once it is late, since others are asked then
    record Request(List<Wanted> wanted, long sentAt, boolean late) {}

    final int id;

    /// By order of announcement.
    final TreeMap<Long, Wanted.Offer> offers = new TreeMap<>();

    @Nullable Request request;

    FetchPeer(int id) {
        this.id = id;
    }

    boolean idle() {
        return offers.isEmpty() && request == null;
    }
}
