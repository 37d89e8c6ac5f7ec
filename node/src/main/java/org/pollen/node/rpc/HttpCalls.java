package org.pollen.node.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.pollen.node.rpc.RpcMetrics.Refusal;

/// The HTTP side of one connection: one request at a time, everything cheap checked before the body
/// is read.
///
/// Reading is on demand: while a call runs, or while the client leaves its answers unread, nothing
/// is read, so a client that pipelines waits in its own socket buffer and holds one answer of ours.
///
/// Source: operations.md 6 and 7.
final class HttpCalls extends ChannelInboundHandlerAdapter {
    private static final Set<String> JSON_TYPES =
            Set.of("application/json", "application/json-rpc", "application/jsonrequest");

    private static final String HELP =
            """
            This is a JSON-RPC endpoint. Send a POST request, for example

              curl -H 'Content-Type: application/json' \\
                -d '{"jsonrpc":"2.0","id":1,"method":"rpc_modules","params":[]}' URL

            or open a WebSocket. The methods are listed in docs/rpc.md.
            """;

    /// After a refusal the rest of the request is read and dropped for so long: closing at once
    /// would reset the connection, and the client would never see the answer.
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final JsonRpcServer.Listener listener;
    private final RequestDeadline deadline;
    private @Nullable HttpRequest request; // whose body is being read
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    private final ArrayDeque<HttpObject> parts = new ArrayDeque<>(); // of one read at most
    private boolean calling;
    private boolean upgrade;
    private boolean refused; // the rest is dropped
    private boolean unread; // answers wait for the client to take them
    private boolean http = true;

    HttpCalls(JsonRpcServer.Listener listener, RequestDeadline deadline) {
        this.listener = listener;
        this.deadline = deadline;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        listener.metrics.connections("http", 1);
        ctx.channel()
                .closeFuture()
                .addListener(_ -> {
                    if (http) listener.metrics.connections("http", -1);
                });
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object part) {
        if (part instanceof HttpObject http) parts.add(http);
        else ReferenceCountUtil.release(part);
        proceed(ctx);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!calling && !upgrade && !unread) ctx.read();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        parts.forEach(ReferenceCountUtil::release);
        parts.clear();
    }

    /// Deals with what was read, up to a request that has to be answered first.
    private void proceed(ChannelHandlerContext ctx) {
        while (!calling && !unread && !parts.isEmpty()) {
            HttpObject part = parts.remove();
            try {
                deal(ctx, part);
            } finally {
                ReferenceCountUtil.release(part);
            }
        }
    }

    private void deal(ChannelHandlerContext ctx, HttpObject part) {
        if (part.decoderResult().isFailure()) {
            if (!refused) listener.metrics.refused(Refusal.MALFORMED);
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "not HTTP that can be understood\n");
            var _ = ctx.close(); // there is no telling where a next request would begin
            return;
        }
        if (part instanceof HttpRequest head) begin(ctx, head);
        if (part instanceof HttpContent content) {
            if (refused) {
                if (part instanceof LastHttpContent) {
                    var _ = ctx.close();
                }
                return;
            }
            append(ctx, content);
            if (!refused && part instanceof LastHttpContent) complete(ctx);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close(); // a reset by the client; a defect of ours would have been answered
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        request = head;
        upgrade = false;
        body.reset();
        HttpResponseStatus status = check(ctx, head);
        if (status != null) {
            String text =
                    status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)
                            ? HELP
                            : status.reasonPhrase() + "\n";
            refuse(ctx, status, text);
        } else if (HttpUtil.is100ContinueExpected(head)) {
            var _ =
                    ctx.writeAndFlush(
                            new DefaultFullHttpResponse(
                                    HttpVersion.HTTP_1_1,
                                    HttpResponseStatus.CONTINUE,
                                    Unpooled.EMPTY_BUFFER));
        }
    }

    /// Everything that can be said before the body; null if it may come.
    private @Nullable HttpResponseStatus check(ChannelHandlerContext ctx, HttpRequest head) {
        if (listener.draining) return HttpResponseStatus.SERVICE_UNAVAILABLE;
        if (!listener.hosts.allows(head.headers().get(HttpHeaderNames.HOST))) {
            listener.metrics.refused(Refusal.HOST);
            return HttpResponseStatus.FORBIDDEN;
        }
        if (!path(head).equals("/")) {
            listener.metrics.refused(Refusal.FORM);
            return HttpResponseStatus.NOT_FOUND;
        }
        String origin = head.headers().get(HttpHeaderNames.ORIGIN);
        if (head.method().equals(HttpMethod.GET) && asksForWebSocket(head)) {
            if (origin != null && !originListed(origin)) {
                listener.metrics.refused(Refusal.ORIGIN);
                return HttpResponseStatus.FORBIDDEN;
            }
            upgrade = true;
            return null;
        }
        if (head.method().equals(HttpMethod.OPTIONS) && origin != null && originListed(origin)) {
            return HttpResponseStatus.NO_CONTENT;
        }
        if (!head.method().equals(HttpMethod.POST)) {
            listener.metrics.refused(Refusal.METHOD);
            return HttpResponseStatus.METHOD_NOT_ALLOWED;
        }
        // A page of another origin can send a POST of a few types without asking; JSON is not one.
        if (!JSON_TYPES.contains(mediaType(head))) {
            listener.metrics.refused(Refusal.FORM);
            return HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE;
        }
        if (HttpUtil.getContentLength(head, 0L) > listener.config.bodyBytesMax()) {
            listener.metrics.refused(Refusal.SIZE);
            return HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE;
        }
        if (!listener.buckets.take(address(ctx.channel()), 1)) {
            listener.metrics.refused(Refusal.RATE);
            return HttpResponseStatus.TOO_MANY_REQUESTS;
        }
        return null;
    }

    private void append(ChannelHandlerContext ctx, HttpContent content) {
        ByteBuf bytes = content.content();
        if (body.size() + bytes.readableBytes() > listener.config.bodyBytesMax()) {
            listener.metrics.refused(Refusal.SIZE);
            refuse(ctx, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large\n");
            return;
        }
        try {
            bytes.readBytes(body, bytes.readableBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    private void complete(ChannelHandlerContext ctx) {
        HttpRequest head = request;
        if (head == null) return;
        deadline.stop();
        if (upgrade) {
            toWebSocket(ctx, head);
            return;
        }
        calling = true;
        byte[] bytes = body.toByteArray();
        body.reset();
        var session = new HttpSession(address(ctx.channel()));
        try {
            listener.calls.execute(() -> {
                var _ =
                        listener.dispatcher
                                .handle(bytes, session)
                                .thenAccept(answer ->
                                        ctx.executor().execute(() -> answer(ctx, head, answer)));
            });
        } catch (RejectedExecutionException _) {
            refuse(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, "Service Unavailable\n");
            var _ = ctx.close();
        }
    }

    private void answer(ChannelHandlerContext ctx, HttpRequest head, Optional<byte[]> answer) {
        FullHttpResponse response =
                answer.map(bytes -> response(HttpResponseStatus.OK, "application/json", bytes))
                        .orElseGet(() ->
                                response(
                                        HttpResponseStatus.NO_CONTENT,
                                        "application/json",
                                        new byte[0]));
        allowOrigin(head, response);
        calling = false;
        boolean keep = HttpUtil.isKeepAlive(head);
        HttpUtil.setKeepAlive(response, keep);
        var written = ctx.writeAndFlush(response);
        if (!keep) {
            written.addListener(ChannelFutureListener.CLOSE);
            return;
        }
        deadline.next(ctx);
        next(ctx);
    }

    /// Goes on with the next request, unless the client does not read its answers: then it waits
    /// until it does, or until the time between two requests is over.
    private void next(ChannelHandlerContext ctx) {
        unread = !ctx.channel().isWritable();
        if (unread) return;
        proceed(ctx);
        if (!calling && !upgrade) ctx.read();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (unread) next(ctx);
        ctx.fireChannelWritabilityChanged();
    }

    /// Answers what will not be read any further.
    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String text) {
        if (refused) return;
        refused = true;
        FullHttpResponse response =
                response(
                        status,
                        "text/plain; charset=utf-8",
                        status.equals(HttpResponseStatus.NO_CONTENT)
                                ? new byte[0]
                                : text.getBytes(StandardCharsets.UTF_8));
        if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "POST");
        }
        if (status.equals(HttpResponseStatus.TOO_MANY_REQUESTS)) {
            response.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
        }
        HttpRequest head = request;
        if (head != null) allowOrigin(head, response);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        var _ = ctx.writeAndFlush(response);
        deadline.closeAfter(ctx, LINGER);
    }

    private static FullHttpResponse response(HttpResponseStatus status, String type, byte[] body) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        if (body.length > 0) {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
        }
        if (!status.equals(HttpResponseStatus.NO_CONTENT)) {
            response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        response.headers().set("X-Content-Type-Options", "nosniff");
        return response;
    }

    /// Lets a listed page read the answer; for all others there is no such header.
    private void allowOrigin(HttpRequest head, FullHttpResponse response) {
        String origin = head.headers().get(HttpHeaderNames.ORIGIN);
        if (origin == null || !originListed(origin)) return;
        response.headers()
                .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                .set(HttpHeaderNames.VARY, "Origin");
        if (head.method().equals(HttpMethod.OPTIONS)) {
            response.headers()
                    .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "POST")
                    .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "content-type")
                    .set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
        }
    }

    private void toWebSocket(ChannelHandlerContext ctx, HttpRequest head) {
        var full =
                new DefaultFullHttpRequest(
                        head.protocolVersion(),
                        head.method(),
                        head.uri(),
                        Unpooled.EMPTY_BUFFER,
                        head.headers(),
                        EmptyHttpHeaders.INSTANCE);
        int messageMax = listener.config.bodyBytesMax();
        WebSocketServerHandshaker handshaker =
                new WebSocketServerHandshakerFactory(
                                "ws://" + head.headers().get(HttpHeaderNames.HOST) + "/",
                                null,
                                WebSocketDecoderConfig.newBuilder()
                                        .maxFramePayloadLength(messageMax)
                                        .build())
                        .newHandshaker(full);
        if (handshaker == null) {
            refuse(ctx, HttpResponseStatus.UPGRADE_REQUIRED, "WebSocket version 13 only\n");
            var _ = ctx.close();
            return;
        }
        Channel channel = ctx.channel();
        var calls = new WebSocketCalls(listener, address(channel), channel);
        http = false;
        listener.metrics.connections("http", -1);
        channel.pipeline().remove(deadline);
        channel.pipeline().addLast(new WebSocketFrameAggregator(messageMax)).addLast(calls);
        channel.pipeline().remove(this);
        handshaker
                .handshake(channel, full)
                .addListener(future -> {
                    if (future.isSuccess()) {
                        calls.open();
                    } else {
                        var _ = channel.close();
                    }
                });
    }

    private boolean originListed(String origin) {
        Set<String> origins = listener.config.origins();
        return origins.contains(origin.toLowerCase(Locale.ROOT)) || origins.contains("*");
    }

    private static boolean asksForWebSocket(HttpRequest head) {
        return head.headers()
                .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    private static String path(HttpRequest head) {
        String uri = head.uri();
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    private static String mediaType(HttpRequest head) {
        CharSequence type = HttpUtil.getMimeType(head);
        return type == null ? "" : type.toString().strip().toLowerCase(Locale.ROOT);
    }

    static InetAddress address(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress(); // a channel without a network, in tests
    }

    private final class HttpSession implements RpcSession {
        private final InetAddress address;

        HttpSession(InetAddress address) {
            this.address = address;
        }

        @Override
        public boolean admits(int calls) {
            return calls <= 1 || listener.buckets.take(address, calls - 1); // one is paid already
        }

        @Override
        public @Nullable RpcPush push() {
            return null;
        }

        @Override
        public void afterAnswer(Runnable action) {}
    }
}
