package org.pollen.router;

import org.pollen.scoring.BehaviourPenalty;

/// The periodic work on meshes, fanouts, gossip and what expires, in the order of the
/// specification.
///
/// Source: router specification 7.
final class Heartbeat {
    private static final int SWEEP_TICKS = 15;

    private final RouterState state;
    private final MeshKeeper keeper;
    private final GossipEmitter emitter;
    private final Targets targets;
    private long ticks;

    Heartbeat(RouterState state, MeshKeeper keeper, GossipEmitter emitter, Targets targets) {
        this.state = state;
        this.keeper = keeper;
        this.emitter = emitter;
        this.targets = targets;
    }

    long ticks() {
        return ticks;
    }

    void beat(long now) {
        begin(now);
        state.gossipInbox.heartbeat();
        state.metrics.promisesKept = state.promises.kept();
        state.metrics.promisesBroken +=
                state.promises.broken(
                        now,
                        (peer, count) ->
                                state.scores.penalize(
                                        peer, count, BehaviourPenalty.BROKEN_PROMISE));
        if (ticks % state.params.directConnectTicks() == 0) state.directPeers.dial();
        state.scores.beginHeartbeat();
        meshes(now);
        fanouts(now);
        compositeGossip();
        state.scores.endHeartbeat();
        state.control.flush(now);
        emitter.flush(now);
        retries(now);
        end();
    }

    /// A heartbeat of which [IdleHeartbeats] says that it has nothing to decide.
    void idle(long now) {
        begin(now);
        end();
    }

    private void begin(long now) {
        ticks++;
        if (ticks % SWEEP_TICKS == 0) {
            state.backoffs.sweep(now);
            state.joiner.sweep(now);
            state.config.blacklist().sweep(now);
        }
        state.unwanted.heartbeat();
        state.gate.decay(now);
        state.tags.decay(now);
    }

    private void end() {
        state.cache.shift();
        state.heldKeys.shift();
        state.duplicateDelays.shift();
        state.partials.heartbeat();
    }

    private void meshes(long now) {
        boolean opportunistic = ticks % state.params.opportunisticGraftTicks() == 0;
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) keeper.expel(joined.at(i), now);
        if (state.local.hasComposites()) {
            for (LocalTopics.Composite composite : state.local.composites()) {
                keeper.maintain(state.compositeMesh.at(composite), opportunistic, now);
            }
        }
        for (int i = 0; i < joined.size(); i++) {
            int slice = joined.at(i);
            if (state.local.single(slice)) {
                keeper.maintain(state.sliceMesh.at(slice), opportunistic, now);
            } else if (state.meshes.of(slice).size() > state.sliceHigh(slice)) {
                keeper.shrink(state.sliceMesh.at(slice), now);
            }
            emitter.emitSlice(slice, state.meshes.of(slice), now);
        }
    }

    private void fanouts(long now) {
        if (state.fanouts.size() == 0) return;
        for (Fanouts.Fanout fanout : state.fanouts.all()) {
            if (now - fanout.lastPublished > state.params.fanoutTtl().toNanos()) {
                state.joiner.unname(fanout.key);
                state.fanouts.close(fanout.key);
                continue;
            }
            for (int i = fanout.peers.size() - 1; i >= 0; i--) {
                int peer = fanout.peers.at(i);
                boolean stays =
                        state.remote.holdsAll(peer, fanout.slices) && state.scores.canPublish(peer);
                if (!stays) fanout.peers.remove(peer);
            }
            targets.fillFanout(fanout);
            if (fanout.slices.length == 1) emitter.emitSlice(fanout.key, fanout.peers, now);
        }
    }

    private void compositeGossip() {
        if (state.params.dialect() == Dialect.MESHSUB) return;
        for (int key : state.cache.gossipKeys()) {
            if (!state.masks.isSlice(key)) emitter.emitComposite(key);
        }
    }

    private void retries(long now) {
        if (!state.sender.anyRetry()) return;
        IntSet connected = state.peers.connected();
        for (int i = 0; i < connected.size(); i++) {
            Peer peer = state.peers.at(connected.at(i));
            if (!peer.retry.isEmpty()) state.sender.retry(peer, now);
        }
    }
}
