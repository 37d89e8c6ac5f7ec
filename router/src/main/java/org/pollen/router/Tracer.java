package org.pollen.router;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.scoring.RejectReason;

/// Makes trace events, if anybody wants them; else each call is one test of a flag.
///
/// Source: router specification 9.8.
final class Tracer {
    private final RouterState state;
    private final boolean on;
    private final RpcDecoder decoder;
    private long latest; // for what happens without being told the time

    Tracer(RouterState state, boolean on) {
        this.state = state;
        this.on = on;
        int all = Integer.MAX_VALUE;
        int bits = 8 * Mask.BYTES_MAX;
        var unlimited =
                new RpcLimits(
                        all,
                        all,
                        all,
                        all,
                        all,
                        MessageIdFunction.BYTES_MAX,
                        all,
                        Mask.BYTES_MAX,
                        bits);
        RouterParams params = state.params;
        decoder = new RpcDecoder(params.dialect(), unlimited, params.messageIds(), state.hasher);
    }

    boolean on() {
        return on;
    }

    private void emit(TraceEvent event) {
        latest = event.at();
        state.output.trace(event);
    }

    void sendRpc(Peer peer, OutboundRpc rpc, long now) {
        if (on) emit(new TraceEvent.SendRpc(now, peer.id, TraceEvent.RpcMeta.of(rpc, decoder)));
    }

    void dropRpc(Peer peer, OutboundRpc rpc) {
        if (on) emit(new TraceEvent.DropRpc(latest, peer.id, TraceEvent.RpcMeta.of(rpc, decoder)));
    }

    void receiveRpc(Peer peer, Rpc rpc, long now) {
        if (on) emit(new TraceEvent.ReceiveRpc(now, peer.id, TraceEvent.RpcMeta.of(rpc)));
    }

    void graft(Peer peer, int topic, long now) {
        if (on) emit(new TraceEvent.Graft(now, peer.id, state.masks.mask(topic)));
    }

    void prune(Peer peer, int topic, long now) {
        if (on) emit(new TraceEvent.Prune(now, peer.id, state.masks.mask(topic)));
    }

    void join(int topic, long now) {
        if (on) emit(new TraceEvent.Join(now, state.masks.mask(topic)));
    }

    void leave(int topic, long now) {
        if (on) emit(new TraceEvent.Leave(now, state.masks.mask(topic)));
    }

    void addPeer(Peer peer, long now) {
        if (on) emit(new TraceEvent.AddPeer(now, peer.id, peer.protocol));
    }

    void removePeer(Peer peer, long now) {
        if (on) emit(new TraceEvent.RemovePeer(now, peer.id));
    }

    void throttlePeer(Peer peer, long now) {
        if (on) emit(new TraceEvent.ThrottlePeer(now, peer.id));
    }

    void publish(RpcMessage message, long now) {
        if (on) emit(new TraceEvent.Publish(now, message.id(), message.mask()));
    }

    void validate(int from, RpcMessage message, long now) {
        if (on) emit(new TraceEvent.Validate(now, message.id(), id(from), message.mask()));
    }

    void deliver(int from, RpcMessage message, long now) {
        if (!on) return;
        @Nullable PeerId sender = from < 0 ? null : id(from);
        emit(new TraceEvent.Deliver(now, message.id(), sender, message.mask()));
    }

    void duplicate(int from, RpcMessage message, long now) {
        if (on) emit(new TraceEvent.Duplicate(now, message.id(), id(from), message.mask()));
    }

    void reject(int from, RpcMessage message, RejectReason reason, long now) {
        if (on) emit(new TraceEvent.Reject(now, message.id(), id(from), reason, message.mask()));
    }

    void undeliverable(RpcMessage message) {
        if (on) emit(new TraceEvent.Undeliverable(latest, message.id(), message.mask()));
    }

    private PeerId id(int handle) {
        return Objects.requireNonNull(state.peers.id(handle), "a handle in use has an id");
    }
}
