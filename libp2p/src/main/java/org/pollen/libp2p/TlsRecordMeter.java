package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/// Counts what a TLS peer sends after the handshake that is no data: key updates, tickets, empty
/// records (L18). They are encrypted like data, so a record counts if the TLS handler, which gets
/// one record at a time, gives nothing for it. BoringSSL itself only ends a run of 32 without data.
final class TlsRecordMeter extends ChannelInboundHandlerAdapter {
    private static final int HEADER = 5;
    private static final int BURST = 32;
    private static final long INTERVAL_NANOS = 60_000_000_000L / BURST;

    private final HostCounters counters;
    private final SslHandler tls;
    private final byte[] header = new byte[HEADER];
    private int headerBytes;
    private int left; // bytes of the record under way
    private long given; // reads that came out of the TLS handler
    private TokenBucket silent = new TokenBucket(BURST, INTERVAL_NANOS, 0);
    private boolean counting;
    private boolean closed;

    private TlsRecordMeter(HostCounters counters, SslHandler tls) {
        this.counters = counters;
        this.tls = tls;
    }

    /// Puts a TLS handler with a meter around it in front of another handler.
    ///
    /// @param name of the TLS handler
    /// @param before the name of the handler behind it, null for the end
    /// @return the meter, for bytes that came already
    static TlsRecordMeter add(
            ChannelPipeline pipeline,
            HostCounters counters,
            String name,
            SslHandler tls,
            @Nullable String before) {
        var meter = new TlsRecordMeter(counters, tls);
        String front = name + "-records";
        String behind = name + "-plaintext";
        if (before == null) {
            pipeline.addLast(front, meter).addLast(name, tls).addLast(behind, meter.new Plain());
        } else {
            pipeline.addBefore(before, front, meter)
                    .addBefore(before, name, tls)
                    .addBefore(before, behind, meter.new Plain());
        }
        return meter;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            while (bytes.isReadable() && !closed) {
                one(ctx, bytes);
            }
        } finally {
            bytes.release();
        }
    }

    /// Passes on bytes up to the end of a record at most.
    private void one(ChannelHandlerContext ctx, ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        if (left == 0) {
            while (headerBytes < HEADER && at < end) {
                header[headerBytes++] = bytes.getByte(at++);
            }
            if (headerBytes == HEADER) {
                left = (header[3] & 0xff) << 8 | (header[4] & 0xff);
            }
        }
        int body = Math.min(left, end - at);
        left -= body;
        boolean complete = headerBytes == HEADER && left == 0;
        long before = given;
        boolean known = tls.handshakeFuture().isSuccess();
        ctx.fireChannelRead(bytes.readRetainedSlice(at + body - bytes.readerIndex()));
        if (!complete) {
            return;
        }
        headerBytes = 0;
        if (known && given == before) {
            idle(ctx);
        }
    }

    private void idle(ChannelHandlerContext ctx) {
        long now = ctx.channel().eventLoop().ticker().nanoTime();
        if (!counting) {
            counting = true;
            silent = new TokenBucket(BURST, INTERVAL_NANOS, now);
        }
        if (!silent.tryTake(now)) {
            closed = true;
            counters.refused(Limit.L18_POST_HANDSHAKE);
            var _ = ctx.channel().close();
        }
    }

    /// Behind the TLS handler.
    private final class Plain extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            given++;
            ctx.fireChannelRead(message);
        }
    }
}
