package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.scoring.RejectReason;

/// The messages that validators are looking at.
///
/// The order is: verify the signature, mark the id as seen, validate. Verifying is work for other
/// threads, so a signed message leaves with one ticket for both and its id counts as seen only once
/// the answer shows that the signature was good: until then copies from other peers wait beside it,
/// and if it was forged the next copy is tried. Otherwise whoever copies an id on other content
/// would keep the genuine message out.
///
/// Bounded in messages and bytes, and one peer may take a quarter of either.
///
/// Source: router specification 8.
final class ValidationPipeline {
    /// Copies kept in full while the first is verified; later ones are remembered by peer only.
    private static final int COPIES_MAX = 4;

    /// A copy that came while the first was being verified.
    private record Copy(Peer peer, @Nullable RpcMessage message) {}

    private static final class Entry {
        Peer from;
        RpcMessage message;
        final int key;
        final long since;
        boolean verified;
        List<Copy> copies = List.of();

        /// Handles of the peers that sent it while it was validated; they delivered nearly first.
        final IntSet nearFirst = new IntSet();

        Entry(Peer from, RpcMessage message, int key, long since) {
            this.from = from;
            this.message = message;
            this.key = key;
            this.since = since;
        }
    }

    private final RouterState state;
    private final Delivery delivery;
    private @Nullable Entry[] entries = new @Nullable Entry[16];
    private int[] generations = new int[16];
    private final IntList free = new IntList();
    private int slots;
    private int size;
    private long bytes;
    private long[] asked = new long[1]; // ring of tickets by age, those answered too
    private long[] askedAt = new long[1];
    private int askedHead;
    private int askedCount;
    private final KeyTable slotOfId = new KeyTable();
    private int[] inFlight = new int[16]; // by peer handle

    ValidationPipeline(RouterState state, Delivery delivery) {
        this.state = state;
        this.delivery = delivery;
    }

    /// Whether a message of this length from this peer may enter.
    boolean hasRoom(Peer from, int length) {
        int countMax = state.params.validationQueueMax();
        long bytesMax = state.params.validationQueueBytesMax();
        return size < countMax
                && bytes + length <= bytesMax
                && from.validating < Math.max(1, countMax / 4)
                && (from.validating == 0 || from.validatingBytes + length <= bytesMax / 4);
    }

    /// Whether the message has to wait for an answer, rather than being accepted at once.
    boolean waits(Mask mask, RpcMessage message) {
        return signed(message) || state.output.validates(mask, message);
    }

    private static boolean signed(RpcMessage message) {
        return message.has(MessageFields.SIGNATURE);
    }

    /// Whether a message with this id is being verified, so that it is neither new nor seen.
    boolean isVerifying(long hi, long lo) {
        long slot = slotOfId.get(hi, lo);
        return slot != KeyTable.ABSENT && !at((int) slot).verified;
    }

    /// A peer sent a message that was seen: if it is still being validated, the peer was nearly
    /// first.
    void sawAgain(int peer, long hi, long lo) {
        if (size == 0) return;
        long slot = slotOfId.get(hi, lo);
        if (slot == KeyTable.ABSENT) return;
        Entry entry = at((int) slot);
        if (entry.from.handle != peer) entry.nearFirst.add(peer);
    }

    /// Adds a copy of a message that is being verified.
    void addCopy(Peer peer, RpcMessage message, long now) {
        Entry entry = at((int) slotOfId.get(message.idHi(), message.idLo()));
        if (entry.from == peer) {
            int[] slices = state.masks.slices(entry.key);
            delivery.duplicate(peer.handle, message.idHi(), message.idLo(), entry.key, slices, now);
            return;
        }
        for (Copy copy : entry.copies) {
            if (copy.peer == peer) return;
        }
        if (entry.copies.isEmpty()) entry.copies = new ArrayList<>(4);
        entry.copies.add(new Copy(peer, entry.copies.size() < COPIES_MAX ? message : null));
    }

    /// Takes a new message, for which there is room, and starts its validation.
    ///
    /// @param key the handle of its mask; the reference to it passes to the pipeline
    /// @param waits what [#waits] said
    void start(Peer from, RpcMessage message, int key, boolean waits, long now) {
        if (!waits) {
            if (markSeen(message, from.handle, key, now)) {
                delivery.accepted(message, key, from.handle, now);
            }
            state.masks.release(key);
            return;
        }
        if (isVerifying(message.idHi(), message.idLo())) { // twice in one RPC
            addCopy(from, message, now);
            state.masks.release(key);
            return;
        }
        if (!signed(message) && !markSeen(message, from.handle, key, now)) {
            state.masks.release(key);
            return;
        }
        var entry = new Entry(from, message, key, now);
        entry.verified = !signed(message);
        int slot = free.isEmpty() ? newSlot() : free.get(free.size() - 1);
        free.truncate(free.size() - 1);
        entries[slot] = entry;
        size++;
        bytes += message.encodedLength();
        occupy(from, message, 1);
        slotOfId.put(message.idHi(), message.idLo(), slot);
        ask(slot, message, from, now);
    }

    private void ask(int slot, RpcMessage message, Peer from, long now) {
        if (askedCount == asked.length) growAsked();
        int at = (askedHead + askedCount++) & (asked.length - 1);
        asked[at] = ticket(slot);
        askedAt[at] = now;
        state.output.validate(ticket(slot), message, from.handle);
    }

    private void growAsked() {
        forgetAnswered();
        if (askedCount <= asked.length / 2 && askedCount < asked.length) return;
        var tickets = new long[asked.length * 2];
        var times = new long[asked.length * 2];
        for (int i = 0; i < askedCount; i++) {
            tickets[i] = asked[(askedHead + i) & (asked.length - 1)];
            times[i] = askedAt[(askedHead + i) & (asked.length - 1)];
        }
        asked = tickets;
        askedAt = times;
        askedHead = 0;
    }

    /// A slow message at the head must not keep the tickets of all that came after it.
    private void forgetAnswered() {
        int kept = 0;
        for (int i = 0; i < askedCount; i++) {
            int from = (askedHead + i) & (asked.length - 1);
            if (slot(asked[from]) < 0) continue;
            int to = (askedHead + kept++) & (asked.length - 1);
            asked[to] = asked[from];
            askedAt[to] = askedAt[from];
        }
        askedCount = kept;
    }

    /// Gives up what nobody answered in time: ignored if its signature was good, else forgotten, so
    /// that another copy may come.
    void expire(long now) {
        long timeout = state.params.validationTimeout().toNanos();
        while (askedCount > 0 && now - askedAt[askedHead] >= timeout) {
            long ticket = asked[askedHead];
            askedHead = (askedHead + 1) & (asked.length - 1);
            askedCount--;
            int slot = slot(ticket);
            if (slot < 0) continue;
            state.metrics.validationDropped.add(RouterMetrics.ValidationDrop.TIMEOUT);
            if (at(slot).verified) validated(ticket, Verdict.IGNORE, now);
            else remove(slot);
        }
    }

    /// The signature of a message is good: it is seen from now on.
    void verified(long ticket, long now) {
        int slot = slot(ticket);
        if (slot >= 0 && !markVerified(slot, now)) remove(slot);
    }

    /// The signature of a message is not good: it is refused, and the next copy is tried.
    void invalidSignature(long ticket, long now) {
        int slot = slot(ticket);
        if (slot < 0) return;
        Entry entry = at(slot);
        RpcMessage message = entry.message;
        int[] slices = state.masks.slices(entry.key);
        int from = entry.from.handle;
        state.tracer.reject(from, message, RejectReason.INVALID_SIGNATURE, now);
        delivery.rejected(
                from,
                message.idHi(),
                message.idLo(),
                entry.key,
                slices,
                RejectReason.INVALID_SIGNATURE,
                now);
        for (int i = 0; i < entry.copies.size(); i++) {
            Copy copy = entry.copies.get(i);
            RpcMessage next = copy.message;
            if (next == null || state.peers.get(copy.peer.handle) != copy.peer) continue;
            occupy(entry.from, message, -1);
            bytes += next.encodedLength() - message.encodedLength();
            entry.from = copy.peer;
            entry.message = next;
            entry.copies = new ArrayList<>(entry.copies.subList(i + 1, entry.copies.size()));
            occupy(copy.peer, next, 1);
            generations[slot]++;
            ask(slot, next, copy.peer, now);
            return;
        }
        remove(slot);
    }

    /// The validators have decided.
    ///
    /// @return whether this decided: not if the ticket was answered, or the message seen meanwhile
    boolean validated(long ticket, Verdict verdict, long now) {
        int slot = slot(ticket);
        if (slot < 0) return false;
        if (!at(slot).verified && !markVerified(slot, now)) {
            remove(slot);
            return false;
        }
        Entry entry = take(slot);
        RpcMessage message = entry.message;
        RouterMetrics.Topic counters = state.metrics.topic(entry.key);
        counters.validations.add(verdict);
        counters.validationSeconds.observe((now - entry.since) / 1e9);
        switch (verdict) {
            case ACCEPT -> {
                delivery.accepted(message, entry.key, entry.from.handle, now);
                int[] slices = state.masks.slices(entry.key);
                for (int i = 0; i < entry.nearFirst.size(); i++) {
                    state.tags.delivered(entry.nearFirst.at(i), slices, now);
                }
            }
            case REJECT -> refuse(entry, RejectReason.VALIDATION_FAILED, now);
            case IGNORE -> refuse(entry, RejectReason.VALIDATION_IGNORED, now);
        }
        state.masks.release(entry.key);
        return true;
    }

    /// A validator had no room for the message.
    ///
    /// @return as [#validated]
    boolean throttled(long ticket, long now) {
        int slot = slot(ticket);
        if (slot < 0) return false;
        if (!at(slot).verified && !markVerified(slot, now)) {
            remove(slot);
            return false;
        }
        Entry entry = take(slot);
        state.metrics.validationDropped.add(RouterMetrics.ValidationDrop.THROTTLED);
        refuse(entry, RejectReason.VALIDATION_THROTTLED, now);
        state.masks.release(entry.key);
        return true;
    }

    private void refuse(Entry entry, RejectReason reason, long now) {
        RpcMessage message = entry.message;
        int[] slices = state.masks.slices(entry.key);
        state.tracer.reject(entry.from.handle, message, reason, now);
        delivery.rejected(
                entry.from.handle, message.idHi(), message.idLo(), entry.key, slices, reason, now);
    }

    /// @return false if it was seen meanwhile, published here for example: then it is a duplicate
    private boolean markVerified(int slot, long now) {
        Entry entry = at(slot);
        entry.verified = true;
        RpcMessage message = entry.message;
        boolean fresh = markSeen(message, entry.from.handle, entry.key, now);
        int[] slices = state.masks.slices(entry.key);
        for (Copy copy : entry.copies) {
            int peer = copy.peer.handle;
            if (state.peers.get(peer) != copy.peer) continue;
            entry.nearFirst.add(peer);
            delivery.duplicate(peer, message.idHi(), message.idLo(), entry.key, slices, now);
        }
        entry.copies = List.of();
        return fresh;
    }

    private boolean markSeen(RpcMessage message, int from, int key, long now) {
        long hi = message.idHi();
        long lo = message.idLo();
        int[] slices = state.masks.slices(key);
        if (!state.seen.add(hi, lo, now)) {
            state.tracer.duplicate(from, message, now);
            delivery.duplicate(from, hi, lo, key, slices, now);
            return false;
        }
        RouterMetrics.Topic counters = state.metrics.topic(key);
        counters.received++;
        counters.bytesIn += message.dataLength();
        state.metrics.maskBits.observe(slices.length);
        state.scores.engine.validate(hi, lo, now);
        state.promises.fulfilled(hi, lo, now);
        state.gate.validating();
        state.duplicateDelays.first(hi, lo, now);
        state.tracer.validate(from, message, now);
        return true;
    }

    private void remove(int slot) {
        state.masks.release(take(slot).key);
    }

    private Entry take(int slot) {
        Entry entry = at(slot);
        slotOfId.remove(entry.message.idHi(), entry.message.idLo());
        entries[slot] = null;
        generations[slot]++;
        free.add(slot);
        size--;
        bytes -= entry.message.encodedLength();
        occupy(entry.from, entry.message, -1);
        return entry;
    }

    private void occupy(Peer peer, RpcMessage message, int by) {
        if (peer.handle >= inFlight.length) {
            inFlight = Arrays.copyOf(inFlight, Math.max(peer.handle + 1, inFlight.length * 2));
        }
        inFlight[peer.handle] += by;
        peer.validating += by;
        peer.validatingBytes += (long) by * message.encodedLength();
    }

    /// Whether a message of this peer, which may be gone, is still being validated.
    boolean holds(int peer) {
        return peer < inFlight.length && inFlight[peer] > 0;
    }

    int size() {
        return size;
    }

    long bytes() {
        return bytes;
    }

    private Entry at(int slot) {
        Entry entry = entries[slot];
        if (entry == null) throw new IllegalStateException("validation slot " + slot + " is free");
        return entry;
    }

    private int newSlot() {
        if (slots == entries.length) {
            entries = Arrays.copyOf(entries, slots * 2);
            generations = Arrays.copyOf(generations, slots * 2);
        }
        free.add(slots);
        return slots++;
    }

    private long ticket(int slot) {
        return (long) generations[slot] << 32 | slot;
    }

    /// The slot of a ticket, or -1 if it was answered before.
    private int slot(long ticket) {
        int slot = (int) ticket;
        boolean live =
                slot >= 0
                        && slot < slots
                        && entries[slot] != null
                        && generations[slot] == (int) (ticket >> 32);
        return live ? slot : -1;
    }
}
