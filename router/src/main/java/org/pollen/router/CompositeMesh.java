package org.pollen.router;

import java.util.List;

/// The mesh of a mask of several bits: the full holders that are in the mesh of every slice.
///
/// Nothing is stored: it exists in the meshes of the slices, on both sides of each link, so a PRUNE
/// on any slice ends a membership on both sides. On the wire it is one GRAFT or PRUNE for each
/// slice, which any node of the network understands. Holders of only some slices are not wanted
/// here: they would drop the messages.
///
/// Source: router specification 1.9.
final class CompositeMesh extends MeshView {
    private final RouterState state;
    private LocalTopics.Composite composite = new LocalTopics.Composite(-1, new int[0]);
    private final IntList holders = new IntList();

    CompositeMesh(RouterState state) {
        this.state = state;
    }

    /// Looks at another mask.
    CompositeMesh at(LocalTopics.Composite mask) {
        composite = mask;
        return this;
    }

    @Override
    int size() {
        holders.clear();
        state.meshes.composite(composite.slices, holders);
        return holders.size();
    }

    @Override
    void members(IntList out) {
        state.meshes.composite(composite.slices, out);
    }

    @Override
    void candidates(IntList out, boolean outboundOnly, long now) {
        holders.clear();
        state.remote.fullHolders(composite.slices, holders);
        for (int i = 0; i < holders.size(); i++) {
            int peer = holders.get(i);
            if (!state.canGraft(peer) || state.meshes.inAll(composite.slices, peer)) continue;
            if (outboundOnly && !state.outboundConnected.contains(peer)) continue;
            if (!backsOff(peer, now)) out.add(peer);
        }
    }

    private boolean backsOff(int peer, long now) {
        for (int slice : composite.slices) {
            if (state.backoffs.isActiveWithSlack(slice, peer, now)) return true;
        }
        return false;
    }

    @Override
    void graft(Peer peer, GraftReason reason, long now) {
        for (int slice : composite.slices) state.control.graft(slice, peer, reason, now);
    }

    @Override
    void prune(Peer peer, PruneReason reason, long now) {
        for (int slice : composite.slices) {
            boolean needed =
                    reason == PruneReason.EXCESS
                            && (state.local.single(slice) || needed(slice, peer.handle));
            if (needed) continue;
            state.control.prune(
                    slice, peer, reason, state.pruneBackoffNanos, SliceMesh.exchanges(reason), now);
        }
    }

    /// Whether another composite has the peer and needs this slice for it.
    private boolean needed(int slice, int peer) {
        List<LocalTopics.Composite> others = state.local.compositesOf(slice);
        for (int i = 0; i < others.size(); i++) {
            LocalTopics.Composite other = others.get(i);
            if (other != composite && state.meshes.inAll(other.slices, peer)) return true;
        }
        return false;
    }

    @Override
    boolean spared(int peer) {
        for (int slice : composite.slices) {
            if (!state.local.single(slice) && !needed(slice, peer)) return false;
        }
        return true;
    }
}
