package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
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

/// Turns a fresh socket into a [YamuxConnection]: security by multistream-select, the Noise or TLS
/// handshake, then the muxer, agreed within that or by a second negotiation. Any failure closes the
/// socket; only TLS has a word for it.
///
/// The handshake's public-key steps run on the loop while there is room for them in its time
/// ([LoopShare]), else on the handshake executor, but for the first one of a dial, which always
/// costs less than the way there and back. Little is read of the socket meanwhile.
final class Upgrader extends ChannelInboundHandlerAdapter
        implements RecordLayer.Sink, Dialer.Cancellable {
    static final String NOISE = "/noise";
    static final String TLS = "/tls/1.0.0";
    static final String YAMUX = "/yamux/1.0.0";

    private static final Logger log = LoggerFactory.getLogger(Upgrader.class);

    private static final long QUEUE_PATIENCE_NANOS = 1_000_000_000L;
    private static final long QUEUE_RETRY_NANOS = 20_000_000L;

    /// What is read and kept while a step runs; the rest waits in the socket.
    private static final int AHEAD_BYTES_MAX = 16 << 10;

    private static final byte[] NONE = {};

    private enum Stage {
        SECURITY,
        NOISE,
        TLS_HELLO,
        TLS,
        MUXER,
        DONE
    }

    /// A step of the handshake: message in, answer out, empty if there is none.
    private interface Step {
        byte[] run() throws ViolationException;
    }

    /// What a step came to.
    private record Answer(byte[] bytes, @Nullable Throwable failure) {}

    private final NettyHost host;
    private final boolean outbound;
    private final @Nullable PeerId expected;
    private final Admission.Ticket ticket;
    private final Multiaddr remoteAddress;
    private @Nullable Multiaddr localAddress;
    private final CompletableFuture<HostConnection> result;
    private final long startedAt;
    private final Endpoint.Transport transportKind;
    private boolean held; // until the transport is ready
    private boolean limited;
    private boolean pipelined; // Noise begins before the peer agreed to it
    private boolean saidAtOnce;

    private Stage stage = Stage.SECURITY;
    private Negotiation negotiation;
    private @Nullable NoiseHandshake handshake;
    private @Nullable RecordLayer transport;
    private @Nullable SslHandler tls;
    private TlsSecurity.@Nullable Attempt tlsAttempt;
    private @Nullable SocketMeter meter;
    private boolean metered;
    private @Nullable PeerId authenticatedPeer;
    private @Nullable YamuxConnection connection;
    private int messages; // handshake messages received
    private boolean working; // a step is being computed
    private boolean paused; // enough was read for now
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
            Endpoint.Transport transportKind,
            @Nullable SocketMeter meter,
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
        this.transportKind = transportKind;
        boolean circuit = transportKind == Endpoint.Transport.CIRCUIT;
        this.held = transportKind != Endpoint.Transport.TCP && !circuit;
        this.meter = meter;
        this.metered = meter != null || circuit; // the relay's connection counts the bytes
        if (meter != null) {
            meter.onTooMany(this::tooManyBytes);
        }
        this.negotiation =
                outbound
                        ? Negotiation.initiator(host.securities())
                        : Negotiation.responder(host.securities()::contains);
    }

    /// The connection will be bounded in time or bytes by its relay.
    Upgrader limited(boolean value) {
        limited = value;
        return this;
    }

    /// Says `/noise` and the first message at once, if Noise is what we would propose first. Nearly
    /// every peer takes it; there is no second proposal on this socket.
    Upgrader pipelined() {
        if (host.securities().getFirst().equals(NOISE)) {
            pipelined = true;
            negotiation = Negotiation.initiator(List.of(NOISE));
        }
        return this;
    }

    /// Whether it failed where it would perhaps not have, had we waited for the peer's choice: the
    /// peer never answered the message that came behind the proposal.
    boolean failedAtOnce() {
        return saidAtOnce && messages == 0 && stage == Stage.DONE;
    }

    /// Whether it failed because the peer has no Noise.
    boolean refusedNoise() {
        return failedAtOnce() && negotiation.refused(); // not the muxer's, which comes after
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
            localAddress = transportKind.address(NettyHost.multiaddr(ctx.channel().localAddress()));
        }
        if (!held && outbound) {
            speakFirst(ctx);
        }
        // A listener's header leaves with its first answer: one write less, and as js does it.
    }

    private void speakFirst(ChannelHandlerContext ctx) {
        if (!pipelined) {
            writeRaw(ctx, negotiation.takeOutput());
            return;
        }
        saidAtOnce = true;
        byte[] tokens = negotiation.takeOutput();
        byte[] first = firstMessage(ctx);
        byte[] both = Arrays.copyOf(tokens, tokens.length + first.length);
        System.arraycopy(first, 0, both, tokens.length, first.length);
        writeRaw(ctx, both);
    }

    private void tooManyBytes() {
        fail(Limit.L4_UNAUTHENTICATED_BYTES, "too many bytes before it is known");
    }

    // ---- bytes in

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = (ByteBuf) message;
        try {
            if (!metered) {
                host.counters().socketIn.add(in.readableBytes());
            }
            if (stage == Stage.DONE && connection == null) {
                return; // failed
            }
            RecordLayer secured = transport;
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
            } else if (to - from > AHEAD_BYTES_MAX && !paused) {
                paused = true;
                ctx.channel().config().setAutoRead(false);
            }
        } catch (ViolationException e) {
            violated(e);
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
        try {
            advance(ctx);
        } finally {
            if (!working) {
                ctx.flush(); // what a step is computed for leaves with its answer
            }
        }
    }

    private void advance(ChannelHandlerContext ctx) throws ViolationException {
        if (stage == Stage.SECURITY) {
            try {
                from += negotiation.receive(buffer, from, to - from);
            } catch (ViolationException e) {
                if (negotiation.headerSeen()) {
                    write(ctx, negotiation.takeOutput()); // a no to Noise; its message is no token
                }
                throw e;
            }
            write(ctx, negotiation.takeOutput());
            if (!negotiation.done()) {
                return;
            }
            if (negotiation.refused()) {
                fail(null, "no common security protocol");
                return;
            }
            startHandshakeTimer(ctx);
            if (TLS.equals(negotiation.agreed())) {
                ctx.flush(); // before Netty's handler, which may put a flush off
                stage = Stage.TLS_HELLO;
            } else {
                stage = Stage.NOISE;
                if (outbound && !pipelined) {
                    write(ctx, firstMessage(ctx));
                }
            }
        }
        if (stage == Stage.TLS_HELLO) {
            startTls(ctx);
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

    private void startHandshakeTimer(ChannelHandlerContext ctx) {
        handshakeTimer =
                ctx.executor()
                        .schedule(
                                () -> fail(Limit.L15_HANDSHAKE_TIME, "the handshake took too long"),
                                host.config().timeouts().handshake().toNanos(),
                                TimeUnit.NANOSECONDS);
    }

    private NoiseHandshake newHandshake() {
        var fresh =
                new NoiseHandshake(
                        host.noiseIdentity(), NoiseIdentity.newPrivateKey(host.random()), expected);
        handshake = fresh;
        return fresh;
    }

    private byte[] firstMessage(ChannelHandlerContext ctx) {
        long from = now(ctx);
        byte[] message = newHandshake().firstMessage();
        computed(ctx, now(ctx) - from);
        return message;
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
                        return NONE;
                    });
        }
    }

    private void work(ChannelHandlerContext ctx, Step step) {
        working = true;
        long from = now(ctx);
        if (LoopShare.current().allows(from, host.config().handshakeShare())) {
            Answer answer = run(step);
            computed(ctx, now(ctx) - from);
            stepDone(ctx, answer);
        } else {
            submit(ctx, step, from);
        }
    }

    private void computed(ChannelHandlerContext ctx, long nanos) {
        LoopShare.current().took(ctx.executor(), nanos);
        host.counters().handshakesOnLoop.add(nanos);
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
            ctx.flush(); // the peer's choice need not wait for it
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
        long from = now(ctx);
        Answer answer = run(step);
        host.counters().handshakesOnExecutor.add(now(ctx) - from);
        HandshakePool.answer(ctx.executor(), () -> stepDone(ctx, answer));
    }

    private static Answer run(Step step) {
        try {
            return new Answer(step.run(), null);
        } catch (ViolationException | RuntimeException | AssertionError e) {
            return new Answer(NONE, e);
        }
    }

    private void stepDone(ChannelHandlerContext ctx, Answer step) {
        byte[] answer = step.bytes;
        Throwable failure = step.failure;
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
            NoiseHandshake running = handshake;
            boolean finished = outbound ? messages == 1 : messages == 2;
            if (finished && running != null) {
                write(ctx, answer);
                NoiseHandshake.Result known = running.result();
                authenticated(
                        ctx,
                        known.remotePeer(),
                        new NoiseTransport(known.sendKey(), known.receiveKey()),
                        earlyMuxer(known.muxers()));
            } else {
                writeRaw(ctx, answer);
                process(ctx);
            }
        } catch (ViolationException e) {
            violated(e);
        }
        if (paused && (connection != null || (!working && stage != Stage.DONE))) {
            paused = false;
            ctx.channel().config().setAutoRead(true);
        }
    }

    private void authenticated(
            ChannelHandlerContext ctx, PeerId peer, RecordLayer secured, boolean early)
            throws ViolationException {
        cancel(handshakeTimer);
        if (meter != null) {
            meter.unbound();
        }
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
        transport = secured;
        authenticatedPeer = peer;
        if (early) {
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
        buffer = NONE;
        YamuxConnection fresh = connection;
        if (fresh != null) {
            fresh.flushNow();
        }
        ctx.channel().flush();
    }

    /// The one muxer we have, if both ends listed it; go falls back when lists are disjoint, so do
    /// we.
    private boolean earlyMuxer(List<String> offered) {
        return host.config().earlyMuxer() && offered.contains(YAMUX);
    }

    // ---- TLS

    /// Puts Netty's handler between the socket and us, with the bytes that came already.
    private void startTls(ChannelHandlerContext ctx) throws ViolationException {
        TlsSecurity security = host.tls();
        if (!outbound) {
            List<String> offered = TlsHello.protocols(buffer, from, to);
            if (offered == null) {
                return;
            }
            if (offered.stream().noneMatch(security.protocols()::contains)) {
                writeRaw(ctx, TlsHello.NO_APPLICATION_PROTOCOL);
                throw new ViolationException(Limit.L16_ALPN, "no common ALPN: " + offered);
            }
        }
        stage = Stage.TLS;
        var attempt = new TlsSecurity.Attempt(expected);
        tlsAttempt = attempt;
        var handler =
                security.handler(
                        ctx.alloc(), outbound, attempt, task -> submitTls(ctx, task, now(ctx)));
        tls = handler;
        if (meter == null) {
            var counter =
                    new SocketMeter(
                            host.counters(),
                            host.config().limits().unauthenticatedBytes() - received);
            counter.onTooMany(this::tooManyBytes);
            ctx.pipeline().addBefore(ctx.name(), "meter", counter);
            meter = counter;
            metered = true;
        }
        byte[] early = Arrays.copyOfRange(buffer, from, to);
        from = 0;
        to = 0;
        TlsRecordMeter records =
                TlsRecordMeter.add(ctx.pipeline(), host.counters(), "tls", handler, ctx.name());
        if (early.length > 0) {
            try {
                records.channelRead(ctx.pipeline().context(records), Unpooled.wrappedBuffer(early));
                handler.channelReadComplete(ctx.pipeline().context(handler));
            } catch (Exception e) {
                exceptionCaught(ctx, e);
            }
        }
    }

    private void submitTls(ChannelHandlerContext ctx, Runnable task, long since) {
        try {
            host.config().handshakes().execute(task);
        } catch (RejectedExecutionException _) {
            if (!outbound && now(ctx) - since >= QUEUE_PATIENCE_NANOS) {
                fail(Limit.HANDSHAKE_QUEUE, "too many handshakes at once");
            } else if (stage == Stage.TLS) {
                var _ =
                        ctx.executor()
                                .schedule(
                                        () -> submitTls(ctx, task, since),
                                        QUEUE_RETRY_NANOS,
                                        TimeUnit.NANOSECONDS);
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == WebSocketFrames.Event.READY && held) {
            held = false;
            if (outbound) {
                speakFirst(ctx);
            }
            // A listener waits for good here: a dialler that attaches its own listener after its
            // "open" event (js on Node 20) would lose a frame that comes with the 101.
            return;
        }
        TlsSecurity.Attempt attempt = tlsAttempt;
        SslHandler handler = tls;
        if (!(event instanceof SslHandshakeCompletionEvent completion)
                || stage != Stage.TLS
                || attempt == null
                || handler == null) {
            ctx.fireUserEventTriggered(event);
            return;
        }
        TlsCertificate certificate = attempt.certificate();
        String protocol = handler.applicationProtocol();
        if (!completion.isSuccess() || certificate == null) {
            tlsFailed(attempt, completion.cause());
        } else if (protocol == null) {
            fail(Limit.L16_ALPN, "no common ALPN");
        } else {
            try {
                host.tls().forget(handler);
                authenticated(ctx, certificate.peerId(), new TlsRecords(), YAMUX.equals(protocol));
            } catch (ViolationException e) {
                violated(e);
            }
        }
    }

    private void tlsFailed(TlsSecurity.Attempt attempt, @Nullable Throwable cause) {
        ViolationException refused = attempt.failure();
        if (refused != null) {
            fail(refused.limit(), refused.getMessage());
        } else {
            fail(Limit.L16_CERTIFICATE, "TLS: " + (cause == null ? "" : cause.getMessage()));
        }
    }

    // ---- muxer

    @Override
    public void plaintext(byte[] array, int off, int len) throws ViolationException {
        YamuxConnection established = connection;
        if (established != null) {
            established.plaintext(array, off, len);
            return;
        }
        ChannelHandlerContext ctx = context;
        RecordLayer secured = transport;
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
        YamuxConnection fresh = establish(ctx, secured, peer);
        if (taken < len) {
            fresh.plaintext(array, off + taken, len - taken);
        }
    }

    @Override
    public void lend(boolean lent) {
        YamuxConnection established = connection;
        if (established != null) {
            established.lend(lent);
        }
    }

    /// The tokens of a negotiation are not kept.
    @Override
    public boolean kept() {
        YamuxConnection established = connection;
        return established != null && established.kept();
    }

    @Override
    public boolean copied() {
        YamuxConnection established = connection;
        return established != null && established.copied();
    }

    private YamuxConnection establish(ChannelHandlerContext ctx, RecordLayer secured, PeerId peer) {
        boolean confirm = outbound && stage == Stage.TLS;
        if (!confirm) {
            cancel(upgradeTimer);
        }
        stage = Stage.DONE;
        var fresh =
                new YamuxConnection(
                        host,
                        ctx.channel(),
                        secured,
                        transportKind.label(),
                        metered,
                        peer,
                        remoteAddress,
                        Objects.requireNonNull(localAddress), // known since the socket is active
                        outbound,
                        ticket);
        fresh.limited(limited);
        connection = fresh;
        ctx.pipeline().replace(this, "connection", fresh);
        if (confirm) {
            fresh.confirmFirst(confirmation(fresh));
        }
        fresh.beginTurn(); // whoever called lets all of it leave together
        fresh.start();
        if (!confirm) {
            announce(fresh);
        }
        return fresh;
    }

    private void announce(YamuxConnection fresh) {
        host.established(fresh, fresh.now() - startedAt);
        result.complete(fresh);
    }

    private YamuxConnection.Confirmation confirmation(YamuxConnection fresh) {
        return new YamuxConnection.Confirmation() {
            @Override
            public void confirmed() {
                cancel(upgradeTimer);
                announce(fresh);
            }

            @Override
            public void failed() {
                cancel(upgradeTimer);
                result.completeExceptionally(
                        new DialException(
                                DialResult.HANDSHAKE,
                                remoteAddress + ": the peer closed before it said anything",
                                null));
            }
        };
    }

    // ---- bytes out

    private void writeRaw(ChannelHandlerContext ctx, byte[] bytes) {
        write(ctx, bytes);
        ctx.flush();
    }

    /// Leaves with what follows.
    private void write(ChannelHandlerContext ctx, byte[] bytes) {
        if (bytes.length > 0) {
            count(bytes.length);
            var _ = ctx.write(Unpooled.wrappedBuffer(bytes));
        }
    }

    private void writeSealed(ChannelHandlerContext ctx, RecordLayer secured, byte[] plain) {
        if (plain.length > 0) {
            byte[] record = new byte[secured.headerBytes() + plain.length + secured.trailerBytes()];
            System.arraycopy(plain, 0, record, secured.headerBytes(), plain.length);
            int bytes = secured.seal(record, plain.length);
            count(bytes);
            var _ = ctx.writeAndFlush(Unpooled.wrappedBuffer(record, 0, bytes));
        }
    }

    private void count(int bytes) {
        if (!metered) {
            host.counters().socketOut.add(bytes);
        }
    }

    // ---- the end

    /// Bytes behind the last handshake message are those of the connection already.
    private void violated(ViolationException e) {
        YamuxConnection established = connection;
        if (established != null) {
            established.violated(e);
        } else {
            fail(e.limit(), e.getMessage());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(null, "the peer closed during the upgrade");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        TlsSecurity.Attempt attempt = tlsAttempt;
        if (stage == Stage.TLS && attempt != null) {
            tlsFailed(attempt, cause);
            return;
        }
        if (!HostConnection.isPeersFault(cause)) {
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
            YamuxConnection unconfirmed = connection;
            if (unconfirmed != null && !result.isDone()) {
                unconfirmed.close(ErrorCodes.CONNECTION_NEGOTIATION_FAILED, CloseReason.TIMEOUT);
            }
            return;
        }
        stage = Stage.DONE;
        cancel(upgradeTimer);
        cancel(handshakeTimer);
        if (tls != null) {
            host.tls().forget(tls);
        }
        buffer = NONE;
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
    @Override
    public void cancel(DialResult kind, String message) {
        fail(null, kind, message);
    }

    /// Ends an upgrade that is still under way, on its loop.
    void cancelUnlessDone(String message) {
        if (stage != Stage.DONE) {
            fail(null, DialResult.OTHER, message);
        }
    }

    private static void cancel(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
