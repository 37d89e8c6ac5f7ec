package org.pollen.router;

import java.util.List;
import org.pollen.router.OutboundQueue.Offer;

/// Puts RPCs into the queues of peers, counts them, and keeps what has to be said again when a
/// queue dropped it.
final class Sender implements OutboundQueue.DropListener {
    private final RouterState state;

    /// Whether a peer has something to be said again, or had since the last heartbeat.
    private boolean retries;

    Sender(RouterState state) {
        this.state = state;
    }

    /// A builder for RPCs to any peer of this router.
    RpcBuilder builder() {
        return new RpcBuilder(state.params.dialect(), state.params.sendBytesMax());
    }

    /// Whether there was anything to be said again since this was asked last; asked once a
    /// heartbeat, so that not every peer has to be looked at.
    boolean anyRetry() {
        boolean any = retries;
        retries = false;
        return any;
    }

    boolean hasRetries() {
        return retries;
    }

    /// Queues one RPC; what was dropped before and is still true goes first.
    ///
    /// @return whether it was queued
    boolean send(Peer peer, OutboundRpc rpc, RpcClass rpcClass, long now) {
        if (!peer.retry.isEmpty()) retry(peer, now);
        return offer(peer, rpc, rpcClass, now);
    }

    /// Queues what a builder holds, as several RPCs if it is long.
    ///
    /// @return whether all of it was queued
    boolean send(Peer peer, RpcBuilder builder, RpcClass rpcClass, long now) {
        boolean all = true;
        List<OutboundRpc> rpcs = builder.build();
        for (OutboundRpc rpc : builder.oversized()) {
            dropped(peer.handle, rpc, rpcClass, DropReason.OVERSIZED);
            all = false;
        }
        for (OutboundRpc rpc : rpcs) all &= send(peer, rpc, rpcClass, now);
        return all;
    }

    /// Says again what a full queue dropped, as far as it is still true.
    void retry(Peer peer, long now) {
        var builder = builder();
        boolean any =
                peer.retry.drainTo(
                        builder,
                        mask -> state.meshes.of(state.masks.find(mask)).contains(peer.handle));
        if (!any) return;
        for (OutboundRpc rpc : builder.build()) offer(peer, rpc, RpcClass.CONTROL, now);
    }

    private boolean offer(Peer peer, OutboundRpc rpc, RpcClass rpcClass, long now) {
        boolean idle = peer.queue.isEmpty();
        Offer outcome = peer.queue.offer(rpc, rpcClass, now);
        if (outcome == Offer.QUEUED) {
            count(rpc);
            if (idle) state.output.writable(peer.handle);
            state.tracer.sendRpc(peer, rpc, now);
            return true;
        }
        if (outcome == Offer.OVERFLOW) {
            // It takes no control any more, so it cannot be told to leave our meshes either.
            state.output.resetStream(peer.handle, "control queue overflow");
        }
        return false;
    }

    private void count(OutboundRpc rpc) {
        RouterMetrics metrics = state.metrics;
        metrics.sent.add(RouterMetrics.Part.RPC);
        metrics.bytesSent += rpc.bodyLength();
        switch (rpc) {
            case RpcMessage _ -> metrics.sent.add(RouterMetrics.Part.MESSAGE);
            case EncodedRpc encoded -> {
                metrics.sent.add(RouterMetrics.Part.MESSAGE, encoded.messages().size());
                metrics.sent.add(RouterMetrics.Part.GRAFT, encoded.grafts().size());
                metrics.sent.add(RouterMetrics.Part.PRUNE, encoded.prunes().size());
            }
        }
    }

    @Override
    public void dropped(int handle, OutboundRpc rpc, RpcClass rpcClass, DropReason reason) {
        RouterMetrics metrics = state.metrics;
        if (reason == DropReason.UNWANTED) {
            metrics.idontwantSaved++;
            metrics.idontwantSavedBytes += rpc.bodyLength();
            return;
        }
        metrics.dropped(rpcClass).add(reason);
        if (rpc instanceof EncodedRpc encoded && encoded.partial() != null) {
            state.partials.dropped(handle, encoded.partial());
        }
        Peer peer = state.peers.get(handle);
        if (peer == null || reason == DropReason.CLOSED) return;
        state.tracer.dropRpc(peer, rpc);
        if (peer.retry.add(rpc)) retries = true;
        boolean carriesMessages = rpcClass != RpcClass.CONTROL && rpcClass != RpcClass.GOSSIP;
        if (carriesMessages && reason != DropReason.OVERSIZED) state.scores.engine.slowPeer(handle);
    }
}
