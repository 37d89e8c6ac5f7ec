package org.pollen.libp2p;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamLimitChangedEvent;
import io.netty.handler.codec.quic.QuicStreamType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// A QUIC connection, whose own streams are the streams.
final class QuicConnection extends HostConnection {
    private static final int WAITING_MAX = 256;
    private static final int RESETS_MAX = 200;

    private final QuicChannel quic;
    private final Set<QuicStream> muxed = new LinkedHashSet<>();
    private final ArrayDeque<QuicStream> waiting = new ArrayDeque<>();
    private final List<QuicStream> dirty = new ArrayList<>();
    private final RateWindow resets = new RateWindow();
    private int own; // of the open ones, those we opened and QUIC has
    private long unsent;
    private long lastSent;
    private boolean inTurn;
    private boolean flushScheduled;

    QuicConnection(
            NettyHost host,
            QuicChannel quic,
            PeerId remotePeer,
            Multiaddr remoteAddress,
            Multiaddr localAddress,
            boolean outbound,
            Admission.Ticket ticket) {
        super(
                host,
                quic,
                Endpoint.Transport.QUIC.label(),
                remotePeer,
                remoteAddress,
                localAddress,
                outbound,
                ticket);
        this.quic = quic;
        this.lastSent = now();
    }

    /// For tests.
    QuicChannel channel() {
        return quic;
    }

    @Override
    public String security() {
        return "tls";
    }

    @Override
    public String muxer() {
        return "quic";
    }

    // ---- streams

    @Override
    @Nullable MuxedStream openMuxed(HostStream stream) {
        if (waiting.size() >= WAITING_MAX) {
            return null;
        }
        var fresh = new QuicStream(this);
        fresh.receiver(stream);
        muxed.add(fresh);
        waiting.add(fresh);
        openWaiting();
        return fresh;
    }

    /// Opens what the peer and we allow now.
    private void openWaiting() {
        int most = host.config().limits().streamsPerConnectionOutbound();
        while (!waiting.isEmpty()
                && own < most
                && quic.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0) {
            QuicStream next = waiting.removeFirst();
            own++;
            quic.createStream(QuicStreamType.BIDIRECTIONAL, next)
                    .addListener(created -> {
                        if (created.isSuccess()) {
                            next.ready((QuicStreamChannel) created.getNow());
                        } else {
                            next.end(ErrorCodes.STREAM_RESOURCE_LIMIT, false);
                        }
                    });
        }
    }

    /// A stream of the peer.
    void accept(QuicStreamChannel channel) {
        var fresh = new QuicStream(this);
        channel.pipeline().addLast(fresh);
        fresh.ready(channel);
        muxed.add(fresh);
        HostStream stream =
                muxed.size() - own > host.config().limits().streamsPerConnectionInbound()
                        ? null
                        : acceptMuxed(fresh);
        if (stream == null) {
            fresh.reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
        } else {
            fresh.receiver(stream);
            stream.begin();
        }
    }

    void gone(QuicStream stream) {
        if (muxed.remove(stream) && stream.isOurs() && !waiting.remove(stream)) {
            own--;
            openWaiting();
        }
    }

    /// Streams that come to be reset cost us more than the peer.
    void resetByPeer(QuicStream stream) {
        if (!stream.used() && !stream.isOurs() && resets.add(now()) > RESETS_MAX) {
            violated(
                    new ViolationException(
                            Limit.L33_RESETS,
                            ErrorCodes.CONNECTION_RATE_LIMITED,
                            "only resets its streams"));
        }
    }

    @Override
    public boolean crowded() {
        return false; // what waits is bounded by the queue of each stream
    }

    // ---- bytes

    void queued(int bytes) {
        unsent += bytes;
        lastSent = now();
    }

    void left(int bytes) {
        unsent -= bytes;
        host.counters().socketOut.add(bytes);
        if (closing && unsent == 0) {
            sayGoodbye();
        }
    }

    void received(int bytes) {
        host.counters().socketIn.add(bytes);
    }

    /// The stream has something to flush at the end of this turn.
    void dirty(QuicStream stream) {
        dirty.add(stream);
        if (!inTurn && !flushScheduled) {
            flushScheduled = true;
            loop.execute(this::flushNow);
        }
    }

    @Override
    void beginTurn() {
        inTurn = true;
    }

    @Override
    void flushNow() {
        inTurn = false;
        flushScheduled = false;
        while (!dirty.isEmpty()) {
            dirty.removeLast().flush(); // may make others, or itself, dirty again
        }
        if (closing && !hasOutput()) {
            sayGoodbye();
        }
    }

    @Override
    boolean hasOutput() {
        return unsent > 0;
    }

    /// Netty has no keep-alive for QUIC, so a ping keeps the connection; the dialler's is enough.
    @Override
    void tickMuxer(long now) {
        if (outbound() && now - lastSent >= timeouts.keepAlive().toNanos() / 3) {
            lastSent = now;
            var _ = host.ping(this);
        }
    }

    // ---- the end

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof QuicConnectionCloseEvent close) {
            farewellOfPeer(close.error());
        } else if (event instanceof QuicStreamLimitChangedEvent) {
            openWaiting();
        }
    }

    @Override
    void farewell(long code) {
        var _ = quic.close(true, (int) code, Unpooled.EMPTY_BUFFER);
    }

    @Override
    void endMuxer(long code) {
        waiting.clear();
        for (QuicStream stream : List.copyOf(muxed)) {
            stream.end(code, false);
        }
    }
}
