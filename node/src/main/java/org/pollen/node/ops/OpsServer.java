package org.pollen.node.ops;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP listener of metrics, health and the live page.
///
/// GET and HEAD only; requests have no body; the Host header must be an IP literal or on the
/// allowlist, so that a page of another origin cannot reach it by name. At most [#CONNECTIONS_MAX]
/// connections, of which at most [#STREAMS_MAX] streams.
///
/// Source: operations.md 6, 8.1, 12.
public final class OpsServer implements AutoCloseable {
    /// Connections at once; more are closed on arrival.
    public static final int CONNECTIONS_MAX = 200;

    /// Live streams at once; more are answered 503.
    public static final int STREAMS_MAX = 50;

    private static final Logger LOG = LoggerFactory.getLogger("ops");
    private static final int STREAM_BYTES_MAX = 4 << 20; // unsent; then the reader is too slow
    private static final int IDLE_SECONDS = 30;

    private final EventLoopGroup group;
    private final OpsRoutes routes;
    private final HostAllowlist hosts;
    private final boolean page;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();
    private final LongAdder refused = new LongAdder();
    private volatile Channel channel;

    /// A server that does not listen yet.
    ///
    /// @param group shared by all listeners of the process
    /// @param hosts which Host headers are answered
    @SuppressWarnings("NullAway.Init") // channel is set when listening
    public OpsServer(EventLoopGroup group, OpsRoutes routes, HostAllowlist hosts, boolean page) {
        this.group = group;
        this.page = page;
        this.routes = routes;
        this.hosts = hosts;
    }

    /// Listens.
    ///
    /// @return completes with the address bound, or with the `BindException`
    public CompletableFuture<InetSocketAddress> listen(
            InetSocketAddress address, Class<? extends ServerSocketChannel> transport) {
        var bound = new CompletableFuture<InetSocketAddress>();
        new ServerBootstrap()
                .group(group)
                .channel(transport)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel socket) {
                                accept(socket);
                            }
                        })
                .bind(address)
                .addListener(
                        (ChannelFutureListener)
                                future -> {
                                    if (future.isSuccess()) {
                                        channel = future.channel();
                                        bound.complete(
                                                (InetSocketAddress)
                                                        future.channel().localAddress());
                                    } else {
                                        bound.completeExceptionally(future.cause());
                                    }
                                });
        return bound;
    }

    /// Requests that were refused for their host, method or the connection limit.
    public long refused() {
        return refused.sum();
    }

    private void accept(SocketChannel socket) {
        if (connections.incrementAndGet() > CONNECTIONS_MAX) {
            connections.decrementAndGet();
            refused.increment();
            socket.close();
            return;
        }
        socket.closeFuture().addListener(_ -> connections.decrementAndGet());
        socket.pipeline()
                .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS, TimeUnit.SECONDS))
                .addLast(new HttpServerCodec(4096, 8192, 8192))
                .addLast(new HttpObjectAggregator(1024))
                .addLast(new Requests());
    }

    @Override
    public void close() {
        if (channel != null) channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    }

    private final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            if (!request.decoderResult().isSuccess()) {
                refused.increment();
                send(ctx, request, Reply.text(400, "not HTTP that can be understood\n"));
                return;
            }
            if (!hosts.allows(request.headers().get(HttpHeaderNames.HOST))) {
                refused.increment();
                send(ctx, request, Reply.text(403, "this Host header is not on the allowlist\n"));
                return;
            }
            HttpMethod method = request.method();
            if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
                refused.increment();
                send(ctx, request, Reply.text(405, "GET and HEAD only\n"));
                return;
            }
            var uri = new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, 16);
            if (uri.path().equals("/api/v1/stream")) {
                stream(ctx, request);
                return;
            }
            Reply file = page ? StaticFiles.at(uri.path()) : null;
            String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
            send(
                    ctx,
                    request,
                    file != null ? file : routes.get(uri.path(), uri.rawQuery(), accept));
        }

        private void send(ChannelHandlerContext ctx, FullHttpRequest request, Reply reply) {
            boolean head = request.method().equals(HttpMethod.HEAD);
            ByteBuf body = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body());
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), body);
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, reply.type())
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, reply.body().length)
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                    .set(
                            "Content-Security-Policy",
                            "default-src 'self'; style-src 'self' 'unsafe-inline'")
                    .set("X-Content-Type-Options", "nosniff");
            boolean keep = HttpUtil.isKeepAlive(request) && reply.status() < 400;
            HttpUtil.setKeepAlive(response, keep);
            var written = ctx.writeAndFlush(response);
            if (!keep) written.addListener(ChannelFutureListener.CLOSE);
        }

        private void stream(ChannelHandlerContext ctx, FullHttpRequest request) {
            if (streams.incrementAndGet() > STREAMS_MAX) {
                streams.decrementAndGet();
                refused.increment();
                send(ctx, request, Reply.text(503, "too many open pages\n"));
                return;
            }
            ctx.channel().closeFuture().addListener(_ -> streams.decrementAndGet());
            ctx.pipeline().remove(IdleStateHandler.class);
            var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                    .set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
            ctx.writeAndFlush(response);
            new LiveStream(ctx).push();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof IdleStateEvent) ctx.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!(cause instanceof IOException || cause instanceof CodecException))
                LOG.error("a defect in an answer", cause);
            ctx.close(); // otherwise a broken client; counted as a closed connection
        }
    }

    /// One open page: the newest state each second, a comment when nothing is new.
    private final class LiveStream {
        private final ChannelHandlerContext ctx;
        private long sent = -1;

        LiveStream(ChannelHandlerContext ctx) {
            this.ctx = ctx;
        }

        void push() {
            if (!ctx.channel().isActive()) return;
            if (ctx.channel().unsafe().outboundBuffer() != null
                    && ctx.channel().unsafe().outboundBuffer().totalPendingWriteBytes()
                            > STREAM_BYTES_MAX) {
                ctx.close(); // it does not read; the page connects again when it does
                return;
            }
            OpsRoutes.Snapshot state = routes.state();
            ByteBuf frame;
            if (state != null && state.seq() != sent) {
                sent = state.seq();
                frame =
                        Unpooled.wrappedBuffer(
                                ("id: " + state.seq() + "\ndata: ")
                                        .getBytes(StandardCharsets.UTF_8),
                                state.json(),
                                "\n\n".getBytes(StandardCharsets.UTF_8));
            } else {
                frame = Unpooled.copiedBuffer(": alive\n\n", StandardCharsets.UTF_8);
            }
            ctx.writeAndFlush(new DefaultHttpContent(frame));
            var _ = ctx.executor().schedule(this::push, 1, TimeUnit.SECONDS);
        }
    }

    /// Paths that exist, for the help text.
    static List<String> paths() {
        return List.of("/", "/metrics", "/livez", "/readyz", "/sd", "/api/v1/state");
    }
}
