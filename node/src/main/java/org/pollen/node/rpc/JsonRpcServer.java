package org.pollen.node.rpc;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ops.HostAllowlist;

/// One JSON-RPC listener: HTTP POST and WebSocket on the same port and path.
///
/// Many of them run in one process on shared event loops. Calls run on an executor of their own,
/// since a decoded transaction or the content of a full pool would hold up every other socket of
/// the loop.
///
/// Memory a caller can claim: one request body for each connection, and the send queue of each
/// WebSocket. Source: operations.md 6 and 7.
public final class JsonRpcServer implements AutoCloseable {
    private static final int LINE_MAX = 4096;
    private static final int HEADERS_MAX = 16 * 1024;
    private static final int CHUNK_MAX = 64 * 1024;
    private static final int UNSENT_LOW = 32 * 1024;
    private static final int UNSENT_HIGH = 64 * 1024;
    private static final int BACKLOG = 128;

    private final Listener listener;
    private final EventLoopGroup group;
    private final ChannelGroup sockets =
            new DefaultChannelGroup("rpc", GlobalEventExecutor.INSTANCE);
    private final AtomicInteger connections = new AtomicInteger();
    private volatile @Nullable Channel acceptor;

    /// What the handlers of one listener share.
    static final class Listener {
        final RpcConfig config;
        final RpcDispatcher dispatcher;
        final RpcMetrics metrics;
        final Executor calls;
        final TokenBuckets buckets;
        final HostAllowlist hosts;
        volatile boolean draining;

        Listener(
                RpcConfig config,
                RpcMethods methods,
                RpcMetrics metrics,
                Executor calls,
                LongSupplier clock) {
            this.config = config;
            this.dispatcher = new RpcDispatcher(methods, config.batchMax(), metrics, clock);
            this.metrics = metrics;
            this.calls = calls;
            this.buckets = new TokenBuckets(config.callsPerSecond(), clock);
            this.hosts = new HostAllowlist(config.allowHosts());
        }
    }

    /// A server that does not listen yet.
    ///
    /// @param methods what it serves
    /// @param group event loops, shared with other listeners; not closed here
    /// @param calls runs the methods; at most one at a time for each connection
    /// @param clock monotonic nanoseconds
    public JsonRpcServer(
            RpcConfig config,
            RpcMethods methods,
            RpcMetrics metrics,
            EventLoopGroup group,
            Executor calls,
            LongSupplier clock) {
        this.listener = new Listener(config, methods, metrics, calls, clock);
        this.group = group;
    }

    /// Listens.
    ///
    /// @return the address it has; fails with [PortTakenException]
    public CompletableFuture<InetSocketAddress> listen(
            Class<? extends ServerSocketChannel> transport) {
        InetSocketAddress address = listener.config.address();
        var bound = new CompletableFuture<InetSocketAddress>();
        ChannelFuture binding =
                new ServerBootstrap()
                        .group(group)
                        .channel(transport)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.AUTO_READ, false)
                        .childOption(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(UNSENT_LOW, UNSENT_HIGH))
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel socket) {
                                        accept(socket);
                                    }
                                })
                        .bind(address);
        binding.addListener(
                (ChannelFutureListener)
                        future -> {
                            if (!future.isSuccess()) {
                                bound.completeExceptionally(
                                        new PortTakenException(address, future.cause()));
                                return;
                            }
                            acceptor = future.channel();
                            bound.complete((InetSocketAddress) future.channel().localAddress());
                        });
        return bound;
    }

    /// Refuses new calls with 503 while open ones finish; the sockets stay.
    public void drain() {
        listener.draining = true;
    }

    /// Stops listening and closes every socket.
    @Override
    public void close() {
        listener.draining = true;
        Channel open = acceptor;
        if (open != null) open.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        sockets.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    }

    private void accept(SocketChannel socket) {
        if (connections.incrementAndGet() > listener.config.connectionsMax()) {
            connections.decrementAndGet();
            listener.metrics.refused(RpcMetrics.Refusal.CONNECTIONS);
            var _ = socket.close();
            return;
        }
        sockets.add(socket);
        socket.closeFuture().addListener(_ -> connections.decrementAndGet());
        var deadline = new RequestDeadline(listener.config, listener.metrics);
        socket.pipeline()
                .addLast(deadline)
                .addLast(new HttpServerCodec(LINE_MAX, HEADERS_MAX, CHUNK_MAX))
                .addLast(new HttpCalls(listener, deadline));
    }
}
