package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// Rows H-13, H-14, H-16, H-17 and H-80 on a stream without sockets.
class HostStreamTest {
    private static final long SECOND = 1_000_000_000L;

    /// What leaves the stream towards the muxer.
    private static final class Mux implements MuxedStream {
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        final List<String> events = new ArrayList<>();
        boolean used;

        @Override
        public long id() {
            return 1;
        }

        @Override
        public void write(byte[] array, int off, int len) {
            written.write(array, off, len);
        }

        @Override
        public void closeWrite() {
            events.add("fin");
        }

        @Override
        public void reset(long code) {
            events.add("rst " + Long.toHexString(code));
        }

        @Override
        public void pauseReading() {
            events.add("pause");
        }

        @Override
        public void resumeReading() {
            events.add("resume");
        }

        @Override
        public void markUsed() {
            used = true;
        }

        String text() {
            String text = written.toString(UTF_8);
            written.reset();
            return text;
        }
    }

    /// A connection that only has a peer.
    private static final class NoConnection implements Connection {
        @Override
        public long id() {
            return 1;
        }

        @Override
        public PeerId remotePeer() {
            return TestHosts.key(9).publicKey().peerId();
        }

        @Override
        public Multiaddr remoteAddress() {
            return TestHosts.LOOPBACK;
        }

        @Override
        public Multiaddr localAddress() {
            return TestHosts.LOOPBACK;
        }

        @Override
        public boolean outbound() {
            return true;
        }

        @Override
        public boolean limited() {
            return false;
        }

        @Override
        public String transport() {
            return "tcp";
        }

        @Override
        public String security() {
            return "noise";
        }

        @Override
        public String muxer() {
            return "yamux";
        }

        @Override
        public Optional<IdentifyInfo> identify() {
            return Optional.empty();
        }

        @Override
        public OptionalLong rttNanos() {
            return OptionalLong.empty();
        }

        @Override
        public Collection<Stream> streams() {
            return List.of();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void protect(String tag) {}

        @Override
        public void unprotect(String tag) {}

        @Override
        public void close(long code) {}
    }

    /// The host's side, with a clock that stands still.
    private static final class Owner implements HostStream.Owner {
        final HostCounters counters = new HostCounters();
        final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        final List<String> events = new ArrayList<>();
        boolean inLoop = true;
        int carried;
        boolean crowded;
        long now;
        String served = "/echo/1";
        StreamHandlerFactory factory = _ -> new TestHosts.Recording();

        @Override
        public HostLimits limits() {
            return HostLimits.DEFAULT;
        }

        @Override
        public boolean serves(String protocol) {
            return protocol.equals(served);
        }

        @Override
        public void carried() {
            carried++;
        }

        @Override
        public @Nullable StreamHandlerFactory factory(String protocol) {
            return factory;
        }

        @Override
        public HostCounters counters() {
            return counters;
        }

        @Override
        public void agreed(HostStream stream) {
            events.add("agreed " + stream.protocol());
        }

        @Override
        public void closed(HostStream stream) {
            events.add("closed");
        }

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public boolean crowded() {
            return crowded;
        }

        @Override
        public boolean inLoop() {
            return inLoop;
        }

        @Override
        public long now() {
            return now;
        }

        @Override
        public long negotiationNanos() {
            return 10 * SECOND;
        }

        @Override
        public boolean firstFailure(String kind) {
            return false;
        }
    }

    private final Mux mux = new Mux();
    private final Owner owner = new Owner();
    private final TestHosts.Recording handler = new TestHosts.Recording();

    private static byte[] tokens(String... texts) {
        var out = new ByteArrayOutputStream();
        for (String text : texts) {
            out.writeBytes(Negotiation.token(text));
        }
        return out.toByteArray();
    }

    private static void data(HostStream stream, byte[] bytes) {
        stream.data(bytes, 0, bytes.length);
    }

    private HostStream inbound() {
        HostStream stream = HostStream.inbound(1, new NoConnection(), owner, mux);
        stream.begin();
        return stream;
    }

    private HostStream outbound(
            CompletableFuture<Stream> future, boolean lazy, String... protocols) {
        HostStream stream = HostStream.outbound(1, new NoConnection(), owner);
        stream.propose(mux, List.of(protocols), handler, lazy, future);
        return stream;
    }

    private static void write(HostStream stream, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        stream.write(bytes, 0, bytes.length);
    }

    @Test
    @DisplayName(
            "H-13 header, proposal and payload at once, or byte by byte: the payload arrives unchanged")
    void inboundPayload() {
        byte[] payload = "payload".getBytes(UTF_8);
        byte[] all = Arrays.copyOf(tokens("/multistream/1.0.0", "/echo/1"), 29 + payload.length);
        System.arraycopy(payload, 0, all, 29, payload.length);
        assertThat(tokens("/multistream/1.0.0", "/echo/1")).hasSize(29);
        owner.factory = _ -> handler;

        HostStream whole = inbound();
        data(whole, all);
        assertThat(handler.bytes()).isEqualTo(payload);
        assertThat(owner.carried).isEqualTo(1);
        assertThat(whole.protocol()).isEqualTo("/echo/1");
        assertThat(mux.written.toByteArray()).isEqualTo(tokens("/multistream/1.0.0", "/echo/1"));
        assertThat(mux.used).isTrue();

        handler.chunks.clear();
        HostStream split = inbound();
        for (byte b : all) {
            data(split, new byte[] {b});
        }
        assertThat(handler.bytes()).isEqualTo(payload);
    }

    @Test
    @DisplayName("H-14 na goes on to the next protocol; the end of the list fails with rst(0x1001)")
    void outboundProposals() {
        var future = new CompletableFuture<Stream>();
        HostStream stream = outbound(future, false, "/a", "/b");
        mux.written.reset();
        data(stream, tokens("/multistream/1.0.0", "na"));
        assertThat(mux.written.toByteArray()).isEqualTo(tokens("/b"));
        data(stream, tokens("/b"));
        assertThat(future).isCompletedWithValue(stream);
        assertThat(stream.protocol()).isEqualTo("/b");

        var refused = new CompletableFuture<Stream>();
        HostStream other = outbound(refused, false, "/a");
        data(other, tokens("/multistream/1.0.0", "na"));
        assertThat(refused)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(UnsupportedProtocolException.class);
        assertThat(mux.events).containsExactly("rst 1001");
    }

    @Test
    @DisplayName(
            "H-16 a lazy stream sends its payload behind the proposal and cuts the tokens from the answer")
    void lazy() {
        var future = new CompletableFuture<Stream>();
        HostStream stream = outbound(future, true, "/echo/1");
        assertThat(future).isCompletedWithValue(stream);
        write(stream, "early");
        assertThat(mux.text()).isEqualTo("\u0013/multistream/1.0.0\n\u0008/echo/1\nearly");
        byte[] answer = Arrays.copyOf(tokens("/multistream/1.0.0", "/echo/1"), 31);
        answer[29] = 'o';
        answer[30] = 'k';
        data(stream, answer);
        assertThat(new String(handler.bytes(), UTF_8)).isEqualTo("ok");
    }

    @Test
    @DisplayName("H-16 a lazy stream that is answered with na is reset with 0x1001")
    void lazyRefused() throws Exception {
        HostStream stream = outbound(new CompletableFuture<>(), true, "/echo/1");
        write(stream, "lost");
        data(stream, tokens("/multistream/1.0.0", "na"));
        assertThat(mux.events).containsExactly("rst 1001");
        assertThat(handler.closed.get()).isInstanceOf(UnsupportedProtocolException.class);
        assertThat(stream.isClosed()).isTrue();
    }

    @Test
    @DisplayName(
            "H-16 closing a lazy stream waits for the two tokens, or for the end of the answer, or 10 s")
    void lazyClose() {
        HostStream stream = outbound(new CompletableFuture<>(), true, "/echo/1");
        stream.closeWrite();
        assertThat(mux.events).isEmpty();
        data(stream, tokens("/multistream/1.0.0", "/echo/1"));
        assertThat(mux.events).containsExactly("fin");

        mux.events.clear();
        HostStream deaf = outbound(new CompletableFuture<>(), true, "/echo/1");
        deaf.closeWrite();
        deaf.readClosed();
        assertThat(mux.events).containsExactly("fin");

        mux.events.clear();
        HostStream slow = outbound(new CompletableFuture<>(), true, "/echo/1");
        slow.closeWrite();
        owner.now = 10 * SECOND - 1;
        slow.tick(owner.now);
        assertThat(mux.events).isEmpty();
        owner.now = 10 * SECOND;
        slow.tick(owner.now);
        assertThat(mux.events).containsExactly("fin");
    }

    @Test
    @DisplayName("H-17 and H-79 ten seconds without a protocol: rst(0x1001), counted as L8")
    void negotiationTime() {
        HostStream stream = inbound();
        data(stream, tokens("/multistream/1.0.0"));
        owner.now = 10 * SECOND - 1;
        stream.tick(owner.now);
        assertThat(mux.events).isEmpty();
        owner.now = 10 * SECOND;
        stream.tick(owner.now);
        assertThat(mux.events).containsExactly("rst 1001");
        assertThat(owner.counters.refusals(Limit.L8_NEGOTIATION_TIME)).isEqualTo(1);
        assertThat(owner.events).containsExactly("closed");
    }

    @Test
    @DisplayName("H-17 33 proposals, or another first token: rst(0x1001), counted as L7 and L6")
    void badNegotiation() {
        HostStream many = inbound();
        data(many, tokens("/multistream/1.0.0"));
        for (int i = 0; i < 33; i++) {
            data(many, tokens("/unknown/" + i));
        }
        assertThat(mux.events).containsExactly("rst 1001");
        assertThat(owner.counters.refusals(Limit.L7_PROPOSALS)).isEqualTo(1);

        HostStream wrong = inbound();
        data(wrong, tokens("/echo/1"));
        assertThat(mux.events).containsExactly("rst 1001", "rst 1001");
        assertThat(owner.counters.refusals(Limit.L6_HEADER)).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "H-80 L48 an exception of a handler, wherever it comes from, resets its stream only")
    void handlerFails() {
        owner.factory =
                _ -> {
                    throw new IllegalStateException("as planned");
                };
        data(inbound(), tokens("/multistream/1.0.0", "/echo/1"));
        assertThat(mux.events).containsExactly("rst 0");

        owner.factory =
                _ ->
                        (_, _, _, _) -> {
                            throw new IllegalStateException("as planned");
                        };
        HostStream reading = inbound();
        data(reading, tokens("/multistream/1.0.0", "/echo/1"));
        data(reading, new byte[1]);
        assertThat(mux.events).containsExactly("rst 0", "rst 0");
        assertThat(owner.counters.refusals(Limit.L48_HANDLER)).isEqualTo(2);
    }

    @Test
    void aWriterThatIgnoresTheQueueLosesTheStream() throws Exception {
        HostStream stream = outbound(new CompletableFuture<>(), true, "/echo/1");
        byte[] bytes = new byte[256 << 10];
        assertThat(stream.writable()).isTrue();
        stream.write(bytes, 0, bytes.length);
        assertThat(stream.writable()).isFalse();
        for (int i = 0; i < 15; i++) {
            stream.write(bytes, 0, bytes.length);
        }
        assertThat(mux.events).containsExactly("rst 1002");
        assertThat(owner.counters.refusals(Limit.STREAM_QUEUE)).isEqualTo(1);
        assertThat(handler.closed.get()).isInstanceOf(StreamResetException.class);
    }

    @Test
    void writableIsToldOnceHalfOfTheQueueLeft() {
        var told = new ArrayList<Long>();
        var future = new CompletableFuture<Stream>();
        HostStream stream = HostStream.outbound(1, new NoConnection(), owner);
        stream.propose(
                mux,
                List.of("/echo/1"),
                new StreamHandler() {
                    @Override
                    public void data(Stream s, byte[] array, int off, int len) {}

                    @Override
                    public void writable(Stream s) {
                        told.add(s.pendingBytes());
                    }
                },
                true,
                future);
        stream.sent(29);
        stream.write(new byte[300_000], 0, 300_000);
        stream.sent(100_000);
        assertThat(told).isEmpty(); // nobody asked
        assertThat(stream.writable()).isTrue();
        stream.write(new byte[100_000], 0, 100_000);
        assertThat(stream.writable()).isFalse();
        stream.sent(100_000);
        assertThat(told).isEmpty();
        stream.sent(100_000);
        assertThat(told).containsExactly(100_000L);
        stream.sent(100_000);
        assertThat(told).hasSize(1);
    }

    @Test
    void onACrowdedConnectionAWriterWaitsForItsOwnQueueToEmpty() {
        HostStream stream = outbound(new CompletableFuture<>(), true, "/echo/1");
        stream.sent(29); // the tokens
        owner.crowded = true;
        assertThat(stream.writable()).isTrue();
        stream.write(new byte[10], 0, 10);
        assertThat(stream.writable()).isFalse();
        stream.sent(9);
        assertThat(stream.writable()).isFalse();
        stream.sent(1);
        assertThat(stream.writable()).isTrue();
    }

    @Test
    void callsFromOtherThreadsKeepTheirOrder() {
        HostStream stream = outbound(new CompletableFuture<>(), true, "/echo/1");
        mux.written.reset();
        owner.inLoop = false;
        write(stream, "a");
        write(stream, "b");
        stream.closeWrite();
        stream.pauseReading();
        assertThat(mux.text()).isEmpty();
        owner.inLoop = true;
        owner.tasks.forEach(Runnable::run);
        assertThat(mux.text()).isEqualTo("ab");
        assertThat(mux.events).containsExactly("pause");
    }
}
