package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Bytes in and out of binary frames. Where a frame or a message ends means nothing.
final class WebSocketFrames extends ChannelDuplexHandler {

    /// The event that bytes may flow.
    enum Event {
        READY
    }

    private final HostCounters counters;
    private @Nullable ChannelHandlerContext context;

    WebSocketFrames(HostCounters counters) {
        this.counters = counters;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete
                || event
                        == WebSocketClientProtocolHandler.ClientHandshakeStateEvent
                                .HANDSHAKE_COMPLETE) {
            ctx.fireUserEventTriggered(Event.READY);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        switch (message) {
            case BinaryWebSocketFrame frame -> ctx.fireChannelRead(frame.content());
            case ContinuationWebSocketFrame frame -> ctx.fireChannelRead(frame.content());
            case WebSocketFrame frame -> {
                frame.release();
                counters.refused(Limit.L34_TEXT_FRAME);
                ctx.writeAndFlush(
                                new CloseWebSocketFrame(WebSocketCloseStatus.INVALID_MESSAGE_TYPE))
                        .addListener(ChannelFutureListener.CLOSE);
            }
            case FullHttpMessage unexpected -> {
                unexpected.release();
                var _ = ctx.close();
            }
            default -> ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        var _ =
                message instanceof ByteBuf bytes
                        ? ctx.write(new BinaryWebSocketFrame(bytes), promise)
                        : ctx.write(message, promise);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException) {
            counters.refused(Limit.L34_FRAME); // the decoder has sent its close frame
        }
        ctx.fireExceptionCaught(cause);
    }

    /// The close frame, behind everything that was written.
    ChannelFuture sayGoodbye() {
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        return ctx.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
    }
}
