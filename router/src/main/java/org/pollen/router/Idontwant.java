package org.pollen.router;

import java.util.List;
import java.util.random.RandomGenerator;

/// IDONTWANT, both ways.
///
/// Source: gossipsub v1.2; router specification 6.8.
final class Idontwant {
    private final RouterState state;
    private final RandomGenerator random;
    private final IntSet told = new IntSet();

    Idontwant(RouterState state, RandomGenerator random) {
        this.state = state;
        this.random = random;
    }

    /// Tells the mesh peers of any slice of a mask that we have these messages.
    ///
    /// @param except the peer they came from, or -1
    void send(int key, List<byte[]> ids, int except, long now) {
        told.clear();
        for (int slice : state.masks.slices(key)) {
            IntSet members = state.meshes.of(slice);
            for (int i = 0; i < members.size(); i++) {
                int peer = members.at(i);
                if (peer != except && state.peers.at(peer).protocol.idontwant()) told.add(peer);
            }
        }
        if (told.isEmpty()) return;
        var order = new IntList();
        for (int i = 0; i < ids.size(); i++) order.add(i);
        order.shuffle(random);
        var builder = state.sender.builder();
        for (int i = 0; i < order.size(); i++) builder.idontwant(ids.get(order.get(i)));
        List<OutboundRpc> rpcs = builder.build();
        for (int i = 0; i < told.size(); i++) {
            Peer peer = state.peers.at(told.at(i));
            for (OutboundRpc rpc : rpcs) state.sender.send(peer, rpc, RpcClass.CONTROL, now);
        }
        state.metrics.sent.add(RouterMetrics.Part.IDONTWANT, told.size());
        state.metrics.idontwantIdsSent += (long) told.size() * ids.size();
    }

    /// Remembers what a peer does not want; what waits for it in its queue is skipped then.
    void receive(Peer peer, Rpc rpc) {
        if (rpc.idontwantCount() == 0) return;
        state.metrics.received.add(RouterMetrics.Part.IDONTWANT);
        state.metrics.idontwantIdsReceived +=
                state.unwanted.receive(peer.handle, rpc, state.hasher);
    }
}
