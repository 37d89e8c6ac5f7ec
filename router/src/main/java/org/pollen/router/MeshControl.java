package org.pollen.router;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.scoring.BehaviourPenalty;

/// Moves peers in and out of meshes, with everything that has to happen then, and speaks GRAFT and
/// PRUNE.
///
/// What is to be sent is collected for each peer and leaves with [#flush] as one RPC.
///
/// Source: router specification 6.4, 6.5, 6.10, 7.3.
final class MeshControl {
    private static final long SECOND_NANOS = 1_000_000_000L;

    /// Backoffs kept, except for members of meshes, which are few.
    private static final int BACKOFFS_MAX = 1 << 18;

    private final RouterState state;
    private final IntSet waiting = new IntSet(); // peers with something to be sent

    MeshControl(RouterState state) {
        this.state = state;
    }

    // In and out.

    /// Puts a peer into a mesh.
    void add(int topic, Peer peer, GraftReason reason, long now) {
        if (!state.meshes.add(topic, peer.handle)) return;
        state.scores.engine.graft(peer.handle, topic, now);
        state.output.protect(peer.id, tag(topic));
        state.metrics.topic(topic).grafts.add(reason);
        state.tracer.graft(peer, topic, now);
    }

    /// Takes a peer out of a mesh.
    ///
    /// @return whether it was in
    boolean remove(int topic, Peer peer, PruneReason reason, long now) {
        if (!state.meshes.remove(topic, peer.handle)) return false;
        state.scores.engine.prune(peer.handle, topic, now);
        state.output.unprotect(peer.id, tag(topic));
        state.metrics.topic(topic).prunes.add(reason);
        state.tracer.prune(peer, topic, now);
        return true;
    }

    private String tag(int topic) {
        return "pubsub:" + state.masks.mask(topic).display(state.params.dialect());
    }

    /// Puts a peer into a mesh and tells it.
    void graft(int topic, Peer peer, GraftReason reason, long now) {
        if (state.meshes.of(topic).contains(peer.handle)) return;
        add(topic, peer, reason, now);
        peer.dropPrune(topic);
        peer.graftOut.add(topic);
        waiting.add(peer.handle);
    }

    /// Takes a peer out of a mesh, tells it, and starts a backoff.
    void prune(
            int topic,
            Peer peer,
            PruneReason reason,
            long backoffNanos,
            boolean exchange,
            long now) {
        if (!remove(topic, peer, reason, now)) return;
        state.backoffs.add(topic, peer.handle, backoffNanos, now);
        peer.graftOut.remove(topic);
        answerPrune(topic, peer, backoffNanos, exchange);
    }

    private void answerPrune(int topic, Peer peer, long backoffNanos, boolean exchange) {
        peer.prune(topic, new Peer.PruneOut(backoffNanos, exchange));
        waiting.add(peer.handle);
    }

    // Out on the wire.

    /// Sends what waits for all peers, one RPC each.
    void flush(long now) {
        while (!waiting.isEmpty()) {
            Peer peer = state.peers.get(waiting.at(0));
            waiting.remove(waiting.at(0));
            if (peer != null) flush(peer, now);
        }
    }

    /// Forgets what waits for a peer that is gone.
    void forget(Peer peer) {
        waiting.remove(peer.handle);
    }

    private void flush(Peer peer, long now) {
        if (peer.graftOut.isEmpty() && !peer.hasPrunes()) return;
        var builder = state.sender.builder();
        for (int i = 0; i < peer.graftOut.size(); i++) {
            builder.graft(state.masks.mask(peer.graftOut.at(i)));
        }
        peer.graftOut.clear();
        for (Map.Entry<Integer, Peer.PruneOut> entry : peer.takePrunes().entrySet()) {
            Peer.PruneOut prune = entry.getValue();
            Mask mask = state.masks.mask(entry.getKey());
            if (!peer.protocol.peerExchange()) {
                builder.prune(mask, 0, List.of());
                continue;
            }
            boolean exchange = prune.exchange() && state.params.peerExchange();
            List<PxPeer> offered =
                    exchange ? state.exchange.offer(entry.getKey(), peer) : List.of();
            builder.prune(mask, prune.backoffNanos() / SECOND_NANOS, offered);
        }
        state.sender.send(peer, builder, RpcClass.CONTROL, now);
    }

    // In from the wire.

    /// Handles the GRAFTs of an RPC; the answers leave with the next flush.
    void receiveGrafts(Peer peer, Rpc rpc, long now) {
        if (rpc.graftCount() == 0 || !peer.protocol.mesh()) return;
        state.metrics.received.add(RouterMetrics.Part.GRAFT, rpc.graftCount());
        // Read once: what the GRAFTs of this RPC cost does not change how the others are treated.
        double score = state.scores.of(peer.handle);
        boolean exchange = true;
        var refused = new IntList();
        for (int i = 0; i < rpc.graftCount(); i++) {
            int topic =
                    state.masks.find(rpc.array(), rpc.graftMaskOffset(i), rpc.graftMaskLength(i));
            if (topic >= 0 && !state.peerFilter.test(peer.id, state.masks.mask(topic))) continue;
            if (!state.meshes.isOpen(topic)) {
                exchange = false; // whoever guesses at topics learns nobody
                refuse(GraftRefusal.UNKNOWN_TOPIC);
                continue;
            }
            if (state.meshes.of(topic).contains(peer.handle)) continue;
            GraftRefusal refusal = refusal(topic, peer, score, now);
            if (refusal == null) {
                if (state.subscriptionInbox.implied(peer, topic)) {
                    add(topic, peer, GraftReason.REMOTE, now);
                }
                continue;
            }
            refuse(refusal);
            refused.add(topic);
            if (refusal != GraftRefusal.FULL) exchange = false;
            if (refusal != GraftRefusal.DIRECT) {
                state.backoffs.add(topic, peer.handle, state.pruneBackoffNanos, now);
            }
        }
        for (int i = 0; i < refused.size(); i++) {
            answerPrune(refused.get(i), peer, state.pruneBackoffNanos, exchange);
        }
    }

    private @Nullable GraftRefusal refusal(int topic, Peer peer, double score, long now) {
        if (peer.direct) return GraftRefusal.DIRECT;
        if (state.backoffs.isActive(topic, peer.handle, now)) {
            state.scores.penalize(peer.handle, BehaviourPenalty.GRAFT_IN_BACKOFF);
            long begun =
                    state.backoffs.remaining(topic, peer.handle, now)
                            - state.pruneBackoffNanos
                            + state.params.graftFloodThreshold().toNanos();
            if (begun <= 0) return GraftRefusal.BACKOFF;
            state.scores.penalize(peer.handle, BehaviourPenalty.GRAFT_FLOOD);
            return GraftRefusal.FLOOD;
        }
        if (!(score >= 0)) return GraftRefusal.NEGATIVE_SCORE;
        boolean full = state.meshes.of(topic).size() >= state.sliceHigh(topic);
        return full && !peer.outbound ? GraftRefusal.FULL : null;
    }

    private void refuse(GraftRefusal refusal) {
        state.metrics.graftsRefused.add(refusal);
    }

    /// Handles the PRUNEs of an RPC.
    void receivePrunes(Peer peer, Rpc rpc, long now) {
        if (rpc.pruneCount() == 0) return;
        state.metrics.received.add(RouterMetrics.Part.PRUNE, rpc.pruneCount());
        double score = state.scores.of(peer.handle);
        for (int i = 0; i < rpc.pruneCount(); i++) {
            int topic =
                    state.masks.find(rpc.array(), rpc.pruneMaskOffset(i), rpc.pruneMaskLength(i));
            if (!state.meshes.isOpen(topic)) continue;
            boolean member = remove(topic, peer, PruneReason.REMOTE, now);
            peer.graftOut.remove(topic);
            // Strangers who only prune could fill the table: it does not need them.
            if (!member && state.backoffs.size() >= BACKOFFS_MAX) continue;
            long backoff = Backoffs.fromWire(rpc.pruneBackoff(i), state.pruneBackoffNanos);
            state.backoffs.add(topic, peer.handle, backoff, now);
            if (rpc.prunePeerCount(i) > 0)
                state.exchange.receive(peer, score, rpc.prunePeers(i), now);
        }
    }
}
