package org.pollen.router;

import org.pollen.scoring.RejectReason;

/// Makes trace events, if anybody wants them.
final class Tracer {
    private final boolean on;

    Tracer(boolean on) {
        this.on = on;
    }

    boolean on() {
        return on;
    }

    void sendRpc(Peer peer, OutboundRpc rpc, long now) {}

    void dropRpc(Peer peer, OutboundRpc rpc) {}

    void receiveRpc(Peer peer, Rpc rpc, long now) {}

    void graft(Peer peer, int topic, long now) {}

    void prune(Peer peer, int topic, long now) {}

    void join(int topic, long now) {}

    void leave(int topic, long now) {}

    void addPeer(Peer peer, long now) {}

    void removePeer(Peer peer, long now) {}

    void throttlePeer(Peer peer, long now) {}

    void publish(RpcMessage message, long now) {}

    void validate(int from, RpcMessage message, long now) {}

    void deliver(int from, RpcMessage message, long now) {}

    void duplicate(int from, RpcMessage message, long now) {}

    void reject(int from, RpcMessage message, RejectReason reason, long now) {}

    void undeliverable(RpcMessage message) {}
}
