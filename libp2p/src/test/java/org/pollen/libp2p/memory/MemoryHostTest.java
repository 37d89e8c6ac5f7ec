package org.pollen.libp2p.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.CloseReason;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ConnectionClosedException;
import org.pollen.libp2p.DialException;
import org.pollen.libp2p.DialResult;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostListener;
import org.pollen.libp2p.IdentifyInfo;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.libp2p.StreamResetException;
import org.pollen.libp2p.UnsupportedProtocolException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;

/// The promises of `docs/host-spi.md`, on one thread that empties the hosts' queue itself.
class MemoryHostTest {
    private static final String ECHO = "/echo/1";

    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final MemoryNetwork network = new MemoryNetwork(queue::add);
    private final List<String> heard = new ArrayList<>();
    private final Host a = host(1);
    private final Host b = host(2);

    private Host host(int n) {
        byte[] seed = new byte[32];
        new Random(n).nextBytes(seed);
        Host host =
                network.host(
                        PrivateKey.ed25519(seed),
                        "test/" + n,
                        Multiaddr.parse("/ip4/10.0.0." + n + "/tcp/4001"));
        assertThat(host.start()).isCompleted();
        return host;
    }

    private void run() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
    }

    private <T> T now(CompletableFuture<T> future) {
        run();
        assertThat(future).isCompleted();
        return future.join();
    }

    private static Multiaddr address(Host host) {
        return host.listenAddresses().getFirst().withPeerId(host.peerId());
    }

    /// What a handler was called with.
    private static class Recording implements StreamHandler {
        final List<String> calls = new ArrayList<>();
        @Nullable Stream stream;

        @Override
        public void data(Stream s, byte[] array, int off, int len) {
            stream = s;
            calls.add(new String(array, off, len, StandardCharsets.UTF_8));
        }

        @Override
        public void writable(Stream s) {
            calls.add("writable");
        }

        @Override
        public void readClosed(Stream s) {
            calls.add("end");
        }

        @Override
        public void closed(Stream s, @Nullable Throwable cause) {
            calls.add("closed: " + (cause == null ? "in order" : cause.getMessage()));
        }
    }

    private static void write(Stream stream, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        stream.write(bytes, 0, bytes.length);
    }

    private final class Listening implements HostListener {
        @Override
        public void handshake(Connection connection, long nanos) {
            heard.add("handshake");
        }

        @Override
        public void connected(Connection connection) {
            heard.add("connected");
        }

        @Override
        public void identified(Connection connection, IdentifyInfo identify) {
            heard.add("identified " + identify.protocols());
        }

        @Override
        public void disconnected(Connection connection, CloseReason reason) {
            heard.add("disconnected " + reason);
        }
    }

    @Test
    @DisplayName("a connection is told in the order that callers rely on")
    void events() throws Exception {
        b.addListener(new Listening());
        a.handle(ECHO, _ -> new Recording());

        Connection connection = now(a.dial(address(b)));
        a.handle("/more/1", _ -> new Recording());
        run();
        connection.close(0);
        run();

        assertThat(heard)
                .containsExactly(
                        "handshake",
                        "connected",
                        "identified [/echo/1]",
                        "identified [/echo/1, /more/1]",
                        "disconnected REMOTE");
        IdentifyInfo told = connection.identify().orElseThrow();
        assertThat(told.agentVersion()).isEqualTo("test/2");
        PeerRecord record =
                PeerRecord.fromSignedEnvelope(Objects.requireNonNull(told.signedPeerRecord()));
        assertThat(record.peerId()).isEqualTo(b.peerId());
        assertThat(record.addresses()).isEqualTo(b.addresses());
        assertThat(connection.isOpen()).isFalse();
        assertThat(a.connections()).isEmpty();
        assertThat(b.connections()).isEmpty();
    }

    @Test
    @DisplayName("who is dialled again, or dials back, has the same connection; others fail")
    void dials() {
        CompletableFuture<Connection> first = a.dial(address(b));
        CompletableFuture<Connection> second = a.dialNow(address(b));
        CompletableFuture<Connection> back = b.dial(address(a));
        run();

        assertThat(second.join()).isSameAs(first.join());
        assertThat(a.connections()).hasSize(1);
        assertThat(b.connections()).containsExactly(back.join());
        assertThat(back.join().remoteAddress()).isEqualTo(a.listenAddresses().getFirst());
        assertThat(a.peers()).isEqualTo(1);
        assertThat(a.metrics().openedOutbound()).isEqualTo(1);
        assertThat(b.metrics().connectionsInbound()).isEqualTo(1);
        Multiaddr free = Multiaddr.parse("/ip4/10.0.0.9/tcp/1");
        Host c = host(3);
        assertThat(result(c, free.withPeerId(b.peerId()))).isEqualTo(DialResult.REFUSED);
        assertThat(result(a, address(a))).isEqualTo(DialResult.SELF);
        assertThat(result(a, free)).isEqualTo(DialResult.OTHER);
        Multiaddr wrong = a.listenAddresses().getFirst().withPeerId(b.peerId());
        assertThat(result(c, wrong)).isEqualTo(DialResult.HANDSHAKE);
    }

    private DialResult result(Host from, Multiaddr to) {
        CompletableFuture<Connection> dial = from.dial(to);
        run();
        assertThat(dial).isCompletedExceptionally();
        return ((DialException) dial.exceptionNow()).result();
    }

    @Test
    @DisplayName("bytes keep their order, each end half-closes, both hear that it was in order")
    void streams() {
        var there = new Recording();
        var here = new Recording();
        b.handle(ECHO, _ -> there);
        Connection connection = now(a.dial(address(b)));

        Stream stream = now(a.open(connection, List.of("/none/1", ECHO), here));
        write(stream, "one");
        write(stream, "two");
        stream.closeWrite();
        write(stream, "too late");
        run();
        Stream back = Objects.requireNonNull(there.stream);
        write(back, "answer");
        back.closeWrite();
        run();

        assertThat(stream.protocol()).isEqualTo(ECHO);
        assertThat(back.outbound()).isFalse();
        assertThat(there.calls).containsExactly("one", "two", "end", "closed: in order");
        assertThat(here.calls).containsExactly("answer", "end", "closed: in order");
        assertThat(connection.streams()).isEmpty();
    }

    @Test
    @DisplayName("a protocol that nobody speaks, a factory that refuses and a handler that fails")
    void refusals() {
        b.handle(
                "/refused/1",
                _ -> {
                    throw new IllegalStateException("no");
                });
        b.handle(
                "/broken/1",
                _ ->
                        (_, _, _, _) -> {
                            throw new IllegalStateException("a defect");
                        });
        Connection connection = now(a.dial(address(b)));

        CompletableFuture<Stream> none = a.open(connection, List.of(ECHO), new Recording());
        CompletableFuture<Stream> no = a.open(connection, List.of("/refused/1"), new Recording());
        var here = new Recording();
        write(now(a.open(connection, List.of("/broken/1"), here)), "x");
        run();

        assertThat(none.exceptionNow()).isInstanceOf(UnsupportedProtocolException.class);
        assertThat(no.exceptionNow()).isInstanceOf(StreamResetException.class);
        assertThat(here.calls).containsExactly("closed: reset by the peer");
        assertThat(connection.isOpen()).isTrue();
        assertThatThrownBy(() -> a.open(connection, List.of(), new Recording()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("a reader that pauses is felt by the writer, who may go on up to the limit")
    void backpressure() {
        var there = new Recording();
        b.handle(ECHO, _ -> there);
        var here = new Recording();
        Stream stream = now(a.open(now(a.dial(address(b))), List.of(ECHO), here));
        write(stream, "x");
        run();
        Stream reader = Objects.requireNonNull(there.stream);
        reader.pauseReading();
        byte[] part = new byte[MemoryNetwork.STREAM_HIGH_WATER / 2];

        stream.write(part, 0, part.length);
        assertThat(stream.writable()).isTrue();
        stream.write(part, 0, part.length);
        assertThat(stream.writable()).isFalse();
        run();
        assertThat(there.calls).hasSize(1);
        assertThat(stream.pendingBytes()).isEqualTo(2L * part.length);

        reader.resumeReading();
        run();
        assertThat(there.calls).hasSize(3);
        assertThat(here.calls).containsExactly("writable");
        assertThat(stream.pendingBytes()).isZero();

        reader.pauseReading();
        for (int i = 0; i < 9; i++) {
            stream.write(part, 0, part.length);
        }
        run();
        assertThat(here.calls).containsExactly("writable", "closed: reset by us");
        assertThat(there.calls).last().isEqualTo("closed: reset by the peer");
    }

    @Test
    @DisplayName("what was written before the connection was closed is read, and all streams end")
    void closing() {
        var there = new Recording();
        var here = new Recording();
        b.handle(ECHO, _ -> there);
        Connection connection = now(a.dial(address(b)));
        Stream stream = now(a.open(connection, List.of(ECHO), here));

        write(stream, "last words");
        connection.close(7);
        run();
        write(stream, "too late");
        CompletableFuture<Stream> late = a.open(connection, List.of(ECHO), new Recording());
        CompletableFuture<Long> ping = a.ping(connection);
        run();

        assertThat(there.calls).containsExactly("last words", "closed: closed by the peer");
        assertThat(here.calls).containsExactly("closed: closed by us");
        assertThat(late.exceptionNow()).isInstanceOf(ConnectionClosedException.class);
        assertThat(ping.exceptionNow()).isInstanceOf(ConnectionClosedException.class);
    }

    @Test
    @DisplayName("a closed host is gone from the network; its address is free again")
    void shutdown() {
        a.addListener(new Listening());
        Connection connection = now(a.dial(address(b)));
        assertThat(now(a.ping(connection))).isNotNegative();
        assertThat(connection.rttNanos()).isPresent();
        heard.clear();
        Multiaddr old = address(b);

        CompletableFuture<Void> gone = b.closeAsync();
        run();

        assertThat(gone).isCompleted();
        assertThat(heard).containsExactly("disconnected REMOTE");
        assertThat(result(a, old)).isEqualTo(DialResult.REFUSED);
        assertThat(b.start()).isCompletedExceptionally();
        Host again = host(2);
        assertThat(now(a.dial(old)).remotePeer()).isEqualTo(again.peerId());
        Multiaddr taken = again.listenAddresses().getFirst();
        Host late = network.host(PrivateKey.ed25519(new byte[32]), "x", taken);
        assertThat(late.start()).isCompletedExceptionally();
    }

    @Test
    @DisplayName("a tag protects a connection until it is taken away")
    void tags() {
        Connection connection = now(a.dial(address(b)));
        connection.protect("mesh");
        assertThat(connection.isProtected()).isTrue();
        connection.unprotect("mesh");
        assertThat(connection.isProtected()).isFalse();
        assertThat(List.of(connection.transport(), connection.security(), connection.muxer()))
                .containsExactly("memory", "none", "memory");
        assertThat(connection.limited()).isFalse();
    }
}
