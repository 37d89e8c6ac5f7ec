package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/// Counts the bytes of a socket where handlers of Netty between it and us change their number, and
/// bounds them until the peer is known.
final class SocketMeter extends ChannelDuplexHandler {
    private final HostCounters counters;
    private @Nullable Runnable tooMany;
    private long left;

    /// @param left bytes until [#onTooMany] runs
    SocketMeter(HostCounters counters, long left) {
        this.counters = counters;
        this.left = left;
    }

    void onTooMany(Runnable action) {
        tooMany = action;
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
                Runnable action = tooMany;
                if (action != null) {
                    action.run();
                }
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
