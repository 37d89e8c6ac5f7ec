package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.router.RouterMetrics.Part;
import org.pollen.router.RouterMetrics.ValidationDrop;
import org.pollen.scoring.RejectReason;

/// The messages of a received RPC: which are for us, which are new, and what else they are.
///
/// A duplicate, which most messages are, is recognised from the tables of the [Rpc] without making
/// an object.
///
/// Source: router specification 6.1 step 6 and 6.8.
final class MessageInbox {
    /// A new message on its way into the pipeline.
    ///
    /// @param key the handle of its mask, with a reference
    /// @param waits whether it has to be validated; asked once, for the answer decides about room
    private record Survivor(RpcMessage message, int key, boolean waits) {}

    private final RouterState state;
    private final Delivery delivery;
    private final ValidationPipeline pipeline;
    private final int[] scratch; // handles of slices
    private final List<Survivor> survivors = new ArrayList<>();
    private final byte[] self;

    MessageInbox(RouterState state, Delivery delivery, ValidationPipeline pipeline) {
        this.state = state;
        this.delivery = delivery;
        this.pipeline = pipeline;
        this.self = state.config.self().unsafeBytes();
        // A topic has no slices but itself.
        this.scratch = new int[state.params.dialect() == Dialect.MESHSUB ? 1 : 8 * Mask.BYTES_MAX];
    }

    /// Takes the messages of an RPC.
    void receive(Peer peer, Rpc rpc, long now) {
        int count = rpc.messageCount();
        if (count == 0) return;
        state.metrics.received.add(Part.MESSAGE, count);
        for (int i = 0; i < count; i++) screen(peer, rpc, i, now);
        if (survivors.isEmpty()) return;
        refuseSurplus(peer, now);
        sendIdontwant(peer, now);
        for (int i = 0; i < survivors.size(); i++) {
            Survivor survivor = survivors.get(i);
            pipeline.start(peer, survivor.message, survivor.key, survivor.waits, now);
        }
        survivors.clear();
    }

    private void screen(Peer peer, Rpc rpc, int i, long now) {
        byte[] array = rpc.array();
        int offset = rpc.maskOffset(i);
        int length = rpc.maskLength(i);
        int key = state.masks.find(array, offset, length);
        int[] slices;
        if (key >= 0) {
            slices = state.masks.slices(key);
        } else {
            int found = state.masks.findSlices(array, offset, length, scratch);
            if (found < 0) {
                screenUnknown(peer, rpc, i, now);
                return;
            }
            slices = Arrays.copyOf(scratch, found);
        }
        screen(peer, rpc, i, key, slices, now);
    }

    /// A mask with a slice that nobody we know subscribes to: only for us if we relay another slice
    /// of it.
    private void screenUnknown(Peer peer, Rpc rpc, int i, long now) {
        int temporary = -1;
        if (state.local.relays() && state.local.relaysAny()) {
            temporary = state.masks.intern(rpc.fields(i).mask());
        }
        if (temporary < 0) {
            unsubscribed(peer);
            return;
        }
        screen(peer, rpc, i, temporary, state.masks.slices(temporary), now);
        state.masks.release(temporary);
    }

    private void screen(Peer peer, Rpc rpc, int i, int key, int[] slices, long now) {
        if (!state.local.accepts(slices)) {
            unsubscribed(peer);
            return;
        }
        MessageFields fields = rpc.fields(i);
        long hi = rpc.idHi(i);
        long lo = rpc.idLo(i);
        RejectReason reason = refusal(peer, fields, now);
        if (reason == RejectReason.SELF_ORIGIN && state.seen.contains(hi, lo, now)) {
            // What we published ourselves comes back: some implementations forward to the author.
            if (state.tracer.on()) state.tracer.duplicate(peer.handle, rpc.message(i), now);
            delivery.echoed(peer.handle, key, slices);
            return;
        }
        if (reason != null) {
            if (state.tracer.on()) state.tracer.reject(peer.handle, rpc.message(i), reason, now);
            delivery.rejected(peer.handle, hi, lo, key, slices, reason, now);
            return;
        }
        if (state.seen.contains(hi, lo, now)) {
            if (state.tracer.on()) state.tracer.duplicate(peer.handle, rpc.message(i), now);
            delivery.duplicate(peer.handle, hi, lo, key, slices, now);
            pipeline.sawAgain(peer.handle, hi, lo);
            return;
        }
        if (pipeline.isVerifying(hi, lo)) {
            pipeline.addCopy(peer, rpc.message(i), now);
            return;
        }
        int held = key;
        if (key >= 0) state.masks.retain(key);
        else held = state.masks.intern(fields.mask());
        if (held < 0) return; // the mask table is full
        RpcMessage message = rpc.message(i);
        state.recent.put(message);
        boolean waits = pipeline.waits(state.masks.mask(held), message);
        survivors.add(new Survivor(message, held, waits));
    }

    private void unsubscribed(Peer peer) {
        state.metrics.unsubscribedMessages++;
        state.scores.engine.unsubscribedMessage(peer.handle);
    }

    private @Nullable RejectReason refusal(Peer peer, MessageFields fields, long now) {
        if (!state.gate.blacklistIsEmpty()) {
            if (state.gate.blacklisted(peer.id, now)) return RejectReason.BLACKLISTED_PEER;
            if (blacklistedAuthor(fields, now)) return RejectReason.BLACKLISTED_SOURCE;
        }
        boolean haveAuthorId = state.params.signingPolicy().signs();
        return switch (state.params.signingPolicy().check(fields, haveAuthorId)) {
            case MISSING_SIGNATURE -> RejectReason.MISSING_SIGNATURE;
            case UNEXPECTED_SIGNATURE -> RejectReason.UNEXPECTED_SIGNATURE;
            case UNEXPECTED_AUTH_INFO -> RejectReason.UNEXPECTED_AUTH_INFO;
            case FINE -> fields.matches(MessageFields.FROM, self) ? RejectReason.SELF_ORIGIN : null;
        };
    }

    private boolean blacklistedAuthor(MessageFields fields, long now) {
        if (!fields.has(MessageFields.FROM)) return false;
        try {
            PeerId author = PeerId.fromBytes(fields.bytes(MessageFields.FROM));
            return state.gate.blacklisted(author, now);
        } catch (org.pollen.peer.MalformedException _) {
            return false; // no peer id, so not one on the list; its signature cannot verify
        }
    }

    /// Before IDONTWANT goes out: whoever is told not to send it must not be needed to send it
    /// again.
    private void refuseSurplus(Peer peer, long now) {
        int entering = 0;
        int kept = 0;
        for (int i = 0; i < survivors.size(); i++) {
            Survivor survivor = survivors.get(i);
            RpcMessage message = survivor.message;
            boolean waits = survivor.waits;
            entering += waits ? message.encodedLength() : 0;
            if (!waits || (pipeline.hasRoom(peer, entering) && fits(peer, kept))) {
                survivors.set(kept++, survivor);
                continue;
            }
            entering -= message.encodedLength();
            state.metrics.validationDropped.add(ValidationDrop.QUEUE_FULL);
            state.tracer.reject(peer.handle, message, RejectReason.VALIDATION_QUEUE_FULL, now);
            delivery.rejected(
                    peer.handle,
                    message.idHi(),
                    message.idLo(),
                    survivor.key,
                    state.masks.slices(survivor.key),
                    RejectReason.VALIDATION_QUEUE_FULL,
                    now);
            state.masks.release(survivor.key);
        }
        while (survivors.size() > kept) survivors.removeLast();
    }

    private boolean fits(Peer peer, int more) {
        int countMax = state.params.validationQueueMax();
        return pipeline.size() + more < countMax
                && peer.validating + more < Math.max(1, countMax / 4);
    }

    /// Tells mesh peers not to send what we have: one IDONTWANT for each mask.
    private void sendIdontwant(Peer from, long now) {
        for (int i = 0; i < survivors.size(); i++) {
            int key = survivors.get(i).key;
            boolean first = true;
            for (int j = 0; j < i && first; j++) first = survivors.get(j).key != key;
            if (!first) continue;
            List<byte[]> ids = largeOnes(key, i);
            if (!ids.isEmpty()) state.idontwant.send(key, ids, from.handle, now);
        }
    }

    private List<byte[]> largeOnes(int key, int from) {
        int threshold = state.params.idontwantThreshold();
        List<byte[]> ids = List.of();
        for (int i = from; i < survivors.size(); i++) {
            RpcMessage message = survivors.get(i).message;
            if (survivors.get(i).key != key || message.dataLength() < threshold) continue;
            if (ids.isEmpty()) {
                ids = List.of(message.id());
            } else {
                if (ids.size() == 1) ids = new ArrayList<>(ids);
                ids.add(message.id());
            }
        }
        return ids;
    }
}
