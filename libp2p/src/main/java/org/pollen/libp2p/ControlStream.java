package org.pollen.libp2p;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;

/// A stream of length-prefixed messages that may turn into something else after one of them: the
/// bytes behind it belong to what comes next. On the connection's loop.
abstract class ControlStream implements StreamHandler {
    final NettyHost host;
    private final MessageReader reader;
    private @Nullable StreamHandler next;
    private byte @Nullable [] kept; // behind the last message while nobody takes it
    private boolean holding;
    private boolean over;
    private boolean gone;
    private @Nullable Throwable goneBy;

    /// @param max bytes of a message
    /// @param limit counted when a message is longer, or is none
    ControlStream(NettyHost host, int max, Limit limit) {
        this.host = host;
        this.reader =
                new MessageReader(
                        max,
                        limit,
                        (array, off, len) -> {
                            try {
                                message(array, off, len);
                            } catch (MalformedException e) {
                                throw new ViolationException(limit, String.valueOf(e.getMessage()));
                            }
                        });
    }

    /// A message arrived.
    abstract void message(byte[] array, int off, int len) throws MalformedException;

    /// A message was too long or none. The refusal is counted.
    void malformed(Stream stream) {
        stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
    }

    /// The stream ended before it became something else.
    void ended(@Nullable Throwable cause) {}

    /// Nothing more is read: what arrives is thrown away.
    final void finish() {
        over = true;
    }

    /// What arrives waits until [#become].
    final void hold(Stream stream) {
        holding = true;
        stream.pauseReading();
    }

    /// All that follows, and all that waits, is for another handler. On the loop, after a message
    /// or after [#hold].
    final void become(Stream stream, StreamHandler handler) {
        next = handler;
        if (gone) {
            handler.closed(stream, goneBy);
            return;
        }
        byte[] waiting = kept;
        kept = null;
        if (waiting != null) {
            handler.data(stream, waiting, 0, waiting.length);
        }
        if (holding) {
            holding = false;
            stream.resumeReading();
        }
    }

    @Override
    public final void data(Stream stream, byte[] array, int off, int len) {
        int at = off;
        int end = off + len;
        while (at < end && !over) {
            StreamHandler taker = next;
            if (taker != null) {
                taker.data(stream, array, at, end - at);
                return;
            }
            if (holding) {
                keep(array, at, end - at);
                return;
            }
            try {
                at += reader.acceptOne(array, at, end - at);
            } catch (ViolationException e) {
                host.counters().refused(e.limit());
                over = true;
                malformed(stream);
            }
        }
    }

    private void keep(byte[] array, int off, int len) {
        byte[] before = kept == null ? new byte[0] : kept;
        byte[] all = new byte[before.length + len];
        System.arraycopy(before, 0, all, 0, before.length);
        System.arraycopy(array, off, all, before.length, len);
        kept = all;
    }

    @Override
    public final void writable(Stream stream) {
        StreamHandler taker = next;
        if (taker != null) {
            taker.writable(stream);
        }
    }

    @Override
    public final void readClosed(Stream stream) {
        StreamHandler taker = next;
        if (taker != null) {
            taker.readClosed(stream);
        } else {
            stream.closeWrite();
        }
    }

    @Override
    public final void closed(Stream stream, @Nullable Throwable cause) {
        StreamHandler taker = next;
        gone = true;
        goneBy = cause;
        if (taker != null) {
            taker.closed(stream, cause);
        } else {
            over = true;
            ended(cause);
        }
    }

    /// Gives the stream so long, then resets it.
    static void deadline(Stream stream, long nanos, Limit limit) {
        if (stream instanceof HostStream own) {
            own.deadline(nanos, limit, ErrorCodes.STREAM_PROTOCOL_VIOLATION);
        }
    }

    static void noDeadline(Stream stream) {
        if (stream instanceof HostStream own) {
            own.noDeadline();
        }
    }

    static void send(Stream stream, byte[] message) {
        stream.write(message, 0, message.length);
    }
}
