package org.pollen.simulator;

import org.pollen.router.RpcMessage;

/// What one honest peer remembers of the first copies of messages: when they came, on which way and
/// after how many hops. Of all messages, or of each so many-th where that is too much, see
/// [Setup#copiesEvery].
///
/// The number of hops goes with a copy in its event, beside the time it takes to send, so that
/// nothing of a message is changed: the run is the same without it.
///
/// Source: simulator specification 4.1, "delivery" and "redundancy".
final class FirstCopies {
    /// Bits of what goes with a copy: a way and a number of hops.
    static final int STAMP_BITS = 8;

    private static final int HOP_BITS = 6;
    private static final int HOPS = (1 << HOP_BITS) - 1; // all bits: unknown
    private static final long MICRO = 1_000;

    private final Setup setup;
    private final CopyCounts counts;
    private final int every;
    private final int[] micros; // 1 more than after publication; negative until delivered; 0: none
    private final byte[] stamps;
    private int arriving = -1; // what the router is given now
    private int stamp;

    FirstCopies(Setup setup, CopyCounts counts) {
        this.setup = setup;
        this.counts = counts;
        every = setup.copiesEvery();
        int slots = (setup.messages().size() + every - 1) / every;
        micros = new int[slots];
        stamps = new byte[slots];
    }

    /// The number of a message; -1 if it is not remembered. Invalid ones are nobody's: their
    /// numbers may be those of others.
    private int number(RpcMessage message) {
        if (HonestPeer.invalid(message)) return -1;
        int number = PlannedMessage.number(message.array(), message.dataOffset());
        boolean known = number >= 0 && number < setup.messages().size();
        return known && number % every == 0 ? number : -1;
    }

    /// The peer published it.
    void published(int number) {
        if (number % every != 0) return;
        micros[number / every] = 1;
        stamps[number / every] = 0;
    }

    /// A copy came that the router has not seen yet.
    ///
    /// @param with what went with it
    void arrives(RpcMessage message, int with, long now) {
        int number = number(message);
        arriving = -1;
        if (number < 0) return;
        int known = micros[number / every];
        if (known == 0) {
            arriving = number;
            stamp = with;
            return;
        }
        long first = setup.messages().get(number).at() + (Math.abs(known) - 1L) * MICRO;
        counts.further(Math.max(0, now - first));
    }

    /// The router took a copy as the first.
    void accepted(RpcMessage message, long now) {
        if (arriving < 0 || number(message) != arriving) return;
        micros[arriving / every] = -after(now - setup.messages().get(arriving).at());
        int hops = stamp >> HOP_BITS == 0 ? HOPS : stamp & HOPS;
        stamps[arriving / every] = (byte) ((stamp >> HOP_BITS << HOP_BITS) | hops);
        arriving = -1;
    }

    /// It was delivered, and counts.
    void delivered(int number, long delay) {
        if (number % every != 0) return;
        int slot = number / every;
        if (micros[slot] == 0) stamps[slot] = HOPS;
        micros[slot] = after(delay);
        int hops = stamps[slot] & HOPS;
        counts.delivered(
                CopyCounts.Way.ALL.get((stamps[slot] & 0xff) >> HOP_BITS),
                hops == HOPS ? -1 : hops);
    }

    private static int after(long nanos) {
        return (int) Math.min(Integer.MAX_VALUE, 1 + nanos / MICRO);
    }

    /// What goes with a copy that the peer sends.
    int stamp(RpcMessage message, CopyCounts.Way way) {
        int number = number(message);
        if (number < 0) return 0;
        int hops = stamps[number / every] & HOPS;
        int next = hops == HOPS ? HOPS : Math.min(CopyCounts.HOPS_MAX, hops + 1);
        return (way.code << HOP_BITS) | next;
    }

    /// Microseconds from the publication of a message to its delivery; -1 if there was none that
    /// counts, or it is not remembered.
    long micros(int number) {
        if (number % every != 0) return -1;
        return Math.max(0, micros[number / every]) - 1L;
    }
}
