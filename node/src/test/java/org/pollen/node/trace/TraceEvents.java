package org.pollen.node.trace;

import java.util.List;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Mask;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.SubOpts;
import org.pollen.router.TraceEvent;
import org.pollen.router.TraceEvent.RpcMeta;
import org.pollen.scoring.RejectReason;

/// Events for tests: one of every kind.
final class TraceEvents {
    static final PeerId SELF = PrivateKey.ed25519(new byte[32]).publicKey().peerId();
    static final Mask TOPIC = Mask.topic("t\"\u00e9");
    private static final PeerId PEER = PrivateKey.ed25519(filled(7)).publicKey().peerId();
    private static final byte[] ID = {1, (byte) 0xff, '\n'};

    private TraceEvents() {}

    private static byte[] filled(int value) {
        byte[] seed = new byte[32];
        java.util.Arrays.fill(seed, (byte) value);
        return seed;
    }

    /// One of each kind, in the order of the kinds.
    static List<TraceEvent> ofEveryKind(long at) {
        RpcMeta meta = meta(3);
        return List.of(
                new TraceEvent.Publish(at, ID, TOPIC),
                new TraceEvent.Reject(at, ID, PEER, RejectReason.VALIDATION_FAILED, TOPIC),
                new TraceEvent.Duplicate(at, ID, PEER, TOPIC),
                new TraceEvent.Deliver(at, ID, PEER, TOPIC),
                new TraceEvent.AddPeer(at, PEER, PubsubProtocol.MESHSUB_1_1),
                new TraceEvent.RemovePeer(at, PEER),
                new TraceEvent.ReceiveRpc(at, PEER, meta),
                new TraceEvent.SendRpc(at, PEER, meta),
                new TraceEvent.DropRpc(at, PEER, meta),
                new TraceEvent.Join(at, TOPIC),
                new TraceEvent.Leave(at, TOPIC),
                new TraceEvent.Graft(at, PEER, TOPIC),
                new TraceEvent.Prune(at, PEER, TOPIC),
                new TraceEvent.Undeliverable(at, ID, TOPIC),
                new TraceEvent.ThrottlePeer(at, PEER),
                new TraceEvent.Validate(at, ID, PEER, TOPIC));
    }

    /// What an RPC held.
    static RpcMeta meta(int ids) {
        List<byte[]> many = java.util.Collections.nCopies(ids, new byte[20]);
        return new RpcMeta(
                List.of(new RpcMeta.Ids(TOPIC, List.of(ID))),
                List.of(SubOpts.subscribe(TOPIC)),
                List.of(new RpcMeta.Ids(TOPIC, many)),
                many,
                List.of(TOPIC),
                List.of(TOPIC),
                many);
    }

    static TraceEvent received(int ids) {
        return new TraceEvent.ReceiveRpc(1, PEER, meta(ids));
    }
}
