package org.pollen.node.rpc;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Closes a connection that takes too long over a request.
///
/// The time counts from the first byte to the last, however many come in between, so that a client
/// that sends one byte a second gets no further than one that sends none.
///
/// Source: operations.md 6, "slow header or body".
final class RequestDeadline extends ChannelInboundHandlerAdapter {
    private final Duration requestTimeout;
    private final Duration idleTimeout;
    private final RpcMetrics metrics;
    private @Nullable Future<?> timer;
    private boolean waiting; // between two requests

    RequestDeadline(RpcConfig config, RpcMetrics metrics) {
        this.metrics = metrics;
        this.requestTimeout = config.requestTimeout();
        this.idleTimeout = config.idleTimeout();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        closeSlow(ctx);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (waiting) {
            waiting = false;
            closeSlow(ctx);
        }
        ctx.fireChannelRead(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop();
        ctx.fireChannelInactive();
    }

    /// The request is complete: from here the time is ours.
    void stop() {
        if (timer != null) {
            var _ = timer.cancel(false);
        }
        timer = null;
    }

    /// The answer is on its way: the next request may come.
    void next(ChannelHandlerContext ctx) {
        waiting = true;
        closeAfter(ctx, idleTimeout);
    }

    /// Closes in any case after a time.
    void closeAfter(ChannelHandlerContext ctx, Duration time) {
        after(ctx, time, () -> {});
    }

    private void closeSlow(ChannelHandlerContext ctx) {
        after(ctx, requestTimeout, () -> metrics.refused(RpcMetrics.Refusal.SLOW));
    }

    private void after(ChannelHandlerContext ctx, Duration time, Runnable first) {
        stop();
        timer =
                ctx.executor()
                        .schedule(
                                () -> {
                                    first.run();
                                    var _ = ctx.close();
                                },
                                time.toNanos(),
                                TimeUnit.NANOSECONDS);
    }
}
