package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns a fresh socket into a [HostConnection]: security by multistream-select, the Noise
/// handshake, then the muxer, agreed within Noise or by a second negotiation. Any failure closes
/// the socket without a word.
///
/// The handshake's public-key steps run on the handshake executor; the socket is not read
/// meanwhile.
final class Upgrader extends ChannelInboundHandlerAdapter implements NoiseTransport.Sink {
    static final String NOISE = "/noise";
    static final String YAMUX = "/yamux/1.0.0";

    private static final Logger log = LoggerFactory.getLogger(Upgrader.class);

    private static final long QUEUE_PATIENCE_NANOS = 1_000_000_000L;
    private static final long QUEUE_RETRY_NANOS = 20_000_000L;

    private enum Stage {
        SECURITY,
        NOISE,
        MUXER,
        DONE
    }

    /// A step of the handshake: message in, answer out, empty if there is none.
    private interface Step {
        byte[] run() throws ViolationException;
    }

    private final NettyHost host;
    private final boolean outbound;
    private final @Nullable PeerId expected;
    private final Admission.Ticket ticket;
    private final Multiaddr remoteAddress;
    private @Nullable Multiaddr localAddress;
    private final CompletableFuture<HostConnection> result;
    private final long startedAt;

    private Stage stage = Stage.SECURITY;
    private Negotiation negotiation;
    private @Nullable NoiseHandshake handshake;
    private @Nullable NoiseTransport transport;
    private @Nullable PeerId authenticatedPeer;
    private @Nullable HostConnection connection;
    private int messages; // handshake messages received
    private boolean working; // a step is on the executor
    private byte[] buffer = new byte[512];
    private int from;
    private int to;
    private long received;
    private @Nullable Future<?> upgradeTimer;
    private @Nullable Future<?> handshakeTimer;
    private @Nullable ChannelHandlerContext context;

    /// @param localAddress null if it is not known before the socket is connected
    Upgrader(
            NettyHost host,
            boolean outbound,
            @Nullable PeerId expected,
            Admission.Ticket ticket,
            Multiaddr remoteAddress,
            @Nullable Multiaddr localAddress,
            long startedAt,
            CompletableFuture<HostConnection> result) {
        this.host = host;
        this.outbound = outbound;
        this.expected = expected;
        this.ticket = ticket;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
        this.result = result;
        this.startedAt = startedAt;
        this.negotiation =
                outbound
                        ? Negotiation.initiator(List.of(NOISE))
                        : Negotiation.responder(NOISE::equals);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        if (ctx.channel().isActive()) {
            begin(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        begin(ctx);
    }

    private void begin(ChannelHandlerContext ctx) {
        if (upgradeTimer != null) {
            return;
        }
        upgradeTimer =
                ctx.executor()
                        .schedule(
                                () -> fail(Limit.L3_UPGRADE_TIME, "the upgrade took too long"),
                                host.config().timeouts().upgrade().toNanos(),
                                TimeUnit.NANOSECONDS);
        if (localAddress == null) {
            localAddress = NettyHost.multiaddr(ctx.channel().localAddress());
        }
        writeRaw(ctx, negotiation.takeOutput());
    }

    // ---- bytes in

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = (ByteBuf) message;
        try {
            host.counters().socketIn.add(in.readableBytes());
            if (stage == Stage.DONE && connection == null) {
                return; // failed
            }
            NoiseTransport secured = transport;
            if (secured != null) {
                secured.receive(in, this);
                return;
            }
            // Compared before this read is counted: what comes behind the last handshake message is
            // not held against a peer.
            int bound = host.config().limits().unauthenticatedBytes();
            if (received > bound) {
                throw new ViolationException(
                        Limit.L4_UNAUTHENTICATED_BYTES,
                        "over %d bytes before it is known".formatted(bound));
            }
            received += in.readableBytes();
            append(in);
            if (!working) {
                process(ctx);
            }
        } catch (ViolationException e) {
            fail(e.limit(), e.getMessage());
        } finally {
            in.release();
        }
    }

    private void append(ByteBuf in) {
        int n = in.readableBytes();
        if (to + n > buffer.length) {
            int pending = to - from;
            byte[] target =
                    pending + n > buffer.length
                            ? new byte[Math.max(2 * buffer.length, pending + n)]
                            : buffer;
            System.arraycopy(buffer, from, target, 0, pending);
            buffer = target;
            from = 0;
            to = pending;
        }
        in.readBytes(buffer, to, n);
        to += n;
    }

    private void process(ChannelHandlerContext ctx) throws ViolationException {
        if (stage == Stage.SECURITY) {
            from += negotiation.receive(buffer, from, to - from);
            writeRaw(ctx, negotiation.takeOutput());
            if (!negotiation.done()) {
                return;
            }
            if (negotiation.refused()) {
                fail(null, "no common security protocol");
                return;
            }
            startNoise(ctx);
        }
        if (stage == Stage.NOISE && !working) {
            byte[] message = frame();
            if (message != null) {
                onMessage(ctx, message);
            }
        }
    }

    /// The next handshake frame, without its length, if it is complete.
    private byte @Nullable [] frame() throws ViolationException {
        if (to - from < 2) {
            return null;
        }
        int length = ((buffer[from] & 0xff) << 8) | (buffer[from + 1] & 0xff);
        if (length > NoiseHandshake.FRAME_BYTES_MAX) {
            throw new ViolationException(
                    Limit.L10_HANDSHAKE_FRAME,
                    "handshake frame of %d bytes: at most %d are allowed"
                            .formatted(length, NoiseHandshake.FRAME_BYTES_MAX));
        }
        if (!outbound && messages == 0 && length != NoiseHandshake.FIRST_MESSAGE_BYTES) {
            throw new ViolationException(
                    Limit.L11_FIRST_MESSAGE, "first message has %d bytes".formatted(length));
        }
        if (to - from < 2 + length) {
            return null;
        }
        byte[] message = Arrays.copyOfRange(buffer, from + 2, from + 2 + length);
        from += 2 + length;
        return message;
    }

    // ---- Noise

    private void startNoise(ChannelHandlerContext ctx) {
        stage = Stage.NOISE;
        handshakeTimer =
                ctx.executor()
                        .schedule(
                                () -> fail(Limit.L15_HANDSHAKE_TIME, "the handshake took too long"),
                                host.config().timeouts().handshake().toNanos(),
                                TimeUnit.NANOSECONDS);
        if (outbound) {
            work(ctx, () -> newHandshake().firstMessage());
        }
    }

    private NoiseHandshake newHandshake() {
        var fresh =
                new NoiseHandshake(
                        host.noiseIdentity(), NoiseIdentity.newPrivateKey(host.random()), expected);
        handshake = fresh;
        return fresh;
    }

    private void onMessage(ChannelHandlerContext ctx, byte[] message) {
        messages++;
        NoiseHandshake running = handshake;
        if (outbound) {
            if (running != null) {
                work(ctx, () -> running.answerSecond(message));
            }
        } else if (running == null) {
            work(ctx, () -> newHandshake().answerFirst(message));
        } else {
            work(
                    ctx,
                    () -> {
                        running.readThird(message);
                        return new byte[0];
                    });
        }
    }

    private void work(ChannelHandlerContext ctx, Step step) {
        working = true;
        ctx.channel().config().setAutoRead(false);
        submit(ctx, step, now(ctx));
    }

    /// A full queue is asked again for a moment: nothing is read meanwhile, so waiting costs
    /// nothing but the socket. Our own dials wait as long as the handshake may take.
    private void submit(ChannelHandlerContext ctx, Step step, long since) {
        if (stage != Stage.NOISE) {
            return;
        }
        try {
            host.config().handshakes().execute(() -> runStep(ctx, step));
        } catch (RejectedExecutionException _) {
            if (!outbound && now(ctx) - since >= QUEUE_PATIENCE_NANOS) {
                fail(Limit.HANDSHAKE_QUEUE, "too many handshakes at once");
                return;
            }
            var _ =
                    ctx.executor()
                            .schedule(
                                    () -> submit(ctx, step, since),
                                    QUEUE_RETRY_NANOS,
                                    TimeUnit.NANOSECONDS);
        }
    }

    private static long now(ChannelHandlerContext ctx) {
        return ctx.channel().eventLoop().ticker().nanoTime();
    }

    private void runStep(ChannelHandlerContext ctx, Step step) {
        byte[] answer = {};
        Throwable failure = null;
        try {
            answer = step.run();
        } catch (ViolationException | RuntimeException | AssertionError e) {
            failure = e;
        }
        byte[] answered = answer;
        Throwable failed = failure;
        try {
            ctx.executor().execute(() -> stepDone(ctx, answered, failed));
        } catch (RejectedExecutionException _) {
            log.debug("the loops are shut down during a handshake");
        }
    }

    private void stepDone(ChannelHandlerContext ctx, byte[] answer, @Nullable Throwable failure) {
        working = false;
        if (stage != Stage.NOISE || !ctx.channel().isActive()) {
            return;
        }
        try {
            if (failure instanceof ViolationException violation) {
                throw violation;
            }
            if (failure != null) {
                log.error("handshake with {} fails", remoteAddress, failure);
                fail(null, "our own failure: " + failure);
                return;
            }
            if (answer.length > 0) {
                writeRaw(ctx, answer);
            }
            NoiseHandshake running = handshake;
            boolean finished = outbound ? messages == 1 : messages == 2;
            if (finished && running != null) {
                authenticated(ctx, running.result());
            } else {
                process(ctx);
            }
        } catch (ViolationException e) {
            fail(e.limit(), e.getMessage());
        }
        if ((!working && stage != Stage.DONE) || connection != null) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    private void authenticated(ChannelHandlerContext ctx, NoiseHandshake.Result handshakeResult)
            throws ViolationException {
        cancel(handshakeTimer);
        PeerId peer = handshakeResult.remotePeer();
        if (peer.equals(host.peerId())) {
            fail(null, DialResult.SELF, "it is ourselves");
            return;
        }
        if (!host.config().gate().allowPeer(peer, outbound)) {
            fail(outbound ? null : Limit.GATED_PEER, DialResult.BANNED, peer + " is not allowed");
            return;
        }
        Limit refusal = ticket.promote(peer);
        if (refusal != null) {
            fail(refusal, DialResult.LIMIT, "too many connections: " + refusal.label());
            return;
        }
        var secured = new NoiseTransport(handshakeResult.sendKey(), handshakeResult.receiveKey());
        transport = secured;
        authenticatedPeer = peer;
        if (earlyMuxer(handshakeResult.muxers())) {
            establish(ctx, secured, peer);
        } else {
            stage = Stage.MUXER;
            negotiation =
                    outbound
                            ? Negotiation.initiator(List.of(YAMUX))
                            : Negotiation.responder(YAMUX::equals);
            writeSealed(ctx, secured, negotiation.takeOutput());
        }
        if (from < to) {
            secured.receive(Unpooled.wrappedBuffer(buffer, from, to - from), this);
        }
        buffer = new byte[0];
    }

    /// The one muxer we have, if both ends listed it; go falls back when lists are disjoint, so do
    /// we.
    private boolean earlyMuxer(List<String> offered) {
        return host.config().earlyMuxer() && offered.contains(YAMUX);
    }

    // ---- muxer

    @Override
    public void plaintext(byte[] array, int off, int len) throws ViolationException {
        HostConnection established = connection;
        if (established != null) {
            established.plaintext(array, off, len);
            return;
        }
        ChannelHandlerContext ctx = context;
        NoiseTransport secured = transport;
        PeerId peer = authenticatedPeer;
        if (stage != Stage.MUXER || ctx == null || secured == null || peer == null) {
            return;
        }
        int taken = negotiation.receive(array, off, len);
        writeSealed(ctx, secured, negotiation.takeOutput());
        if (!negotiation.done()) {
            return;
        }
        if (negotiation.refused()) {
            fail(null, "no common muxer");
            return;
        }
        HostConnection fresh = establish(ctx, secured, peer);
        if (taken < len) {
            fresh.plaintext(array, off + taken, len - taken);
        }
    }

    private HostConnection establish(
            ChannelHandlerContext ctx, NoiseTransport secured, PeerId peer) {
        cancel(upgradeTimer);
        stage = Stage.DONE;
        var fresh =
                new HostConnection(
                        host,
                        ctx.channel(),
                        secured,
                        peer,
                        remoteAddress,
                        Objects.requireNonNull(localAddress), // known since the socket is active
                        outbound,
                        ticket);
        connection = fresh;
        ctx.pipeline().replace(this, "connection", fresh);
        fresh.start();
        host.established(fresh, fresh.now() - startedAt);
        result.complete(fresh);
        return fresh;
    }

    // ---- bytes out

    private void writeRaw(ChannelHandlerContext ctx, byte[] bytes) {
        if (bytes.length > 0) {
            host.counters().socketOut.add(bytes.length);
            var _ = ctx.writeAndFlush(Unpooled.wrappedBuffer(bytes));
        }
    }

    private void writeSealed(ChannelHandlerContext ctx, NoiseTransport secured, byte[] plain) {
        if (plain.length > 0) {
            byte[] record =
                    new byte[NoiseTransport.HEADER_BYTES + plain.length + NoiseCipher.TAG_BYTES];
            System.arraycopy(plain, 0, record, NoiseTransport.HEADER_BYTES, plain.length);
            int bytes = secured.seal(record, plain.length);
            host.counters().socketOut.add(bytes);
            var _ = ctx.writeAndFlush(Unpooled.wrappedBuffer(record, 0, bytes));
        }
    }

    // ---- the end

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(null, "the peer closed during the upgrade");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            log.error("upgrade with {} fails", remoteAddress, cause);
        }
        fail(null, String.valueOf(cause.getMessage()));
    }

    private void fail(@Nullable Limit limit, @Nullable String message) {
        DialResult kind =
                limit == Limit.L3_UPGRADE_TIME || limit == Limit.L15_HANDSHAKE_TIME
                        ? DialResult.TIMEOUT
                        : DialResult.HANDSHAKE;
        fail(limit, kind, String.valueOf(message));
    }

    private void fail(@Nullable Limit limit, DialResult kind, String message) {
        if (stage == Stage.DONE) {
            return;
        }
        stage = Stage.DONE;
        cancel(upgradeTimer);
        cancel(handshakeTimer);
        buffer = new byte[0];
        from = 0;
        to = 0;
        if (limit != null) {
            host.counters().refused(limit);
        }
        log.debug("upgrade with {} failed: {}", remoteAddress, message);
        ChannelHandlerContext ctx = context;
        if (ctx != null) {
            Channel channel = ctx.channel();
            var _ = channel.close();
        }
        ticket.release();
        result.completeExceptionally(
                new DialException(kind, "%s: %s".formatted(remoteAddress, message), null));
    }

    /// Ends the upgrade from outside: the dial is over or the host closes.
    void cancel(DialResult kind, String message) {
        fail(null, kind, message);
    }

    private static void cancel(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
