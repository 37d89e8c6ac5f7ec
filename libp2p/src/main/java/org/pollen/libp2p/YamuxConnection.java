package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// A secured socket with Yamux on it: Netty's last handler in the pipeline. Bytes of the socket go
/// through Noise or TLS into Yamux; all that Yamux has to say in one turn of the loop leaves in as
/// few records as possible, with one flush.
final class YamuxConnection extends HostConnection
        implements YamuxSession.Events, RecordLayer.Sink {
    /// One record under assembly for each loop: two bytes of length, plaintext, tag.
    private static final FastThreadLocal<byte[]> RECORD =
            new FastThreadLocal<>() {
                @Override
                protected byte[] initialValue() {
                    return new byte[NoiseTransport.HEADER_BYTES + 65535];
                }
            };

    private final RecordLayer records;
    private final boolean metered; // somebody else counts the socket's bytes
    private final YamuxSession session;
    private boolean inRead;
    private boolean flushScheduled;
    private boolean flushing;
    private boolean unwritable;
    private long unwritableSince;
    private @Nullable Confirmation unconfirmed;

    YamuxConnection(
            NettyHost host,
            Channel channel,
            RecordLayer records,
            String transport,
            boolean metered,
            PeerId remotePeer,
            Multiaddr remoteAddress,
            Multiaddr localAddress,
            boolean outbound,
            Admission.Ticket ticket) {
        super(host, channel, transport, remotePeer, remoteAddress, localAddress, outbound, ticket);
        this.records = records;
        this.metered = metered;
        HostLimits limits = host.config().limits();
        long now = now();
        this.session =
                new YamuxSession(
                        outbound,
                        new YamuxSession.Params(
                                limits.streamsPerConnectionInbound(),
                                limits.streamsPerConnectionOutbound(),
                                limits.streamWindowBytes(),
                                limits.connectionMemoryBytes(),
                                timeouts.keepAlive().toNanos(),
                                timeouts.pong().toNanos()),
                        memory,
                        this,
                        now);
    }

    /// Waits for the first byte of the peer.
    interface Confirmation {
        void confirmed();

        void failed();
    }

    /// A TLS client is done before the server has looked at its certificate: only a byte of the
    /// server says that it accepts us. Before [#start()].
    void confirmFirst(Confirmation confirmation) {
        unconfirmed = confirmation;
    }

    /// Also measures the round trip.
    @Override
    void start() {
        session.pingSoon();
        super.start();
    }

    @Override
    public String security() {
        return records.security();
    }

    @Override
    public String muxer() {
        return "yamux";
    }

    @Override
    @Nullable MuxedStream openMuxed(HostStream stream) {
        return session.open(stream, now());
    }

    @Override
    public MuxedStream.@Nullable Receiver accept(YamuxStream muxed) {
        HostStream stream = acceptMuxed(muxed);
        if (stream != null) {
            muxed.receiver(stream);
            stream.begin();
        }
        return stream;
    }

    @Override
    public boolean crowded() {
        return session.crowded();
    }

    @Override
    void beginTurn() {
        session.time(now());
        inRead = true; // gather what the tasks queue
    }

    @Override
    boolean hasOutput() {
        return session.hasOutput();
    }

    @Override
    void tickMuxer(long now) throws ViolationException {
        session.tick(now);
        if (unwritable && now - unwritableSince >= timeouts.writeStuck().toNanos()) {
            throw new ViolationException(
                    Limit.L26_WRITE_STUCK,
                    ErrorCodes.CONNECTION_SHUTDOWN,
                    "the socket takes no bytes");
        }
    }

    @Override
    void endMuxer(long code) {
        session.end(code);
    }

    @Override
    boolean endsUnannounced() {
        Confirmation waiting = unconfirmed;
        if (waiting == null) {
            return false;
        }
        unconfirmed = null;
        waiting.failed();
        return true;
    }

    /// The socket is half closed behind the last frame and what still arrives is thrown away, since
    /// closing with unread bytes would make the system take the farewell back.
    @Override
    void farewell(long code) {
        byte[] frame = session.goAway(code);
        byte[] record = RECORD.get();
        System.arraycopy(frame, 0, record, records.headerBytes(), frame.length);
        channel.write(sealed(record, frame.length)).addListener(_ -> halfClose());
        channel.flush();
        channel.config().setAutoRead(true);
    }

    private void halfClose() {
        if (channel.pipeline().get("ws") instanceof WebSocketFrames frames) {
            var _ = frames.sayGoodbye();
        } else if (channel instanceof DuplexChannel duplex) {
            var _ = duplex.shutdownOutput();
        }
    }

    @Override
    public void goAway(long code) {
        farewellOfPeer(code);
    }

    // ---- socket

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = (ByteBuf) message;
        inRead = true;
        try {
            if (!metered) {
                host.counters().socketIn.add(in.readableBytes());
            }
            if (!said) {
                records.receive(in, this);
            }
        } catch (ViolationException e) {
            violated(e);
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        inRead = false;
        flushNow();
    }

    @Override
    public void plaintext(byte[] array, int off, int len) throws ViolationException {
        Confirmation waiting = unconfirmed;
        if (waiting != null && open) {
            unconfirmed = null;
            waiting.confirmed();
        }
        if (!said && open) {
            session.receive(array, off, len, now());
        }
    }

    @Override
    public void lend(boolean lent) {
        session.lend(lent);
    }

    @Override
    public boolean kept() {
        return session.kept();
    }

    @Override
    public boolean copied() {
        return session.copied();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            unwritable = false;
            flushNow();
        } else if (!unwritable) {
            unwritable = true;
            unwritableSince = now();
        }
    }

    @Override
    public void outputPending() {
        if (!inRead && !flushing && !flushScheduled && open) {
            flushScheduled = true;
            loop.execute(() -> {
                flushScheduled = false;
                flushNow();
            });
        }
    }

    /// Seals what is pending, record by record, while the socket takes it.
    @Override
    void flushNow() {
        inRead = false;
        if (flushing || said || !channel.isActive()) {
            return;
        }
        flushing = true;
        boolean wrote = false;
        try {
            while (session.hasOutput() && channel.isWritable()) {
                byte[] record = RECORD.get();
                int plain =
                        session.gather(record, records.headerBytes(), records.plaintextBytesMax());
                if (plain == 0) {
                    break;
                }
                writeRecord(sealed(record, plain));
                wrote = true;
            }
        } finally {
            flushing = false;
        }
        if (wrote) {
            channel.flush();
        }
        if (closing && !session.hasOutput()) {
            sayGoodbye();
        }
    }

    /// On a bare socket without a promise for each: a failure comes as an exception.
    private void writeRecord(ByteBuf record) {
        var _ = metered ? channel.write(record) : channel.write(record, channel.voidPromise());
    }

    private ByteBuf sealed(byte[] record, int plain) {
        int most = records.headerBytes() + plain + records.trailerBytes();
        ByteBuf out = channel.alloc().directBuffer(most);
        records.seal(record, plain, out);
        int bytes = out.readableBytes();
        host.counters().records.increment();
        if (!metered) {
            host.counters().socketOut.add(bytes);
        }
        return out;
    }

    @Override
    public void framesGathered(int frames) {
        host.counters().frames.add(frames);
    }

    @Override
    public void reading(boolean allowed) {
        channel.config().setAutoRead(allowed);
    }

    @Override
    public void refused(Limit limit) {
        host.counters().refused(limit);
    }

    @Override
    public void roundTrip(long nanos) {
        measured(nanos);
    }
}
