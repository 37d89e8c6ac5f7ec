package org.pollen.libp2p;

import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One Yamux stream: its windows, its queues and which frames it owes. The session moves it.
///
/// Credit: `receiveWindow` is what the peer may still send, `unread` what arrived and was not
/// consumed. Their sum and the credit not yet returned make `receiveTarget`. Credit is returned
/// once it is half of the target, and the target doubles when that half was used up within four
/// round trips.
final class YamuxStream implements MuxedStream {
    static final int INITIAL_WINDOW = 256 << 10;

    /// Slices below this share of their array are copied when they have to wait, so that a waiting
    /// byte never holds a whole record.
    private static final int PINNED_SHARE = 2;

    private static final int WAITING_CHUNK = 16 << 10;

    private final YamuxSession session;
    final boolean local;
    long id;
    private @Nullable Receiver receiver;

    // Wire state.
    boolean active; // has an id and may send
    boolean synSent;
    boolean acknowledged; // local: the peer's ACK came; remote: ours left
    boolean ackDue; // remote stream, our first frame is still to come
    boolean finRequested;
    boolean finSent;
    boolean remoteFin;
    private boolean finDelivered;
    boolean gone;
    boolean used;

    // Outbound.
    long sendWindow = INITIAL_WINDOW;
    int queued;
    private final SliceQueue queue = new SliceQueue();
    boolean inSendable;
    int gathered; // bytes moved by the gather that is under way

    // Inbound.
    long receiveWindow = INITIAL_WINDOW;
    long receiveTarget = INITIAL_WINDOW;
    long unread;
    private boolean creditDue;
    boolean inControl;
    boolean inDeferred;
    private boolean paused;
    private boolean delivering;
    private final ArrayDeque<Chunk> waiting = new ArrayDeque<>(0);
    int waitingBytes;
    private byte @Nullable [] tail; // a chunk of our own that small slices are collected in
    private int tailFilled;
    private long windowStartNanos;

    private record Chunk(byte[] array, int off, int len) {}

    YamuxStream(YamuxSession session, boolean local, long now) {
        this.session = session;
        this.local = local;
        this.windowStartNanos = now;
    }

    void receiver(Receiver newReceiver) {
        receiver = newReceiver;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public void markUsed() {
        used = true;
    }

    // ---- writing

    @Override
    public void write(byte[] array, int off, int len) {
        if (gone || finRequested || len == 0) {
            return;
        }
        if (!session.hold(len)) {
            session.resetForMemory(this);
            return;
        }
        queue.add(array, off, len);
        queued += len;
        session.maySend(this);
    }

    @Override
    public void closeWrite() {
        if (!gone && !finRequested) {
            finRequested = true;
            session.maySend(this);
        }
    }

    @Override
    public void reset(long code) {
        if (!gone) {
            session.resetLocally(this, code);
        }
    }

    /// Whether a frame could leave now.
    boolean sendable() {
        return active && !gone && (queued > 0 ? sendWindow > 0 : finRequested && !finSent);
    }

    /// Moves up to `max` queued bytes.
    void drain(byte[] out, int off, int max) {
        queue.drain(out, off, max);
        queued -= max;
        sendWindow -= max;
        session.unhold(max);
    }

    void sent(int bytes) {
        if (receiver != null && !gone) {
            receiver.sent(bytes);
        }
    }

    // ---- reading

    /// Bytes of a body whose length was taken from the window already.
    void deliver(byte[] array, int off, int len, long now) {
        if (gone || remoteFin) {
            return; // bytes behind a FIN have no reader
        }
        if (paused || delivering || waitingBytes > 0) {
            keep(array, off, len); // within the credit we gave, so never refused
            return;
        }
        if (receiver == null || !receiver.keeps()) {
            hand(array, off, len, now);
            return;
        }
        if (session.lent() && len * PINNED_SHARE < array.length) {
            session.copy();
            hand(Arrays.copyOfRange(array, off, off + len), 0, len, now);
        } else {
            session.keep();
            hand(array, off, len, now);
        }
    }

    private void hand(byte[] array, int off, int len, long now) {
        delivering = true;
        try {
            if (receiver != null) {
                receiver.data(array, off, len);
            }
        } finally {
            delivering = false;
        }
        consumed(len, now);
    }

    private void keep(byte[] array, int off, int len) {
        waitingBytes += len;
        if (len * PINNED_SHARE >= array.length) {
            session.keep();
            sealTail();
            waiting.add(new Chunk(array, off, len));
            return;
        }
        int at = off;
        int left = len;
        while (left > 0) {
            if (tail == null || tailFilled == tail.length) {
                sealTail();
                tail = new byte[WAITING_CHUNK];
            }
            int n = Math.min(left, tail.length - tailFilled);
            System.arraycopy(array, at, tail, tailFilled, n);
            tailFilled += n;
            at += n;
            left -= n;
        }
    }

    private void sealTail() {
        if (tail != null && tailFilled > 0) {
            waiting.add(new Chunk(tail, 0, tailFilled));
        }
        tail = null;
        tailFilled = 0;
    }

    @Override
    public void pauseReading() {
        paused = true;
    }

    @Override
    public void resumeReading() {
        paused = false;
        if (!delivering) {
            pump(session.now());
        }
    }

    /// Delivers what waits, then the end of the stream.
    void pump(long now) {
        while (!gone && !paused && !delivering && waitingBytes > 0) {
            if (waiting.isEmpty()) {
                sealTail();
            }
            Chunk chunk = waiting.removeFirst();
            waitingBytes -= chunk.len;
            hand(chunk.array, chunk.off, chunk.len, now);
        }
        if (!gone && remoteFin && !finDelivered && waitingBytes == 0 && !delivering) {
            finDelivered = true;
            if (receiver != null) {
                receiver.readClosed();
            }
            session.maybeFinished(this);
        }
    }

    private void consumed(int len, long now) {
        if (gone) {
            return;
        }
        unread -= len;
        session.consumed(len);
        grant(now);
    }

    /// Makes credit due when half of the window can be returned.
    void grant(long now) {
        long owed = receiveTarget - receiveWindow - unread;
        if (gone || creditDue || remoteFin || owed < receiveTarget / 2) {
            return;
        }
        if (session.creditStopped()) {
            session.defer(this);
            return;
        }
        long roundTrip = session.roundTripNanos();
        if (roundTrip > 0 && now - windowStartNanos < 4 * roundTrip) {
            receiveTarget += session.growth(receiveTarget);
        }
        windowStartNanos = now;
        creditDue = true;
        session.control(this);
    }

    /// Whether an ACK or credit has to leave without data.
    boolean controlDue() {
        return !gone && (creditDue || (ackDue && !sendable()));
    }

    /// The credit to put on the wire now.
    long takeCredit() {
        if (!creditDue) {
            return 0;
        }
        creditDue = false;
        long credit = receiveTarget - receiveWindow - unread;
        receiveWindow += credit;
        return credit;
    }

    boolean finished() {
        return finSent && remoteFin && finDelivered;
    }

    void tellFinished() {
        if (receiver != null) {
            receiver.finished();
        }
    }

    void tellReset(long code, boolean remote) {
        if (receiver != null) {
            receiver.reset(code, remote);
        }
    }

    /// Forgets all bytes.
    ///
    /// @return how many were queued
    int drop() {
        int held = queued;
        queue.clear();
        waiting.clear();
        tail = null;
        queued = 0;
        waitingBytes = 0;
        return held;
    }
}
