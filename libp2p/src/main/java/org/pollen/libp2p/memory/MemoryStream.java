package org.pollen.libp2p.memory;

import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.libp2p.StreamResetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One end of a stream in memory.
///
/// What the other end writes waits in the inbox of this one until its handler has taken it, so a
/// reader that pauses is felt by the writer at once. The lock of the network guards all fields.
final class MemoryStream implements Stream {
    private static final Logger log = LoggerFactory.getLogger(MemoryStream.class);
    private static final int PARTS_A_TURN = 64; // then other streams of the host have theirs
    private static final StreamHandler NOBODY = (_, _, _, _) -> {};

    private record Part(byte[] array, int off, int len) {}

    private final MemoryConnection connection;
    private final Object lock;
    private final long id;
    private final String protocol;
    private final boolean outbound;
    private final ArrayDeque<Part> inbox = new ArrayDeque<>();
    private @Nullable MemoryStream other;
    private StreamHandler handler = NOBODY;
    private int inboxBytes;
    private boolean started; // the handler may be called
    private boolean paused;
    private boolean pumping;
    private boolean writableWanted;
    private boolean writeEnded;
    private boolean readEndTold;
    private boolean detached; // takes and gives no more bytes
    private boolean closed; // the handler was told, or is about to be

    private MemoryStream(MemoryConnection connection, long id, String protocol, boolean outbound) {
        this.connection = connection;
        this.lock = connection.host.network;
        this.id = id;
        this.protocol = protocol;
        this.outbound = outbound;
    }

    /// Both ends, neither started; the caller holds the lock.
    ///
    /// @return the opener's
    static MemoryStream join(MemoryConnection opener, String protocol) {
        long id = opener.host.network.nextId();
        var ours = new MemoryStream(opener, id, protocol, true);
        var theirs = new MemoryStream(opener.other(), id, protocol, false);
        ours.other = theirs;
        theirs.other = ours;
        opener.add(ours);
        opener.other().add(theirs);
        return ours;
    }

    MemoryStream other() {
        return Objects.requireNonNull(other, "an end is joined when it is made");
    }

    /// From now on the handler hears of the stream. On the host's loop.
    ///
    /// @return false if the stream ended before; then the handler hears nothing
    boolean start(StreamHandler newHandler) {
        synchronized (lock) {
            if (closed) {
                return false;
            }
            handler = newHandler;
            started = true;
            pump();
            return true;
        }
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public String protocol() {
        return protocol;
    }

    @Override
    public boolean outbound() {
        return outbound;
    }

    @Override
    public void write(byte[] b, int off, int len) {
        MemoryStream to = other();
        synchronized (lock) {
            if (detached || writeEnded || to.detached || len == 0) {
                return;
            }
            if (to.inboxBytes + len <= MemoryNetwork.STREAM_BYTES_MAX) {
                to.inbox.add(new Part(b, off, len));
                to.inboxBytes += len;
                to.pump();
                return;
            }
        }
        reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
    }

    @Override
    public boolean writable() {
        synchronized (lock) {
            boolean room = other().inboxBytes < MemoryNetwork.STREAM_HIGH_WATER;
            writableWanted |= !room;
            return room;
        }
    }

    @Override
    public long pendingBytes() {
        synchronized (lock) {
            return other().inboxBytes;
        }
    }

    @Override
    public void closeWrite() {
        synchronized (lock) {
            if (detached || writeEnded) {
                return;
            }
            writeEnded = true;
            other().pump();
            if (!readEndTold) {
                return;
            }
        }
        connection.host.loop.execute(this::endIfDone);
    }

    @Override
    public void reset(long code) {
        MemoryStream there = other();
        synchronized (lock) {
            if (detached) {
                return;
            }
            detach();
            there.detach();
        }
        connection.host.loop.execute(() -> lost(new StreamResetException("reset by us", code)));
        there.connection.host.loop.execute(
                () -> there.lost(new StreamResetException("reset by the peer", code)));
    }

    @Override
    public void pauseReading() {
        synchronized (lock) {
            paused = true;
        }
    }

    @Override
    public void resumeReading() {
        synchronized (lock) {
            paused = false;
            pump();
        }
    }

    // ---- under the lock

    /// No byte goes in or out any more.
    void detach() {
        detached = true;
        inbox.clear();
        inboxBytes = 0;
    }

    private void pump() {
        if (started && !pumping && !paused && !detached && (!inbox.isEmpty() || endIsNext())) {
            pumping = true;
            connection.host.loop.execute(this::turn);
        }
    }

    private boolean endIsNext() {
        return inbox.isEmpty() && other().writeEnded && !readEndTold;
    }

    // ---- on the host's loop

    private void turn() {
        int parts = 0;
        while (parts < PARTS_A_TURN && readOne(false)) {
            parts++;
        }
        synchronized (lock) {
            pumping = false;
            pump();
        }
    }

    /// Reads what is left, paused or not.
    void readRest() {
        boolean more = true;
        while (more) {
            more = readOne(true);
        }
    }

    /// Whether there was something to tell the handler.
    private boolean readOne(boolean insisting) {
        Part part;
        synchronized (lock) {
            if (!started || detached || (paused && !insisting)) {
                return false;
            }
            part = inbox.peek();
            if (part == null) {
                if (!endIsNext()) {
                    return false;
                }
                readEndTold = true;
            }
        }
        if (part == null) {
            call(() -> handler.readClosed(this));
            endIfDone();
            return true;
        }
        call(() -> handler.data(this, part.array, part.off, part.len));
        MemoryStream from = other();
        boolean room = false;
        synchronized (lock) {
            if (!detached) { // else a reset has emptied the inbox
                inbox.remove();
                inboxBytes -= part.len;
                room = from.writableWanted && inboxBytes <= MemoryNetwork.STREAM_LOW_WATER;
                from.writableWanted &= !room;
            }
        }
        if (room) {
            from.connection.host.loop.execute(from::tellWritable);
        }
        return true;
    }

    private void tellWritable() {
        synchronized (lock) {
            if (detached || writeEnded) {
                return;
            }
        }
        call(() -> handler.writable(this));
    }

    /// Both directions ended in order.
    private void endIfDone() {
        synchronized (lock) {
            if (detached || !writeEnded || !readEndTold) {
                return;
            }
            detach();
        }
        lost(null);
    }

    /// The stream is over.
    ///
    /// @param cause null if both directions ended in order
    void lost(@Nullable Throwable cause) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            detach();
            connection.remove(this);
        }
        call(() -> handler.closed(this, cause));
    }

    private void call(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | AssertionError e) {
            log.warn("a handler of {} fails: its stream is reset", protocol, e);
            reset(ErrorCodes.NONE);
        }
    }
}
