package org.pollen.libp2p;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.CodecException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection whose peer is known, with its streams: what is the same for every transport. On one
/// loop with everything it has.
abstract class HostConnection extends ChannelInboundHandlerAdapter
        implements Connection, HostStream.Owner {
    private static final Logger log = LoggerFactory.getLogger(HostConnection.class);
    private static final long TICK_NANOS = 1_000_000_000L;

    /// How long a duplicate connection without application streams is left alone after identify, so
    /// that a stream the peer just opened on it is seen.
    private static final long DUPLICATE_GRACE_NANOS = 1_000_000_000L;

    /// How long streams of a relayed connection may go on beside a direct one.
    private static final long RELAYED_GRACE_NANOS = 30_000_000_000L;

    final NettyHost host;
    private final long id;
    final Channel channel;
    final EventLoop loop;
    private final LoopShare loopShare = LoopShare.current();
    private final PeerId remotePeer;
    private final Multiaddr remoteAddress;
    private final Multiaddr localAddress;
    private final boolean outbound;
    private final Admission.Ticket ticket;
    private final String transport;
    final MemoryScope memory;
    final HostTimeouts timeouts;

    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean tasksScheduled = new AtomicBoolean();
    private final Map<HostStream, Boolean> streams = new LinkedHashMap<>(); // guarded by itself
    private final Set<String> protections = ConcurrentHashMap.newKeySet();
    private final Set<String> failureKinds = ConcurrentHashMap.newKeySet();
    private volatile @Nullable IdentifyInfo identify;
    private volatile long roundTripNanos;
    private volatile boolean limited;
    volatile boolean open = true;

    private long streamIds;
    private int negotiatingInbound;
    boolean closing;
    private long closeCode;
    boolean said; // goodbye is on its way
    CloseReason closeReason = CloseReason.REMOTE;
    private long idleSince;
    private long identifiedAt;
    private long directSince;
    private boolean directKnown;
    private @Nullable Future<?> ticker;

    HostConnection(
            NettyHost host,
            Channel channel,
            String transport,
            PeerId remotePeer,
            Multiaddr remoteAddress,
            Multiaddr localAddress,
            boolean outbound,
            Admission.Ticket ticket) {
        this.host = host;
        this.id = host.nextConnectionId();
        this.channel = channel;
        this.loop = channel.eventLoop();
        this.transport = transport;
        this.remotePeer = remotePeer;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
        this.outbound = outbound;
        this.ticket = ticket;
        this.timeouts = host.config().timeouts();
        HostLimits limits = host.config().limits();
        this.memory = new MemoryScope(limits.connectionMemoryBytes(), host.memory());
        this.idleSince = loop.ticker().nanoTime();
    }

    /// The handler is in the pipeline: watch the clock.
    void start() {
        ticker =
                loop.scheduleWithFixedDelay(
                        this::tick, TICK_NANOS, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    // ---- Connection

    @Override
    public long id() {
        return id;
    }

    @Override
    public PeerId remotePeer() {
        return remotePeer;
    }

    @Override
    public Multiaddr remoteAddress() {
        return remoteAddress;
    }

    @Override
    public Multiaddr localAddress() {
        return localAddress;
    }

    @Override
    public boolean outbound() {
        return outbound;
    }

    @Override
    public boolean limited() {
        return limited;
    }

    /// Before the connection is announced.
    void limited(boolean value) {
        limited = value;
    }

    @Override
    public String transport() {
        return transport;
    }

    @Override
    public Optional<IdentifyInfo> identify() {
        return Optional.ofNullable(identify);
    }

    @Override
    public OptionalLong rttNanos() {
        long nanos = roundTripNanos;
        return nanos == 0 ? OptionalLong.empty() : OptionalLong.of(nanos);
    }

    @Override
    public Collection<Stream> streams() {
        synchronized (streams) {
            var agreed = new ArrayList<Stream>(streams.size());
            for (HostStream stream : streams.keySet()) {
                if (!stream.protocol().isEmpty()) {
                    agreed.add(stream);
                }
            }
            return agreed;
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void protect(String tag) {
        protections.add(tag);
    }

    @Override
    public void unprotect(String tag) {
        protections.remove(tag);
    }

    @Override
    public boolean isProtected() {
        return !protections.isEmpty();
    }

    @Override
    public void close(long code) {
        close(code, CloseReason.LOCAL);
    }

    void close(long code, CloseReason reason) {
        if (loop.inEventLoop()) {
            beginClose(code, reason);
        } else {
            execute(() -> beginClose(code, reason));
        }
    }

    // ---- streams

    /// Opens a stream; on the loop.
    void open(List<String> protocols, StreamHandler handler, CompletableFuture<Stream> future) {
        var stream = HostStream.outbound(++streamIds, this, this);
        if (!open || closing) {
            stream.abort(
                    future, new ConnectionClosedException("the connection is closed", closeCode));
            return;
        }
        List<String> allowed = protocols.stream().filter(this::allows).toList();
        if (allowed.isEmpty()) {
            counters().refused(Limit.LIMITED_PROTOCOL);
            stream.abort(
                    future,
                    new UnsupportedProtocolException(
                            "none of %s may use a limited connection".formatted(protocols)));
            return;
        }
        Limit refusal = host.admission().openStream(remotePeer, false);
        if (refusal != null) {
            counters().refused(refusal);
            stream.abort(future, refusedByLimit(refusal));
            return;
        }
        MuxedStream muxed = openMuxed(stream);
        if (muxed == null) {
            host.admission().closeStream(remotePeer, false);
            counters().refused(Limit.L21_STREAMS);
            stream.abort(future, refusedByLimit(Limit.L21_STREAMS));
            return;
        }
        add(stream);
        IdentifyInfo known = identify;
        List<String> proposals = allowed;
        boolean lazy = allowed.size() == 1;
        if (known != null && !lazy) {
            for (String protocol : allowed) {
                if (known.supports(protocol)) {
                    proposals = List.of(protocol);
                    lazy = true;
                    break;
                }
            }
        }
        stream.propose(muxed, proposals, handler, lazy, future);
    }

    /// A stream of the muxer; null if there are too many.
    abstract @Nullable MuxedStream openMuxed(HostStream stream);

    /// Once for each turn of the loop, before tasks of other threads run.
    abstract void beginTurn();

    /// Lets what is queued leave.
    abstract void flushNow();

    /// Whether something is queued.
    abstract boolean hasOutput();

    abstract void tickMuxer(long now) throws ViolationException;

    /// The last words.
    abstract void farewell(long code);

    /// Ends all streams of the muxer.
    abstract void endMuxer(long code);

    /// Nobody has been told about this connection yet, and its end is told in another way.
    boolean endsUnannounced() {
        return false;
    }

    private static StreamResetException refusedByLimit(Limit limit) {
        return new StreamResetException(
                "refused by the limit " + limit.label(), ErrorCodes.STREAM_RESOURCE_LIMIT);
    }

    /// A stream of the peer, null if it is refused.
    @Nullable HostStream acceptMuxed(MuxedStream muxed) {
        if (closing) {
            return null;
        }
        if (negotiatingInbound >= host.config().limits().negotiatingStreams()) {
            counters().refused(Limit.L9_NEGOTIATING_STREAMS);
            return null;
        }
        Limit refusal = host.admission().openStream(remotePeer, true);
        if (refusal != null) {
            counters().refused(refusal);
            return null;
        }
        var stream = HostStream.inbound(++streamIds, this, this, muxed);
        add(stream);
        negotiatingInbound++;
        return stream;
    }

    private void add(HostStream stream) {
        synchronized (streams) {
            streams.put(stream, true);
        }
    }

    @Override
    public void agreed(HostStream stream) {
        negotiatingInbound -= stream.outbound() ? 0 : 1;
        host.streamOpened(stream);
    }

    @Override
    public void closed(HostStream stream) {
        synchronized (streams) {
            streams.remove(stream);
        }
        if (stream.protocol().isEmpty()) {
            negotiatingInbound -= stream.outbound() ? 0 : 1;
        } else {
            host.streamClosed(stream);
        }
        host.admission().closeStream(remotePeer, !stream.outbound());
        idleSince = now();
    }

    @Override
    public HostLimits limits() {
        return host.config().limits();
    }

    private boolean allows(String protocol) {
        return !limited || host.allowedOnLimited(protocol);
    }

    @Override
    public boolean serves(String protocol) {
        boolean known = host.factory(protocol) != null;
        if (known && !allows(protocol)) {
            counters().refused(Limit.LIMITED_PROTOCOL);
            return false;
        }
        return known;
    }

    @Override
    public @Nullable StreamHandlerFactory factory(String protocol) {
        return allows(protocol) ? host.factory(protocol) : null;
    }

    @Override
    public HostCounters counters() {
        return host.counters();
    }

    @Override
    public boolean inLoop() {
        return loop.inEventLoop();
    }

    @Override
    public long now() {
        return loop.ticker().nanoTime();
    }

    @Override
    public long negotiationNanos() {
        return timeouts.negotiation().toNanos();
    }

    @Override
    public void carried() {
        loopShare.carried();
    }

    @Override
    public boolean firstFailure(String kind) {
        return failureKinds.size() < 16 && failureKinds.add(kind);
    }

    // ---- other threads

    /// Runs a task on the loop; tasks of one turn share a wake-up.
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (tasksScheduled.compareAndSet(false, true)) {
            try {
                loop.execute(this::runTasks);
            } catch (RejectedExecutionException _) {
                tasks.clear(); // the loops are shut down, so the connection is gone
            }
        }
    }

    private void runTasks() {
        tasksScheduled.set(false);
        beginTurn();
        Runnable task;
        while ((task = tasks.poll()) != null) {
            try {
                task.run();
            } catch (RuntimeException | AssertionError e) {
                log.error("a task of the connection to {} fails", remotePeer, e);
            }
        }
        flushNow();
    }

    // ---- socket

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        terminate();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof ClosedChannelException) {
            return; // bytes that were left when the socket was closed: that is told by itself
        }
        if (isPeersFault(cause)) {
            if (!closing) {
                closeReason = CloseReason.RESET;
            }
        } else {
            log.error("connection to {} fails", remotePeer, cause);
            closeReason = CloseReason.LOCAL;
        }
        var _ = channel.close();
    }

    /// Whether it is the network or the peer that failed and not we.
    static boolean isPeersFault(Throwable cause) {
        return cause instanceof IOException
                || cause instanceof CodecException
                || cause.getCause() instanceof SSLException;
    }

    void measured(long nanos) {
        roundTripNanos = nanos;
        host.announceRoundTrip(this, nanos);
    }

    // ---- time

    private void tick() {
        if (!open || said) {
            return;
        }
        long now = now();
        try {
            tickMuxer(now);
        } catch (ViolationException e) {
            violated(e);
            return;
        }
        List<HostStream> snapshot;
        synchronized (streams) {
            snapshot = List.copyOf(streams.keySet());
        }
        for (HostStream stream : snapshot) {
            stream.tick(now);
        }
        if (!snapshot.isEmpty() || !protections.isEmpty()) {
            idleSince = now;
        } else if (now - idleSince >= timeouts.idle().toNanos()) {
            beginClose(ErrorCodes.CONNECTION_GARBAGE_COLLECTED, CloseReason.IDLE);
            return;
        }
        if (relayed() && host.hasDirect(remotePeer)) {
            directSince = directKnown ? directSince : now;
            directKnown = true;
            if (now - directSince >= RELAYED_GRACE_NANOS) {
                beginClose(ErrorCodes.CONNECTION_SUPPLANTED, CloseReason.SUPPLANTED);
                return;
            }
        } else {
            directKnown = false;
        }
        if (identify != null
                && now - identifiedAt >= DUPLICATE_GRACE_NANOS
                && onlyHostStreams(snapshot)
                && host.isSuperfluous(this)) {
            beginClose(ErrorCodes.CONNECTION_SUPPLANTED, CloseReason.SUPPLANTED);
        }
    }

    private static boolean onlyHostStreams(List<HostStream> snapshot) {
        for (HostStream stream : snapshot) {
            if (!NettyHost.isOwnProtocol(stream.protocol())) {
                return false;
            }
        }
        return true;
    }

    /// The peer told about itself, for the first time or again.
    void identified(IdentifyInfo told) {
        if (identify == null) {
            identifiedAt = now();
        }
        identify = told;
        host.announceIdentified(this, told);
    }

    // ---- the end

    void violated(ViolationException violation) {
        host.counters().refused(violation.limit());
        log.debug("{} broke a rule: {}", remotePeer, violation.getMessage());
        closing = true;
        closeCode = violation.code();
        closeReason =
                switch (violation.limit()) {
                    case L26_WRITE_STUCK, L27_SILENCE -> CloseReason.TIMEOUT;
                    case L22_RESETS, L22_SYN_RATE, L23_PINGS -> CloseReason.RATE;
                    default -> CloseReason.PROTOCOL;
                };
        sayGoodbye();
    }

    void beginClose(long code, CloseReason reason) {
        if (closing || !open) {
            return;
        }
        closing = true;
        closeCode = code;
        closeReason = reason;
        var _ = loop.schedule(this::sayGoodbye, timeouts.drain().toNanos(), TimeUnit.NANOSECONDS);
        flushNow();
    }

    /// Nothing follows; tells the peer why, if it listens.
    void sayGoodbye() {
        if (said) {
            return;
        }
        said = true;
        if (channel.isActive()) {
            farewell(closeCode);
            var _ =
                    loop.schedule(
                            this::closeSocket, timeouts.drain().toNanos(), TimeUnit.NANOSECONDS);
        }
        terminate();
    }

    /// The peer said goodbye.
    void farewellOfPeer(long code) {
        closeCode = code;
        closeReason = CloseReason.REMOTE;
        said = true;
        terminate();
        var _ = channel.close();
    }

    void terminate() {
        if (!open) {
            return;
        }
        open = false;
        closing = true;
        if (ticker != null) {
            ticker.cancel(false);
        }
        endMuxer(closeCode);
        assert memory.reserved() == 0 : "memory is still reserved: " + memory.reserved();
        ticket.release();
        if (!endsUnannounced()) {
            host.disconnected(this, closeReason);
        }
    }

    private void closeSocket() {
        var _ = channel.close();
    }

    /// Completes when the socket is closed.
    ChannelFuture closeFuture() {
        return channel.closeFuture();
    }

    @Override
    public String toString() {
        return "%s connection %d %s %s"
                .formatted(
                        outbound ? "outbound" : "inbound",
                        id,
                        outbound ? "to" : "from",
                        Objects.toString(remotePeer.abbreviated()));
    }
}
