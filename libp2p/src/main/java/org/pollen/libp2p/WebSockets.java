package org.pollen.libp2p;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// WebSocket between the socket and the upgrade: plain or inside ordinary TLS (whose certificate
/// says nothing about peers; security is negotiated within as on TCP).
final class WebSockets {
    private static final String PATH = "/";
    private static final int HEAD_BYTES_MAX = 8 << 10;
    private static final int LINE_BYTES_MAX = 4 << 10;
    private static final int FRAME_BYTES_MAX = 1 << 20;

    private final HostCounters counters;
    private final long handshakeMillis;
    private final @Nullable SslContext server;
    private final SslContext client;

    WebSockets(HostCounters counters, long handshakeMillis, @Nullable WebSocketTls tls) {
        this.counters = counters;
        this.handshakeMillis = handshakeMillis;
        try {
            this.server =
                    tls == null || tls.key() == null
                            ? null
                            : SslContextBuilder.forServer(tls.key(), tls.chain()).build();
            SslContextBuilder builder = SslContextBuilder.forClient();
            if (tls != null && !tls.trusted().isEmpty()) {
                builder.trustManager(tls.trusted());
            }
            this.client = builder.build();
        } catch (SSLException e) {
            throw new IllegalArgumentException("the certificate of the WebSocket is unusable", e);
        }
    }

    /// Whether there is a certificate to listen with.
    boolean canListenSecurely() {
        return server != null;
    }

    /// Fills the pipeline of an accepted socket up to where the upgrade comes.
    void accept(Channel channel, SocketMeter meter, boolean secure) {
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast("meter", meter);
        if (secure && server != null) {
            TlsRecordMeter.add(pipeline, counters, "wss", server.newHandler(channel.alloc()), null);
        }
        pipeline.addLast(new HttpServerCodec(LINE_BYTES_MAX, HEAD_BYTES_MAX, 8 << 10));
        pipeline.addLast(new Head(counters));
        pipeline.addLast(new HttpObjectAggregator(1024));
        pipeline.addLast(
                new WebSocketServerProtocolHandler(
                        WebSocketServerProtocolConfig.newBuilder()
                                .websocketPath(PATH)
                                .maxFramePayloadLength(FRAME_BYTES_MAX)
                                .handshakeTimeoutMillis(handshakeMillis)
                                .withUTF8Validator(false)
                                .sendCloseFrame(null) // we send our own
                                .build()));
        pipeline.addLast("ws", new WebSocketFrames(counters));
    }

    /// Fills the pipeline of a socket that is about to connect.
    void dial(Channel channel, SocketMeter meter, Endpoint endpoint) {
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast("meter", meter);
        boolean secure = endpoint.transport() == Endpoint.Transport.WSS;
        String host = endpoint.hostText();
        if (secure) {
            String name = endpoint.serverName() == null ? host : endpoint.serverName();
            SslHandler handler = client.newHandler(channel.alloc(), name, endpoint.port());
            handler.setHandshakeTimeoutMillis(handshakeMillis);
            TlsRecordMeter.add(pipeline, counters, "wss", handler, null);
        }
        String authority =
                (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + endpoint.port();
        pipeline.addLast(new HttpClientCodec(LINE_BYTES_MAX, HEAD_BYTES_MAX, 8 << 10));
        pipeline.addLast(new HttpObjectAggregator(HEAD_BYTES_MAX));
        pipeline.addLast(
                new WebSocketClientProtocolHandler(
                        WebSocketClientProtocolConfig.newBuilder()
                                .webSocketUri((secure ? "wss://" : "ws://") + authority + PATH)
                                .maxFramePayloadLength(FRAME_BYTES_MAX)
                                .handshakeTimeoutMillis(handshakeMillis)
                                .withUTF8Validator(false)
                                .sendCloseFrame(null) // we send our own
                                .build()));
        pipeline.addLast("ws", new WebSocketFrames(counters));
    }

    /// Answers what is no request for a WebSocket, and closes.
    private static final class Head extends ChannelInboundHandlerAdapter {
        private final HostCounters counters;

        private Head(HostCounters counters) {
            this.counters = counters;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof HttpRequest request) {
                HttpResponseStatus refusal = refusal(request);
                if (refusal != null) {
                    counters.refused(Limit.L34_HTTP_HEAD);
                    ReferenceCountUtil.release(message);
                    var response =
                            new DefaultFullHttpResponse(
                                    HttpVersion.HTTP_1_1, refusal, Unpooled.EMPTY_BUFFER);
                    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
                    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
                    ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
                    return;
                }
            }
            ctx.fireChannelRead(message);
        }

        private static @Nullable HttpResponseStatus refusal(HttpRequest request) {
            if (request.decoderResult().isFailure()) {
                return request.decoderResult().cause() instanceof TooLongHttpHeaderException
                        ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                        : HttpResponseStatus.BAD_REQUEST;
            }
            boolean webSocket =
                    request.method().equals(HttpMethod.GET)
                            && request.uri().equals(PATH)
                            && request.headers()
                                    .containsValue(
                                            HttpHeaderNames.UPGRADE,
                                            HttpHeaderValues.WEBSOCKET,
                                            true);
            return webSocket ? null : HttpResponseStatus.BAD_REQUEST;
        }
    }
}
