package org.pollen.router;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Begins and ends the use of masks: announcements, meshes, scores, and the handles that must
/// outlive them.
///
/// Source: router specification 1.3, 6.2, 6.10.
final class Joiner {
    private final RouterState state;
    private final MeshKeeper keeper;

    /// Slices we left: their handles are kept until no backoff can refer to them, by instant.
    private final Map<Integer, Long> lingering = new LinkedHashMap<>();

    Joiner(RouterState state, MeshKeeper keeper) {
        this.state = state;
        this.keeper = keeper;
    }

    /// Adds a use of a mask, and joins the slices that were not.
    void join(Mask mask, boolean relay, long now) {
        var joins = new IntList();
        int known = state.masks.find(mask);
        boolean knownSingle = known >= 0 && state.local.single(known);
        boolean knownComposite = known >= 0 && state.local.composite(known) != null;
        int key = state.local.add(mask, relay, joins::add);
        if (key < 0) {
            throw new IllegalStateException("mask %s: too many masks are in use".formatted(mask));
        }
        state.metrics.name(key, mask);
        for (int i = 0; i < joins.size(); i++) open(joins.get(i), now);
        state.announcer.announce(joins, true, now);
        if (state.masks.isSlice(key)) {
            if (!knownSingle) fill(key, state.sliceMesh.at(key), now);
        } else if (!knownComposite) {
            LocalTopics.Composite composite = state.local.composite(key);
            if (composite != null) fill(key, state.compositeMesh.at(composite), now);
        }
        state.control.flush(now);
    }

    private void open(int slice, long now) {
        Mask mask = state.masks.mask(slice);
        state.meshes.open(slice);
        state.metrics.name(slice, mask);
        state.scores.engine.registerTopic(slice, mask.display(state.params.dialect()));
        state.discovery.joined(mask, now);
        state.tracer.join(slice, now);
    }

    /// Fills a new mesh: first whom we sent to already, then others.
    private void fill(int key, MeshView mesh, long now) {
        Fanouts.Fanout fanout = state.fanouts.get(key);
        if (fanout != null) {
            var candidates = new IntList();
            mesh.candidates(candidates, false, now);
            for (int i = 0; i < fanout.peers.size(); i++) {
                int peer = fanout.peers.at(i);
                if (mesh.size() >= state.params.meshTarget()) break;
                if (candidates.contains(peer)) {
                    mesh.graft(state.peers.at(peer), GraftReason.FANOUT, now);
                }
            }
            state.fanouts.close(key);
        }
        keeper.fill(mesh, state.params.meshTarget() - mesh.size(), GraftReason.SUBSCRIBED, now);
    }

    /// Ends a use of a mask, and leaves the slices that nothing else uses.
    void leave(Mask mask, boolean relay, long now) {
        var leaves = new IntList();
        int key = state.masks.find(mask);
        boolean last = state.local.uses(mask) == 1 && state.fanouts.get(key) == null;
        if (last && !state.masks.isSlice(key)) state.metrics.release(key);
        state.local.remove(
                mask,
                relay,
                slice -> {
                    linger(slice, now);
                    leaves.add(slice);
                });
        state.announcer.announce(leaves, false, now);
        for (int i = 0; i < leaves.size(); i++) close(leaves.get(i), now);
        state.control.flush(now);
    }

    private void close(int slice, long now) {
        IntSet members = state.meshes.of(slice);
        while (!members.isEmpty()) {
            state.control.prune(
                    slice,
                    state.peers.at(members.at(members.size() - 1)),
                    PruneReason.LEFT,
                    state.params.unsubscribeBackoff().toNanos(),
                    true,
                    now);
        }
        state.meshes.close(slice);
        state.tags.left(slice);
        state.partials.left(state.masks.mask(slice));
        state.discovery.left(state.masks.mask(slice));
        state.tracer.leave(slice, now);
    }

    /// Backoffs and scores refer to the handle: it must not mean another mask before they end.
    private void linger(int slice, long now) {
        long until = now + Backoffs.SECONDS_MAX * 1_000_000_000L + state.slackNanos;
        Long earlier = lingering.remove(slice);
        lingering.put(slice, until);
        if (earlier == null) state.masks.retain(slice);
    }

    /// Lets go of slices that we left long ago.
    void sweep(long now) {
        while (!lingering.isEmpty()) {
            Map.Entry<Integer, Long> oldest = lingering.entrySet().iterator().next();
            if (now - oldest.getValue() < 0) return;
            int slice = oldest.getKey();
            lingering.remove(slice);
            if (!state.local.joined(slice)) {
                state.scores.engine.forgetTopic(slice);
                state.metrics.release(slice);
            }
            state.masks.release(slice);
        }
    }

    /// The handle of a mask is no longer counted by name, unless something still uses it.
    void unname(int key) {
        @Nullable Long until = lingering.get(key);
        if (until == null
                && !state.local.inUse(state.masks.mask(key))
                && !state.local.joined(key)) {
            state.metrics.release(key);
        }
    }
}
