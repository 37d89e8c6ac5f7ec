package org.pollen.mempool.fetch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.pollen.mempool.Hash32;

/// A transaction that was announced and has not arrived, with everybody who offers it.
final class Wanted {
    /// No peer.
    static final int NOBODY = -1;

    /// Where it stands.
    enum Stage {
        /// Somebody may broadcast it: nobody is asked yet.
        WAITING,
        /// The next peer that is free is asked.
        QUEUED,
        /// A peer was asked.
        FETCHING,
        /// It arrived, or nobody offers it any more.
        GONE
    }

    /// What one peer says of it.
    ///
    /// @param order of the announcement among all of them
    record Offer(Wanted wanted, long order, AnnouncedTransaction announced) {}

    final Hash32 hash;

    /// When it was first announced.
    final long since;

    /// By peer, the first announcer first.
    final Map<Integer, Offer> offers = new LinkedHashMap<>(2);

    Stage stage;

    /// Who was asked, while it is being fetched.
    int from = NOBODY;

    Wanted(Hash32 hash, Stage stage, long since) {
        this.hash = hash;
        this.stage = stage;
        this.since = since;
    }

    boolean fetchedFrom(int peer) {
        return stage == Stage.FETCHING && from == peer;
    }
}
