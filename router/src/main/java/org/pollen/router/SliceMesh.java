package org.pollen.router;

import java.util.List;

/// The mesh of one slice.
final class SliceMesh extends MeshView {
    private final RouterState state;
    private int topic;

    SliceMesh(RouterState state) {
        this.state = state;
    }

    /// Looks at another slice.
    SliceMesh at(int slice) {
        topic = slice;
        return this;
    }

    @Override
    int size() {
        return state.meshes.of(topic).size();
    }

    @Override
    void members(IntList out) {
        IntSet members = state.meshes.of(topic);
        for (int i = 0; i < members.size(); i++) out.add(members.at(i));
    }

    @Override
    void candidates(IntList out, boolean outboundOnly, long now) {
        IntSet subscribers = state.remote.of(topic);
        IntSet members = state.meshes.of(topic);
        IntSet pool = outboundOnly ? state.outboundConnected : subscribers;
        for (int i = 0; i < pool.size(); i++) {
            int peer = pool.at(i);
            if (members.contains(peer) || !state.canGraft(peer)) continue;
            if (outboundOnly && !subscribers.contains(peer)) continue;
            if (!state.backoffs.isActiveWithSlack(topic, peer, now)) out.add(peer);
        }
    }

    @Override
    void graft(Peer peer, GraftReason reason, long now) {
        state.control.graft(topic, peer, reason, now);
    }

    @Override
    void prune(Peer peer, PruneReason reason, long now) {
        state.control.prune(topic, peer, reason, state.pruneBackoffNanos, exchanges(reason), now);
    }

    /// Whoever misbehaves is given no other victims.
    static boolean exchanges(PruneReason reason) {
        return reason != PruneReason.BAD_SCORE && reason != PruneReason.TOPIC_FLOOR;
    }

    @Override
    boolean spared(int peer) {
        List<LocalTopics.Composite> composites = state.local.compositesOf(topic);
        for (int i = 0; i < composites.size(); i++) {
            if (state.meshes.inAll(composites.get(i).slices, peer)) return true;
        }
        return false;
    }
}
