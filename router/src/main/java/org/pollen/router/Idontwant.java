package org.pollen.router;

import java.util.List;
import java.util.random.RandomGenerator;

/// IDONTWANT, both ways.
///
/// Source: gossipsub v1.2; router specification 6.8.
final class Idontwant {
    // Tags of the fields on the way to an id: number << 3 | 2.
    private static final byte CONTROL = 3 << 3 | 2;
    private static final byte IDONTWANT = 5 << 3 | 2;
    private static final byte MESSAGE_ID = 1 << 3 | 2;

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
                if (peer != except && isTold(state.peers.at(peer), slice)) told.add(peer);
            }
        }
        if (told.isEmpty()) return;
        List<OutboundRpc> rpcs = ids.size() == 1 ? List.of(encode(ids.getFirst())) : shuffled(ids);
        for (int i = 0; i < told.size(); i++) {
            Peer peer = state.peers.at(told.at(i));
            for (OutboundRpc rpc : rpcs) state.sender.send(peer, rpc, RpcClass.CONTROL, now);
        }
        state.metrics.sent.add(RouterMetrics.Part.IDONTWANT, told.size());
        state.metrics.idontwantIdsSent += (long) told.size() * ids.size();
    }

    private boolean isTold(Peer peer, int slice) {
        if (!peer.protocol.idontwant()) return false;
        return !(state.partials.on()
                && state.partials.replacesMessages(peer, state.masks.mask(slice)));
    }

    /// An IDONTWANT for one id, which is what nearly all are: written directly, since it is made
    /// for each large message.
    private static OutboundRpc encode(byte[] id) {
        assert id.length <= MessageIdFunction.BYTES_MAX; // so all lengths are one byte
        var head = new byte[6 + id.length];
        head[0] = CONTROL;
        head[1] = (byte) (4 + id.length);
        head[2] = IDONTWANT;
        head[3] = (byte) (2 + id.length);
        head[4] = MESSAGE_ID;
        head[5] = (byte) id.length;
        System.arraycopy(id, 0, head, 6, id.length);
        return new EncodedRpc(head, List.of(), List.of(), List.of());
    }

    private List<OutboundRpc> shuffled(List<byte[]> ids) {
        var order = new IntList();
        for (int i = 0; i < ids.size(); i++) order.add(i);
        order.shuffle(random);
        var builder = state.sender.builder();
        for (int i = 0; i < order.size(); i++) builder.idontwant(ids.get(order.get(i)));
        return builder.build();
    }

    /// Remembers what a peer does not want; what waits for it in its queue is skipped then.
    void receive(Peer peer, Rpc rpc) {
        if (rpc.idontwantCount() == 0) return;
        state.metrics.received.add(RouterMetrics.Part.IDONTWANT);
        state.metrics.idontwantIdsReceived +=
                state.unwanted.receive(peer.handle, rpc, state.hasher);
        state.metrics.idontwantRpcsIgnored = state.unwanted.ignoredRpcs();
        state.metrics.idontwantIdsIgnored = state.unwanted.ignoredIds();
    }
}
