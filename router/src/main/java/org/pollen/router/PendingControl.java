package org.pollen.router;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.pollen.router.EncodedRpc.Graft;
import org.pollen.router.EncodedRpc.Prune;

/// The GRAFTs and PRUNEs to one peer that were dropped on the way and ride on the next RPC to it,
/// if still true.
///
/// What is dropped later is merged with what waits already. A GRAFT and a PRUNE of one topic may
/// both wait: whichever is true when they leave is sent. A peer adds nothing to it, and it holds at
/// most two entries for each of our topics.
///
/// Source: router specification 7.3.
public final class PendingControl {
    // Immutable and empty while nothing waits, which is nearly always.
    private Set<Mask> grafts = Set.of();
    private Map<Mask, Prune> prunes = Map.of();

    /// Takes over what a dropped RPC carried.
    ///
    /// @return whether something waits now
    public boolean add(OutboundRpc dropped) {
        if (dropped instanceof EncodedRpc rpc) {
            if (grafts.isEmpty() && !rpc.grafts().isEmpty()) grafts = new LinkedHashSet<>();
            if (prunes.isEmpty() && !rpc.prunes().isEmpty()) prunes = new LinkedHashMap<>();
            for (Graft graft : rpc.grafts()) grafts.add(graft.topic());
            for (Prune prune : rpc.prunes()) prunes.put(prune.topic(), prune);
        }
        return !isEmpty();
    }

    /// Moves everything that is still true into an RPC that is being built, and forgets the rest.
    ///
    /// @param inMesh whether the peer is in our mesh of a topic now: then a GRAFT is true, else a
    ///   PRUNE is
    /// @return whether anything was moved
    public boolean drainTo(RpcBuilder builder, Predicate<Mask> inMesh) {
        boolean any = false;
        for (Mask topic : grafts) {
            if (!inMesh.test(topic)) continue;
            builder.graft(topic);
            any = true;
        }
        for (Prune prune : prunes.values()) {
            if (inMesh.test(prune.topic())) continue;
            builder.prune(prune.topic(), prune.backoffSeconds(), prune.peers());
            any = true;
        }
        grafts = Set.of();
        prunes = Map.of();
        return any;
    }

    /// Whether nothing waits.
    public boolean isEmpty() {
        return grafts.isEmpty() && prunes.isEmpty();
    }
}
