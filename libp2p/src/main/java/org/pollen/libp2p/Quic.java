package org.pollen.libp2p;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelBootstrap;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// QUIC version 1 by Netty's codec: one datagram socket for each listener and for each dial.
final class Quic {
    private static final Logger log = LoggerFactory.getLogger(Quic.class);
    private static final AttributeKey<TlsSecurity.Attempt> ATTEMPT =
            AttributeKey.valueOf("pollen.quic.attempt");
    private static final long STREAM_WINDOW = 10L << 20;
    private static final long CONNECTION_WINDOW = 15L << 20;
    private static final int STREAMS = 256;

    private final NettyHost host;
    private final boolean epoll;
    private final QuicSslContext server;
    private final QuicSslContext client;
    private final Map<SSLEngine, TlsSecurity.Attempt> attempts = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    Quic(NettyHost host, TlsIdentity identity, Clock clock, boolean epoll) {
        this.host = host;
        this.epoll = epoll;
        var trust = new TlsSecurity.PeerCheck(attempts, clock);
        this.server =
                QuicSslContextBuilder.forServer(identity.key(), null, identity.certificate())
                        .trustManager(trust)
                        .clientAuth(ClientAuth.REQUIRE)
                        .applicationProtocols(TlsSecurity.LIBP2P)
                        .earlyData(false)
                        .build();
        this.client =
                QuicSslContextBuilder.forClient()
                        .keyManager(identity.key(), null, identity.certificate())
                        .trustManager(trust)
                        .applicationProtocols(TlsSecurity.LIBP2P)
                        .endpointIdentificationAlgorithm(null)
                        .earlyData(false)
                        .build();
    }

    static boolean available() {
        return io.netty.handler.codec.quic.Quic.isAvailable();
    }

    /// Handshakes under way, for tests.
    int attempts() {
        return attempts.size();
    }

    private ChannelFactory<Channel> sockets() {
        return epoll ? EpollDatagramChannel::new : NioDatagramChannel::new;
    }

    private <B extends QuicCodecBuilder<B>> B configured(B builder) {
        return builder.maxIdleTimeout(
                        host.config().timeouts().keepAlive().toMillis(), TimeUnit.MILLISECONDS)
                .initialMaxData(CONNECTION_WINDOW)
                .initialMaxStreamDataBidirectionalLocal(STREAM_WINDOW)
                .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW)
                .initialMaxStreamsBidirectional(STREAMS)
                .initialMaxStreamsUnidirectional(0)
                .activeMigration(false)
                .discoverPmtu(true)
                .sslTaskExecutor(this::runTask);
    }

    /// The number of handshakes is bounded by admission, so one that finds the pool full runs where
    /// it is.
    private void runTask(Runnable task) {
        try {
            host.config().handshakes().execute(task);
        } catch (RejectedExecutionException _) {
            task.run();
        }
    }

    private QuicSslEngine engine(QuicSslContext context, QuicChannel channel) {
        QuicSslEngine engine = context.newEngine(channel.alloc());
        TlsSecurity.Attempt known = channel.attr(ATTEMPT).get();
        TlsSecurity.Attempt attempt = known == null ? new TlsSecurity.Attempt(null) : known;
        channel.attr(ATTEMPT).set(attempt);
        attempts.put(engine, attempt);
        channel.closeFuture().addListener(_ -> attempts.remove(engine));
        return engine;
    }

    private static final ChannelHandler STREAMS_OF_PEER =
            new ChannelInitializer<QuicStreamChannel>() {
                @Override
                protected void initChannel(QuicStreamChannel channel) {
                    if (channel.parent().pipeline().get("connection")
                            instanceof QuicConnection connection) {
                        connection.accept(channel);
                    } else {
                        var _ = channel.close();
                    }
                }

                @Override
                public boolean isSharable() {
                    return true;
                }
            };

    ChannelFuture listen(InetSocketAddress address) {
        var tokens =
                new QuicTokens(
                        host.admission(),
                        host.counters(),
                        host::now,
                        host.config().timeouts().handshake().toNanos(),
                        random);
        ChannelHandler codec =
                configured(new QuicServerCodecBuilder())
                        .sslEngineProvider(channel -> engine(server, channel))
                        .handler(
                                new ChannelInitializer<QuicChannel>() {
                                    @Override
                                    protected void initChannel(QuicChannel channel) {
                                        accepted(channel);
                                    }

                                    @Override
                                    public boolean isSharable() {
                                        return true;
                                    }
                                })
                        .streamHandler(STREAMS_OF_PEER)
                        .tokenHandler(tokens)
                        .build();
        return new Bootstrap()
                .group(host.config().eventLoops())
                .channelFactory(sockets())
                .handler(
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline()
                                        .addLast(new QuicForeignTokens(tokens, random), codec);
                            }
                        })
                .bind(address);
    }

    private void accepted(QuicChannel channel) {
        if (!(channel.remoteSocketAddress() instanceof InetSocketAddress remote)) {
            var _ = channel.close();
            return;
        }
        Admission.Ticket ticket = host.admit(remote.getAddress());
        if (ticket == null) {
            var _ = channel.close();
            return;
        }
        host.watch(channel);
        SocketAddress local = channel.localSocketAddress();
        if (local == null) {
            local = channel.parent().localAddress();
        }
        channel.pipeline()
                .addLast(
                        "upgrade",
                        new Upgrade(
                                false,
                                ticket,
                                address(remote),
                                address(local),
                                host.now(),
                                new CompletableFuture<>()));
    }

    private static Multiaddr address(SocketAddress socket) {
        return Endpoint.Transport.QUIC.address(NettyHost.multiaddr(socket));
    }

    /// Dials; the socket is given to `opened` at once and closed with the connection.
    Upgrade dial(
            InetSocketAddress remote,
            @Nullable InetAddress from,
            PeerId expected,
            Multiaddr remoteAddress,
            Admission.Ticket ticket,
            Consumer<Channel> opened,
            CompletableFuture<HostConnection> result) {
        InetSocketAddress local =
                new InetSocketAddress(
                        from != null
                                ? from
                                : remote.getAddress().getAddress().length == 4
                                        ? new InetSocketAddress("0.0.0.0", 0).getAddress()
                                        : new InetSocketAddress("::", 0).getAddress(),
                        0);
        return dial(remote, local, false, expected, remoteAddress, ticket, opened, result);
    }

    /// Dials from a given socket address.
    ///
    /// @param shared whether a listener of ours has that port: the new socket is connected, so that
    ///   it gets the datagrams of this peer and the listener all others
    Upgrade dial(
            InetSocketAddress remote,
            InetSocketAddress local,
            boolean shared,
            PeerId expected,
            Multiaddr remoteAddress,
            Admission.Ticket ticket,
            Consumer<Channel> opened,
            CompletableFuture<HostConnection> result) {
        var upgrade = new Upgrade(true, ticket, remoteAddress, null, host.now(), result);
        ChannelHandler codec =
                configured(new QuicClientCodecBuilder())
                        .sslEngineProvider(channel -> engine(client, channel))
                        .build();
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(host.config().eventLoops())
                        .channelFactory(sockets())
                        .handler(codec);
        ChannelFuture bound =
                shared
                        ? bootstrap.option(host.reusePort(), true).connect(remote, local)
                        : bootstrap.bind(local);
        Channel socket = bound.channel();
        upgrade.socket = socket;
        opened.accept(socket);
        bound.addListener(_ -> {
            if (!bound.isSuccess()) {
                upgrade.fail(null, DialResult.OTHER, String.valueOf(bound.cause()));
                return;
            }
            connect(upgrade, socket, remote, expected);
        });
        return upgrade;
    }

    private void connect(
            Upgrade upgrade, Channel socket, InetSocketAddress remote, PeerId expected) {
        QuicChannelBootstrap bootstrap =
                QuicChannel.newBootstrap(socket)
                        .attr(ATTEMPT, new TlsSecurity.Attempt(expected))
                        .handler(
                                new ChannelInitializer<QuicChannel>() {
                                    @Override
                                    protected void initChannel(QuicChannel channel) {
                                        channel.closeFuture()
                                                .addListener(_ -> {
                                                    closeSoon(socket);
                                                });
                                        channel.pipeline().addLast("upgrade", upgrade);
                                    }
                                })
                        .streamHandler(STREAMS_OF_PEER)
                        .remoteAddress(remote);
        bootstrap
                .connect()
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        upgrade.failed(connected.cause());
                        closeSoon(socket);
                    }
                });
    }

    /// After a moment, so that the last words leave.
    private static void closeSoon(Channel socket) {
        Runnable close =
                () -> {
                    var _ = socket.close();
                };
        var _ = socket.eventLoop().schedule(close, 100, TimeUnit.MILLISECONDS);
    }

    /// A datagram of a listener that is none of QUIC's: it opens the way for the other side's.
    void sendRaw(Channel listener, byte[] payload, InetSocketAddress remote) {
        var packet = new DatagramPacket(Unpooled.wrappedBuffer(payload), remote);
        var _ = listener.pipeline().firstContext().writeAndFlush(packet);
    }

    /// A QUIC handshake until the peer is known.
    final class Upgrade extends ChannelInboundHandlerAdapter implements Dialer.Cancellable {
        private final boolean outbound;
        private final Admission.Ticket ticket;
        private final Multiaddr remoteAddress;
        private final @Nullable Multiaddr localAddress;
        private final long startedAt;
        private final CompletableFuture<HostConnection> result;
        private @Nullable QuicChannel quic;
        private @Nullable Channel socket;
        private @Nullable Future<?> timer;
        private boolean done;

        private Upgrade(
                boolean outbound,
                Admission.Ticket ticket,
                Multiaddr remoteAddress,
                @Nullable Multiaddr localAddress,
                long startedAt,
                CompletableFuture<HostConnection> result) {
            this.outbound = outbound;
            this.ticket = ticket;
            this.remoteAddress = remoteAddress;
            this.localAddress = localAddress;
            this.startedAt = startedAt;
            this.result = result;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            quic = (QuicChannel) ctx.channel();
            timer =
                    ctx.executor()
                            .schedule(
                                    () ->
                                            fail(
                                                    Limit.L15_HANDSHAKE_TIME,
                                                    DialResult.TIMEOUT,
                                                    "the handshake took too long"),
                                    host.config().timeouts().handshake().toNanos(),
                                    TimeUnit.NANOSECONDS);
            if (done) {
                end();
            }
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            QuicChannel channel = Objects.requireNonNull(quic);
            TlsSecurity.Attempt attempt = channel.attr(ATTEMPT).get();
            TlsCertificate certificate = attempt == null ? null : attempt.certificate();
            if (done) {
                return;
            }
            if (certificate == null) {
                fail(Limit.L16_CERTIFICATE, DialResult.HANDSHAKE, "no certificate");
                return;
            }
            PeerId peer = certificate.peerId();
            if (peer.equals(host.peerId())) {
                fail(null, DialResult.SELF, "it is ourselves");
                return;
            }
            if (!host.config().gate().allowPeer(peer, outbound)) {
                fail(
                        outbound ? null : Limit.GATED_PEER,
                        DialResult.BANNED,
                        peer + " is not allowed");
                return;
            }
            Limit refusal = ticket.promote(peer);
            if (refusal != null) {
                fail(refusal, DialResult.LIMIT, "too many connections: " + refusal.label());
                return;
            }
            done = true;
            if (timer != null) {
                timer.cancel(false);
            }
            Multiaddr local = localAddress;
            if (local == null) {
                local = address(channel.parent().localAddress());
            }
            var fresh =
                    new QuicConnection(host, channel, peer, remoteAddress, local, outbound, ticket);
            ctx.pipeline().replace(this, "connection", fresh);
            fresh.start();
            host.established(fresh, fresh.now() - startedAt);
            result.complete(fresh);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            failed(null);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failed(cause);
        }

        private void failed(@Nullable Throwable cause) {
            QuicChannel channel = quic;
            TlsSecurity.Attempt attempt = channel == null ? null : channel.attr(ATTEMPT).get();
            ViolationException refused = attempt == null ? null : attempt.failure();
            if (refused != null) {
                fail(refused.limit(), DialResult.HANDSHAKE, String.valueOf(refused.getMessage()));
            } else {
                fail(
                        outbound ? null : Limit.L16_CERTIFICATE,
                        DialResult.HANDSHAKE,
                        cause == null ? "the handshake failed" : String.valueOf(cause));
            }
        }

        private void fail(@Nullable Limit limit, DialResult kind, String message) {
            if (done) {
                return;
            }
            done = true;
            if (limit != null) {
                host.counters().refused(limit);
            }
            log.debug("QUIC with {} failed: {}", remoteAddress, message);
            ticket.release();
            end();
            result.completeExceptionally(
                    new DialException(kind, "%s: %s".formatted(remoteAddress, message), null));
        }

        private void end() {
            if (timer != null) {
                timer.cancel(false);
            }
            QuicChannel channel = quic;
            Channel own = socket;
            if (channel != null) {
                var _ =
                        channel.close(
                                true, (int) ErrorCodes.CONNECTION_GATED, Unpooled.EMPTY_BUFFER);
            } else if (own != null) {
                var _ = own.close();
            }
        }

        /// Tells the peer that the host closes.
        void shutDown() {
            QuicChannel channel = quic;
            if (channel != null) {
                var _ =
                        channel.close(
                                true, (int) ErrorCodes.CONNECTION_SHUTDOWN, Unpooled.EMPTY_BUFFER);
            }
        }

        @Override
        public void cancel(DialResult kind, String message) {
            fail(null, kind, message);
        }

        /// As [#cancel], from any thread.
        void cancelSoon(String message) {
            Channel own = socket;
            if (own != null) {
                own.eventLoop().execute(() -> fail(null, DialResult.OTHER, message));
            }
        }
    }
}
