package org.pollen.node.rpc;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.pollen.node.rpc.RpcMetrics.Refusal;

/// One WebSocket: calls in their order, and what its subscriptions push.
///
/// Answers and notifications leave through one queue, so an answer that was given before a
/// notification arrives before it. While a call runs, or too much is unsent, nothing is read.
///
/// Source: operations.md 7.
final class WebSocketCalls extends SimpleChannelInboundHandler<WebSocketFrame> implements RpcPush {
    private final JsonRpcServer.Listener listener;
    private final InetAddress address;
    private final Channel channel;
    private final long unsentMax;

    // Any thread.
    private final Queue<byte[]> outbound = new ConcurrentLinkedQueue<>();
    private final AtomicLong unsent = new AtomicLong();
    private final AtomicBoolean draining = new AtomicBoolean();

    // The event loop.
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>(); // of one read at most
    private boolean calling;
    private boolean heard;
    private boolean pinged;
    private @Nullable ScheduledFuture<?> pings;

    WebSocketCalls(JsonRpcServer.Listener listener, InetAddress address, Channel channel) {
        this.listener = listener;
        this.address = address;
        this.channel = channel;
        this.unsentMax = listener.config.sendQueueBytesMax();
    }

    /// The handshake is done.
    void open() {
        listener.metrics.connections("ws", 1);
        long interval = listener.config.pingInterval().toNanos();
        pings =
                channel.eventLoop()
                        .scheduleAtFixedRate(this::ping, interval, interval, TimeUnit.NANOSECONDS);
        channel.closeFuture()
                .addListener(_ -> {
                    listener.metrics.connections("ws", -1);
                    if (pings != null) pings.cancel(false);
                });
        channel.config().setAutoRead(true);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
        heard = true;
        switch (frame) {
            case TextWebSocketFrame text -> {
                byte[] bytes = new byte[text.content().readableBytes()];
                text.content().readBytes(bytes);
                waiting.add(bytes);
                next();
            }
            case PingWebSocketFrame ping -> {
                var _ = ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            }
            case CloseWebSocketFrame _ -> close(WebSocketCloseStatus.NORMAL_CLOSURE);
            case BinaryWebSocketFrame _ -> {
                listener.metrics.refused(Refusal.FORM);
                close(WebSocketCloseStatus.INVALID_MESSAGE_TYPE);
            }
            default -> {} // a pong; the frame before it said all there is to say
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof TooLongFrameException) { // in many frames
            listener.metrics.refused(Refusal.SIZE);
            close(WebSocketCloseStatus.MESSAGE_TOO_BIG);
        } else if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            // In one frame, or no frame at all; the decoder has closed the socket already.
            boolean large = corrupted.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG);
            listener.metrics.refused(large ? Refusal.SIZE : Refusal.MALFORMED);
        } else {
            var _ = ctx.close();
        }
    }

    @Override
    public boolean offer(byte[] message) {
        if (unsent.get() + message.length > unsentMax) return false;
        send(message);
        return true;
    }

    @Override
    public void offerLast(byte[] message) {
        send(message);
    }

    @Override
    public void onClose(Runnable action) {
        channel.closeFuture().addListener(_ -> action.run());
    }

    private void send(byte[] message) {
        unsent.addAndGet(message.length);
        outbound.add(message);
        if (draining.compareAndSet(false, true)) {
            try {
                channel.eventLoop().execute(this::drain);
            } catch (RejectedExecutionException _) {
                outbound.clear(); // the loop is gone, and the socket with it
            }
        }
    }

    private void drain() {
        draining.set(false);
        boolean any = false;
        for (byte[] message; (message = outbound.poll()) != null; ) {
            int length = message.length;
            any = true;
            channel.write(new TextWebSocketFrame(Unpooled.wrappedBuffer(message)))
                    .addListener(_ -> {
                        unsent.addAndGet(-length);
                        resume();
                    });
        }
        if (any) channel.flush();
    }

    private void next() {
        if (calling) return;
        byte[] message = waiting.poll();
        if (message == null) {
            resume();
            return;
        }
        if (listener.draining) {
            close(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE);
            return;
        }
        if (!listener.buckets.take(address, 1)) {
            listener.metrics.refused(Refusal.RATE);
            send(RpcDispatcher.failure(RpcError.LIMIT, "rate limit exceeded"));
            channel.eventLoop().execute(this::next);
            return;
        }
        calling = true;
        channel.config().setAutoRead(false);
        var call = new Call();
        try {
            listener.calls.execute(() -> {
                var _ =
                        listener.dispatcher
                                .handle(message, call)
                                .thenAccept(answer -> {
                                    answer.ifPresent(this::send);
                                    call.answered();
                                    channel.eventLoop().execute(this::done);
                                });
            });
        } catch (RejectedExecutionException _) {
            close(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE);
        }
    }

    private void done() {
        calling = false;
        next();
    }

    private void resume() {
        if (!calling && waiting.isEmpty() && unsent.get() < unsentMax) {
            channel.config().setAutoRead(true);
        }
    }

    private void ping() {
        // A reader that is only slow with its answers is not read from, and so not heard either.
        if (pinged && !heard && !calling) {
            listener.metrics.refused(Refusal.SLOW);
            var _ = channel.close();
            return;
        }
        heard = false;
        pinged = true;
        var _ = channel.writeAndFlush(new PingWebSocketFrame(Unpooled.EMPTY_BUFFER));
    }

    private void close(WebSocketCloseStatus status) {
        channel.writeAndFlush(new CloseWebSocketFrame(status))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /// One message's session.
    private final class Call implements RpcSession {
        private final List<Runnable> after = new ArrayList<>();

        @Override
        public boolean admits(int calls) {
            return calls <= 1 || listener.buckets.take(address, calls - 1); // one is paid already
        }

        @Override
        public RpcPush push() {
            return WebSocketCalls.this;
        }

        @Override
        public synchronized void afterAnswer(Runnable action) {
            after.add(action);
        }

        synchronized void answered() {
            after.forEach(Runnable::run);
        }
    }
}
