package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A QUIC stream as the muxer's stream, on the connection's loop. One of ours exists before QUIC
/// has it: what is written meanwhile waits.
///
/// The last bytes written in a turn are held back until its end, and until QUIC took those before
/// them, so that the FIN can go with them. quiche takes a stream for complete once all its bytes
/// are acknowledged, and then drops a FIN that it has not sent yet.
final class QuicStream extends ChannelInboundHandlerAdapter implements MuxedStream {
    private final QuicConnection connection;
    private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();
    private @Nullable Receiver receiver;
    private @Nullable QuicStreamChannel channel;
    private boolean writeClosed;
    private boolean readClosed;
    private boolean paused;
    private boolean used;
    private boolean gone;
    private boolean resetSent;
    private long resetCode;
    private @Nullable ByteBuf held; // the newest bytes, not yet given to QUIC
    private boolean dirty;
    private int writing; // writes that QUIC has not taken yet
    private boolean outputEnded;

    QuicStream(QuicConnection connection) {
        this.connection = connection;
    }

    void receiver(Receiver told) {
        receiver = told;
    }

    boolean isOurs() {
        QuicStreamChannel opened = channel;
        return opened == null || opened.isLocalCreated();
    }

    boolean used() {
        return used;
    }

    /// QUIC has the stream.
    void ready(QuicStreamChannel opened) {
        channel = opened;
        if (resetSent) {
            resetChannel(opened);
            return;
        }
        opened.config().setAutoRead(!paused);
        ByteBuf waiting;
        while ((waiting = early.poll()) != null) {
            hold(opened, waiting);
        }
        flush();
        endOutput();
    }

    // ---- MuxedStream

    @Override
    public long id() {
        QuicStreamChannel opened = channel;
        return opened == null ? -1 : opened.streamId();
    }

    @Override
    public void write(byte[] array, int off, int len) {
        if (gone || writeClosed) {
            return;
        }
        ByteBuf bytes = Unpooled.wrappedBuffer(array, off, len);
        connection.queued(len);
        QuicStreamChannel opened = channel;
        if (opened == null) {
            early.add(bytes);
        } else {
            hold(opened, bytes);
            if (!dirty) {
                dirty = true;
                connection.dirty(this);
            }
        }
    }

    private void hold(QuicStreamChannel opened, ByteBuf bytes) {
        ByteBuf before = held;
        held = bytes;
        if (before != null) {
            send(opened, before, before.readableBytes());
        }
    }

    private void send(QuicStreamChannel opened, Object message, int len) {
        writing++;
        opened.write(message)
                .addListener(written -> {
                    writing--;
                    connection.left(len);
                    Receiver told = receiver;
                    if (written.isSuccess() && told != null && !gone) {
                        told.sent(len);
                    }
                    sendHeld();
                    endOutput();
                });
    }

    private void sendHeld() {
        QuicStreamChannel opened = channel;
        ByteBuf last = held;
        if (opened == null || last == null || writing > 0 || gone) {
            return;
        }
        held = null;
        outputEnded = writeClosed;
        int len = last.readableBytes();
        send(opened, writeClosed ? new DefaultQuicStreamFrame(last, true) : last, len);
    }

    void flush() {
        dirty = false;
        sendHeld();
    }

    @Override
    public void closeWrite() {
        if (writeClosed || gone) {
            return;
        }
        writeClosed = true;
        sendHeld();
        endOutput();
    }

    /// Ends our direction once QUIC has all bytes: it would drop what is still queued. Not within
    /// the turn that reads, where acknowledgements could come before the FIN is sent.
    private void endOutput() {
        QuicStreamChannel opened = channel;
        if (writeClosed
                && writing == 0
                && held == null
                && opened != null
                && !outputEnded
                && !gone) {
            outputEnded = true;
            opened.eventLoop()
                    .execute(() -> {
                        var _ = opened.shutdownOutput();
                    });
        }
    }

    @Override
    public void reset(long code) {
        if (gone) {
            return;
        }
        gone = true;
        resetSent = true;
        resetCode = code;
        dropEarly();
        QuicStreamChannel opened = channel;
        if (opened != null) {
            resetChannel(opened);
        }
        connection.gone(this);
    }

    /// RESET_STREAM and STOP_SENDING.
    private void resetChannel(QuicStreamChannel opened) {
        opened.shutdown((int) resetCode)
                .addListener(_ -> {
                    var _ = opened.close();
                });
    }

    @Override
    public void pauseReading() {
        paused = true;
        QuicStreamChannel opened = channel;
        if (opened != null) {
            opened.config().setAutoRead(false);
        }
    }

    @Override
    public void resumeReading() {
        paused = false;
        QuicStreamChannel opened = channel;
        if (opened != null) {
            opened.config().setAutoRead(true);
        }
    }

    @Override
    public void markUsed() {
        used = true;
    }

    // ---- what QUIC tells

    /// The end of a direction then comes with the last bytes.
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel() instanceof QuicStreamChannel opened) {
            opened.config().setReadFrames(true);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Receiver told = receiver;
        if (!(message instanceof QuicStreamFrame frame) || gone || told == null) {
            ReferenceCountUtil.release(message);
            return;
        }
        byte[] bytes = new byte[frame.content().readableBytes()];
        frame.content().readBytes(bytes);
        boolean last = frame.hasFin();
        frame.release();
        if (bytes.length > 0) {
            connection.received(bytes.length);
            told.data(bytes, 0, bytes.length);
        }
        if (last && !readClosed && !gone) {
            readClosed = true;
            told.readClosed();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        connection.flushNow();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        Receiver told = receiver;
        if (gone) {
            return;
        }
        if (readClosed && writeClosed) {
            gone = true;
            dropEarly();
            connection.gone(this);
            if (told != null) {
                told.finished();
            }
        } else {
            end(ErrorCodes.NONE, false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof QuicStreamResetException reset) {
            end(reset.applicationProtocolCode(), true);
            connection.resetByPeer(this);
        } else if (!gone) {
            end(ErrorCodes.NONE, false);
        }
        var _ = ctx.close();
    }

    /// The stream was taken away.
    void end(long code, boolean remote) {
        if (gone) {
            return;
        }
        gone = true;
        resetSent = true;
        resetCode = code;
        dropEarly();
        connection.gone(this);
        Receiver told = receiver;
        if (told != null) {
            told.reset(code, remote);
        }
    }

    private void dropEarly() {
        ByteBuf last = held;
        held = null;
        if (last != null) {
            early.add(last);
        }
        ByteBuf waiting;
        while ((waiting = early.poll()) != null) {
            connection.left(waiting.readableBytes());
            waiting.release();
        }
    }
}
