package org.pollen.libp2p;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A stream with its negotiation and its handler, between a muxer and a protocol.
///
/// Three beginnings: an inbound stream answers proposals until one is served; an outbound one
/// proposes and is handed over after the answer; a lazy outbound one is handed over at once and the
/// two expected tokens are cut from the front of what arrives. Everything but the methods of
/// [Stream] runs on the connection's loop.
final class HostStream implements Stream, MuxedStream.Receiver {
    private static final Logger log = LoggerFactory.getLogger(HostStream.class);

    /// The owner of the stream where it meets the host.
    interface Owner {
        HostLimits limits();

        /// Whether inbound proposals of this protocol are served.
        boolean serves(String protocol);

        /// The handler of an inbound stream, null if the protocol was taken away meanwhile.
        @Nullable StreamHandlerFactory factory(String protocol);

        HostCounters counters();

        /// Whether the queues of the whole connection are long.
        boolean crowded();

        /// The stream agreed on its protocol.
        void agreed(HostStream stream);

        /// The stream is gone.
        void closed(HostStream stream);

        void execute(Runnable task);

        boolean inLoop();

        long now();

        long negotiationNanos();

        /// Bytes of a stream came or left.
        void carried();

        /// Whether a handler failed in this way for the first time.
        boolean firstFailure(String kind);
    }

    private final long id;
    private final Connection connection;
    private final Owner owner;
    private final boolean outbound;
    private final AtomicLong pending = new AtomicLong();
    private volatile boolean writableWanted;
    private volatile String protocol = "";
    private volatile boolean closed;

    private @Nullable MuxedStream mux;
    private @Nullable StreamHandler handler;
    private @Nullable Negotiation negotiation;
    private @Nullable CompletableFuture<Stream> opened;
    private HostCounters.@Nullable Traffic traffic;
    private boolean lazy;
    private boolean closeWriteWaits;
    private boolean readClosed;
    private boolean used;
    private long deadlineNanos;
    private boolean deadlineSet;
    private Limit deadlineLimit = Limit.L8_NEGOTIATION_TIME;
    private long deadlineCode = ErrorCodes.STREAM_NEGOTIATION_FAILED;

    private HostStream(long id, Connection connection, Owner owner, boolean outbound) {
        this.id = id;
        this.connection = connection;
        this.owner = owner;
        this.outbound = outbound;
    }

    /// A stream of the peer; its header answers at once.
    static HostStream inbound(long id, Connection connection, Owner owner, MuxedStream mux) {
        var stream = new HostStream(id, connection, owner, false);
        stream.mux = mux;
        stream.negotiation = Negotiation.responder(owner::serves);
        stream.deadline(
                owner.negotiationNanos(),
                Limit.L8_NEGOTIATION_TIME,
                ErrorCodes.STREAM_NEGOTIATION_FAILED);
        return stream;
    }

    static HostStream outbound(long id, Connection connection, Owner owner) {
        return new HostStream(id, connection, owner, true);
    }

    /// Begins an outbound stream whose muxer stream exists now.
    void propose(
            MuxedStream muxed,
            List<String> protocols,
            StreamHandler newHandler,
            boolean lazily,
            CompletableFuture<Stream> future) {
        mux = muxed;
        handler = newHandler;
        lazy = lazily;
        negotiation = Negotiation.initiator(protocols);
        sendTokens();
        if (lazily) {
            agree(protocols.getFirst());
            future.complete(this);
        } else {
            opened = future;
            deadline(
                    owner.negotiationNanos(),
                    Limit.L8_NEGOTIATION_TIME,
                    ErrorCodes.STREAM_NEGOTIATION_FAILED);
        }
    }

    /// An inbound stream may speak now.
    void begin() {
        sendTokens();
    }

    // ---- Stream

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
        if (closed || len == 0) {
            return;
        }
        if (pending.addAndGet(len) > owner.limits().streamQueueBytes()) {
            owner.counters().refused(Limit.STREAM_QUEUE);
            reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
            return;
        }
        if (owner.inLoop()) {
            writeNow(b, off, len);
        } else {
            owner.execute(() -> writeNow(b, off, len));
        }
    }

    @Override
    public void write(byte[][] arrays, int[] offsets, int[] lengths, int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += lengths[i];
        }
        if (closed || bytes == 0) {
            return;
        }
        if (pending.addAndGet(bytes) > owner.limits().streamQueueBytes()) {
            owner.counters().refused(Limit.STREAM_QUEUE);
            reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
            return;
        }
        if (owner.inLoop()) {
            writeParts(arrays, offsets, lengths, count);
        } else {
            owner.execute(() -> writeParts(arrays, offsets, lengths, count));
        }
    }

    private void writeParts(byte[][] arrays, int[] offsets, int[] lengths, int count) {
        for (int i = 0; i < count; i++) {
            if (lengths[i] > 0) {
                writeNow(arrays[i], offsets[i], lengths[i]);
            }
        }
    }

    @Override
    public boolean writable() {
        if (roomFor(owner.limits().streamHighWater())) {
            return true;
        }
        // Before the second look, so that one of the two threads sees the other.
        writableWanted = true;
        return roomFor(owner.limits().streamHighWater());
    }

    /// On a crowded connection a stream may queue only what it can after its queue ran empty.
    private boolean roomFor(int mark) {
        long queued = pending.get();
        return queued == 0 || (queued < mark && !owner.crowded());
    }

    @Override
    public long pendingBytes() {
        return pending.get();
    }

    @Override
    public void closeWrite() {
        run(this::closeWriteNow);
    }

    @Override
    public void reset(long code) {
        run(() -> resetNow(code, new StreamResetException("reset by us", code)));
    }

    @Override
    public void pauseReading() {
        run(() -> {
            if (mux != null) {
                mux.pauseReading();
            }
        });
    }

    @Override
    public void resumeReading() {
        run(() -> {
            if (mux != null) {
                mux.resumeReading();
            }
        });
    }

    private void run(Runnable task) {
        if (owner.inLoop()) {
            task.run();
        } else {
            owner.execute(task);
        }
    }

    private void writeNow(byte[] b, int off, int len) {
        if (closed || mux == null) {
            pending.addAndGet(-len);
            return;
        }
        if (traffic != null) {
            traffic.out().add(len);
        }
        mux.write(b, off, len);
    }

    private void closeWriteNow() {
        if (closed || mux == null) {
            return;
        }
        if (negotiation != null && lazy && !readClosed) {
            // A responder that cannot answer any more drops the stream: wait for the two tokens.
            closeWriteWaits = true;
            deadline(
                    owner.negotiationNanos(),
                    Limit.L8_NEGOTIATION_TIME,
                    ErrorCodes.STREAM_NEGOTIATION_FAILED);
        } else {
            mux.closeWrite();
        }
    }

    /// Ends the stream here and at the peer.
    void resetNow(long code, Throwable cause) {
        if (!closed && mux != null) {
            mux.reset(code);
            finish(cause);
        }
    }

    // ---- negotiation

    boolean negotiating() {
        return negotiation != null && !lazy;
    }

    private void sendTokens() {
        if (negotiation != null && mux != null) {
            byte[] tokens = negotiation.takeOutput();
            if (tokens.length > 0) {
                pending.addAndGet(tokens.length);
                mux.write(tokens, 0, tokens.length);
            }
        }
    }

    private int negotiate(Negotiation current, byte[] array, int off, int len) {
        int taken;
        try {
            taken = current.receive(array, off, len);
        } catch (ViolationException e) {
            owner.counters().refused(e.limit());
            resetNow(
                    ErrorCodes.STREAM_NEGOTIATION_FAILED,
                    new StreamResetException(
                            "negotiation failed: " + e.getMessage(),
                            ErrorCodes.STREAM_NEGOTIATION_FAILED));
            return len;
        }
        sendTokens();
        if (closed || !current.done()) {
            return taken;
        }
        negotiation = null;
        deadlineSet &= deadlineLimit != Limit.L8_NEGOTIATION_TIME; // keeps that of a protocol
        String agreed = current.agreed();
        if (agreed == null) {
            refused();
            return len;
        }
        if (!lazy) {
            agree(agreed);
        } else if (closeWriteWaits && mux != null) {
            mux.closeWrite();
        }
        return taken;
    }

    private void refused() {
        resetNow(
                ErrorCodes.STREAM_NEGOTIATION_FAILED,
                new UnsupportedProtocolException(
                        "%s supports none of the proposed protocols"
                                .formatted(connection.remotePeer())));
    }

    private void agree(String agreed) {
        StreamHandlerFactory factory = outbound ? null : owner.factory(agreed);
        if (!outbound && factory == null) {
            refused(); // unhandled meanwhile
            return;
        }
        protocol = agreed;
        traffic = owner.counters().traffic(agreed);
        owner.agreed(this);
        if (factory != null) {
            try {
                handler = factory.accept(this);
            } catch (RuntimeException | AssertionError e) {
                failed(e);
            }
            return;
        }
        CompletableFuture<Stream> future = opened;
        if (future != null) {
            opened = null;
            if (!future.complete(this)) {
                resetNow(ErrorCodes.NONE, new StreamResetException("cancelled", ErrorCodes.NONE));
            }
        }
    }

    // ---- what the muxer tells

    @Override
    public void data(byte[] array, int off, int len) {
        int taken = 0;
        Negotiation current = negotiation;
        if (current != null) {
            taken = negotiate(current, array, off, len);
        }
        int left = len - taken;
        StreamHandler receiver = handler;
        if (left == 0 || closed || receiver == null) {
            return;
        }
        if (!used && mux != null) {
            used = true;
            mux.markUsed();
        }
        owner.carried();
        if (traffic != null) {
            traffic.in().add(left);
        }
        try {
            receiver.data(this, array, off + taken, left);
        } catch (RuntimeException | AssertionError e) {
            failed(e);
        }
    }

    @Override
    public boolean keeps() {
        StreamHandler receiver = handler;
        return receiver == null || receiver.keepsData();
    }

    @Override
    public void sent(int bytes) {
        pending.addAndGet(-bytes);
        owner.carried();
        StreamHandler receiver = handler;
        if (writableWanted
                && receiver != null
                && roomFor(owner.limits().streamHighWater() / 2 + 1)) {
            writableWanted = false;
            try {
                receiver.writable(this);
            } catch (RuntimeException | AssertionError e) {
                failed(e);
            }
        }
    }

    @Override
    public void readClosed() {
        readClosed = true;
        if (negotiation != null && !lazy) {
            resetNow(
                    ErrorCodes.STREAM_NEGOTIATION_FAILED,
                    new StreamResetException(
                            "closed during negotiation", ErrorCodes.STREAM_NEGOTIATION_FAILED));
            return;
        }
        if (closeWriteWaits && negotiation != null && mux != null) {
            mux.closeWrite(); // the answer will never come; the peer may only have listened
        }
        StreamHandler receiver = handler;
        if (receiver != null && !closed) {
            try {
                receiver.readClosed(this);
            } catch (RuntimeException | AssertionError e) {
                failed(e);
            }
        }
    }

    @Override
    public void reset(long code, boolean remote) {
        finish(
                remote
                        ? new StreamResetException("reset by the peer", code)
                        : new ConnectionClosedException("the connection ended", code));
    }

    @Override
    public void finished() {
        finish(null);
    }

    // ---- time

    /// Resets the stream unless it is set again or cleared in time; checked about once a second.
    void deadline(long nanos, Limit limit, long code) {
        deadlineSet = true;
        deadlineNanos = owner.now() + nanos;
        deadlineLimit = limit;
        deadlineCode = code;
    }

    void noDeadline() {
        deadlineSet = false;
    }

    void tick(long now) {
        if (deadlineSet && !closed && now - deadlineNanos >= 0) {
            deadlineSet = false;
            if (closeWriteWaits && mux != null) {
                closeWriteWaits = false;
                mux.closeWrite();
                return;
            }
            owner.counters().refused(deadlineLimit);
            resetNow(deadlineCode, new StreamResetException("timed out", deadlineCode));
        }
    }

    // ---- the end

    boolean isClosed() {
        return closed;
    }

    /// The connection refuses the stream before it began.
    void abort(CompletableFuture<Stream> future, Throwable cause) {
        closed = true;
        future.completeExceptionally(cause);
    }

    private void failed(Throwable failure) {
        owner.counters().refused(Limit.L48_HANDLER);
        if (owner.firstFailure(protocol + failure.getClass().getName())) {
            log.error("handler of {} failed; its stream is reset", protocol, failure);
        }
        resetNow(ErrorCodes.NONE, failure);
    }

    private void finish(@Nullable Throwable cause) {
        if (closed) {
            return;
        }
        closed = true;
        negotiation = null;
        owner.closed(this);
        CompletableFuture<Stream> future = opened;
        StreamHandler receiver = handler;
        if (future != null) {
            opened = null;
            future.completeExceptionally(
                    cause != null ? cause : new StreamResetException("closed", ErrorCodes.NONE));
        } else if (receiver != null) {
            try {
                receiver.closed(this, cause);
            } catch (RuntimeException | AssertionError e) {
                owner.counters().refused(Limit.L48_HANDLER);
                if (owner.firstFailure(protocol + e.getClass().getName())) {
                    log.error("handler of {} failed while closing", protocol, e);
                }
            }
        }
    }

    @Override
    public String toString() {
        return "%s %s stream %d of %s"
                .formatted(
                        outbound ? "outbound" : "inbound",
                        protocol.isEmpty() ? "negotiating" : protocol,
                        id,
                        connection);
    }
}
