package org.pollen.node.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.ProtoWriter;
import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;

/// A trace to a peer that collects them, as go-libp2p-pubsub's remote tracer sends it: one stream
/// of gzip, flushed after each batch, of `TraceEventBatch` messages with their length before them.
///
/// While there is no stream events wait in the queue, which drops the newest when it is full.
/// Source: go-libp2p-pubsub, remote tracer.
final class TraceRemote implements TraceTarget {
    /// What collectors serve.
    static final String PROTOCOL = "/libp2p/pubsub/tracer/1.0.0";

    /// Longest batch: go's collector reads 4 MiB.
    static final int BATCH_BYTES_MAX = 1 << 20;

    private static final int EVENTS_MIN = 16; // for which a batch is sent at once
    private static final int EVENTS_MAX = 1024;
    private static final long LINGER = 1_000_000_000L; // after which fewer are sent, too
    private static final long PAUSE_MIN = 1_000_000_000L;
    private static final long PAUSE_MAX = 60 * PAUSE_MIN;

    private final Host host;
    private final Multiaddr collector;
    private final TraceEncoder encoder;
    private final Counts counts;
    private final Runnable wake;
    private final ProtoWriter batch = new ProtoWriter(4096);
    private @Nullable Attempt attempt;
    private @Nullable GZIPOutputStream gzip; // over the attempt's stream, once it is there
    private long retryAt;
    private long pause = PAUSE_MIN;
    private long openedAt;
    private long sentAt;
    private boolean begun;
    private boolean warned;

    /// @param wake makes the writer call [#drain] soon; called from event loops
    TraceRemote(
            Host host, Multiaddr collector, TraceEncoder encoder, Counts counts, Runnable wake) {
        this.host = host;
        this.collector = collector;
        this.encoder = encoder;
        this.counts = counts;
        this.wake = wake;
    }

    /// One stream, from the dial to its end.
    private final class Attempt implements StreamHandler {
        volatile @Nullable Stream stream;
        volatile boolean over;
        volatile @Nullable Throwable cause;

        void begin() {
            host.dialNow(collector)
                    .thenCompose(connection -> host.open(connection, List.of(PROTOCOL), this))
                    .whenComplete((opened, failure) -> {
                        if (failure != null) end(failure);
                        else if (over) opened.reset(ErrorCodes.NONE);
                        else stream = opened;
                        wake.run();
                    });
        }

        private void end(@Nullable Throwable failure) {
            cause = failure;
            over = true;
            wake.run();
        }

        @Override
        public void data(Stream from, byte[] array, int off, int len) {
            // A collector has nothing to say.
        }

        @Override
        public void writable(Stream from) {
            wake.run();
        }

        @Override
        public void closed(Stream from, @Nullable Throwable failure) {
            end(failure);
        }
    }

    /// Hands what gzip makes to a stream.
    private static final class Out extends OutputStream {
        private final Stream stream;

        Out(Stream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int b) {
            stream.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int off, int len) {
            stream.write(java.util.Arrays.copyOfRange(bytes, off, off + len), 0, len);
        }
    }

    @Override
    public void drain(TraceQueue queue, long now, boolean last) throws IOException {
        Attempt current = attempt;
        if (current != null && current.over) {
            failed(current, now);
            current = null;
        }
        if (current == null) {
            if (last || (begun && now - retryAt < 0)) return;
            begun = true;
            current = new Attempt();
            attempt = current;
            current.begin();
            return;
        }
        Stream stream = current.stream;
        if (stream == null) return;
        if (gzip == null) {
            gzip = new GZIPOutputStream(new Out(stream), 4096, true);
            openedAt = now;
            sentAt = now;
            warned = false;
            TraceService.LOG.info("the trace goes to {}", collector);
        }
        while (queue.size() > 0 && stream.writable() && !current.over) {
            if (!last && queue.size() < EVENTS_MIN && now - sentAt < LINGER) return;
            send(queue, current, gzip);
            sentAt = now;
        }
    }

    private void send(TraceQueue queue, Attempt current, GZIPOutputStream to) throws IOException {
        batch.clear();
        var events = new java.util.ArrayList<TraceEvent>();
        while (events.size() < EVENTS_MAX && batch.size() < BATCH_BYTES_MAX / 2) {
            TraceEvent event = queue.poll();
            if (event == null) break;
            byte[] record = encoder.protobuf(event);
            if (record.length > BATCH_BYTES_MAX / 2) {
                counts.dropped(TraceDrop.SIZE, 1);
                continue;
            }
            // A record has its length before it, as the field of a batch has.
            batch.rawVarint(1 << 3 | 2).raw(record, 0, record.length);
            events.add(event);
        }
        if (events.isEmpty()) return;
        byte[] body = batch.toByteArray();
        batch.clear();
        byte[] length = batch.rawVarint(body.length).toByteArray();
        to.write(length, 0, length.length);
        to.write(body, 0, body.length);
        to.flush();
        if (current.over) counts.dropped(TraceDrop.LOST, events.size());
        else events.forEach(counts::written);
    }

    /// The next attempt is after a pause that doubles; a stream that lived for long resets it.
    private void failed(Attempt ended, long now) {
        if (gzip != null && now - openedAt > PAUSE_MAX) pause = PAUSE_MIN;
        attempt = null;
        gzip = null;
        retryAt = now + pause;
        if (!warned) {
            warned = true;
            TraceService.LOG.warn(
                    "no stream for the trace to {}: {}; trying again every {} s and slower",
                    collector,
                    String.valueOf(ended.cause),
                    pause / 1_000_000_000);
        }
        pause = Math.min(2 * pause, PAUSE_MAX);
    }

    @Override
    public void close() {
        Attempt current = attempt;
        if (current == null) return;
        Stream stream = current.stream;
        try {
            if (gzip != null) gzip.finish();
            if (stream != null) stream.closeWrite();
        } catch (IOException e) {
            TraceService.LOG.debug("trace stream not closed in order", e);
        }
        current.over = true;
    }
}
