package org.pollen.router;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The messages that came first since the last heartbeat, found by their bytes: a copy of one is
/// named without computing its id again, which for most messages, being copies, is most of what
/// they cost.
///
/// A find compares all bytes, so a stranger gains nothing by hitting the slot of another message
/// but the cost of an id. Bounded: [#SLOTS] messages of at most [#BYTES_MAX] bytes, forgotten at
/// each heartbeat; the message cache holds them longer anyway.
///
/// The router's thread puts and forgets; decoders find from their own threads.
final class RecentMessages {
    /// How many messages it knows at once.
    static final int SLOTS = 512;

    /// Shorter ones cost no more to name than to find.
    static final int BYTES_MIN = 64;

    /// Longer ones would be held for too little: one copy of a large message is a duplicate too
    /// many already.
    static final int BYTES_MAX = 16 << 10;

    private static final long ODD = 0x9e37_79b9_7f4a_7c15L;

    private final long secret;
    private volatile @Nullable AtomicReferenceArray<@Nullable RpcMessage> table;
    private boolean empty = true; // known to the router's thread

    /// @param secret scatters what strangers choose
    RecentMessages(long secret) {
        this.secret = secret | 1;
    }

    /// Begins to remember; until then it takes no room. Routers without decoders, as in a
    /// simulation, never do.
    synchronized void enable() {
        if (table == null) table = new AtomicReferenceArray<>(SLOTS);
    }

    /// Remembers a message.
    void put(RpcMessage message) {
        var slots = table;
        int length = message.encodedLength();
        if (slots == null || length < BYTES_MIN || length > BYTES_MAX) return;
        slots.setRelease(slot(message.array(), message.encodedOffset(), length), message);
        empty = false;
    }

    /// The message with just these bytes; null if it is not remembered.
    @Nullable RpcMessage find(byte[] array, int offset, int length) {
        var slots = table;
        if (slots == null || length < BYTES_MIN || length > BYTES_MAX) return null;
        RpcMessage known = slots.getAcquire(slot(array, offset, length));
        if (known == null || known.encodedLength() != length) return null;
        int from = known.encodedOffset();
        return Arrays.equals(known.array(), from, from + length, array, offset, offset + length)
                ? known
                : null;
    }

    /// Forgets all of them.
    void forget() {
        var slots = table;
        if (empty || slots == null) return;
        for (int i = 0; i < SLOTS; i++) slots.setRelease(i, null);
        empty = true;
    }

    /// Four lanes, since a multiplication has to wait for the one before it.
    private int slot(byte[] array, int offset, int length) {
        long a = secret;
        long b = ~secret;
        long c = secret << 7 | 1;
        long d = length;
        int i = offset;
        for (int end = offset + (length & ~31); i < end; i += 32) {
            a = (a ^ Bytes.longAt(array, i)) * ODD;
            b = (b ^ Bytes.longAt(array, i + 8)) * ODD;
            c = (c ^ Bytes.longAt(array, i + 16)) * ODD;
            d = (d ^ Bytes.longAt(array, i + 24)) * ODD;
        }
        a ^= Bytes.longAt(array, offset + length - 8);
        b ^= Bytes.longAt(array, offset + length - 16);
        c ^= Bytes.longAt(array, offset + length - 24);
        long mixed = (a ^ Long.rotateLeft(b, 17)) * ODD + (c ^ Long.rotateLeft(d, 31));
        mixed = (mixed ^ mixed >>> 32) * secret;
        return (int) (mixed >>> 55);
    }
}
