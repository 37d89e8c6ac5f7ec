package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.scoring.RejectReason;

/// Something that happened in a router, for those who want to see it. Byte arrays are not to be
/// changed.
///
/// Source: router specification 9.8.
public sealed interface TraceEvent {
    /// Monotonic nanoseconds.
    long at();

    /// A message was published here.
    record Publish(long at, byte[] messageId, Mask topic) implements TraceEvent {}

    /// A message was refused.
    record Reject(long at, byte[] messageId, PeerId from, RejectReason reason, Mask topic)
            implements TraceEvent {}

    /// A message came that was seen before.
    record Duplicate(long at, byte[] messageId, PeerId from, Mask topic) implements TraceEvent {}

    /// A message was accepted.
    ///
    /// @param from null if it was published here
    record Deliver(long at, byte[] messageId, @Nullable PeerId from, Mask topic)
            implements TraceEvent {}

    /// A peer that speaks pubsub is there.
    record AddPeer(long at, PeerId peer, PubsubProtocol protocol) implements TraceEvent {}

    /// A peer is gone.
    record RemovePeer(long at, PeerId peer) implements TraceEvent {}

    /// An RPC came.
    record ReceiveRpc(long at, PeerId from, RpcMeta meta) implements TraceEvent {}

    /// An RPC was queued.
    record SendRpc(long at, PeerId to, RpcMeta meta) implements TraceEvent {}

    /// An RPC will not be sent.
    record DropRpc(long at, PeerId to, RpcMeta meta) implements TraceEvent {}

    /// We joined a topic.
    record Join(long at, Mask topic) implements TraceEvent {}

    /// We left a topic.
    record Leave(long at, Mask topic) implements TraceEvent {}

    /// A peer came into our mesh.
    record Graft(long at, PeerId peer, Mask topic) implements TraceEvent {}

    /// A peer left our mesh.
    record Prune(long at, PeerId peer, Mask topic) implements TraceEvent {}

    /// A message was lost for a local subscriber whose buffer was full.
    record Undeliverable(long at, byte[] messageId, Mask topic) implements TraceEvent {}

    /// The payload of a peer's RPC was not read.
    record ThrottlePeer(long at, PeerId peer) implements TraceEvent {}

    /// A message went to validation.
    record Validate(long at, byte[] messageId, PeerId from, Mask topic) implements TraceEvent {}

    /// What an RPC holds, without payloads.
    record RpcMeta(
            List<Ids> messages,
            List<SubOpts> subscriptions,
            List<Ids> ihave,
            List<byte[]> iwant,
            List<Mask> graft,
            List<Mask> prune,
            List<byte[]> idontwant) {

        /// Copies the lists.
        public RpcMeta {
            messages = List.copyOf(messages);
            subscriptions = List.copyOf(subscriptions);
            ihave = List.copyOf(ihave);
            iwant = List.copyOf(iwant);
            graft = List.copyOf(graft);
            prune = List.copyOf(prune);
            idontwant = List.copyOf(idontwant);
        }

        /// Message ids of a topic.
        public record Ids(Mask topic, List<byte[]> ids) {
            /// Copies the list.
            public Ids {
                ids = List.copyOf(ids);
            }
        }

        /// What a received RPC holds.
        public static RpcMeta of(Rpc rpc) {
            var messages = new ArrayList<Ids>();
            for (int i = 0; i < rpc.messageCount(); i++) {
                messages.add(new Ids(rpc.fields(i).mask(), List.of(rpc.messageId(i))));
            }
            var ihave = new ArrayList<Ids>();
            for (int i = 0; i < rpc.ihaveCount(); i++) {
                var ids = new ArrayList<byte[]>();
                for (int id = rpc.ihaveFirst(i); id < rpc.ihaveEnd(i); id++) {
                    ids.add(copy(rpc, rpc.ihaveIdOffset(id), rpc.ihaveIdLength(id)));
                }
                ihave.add(
                        new Ids(
                                Mask.of(
                                        rpc.array(),
                                        rpc.ihaveMaskOffset(i),
                                        rpc.ihaveMaskLength(i)),
                                ids));
            }
            var iwant = new ArrayList<byte[]>();
            for (int i = 0; i < rpc.iwantCount(); i++)
                iwant.add(copy(rpc, rpc.iwantOffset(i), rpc.iwantLength(i)));
            var idontwant = new ArrayList<byte[]>();
            for (int i = 0; i < rpc.idontwantCount(); i++) {
                idontwant.add(copy(rpc, rpc.idontwantOffset(i), rpc.idontwantLength(i)));
            }
            var graft = new ArrayList<Mask>();
            for (int i = 0; i < rpc.graftCount(); i++) graft.add(rpc.graftMask(i));
            var prune = new ArrayList<Mask>();
            for (int i = 0; i < rpc.pruneCount(); i++) prune.add(rpc.pruneMask(i));
            return new RpcMeta(
                    messages, rpc.subscriptions(), ihave, iwant, graft, prune, idontwant);
        }

        /// What an RPC of ours holds: it is decoded again, since tracing is rare and encoding is
        /// not.
        ///
        /// @param decoder of the router's dialect, scheme and secret, with limits that our own RPCs
        ///   pass
        public static RpcMeta of(OutboundRpc rpc, RpcDecoder decoder) {
            var read = new Rpc();
            byte[] body = rpc.toBody();
            try {
                RpcRefusal refusal = decoder.decode(body, 0, body.length, read);
                if (refusal != null)
                    throw new AssertionError("our own rpc passes limit " + refusal);
            } catch (MalformedException e) {
                throw new AssertionError("our own rpc is malformed", e);
            }
            return of(read);
        }

        private static byte[] copy(Rpc rpc, int offset, int length) {
            return Arrays.copyOfRange(rpc.array(), offset, offset + length);
        }
    }
}
