package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/// Counts the bytes of a socket where handlers of Netty between it and us change their number, and
/// bounds them until the peer is known.
final class SocketMeter extends ChannelDuplexHandler {
    private final HostCounters counters;
    private final Runnable tooMany;
    private long left;

    /// @param left bytes until `tooMany` runs
    SocketMeter(HostCounters counters, long left, Runnable tooMany) {
        this.counters = counters;
        this.left = left;
        this.tooMany = tooMany;
    }

    /// The peer is known: from now on only count.
    void unbound() {
        left = Long.MAX_VALUE;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            counters.socketIn.add(bytes.readableBytes());
            if (left < 0) {
                bytes.release();
                tooMany.run();
                return;
            }
            left -= bytes.readableBytes();
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            counters.socketOut.add(bytes.readableBytes());
        }
        var _ = ctx.write(message, promise);
    }
}
