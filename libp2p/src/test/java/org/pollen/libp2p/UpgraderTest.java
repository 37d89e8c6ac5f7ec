package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

/// Rows H-17, H-20 to H-22 and H-79 on channels without sockets, with time in our hands.
class UpgraderTest {
    private static final EventLoopGroup LOOPS = EventLoops.createNio("upgrader-test", 1);

    @AfterAll
    static void stop() {
        LOOPS.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// One end: a host that never binds and a channel that goes nowhere.
    private static final class End {
        final NettyHost host;
        final EmbeddedChannel channel = new EmbeddedChannel();
        final CompletableFuture<HostConnection> result = new CompletableFuture<>();
        final Upgrader upgrader;

        End(
                int key,
                boolean outbound,
                @Nullable PeerId expected,
                Executor executor,
                boolean early) {
            this(key, outbound, expected, executor, early, false);
        }

        End(
                int key,
                boolean outbound,
                @Nullable PeerId expected,
                Executor executor,
                boolean early,
                boolean pipelined) {
            this(
                    HostConfig.builder(TestHosts.key(key))
                            .eventLoops(LOOPS)
                            .handshakes(executor)
                            .handshakeShare(0)
                            .earlyMuxer(early)
                            .build(),
                    outbound,
                    expected,
                    pipelined);
        }

        End(HostConfig config, boolean outbound, @Nullable PeerId expected, boolean pipelined) {
            host = new NettyHost(config);
            channel.freezeTime();
            Admission.Answer answer =
                    outbound
                            ? host.admission().dial()
                            : host.admission().accept(InetAddress.getLoopbackAddress(), 0);
            upgrader =
                    new Upgrader(
                            host,
                            outbound,
                            expected,
                            Objects.requireNonNull(answer.ticket()),
                            TestHosts.LOOPBACK,
                            TestHosts.LOOPBACK,
                            Endpoint.Transport.TCP,
                            null,
                            0,
                            result);
            if (pipelined) {
                upgrader.pipelined();
            }
            channel.pipeline().addLast("upgrade", upgrader);
        }

        End(int key, boolean outbound) {
            this(key, outbound, null, Runnable::run, true);
        }

        byte[] sent() {
            channel.runPendingTasks();
            var out = new ByteArrayOutputStream();
            for (ByteBuf buf; (buf = channel.readOutbound()) != null; buf.release()) {
                byte[] bytes = new byte[buf.readableBytes()];
                buf.readBytes(bytes);
                out.writeBytes(bytes);
            }
            return out.toByteArray();
        }

        void receive(byte[] bytes) {
            if (channel.isOpen() && bytes.length > 0) {
                channel.writeInbound(Unpooled.wrappedBuffer(bytes));
            }
            channel.runPendingTasks();
        }

        void advance(long millis) {
            channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
            channel.runPendingTasks();
        }

        long refused(Limit limit) {
            return host.counters().refusals(limit);
        }

        String usage() {
            return host.admission().usage();
        }
    }

    private static final String UNUSED =
            "transients=0/0 connections=0/0 streams=0/0 prefixes=0 peers=0";

    private static void exchange(End a, End b) {
        for (int quiet = 0; quiet < 2; ) {
            byte[] fromA = a.sent();
            b.receive(fromA);
            byte[] fromB = b.sent();
            a.receive(fromB);
            quiet = fromA.length + fromB.length == 0 ? quiet + 1 : 0;
        }
    }

    private static byte[] tokens(String... texts) {
        var out = new ByteArrayOutputStream();
        for (String text : texts) {
            out.writeBytes(Negotiation.token(text));
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"both", "dialler only", "listener only", "none"})
    @DisplayName(
            "H-22 both offer yamux: early; else multistream within Noise, either way connected")
    void muxerChoice(String early) {
        boolean dialler = early.equals("both") || early.equals("dialler only");
        boolean listener = early.equals("both") || early.equals("listener only");
        var b = new End(2, false, null, Runnable::run, listener);
        var a = new End(1, true, b.host.peerId(), Runnable::run, dialler);
        exchange(a, b);
        HostConnection atA = a.result.join();
        HostConnection atB = b.result.join();
        assertThat(atA.remotePeer()).isEqualTo(b.host.peerId());
        assertThat(atB.remotePeer()).isEqualTo(a.host.peerId());
        assertThat(atA.identify().orElseThrow().protocols()).contains(Identify.PROTOCOL);
        assertThat(atB.identify()).isPresent();
        assertThat(atA.rttNanos()).isPresent();

        atA.close(ErrorCodes.NONE);
        exchange(a, b);
        a.advance(2000);
        assertThat(a.channel.isOpen()).isFalse();
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(a.usage()).isEqualTo(UNUSED);
        assertThat(b.usage()).isEqualTo(UNUSED);
        assertThat(a.host.memory().reserved()).isZero();
    }

    @Test
    @DisplayName("H-22 a dial is three flights: tokens with frame 1, tokens with frame 2, frame 3")
    void pipelined() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true, true);
        byte[] tokens = tokens("/multistream/1.0.0", "/noise");
        byte[] first = a.sent();
        assertThat(first).hasSize(tokens.length + 34).startsWith(tokens);
        assertThat(b.sent()).as("a listener waits for the dialler").isEmpty();
        b.receive(first);
        byte[] second = b.sent();
        assertThat(second).startsWith(tokens).hasSizeGreaterThan(tokens.length + 100);
        a.receive(second);
        assertThat(a.result).isCompleted();
        b.receive(a.sent());
        assertThat(b.result).isCompleted();
        assertThat(a.upgrader.failedAtOnce()).isFalse();
        exchange(a, b);
        assertThat(a.result.join().identify()).isPresent();
    }

    private static End atOnce() {
        return new End(1, true, TestHosts.key(2).publicKey().peerId(), Runnable::run, true, true);
    }

    @Test
    void whoHasNoNoiseIsToldApartFromWhoDoesNotAnswer() {
        End refused = atOnce();
        refused.sent();
        refused.receive(tokens("/multistream/1.0.0", "na"));
        assertThat(refused.channel.isOpen()).isFalse();
        assertThat(refused.upgrader.failedAtOnce()).isTrue();
        assertThat(refused.upgrader.refusedNoise()).isTrue();

        End silent = atOnce();
        var _ = silent.channel.close();
        assertThat(silent.upgrader.failedAtOnce()).isTrue();
        assertThat(silent.upgrader.refusedNoise()).isFalse();

        End lost = atOnce();
        lost.receive(tokens("/multistream/1.0.0", "/noise"));
        lost.advance(10_000);
        assertThat(lost.channel.isOpen()).isFalse();
        assertThat(lost.upgrader.failedAtOnce()).as("its message may have been lost").isTrue();
        assertThat(lost.upgrader.refusedNoise()).isFalse();

        End another = atOnce();
        another.receive("SSH-2.0-OpenSSH_9.6\r\n".repeat(4).getBytes(StandardCharsets.UTF_8));
        assertThat(another.channel.isOpen()).isFalse();
        assertThat(another.upgrader.refusedNoise()).isFalse();

        End answered = atOnce();
        answered.receive(tokens("/multistream/1.0.0", "/noise"));
        answered.receive(Arrays.copyOf(new byte[] {0, 100}, 102));
        assertThat(answered.channel.isOpen()).isFalse();
        assertThat(answered.upgrader.failedAtOnce()).isFalse();
        assertThat(answered.result).isCompletedExceptionally();
    }

    @Test
    @DisplayName("a dial that begins with TLS waits for the peer's choice")
    void tlsFirst() {
        var a =
                new End(
                        HostConfig.builder(TestHosts.key(1))
                                .eventLoops(LOOPS)
                                .handshakes(Runnable::run)
                                .security(HostConfig.Security.TLS, HostConfig.Security.NOISE)
                                .build(),
                        true,
                        TestHosts.key(2).publicKey().peerId(),
                        true);
        assertThat(a.sent()).isEqualTo(tokens("/multistream/1.0.0", "/tls/1.0.0"));
    }

    @Test
    @DisplayName("a listener without Noise says so before the message behind it ends the socket")
    void noNoise() {
        var b =
                new End(
                        HostConfig.builder(TestHosts.key(2))
                                .eventLoops(LOOPS)
                                .handshakes(Runnable::run)
                                .security(HostConfig.Security.TLS)
                                .build(),
                        false,
                        null,
                        false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true, true);
        b.receive(a.sent());
        byte[] answer = b.sent();
        assertThat(answer).isEqualTo(tokens("/multistream/1.0.0", "na"));
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.usage()).isEqualTo(UNUSED);
        a.receive(answer);
        assertThat(a.upgrader.refusedNoise()).isTrue();
    }

    /// What a loop's handshakes took is remembered by its thread, which is that of all tests here.
    @BeforeEach
    @AfterEach
    void forgetShares() {
        FastThreadLocal.removeAll();
    }

    /// Steps that went to the executor.
    private final List<Runnable> away = new ArrayList<>();

    private End sharing(PrivateKey key, boolean outbound, @Nullable PeerId expected) {
        return new End(
                HostConfig.builder(key).eventLoops(LOOPS).handshakes(away::add).build(),
                outbound,
                expected,
                false);
    }

    private void connect(End a, End b) {
        exchange(a, b);
        while (!away.isEmpty()) {
            away.removeFirst().run();
            exchange(a, b);
        }
        assertThat(a.result.join().remotePeer()).isEqualTo(b.host.peerId());
        assertThat(b.result.join().remotePeer()).isEqualTo(a.host.peerId());
    }

    @Test
    void stepsRunOnTheLoopWhileItHasRoomForThem() {
        End b = sharing(TestHosts.key(2), false, null);
        End a = sharing(TestHosts.key(1), true, b.host.peerId());
        exchange(a, b);
        assertThat(away).isEmpty();
        connect(a, b);
    }

    @Test
    void stepsGoToTheExecutorWhereTheLoopHasNoRoomLeft() {
        LoopShare.current().carried();
        LoopShare.current().took(ImmediateEventExecutor.INSTANCE, 2 * LoopShare.BURST_NANOS);
        End b = sharing(TestHosts.key(2), false, null);
        End a = sharing(TestHosts.key(1), true, b.host.peerId());
        exchange(a, b);
        assertThat(away).as("the answer to the first message").hasSize(1);
        away.removeFirst().run();
        exchange(a, b);
        assertThat(away).as("the answer to the second").hasSize(1);
        connect(a, b);
    }

    @Test
    void aBrokenMessageOnTheLoopClosesTheSocketAsOnTheExecutor() {
        End b = sharing(TestHosts.key(2), false, null);
        b.receive(tokens("/multistream/1.0.0", "/noise"));
        b.receive(new byte[] {0, 32});
        b.receive(new byte[32]); // a point of small order: nothing can be agreed with it
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.refused(Limit.L12_AUTHENTICATION)).isEqualTo(1);
        assertThat(away).isEmpty();
        assertThat(b.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName("L4 what comes while a step runs is read up to 16 KiB, the rest when it is done")
    void readsAhead() {
        var steps = new ArrayList<Runnable>();
        var b = new End(2, false, null, steps::add, true);
        b.receive(tokens("/multistream/1.0.0", "/noise"));
        b.receive(Arrays.copyOf(new byte[] {0, 32, 9}, 34));
        b.receive(new byte[16 << 10]);
        assertThat(b.channel.config().isAutoRead()).isTrue();
        b.receive(new byte[1]);
        assertThat(b.channel.config().isAutoRead()).isFalse();
        assertThat(b.channel.isOpen()).isTrue();
        while (!steps.isEmpty()) {
            steps.removeFirst().run();
            b.channel.runPendingTasks();
        }
        assertThat(b.channel.isOpen()).as("zeros are no third message").isFalse();
        assertThat(b.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName("H-23 the dialler fails with both ids, the listener sees the end")
    void wrongPeer() {
        PeerId expected = TestHosts.key(3).publicKey().peerId();
        var b = new End(2, false);
        var a = new End(1, true, expected, Runnable::run, true);
        exchange(a, b);
        assertThat(a.result)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(DialException.class)
                .withMessageContaining(expected.toString())
                .withMessageContaining(b.host.peerId().toString());
        assertThat(a.channel.isOpen()).isFalse();
        assertThat(a.refused(Limit.L12_AUTHENTICATION)).isEqualTo(1);
        var _ = b.channel.close();
        assertThat(b.result).isCompletedExceptionally();
        assertThat(b.usage()).isEqualTo(UNUSED);
    }

    @Test
    void ourselvesOnTheOtherEndIsRefused() {
        var b = new End(1, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        exchange(a, b);
        assertThat(a.result).isCompletedExceptionally();
        assertThat(a.channel.isOpen()).isFalse();
    }

    @Test
    @DisplayName("H-20 a flipped frame 2 or 3 closes the socket without a word")
    void flippedFrames() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        b.receive(a.sent()); // tokens
        a.receive(b.sent());
        b.receive(a.sent()); // frame 1
        byte[] second = b.sent();
        second[100] ^= 1;
        a.receive(second);
        assertThat(a.channel.isOpen()).isFalse();
        assertThat(a.sent()).isEmpty();
        assertThat(a.refused(Limit.L12_AUTHENTICATION)).isEqualTo(1);

        var d = new End(2, false);
        var c = new End(1, true, d.host.peerId(), Runnable::run, true);
        d.receive(c.sent());
        c.receive(d.sent());
        d.receive(c.sent());
        c.receive(d.sent());
        byte[] third = c.sent();
        third[60] ^= 1;
        d.receive(third);
        assertThat(d.channel.isOpen()).isFalse();
        assertThat(d.sent()).isEmpty();
        assertThat(d.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName("L13 a broken frame behind the last handshake message ends the connection, too")
    void brokenFrameBehindTheHandshake() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        b.receive(a.sent());
        a.receive(b.sent());
        b.receive(a.sent());
        a.receive(b.sent());
        byte[] third = a.sent();
        byte[] shortFrame = Arrays.copyOf(third, third.length + 2);
        shortFrame[third.length + 1] = 5;
        b.receive(shortFrame);
        assertThat(b.refused(Limit.L13_SHORT_FRAME)).isEqualTo(1);
        assertThat(b.sent()).as("a farewell").isNotEmpty();
        b.advance(2000);
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.usage()).isEqualTo(UNUSED);
    }

    @ParameterizedTest
    @DisplayName("H-21 a first frame of 31 or 33 bytes closes the socket before it is complete")
    @ValueSource(ints = {0, 31, 33})
    void firstFrame(int length) {
        var b = new End(2, false);
        b.receive(tokens("/multistream/1.0.0", "/noise"));
        b.sent();
        b.receive(new byte[] {0, (byte) length});
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.sent()).isEmpty();
        assertThat(b.refused(Limit.L11_FIRST_MESSAGE)).isEqualTo(1);
    }

    @Test
    @DisplayName("L10 a handshake frame of 8193 bytes closes the socket before it is read")
    void largeFrame() {
        var a = new End(1, true);
        a.sent();
        a.receive(tokens("/multistream/1.0.0", "/noise"));
        a.sent();
        a.receive(new byte[] {0x20, 0x01});
        assertThat(a.channel.isOpen()).isFalse();
        assertThat(a.refused(Limit.L10_HANDSHAKE_FRAME)).isEqualTo(1);
    }

    @Test
    @DisplayName("L4 over 64 KiB before the peer is known close the socket")
    void unauthenticatedBytes() {
        var b = new End(2, false, null, _ -> {}, true); // handshakes that never run
        b.receive(tokens("/multistream/1.0.0", "/noise"));
        b.receive(new byte[] {0, 32});
        b.receive(new byte[32]);
        for (int i = 0; i < 8; i++) {
            b.receive(new byte[8 << 10]);
        }
        assertThat(b.channel.isOpen()).isTrue();
        b.receive(new byte[1]);
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.refused(Limit.L4_UNAUTHENTICATED_BYTES)).isEqualTo(1);
    }

    @Test
    void aFullHandshakeQueueIsAskedForASecondByInboundSocketsAndLongerByOurDials() {
        Executor full =
                _ -> {
                    throw new RejectedExecutionException();
                };
        var b = new End(2, false, null, full, true);
        b.receive(tokens("/multistream/1.0.0", "/noise"));
        b.receive(Arrays.copyOf(new byte[] {0, 32}, 34));
        b.advance(990);
        assertThat(b.channel.isOpen()).isTrue();
        b.advance(20);
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.refused(Limit.HANDSHAKE_QUEUE)).isEqualTo(1);
        assertThat(b.usage()).isEqualTo(UNUSED);

        var a = new End(1, true, null, full, true);
        a.receive(tokens("/multistream/1.0.0", "/noise"));
        a.advance(9_990);
        assertThat(a.channel.isOpen()).isTrue();
        a.advance(20);
        assertThat(a.channel.isOpen()).isFalse();
        assertThat(a.refused(Limit.L15_HANDSHAKE_TIME)).isEqualTo(1);
    }

    @ParameterizedTest
    @DisplayName("H-17 garbage, and another first token than the header, close the socket (L5, L6)")
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: something rather long for a token\r\n\r\n",
                "\u0007/noise\n",
                "\u0000"
            })
    void garbage(String text) {
        var b = new End(2, false);
        b.receive(text.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.refused(Limit.L5_TOKEN) + b.refused(Limit.L6_HEADER)).isEqualTo(1);
        assertThat(b.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName("H-79 one byte a second: the security stage ends after 15 s (L3)")
    void slowSecurity() {
        var b = new End(2, false);
        byte[] wire = tokens("/multistream/1.0.0", "/noise");
        for (int i = 0; i < 14; i++) {
            b.receive(new byte[] {wire[i]});
            b.advance(1000);
        }
        assertThat(b.channel.isOpen()).isTrue();
        b.advance(1000);
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.refused(Limit.L3_UPGRADE_TIME)).isEqualTo(1);
    }

    @Test
    @DisplayName("H-79 one byte a second: the Noise stage ends after 10 s (L15)")
    void slowNoise() {
        var b = new End(2, false);
        b.receive(tokens("/multistream/1.0.0", "/noise"));
        b.receive(new byte[] {0});
        for (int i = 0; i < 9; i++) {
            b.advance(1000);
            b.receive(new byte[] {32});
        }
        assertThat(b.channel.isOpen()).isTrue();
        b.advance(1000);
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.refused(Limit.L15_HANDSHAKE_TIME)).isEqualTo(1);
    }

    @Test
    @DisplayName("H-79 silence in the muxer stage ends with the upgrade (L3)")
    void slowMuxer() {
        var b = new End(2, false, null, Runnable::run, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, false);
        b.receive(a.sent());
        a.receive(b.sent());
        b.receive(a.sent());
        a.receive(b.sent());
        byte[] third = a.sent(); // frame 3 and the muxer tokens: only the frame goes on
        int frame = 2 + (((third[0] & 0xff) << 8) | (third[1] & 0xff));
        b.receive(Arrays.copyOf(third, frame));
        assertThat(b.usage()).contains("connections=1/1");
        b.advance(14_999);
        assertThat(b.channel.isOpen()).isTrue();
        b.advance(1);
        assertThat(b.channel.isOpen()).isFalse();
        assertThat(b.refused(Limit.L3_UPGRADE_TIME)).isEqualTo(1);
        assertThat(b.usage()).isEqualTo(UNUSED);
    }

    @Test
    @DisplayName(
            "L27 and idle: a connection without streams ends after 60 s, a protected one does not")
    void idle() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        exchange(a, b);
        HostConnection connection = a.result.join();
        connection.protect("test");
        for (int second = 0; second < 120; second++) {
            a.advance(1000);
            exchange(a, b);
        }
        assertThat(connection.isOpen()).isTrue();
        connection.unprotect("test");
        for (int second = 0; second < 62; second++) {
            a.advance(1000);
            exchange(a, b);
        }
        assertThat(connection.isOpen()).isFalse();
        assertThat(a.host.metrics().closedOutbound()).containsEntry("idle", 1L);
        assertThat(b.host.metrics().closedInbound()).containsEntry("remote", 1L);
    }

    @Test
    @DisplayName("H-60 a third inbound ping stream is reset, a wrong echo ends the ping")
    void pings() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        exchange(a, b);
        HostConnection connection = a.result.join();
        var recordings = new ArrayList<TestHosts.Recording>();
        for (int i = 0; i < 3; i++) {
            var recording = new TestHosts.Recording();
            recordings.add(recording);
            a.host.open(connection, List.of(Ping.PROTOCOL), recording)
                    .join()
                    .write(new byte[32], 0, 32);
        }
        exchange(a, b);
        assertThat(recordings.get(0).bytes()).isEqualTo(new byte[32]);
        assertThat(recordings.get(1).bytes()).isEqualTo(new byte[32]);
        assertThat(recordings.get(2).closed.getNow(null))
                .isInstanceOfSatisfying(
                        StreamResetException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCodes.STREAM_RESOURCE_LIMIT));
        assertThat(b.refused(Limit.L37_PING_STREAMS)).isEqualTo(1);

        // Two streams are taken: a round trip needs one of them back.
        recordings.clear();
        connection.streams().forEach(stream -> stream.reset(0));
        exchange(a, b);
        CompletableFuture<Long> good = a.host.ping(connection);
        exchange(a, b);
        assertThat(good).isCompleted();

        b.host.handle(
                Ping.PROTOCOL, _ -> (stream, _, _, len) -> stream.write(new byte[len], 0, len));
        connection.streams().forEach(stream -> stream.reset(0));
        exchange(a, b);
        CompletableFuture<Long> bad = a.host.ping(connection);
        exchange(a, b);
        assertThat(bad).isCompletedExceptionally();
    }

    @Test
    @DisplayName("L37 a silent inbound ping stream is reset after 30 s")
    void pingSilence() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        exchange(a, b);
        var recording = new TestHosts.Recording();
        a.host.open(a.result.join(), List.of(Ping.PROTOCOL), recording).join();
        exchange(a, b);
        for (int second = 0; second < 31; second++) {
            b.advance(1000);
            exchange(a, b);
        }
        assertThat(recording.closed.getNow(null)).isInstanceOf(StreamResetException.class);
        assertThat(b.refused(Limit.L37_PING_SILENCE)).isEqualTo(1);
    }

    @Test
    @DisplayName("L36 a peer may push five times at once and then every five seconds")
    void pushes() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        exchange(a, b);
        HostConnection connection = a.result.join();
        for (int i = 0; i < 6; i++) {
            a.host.open(connection, List.of(Identify.PUSH), new TestHosts.Recording())
                    .join()
                    .write(new byte[] {0}, 0, 1);
            exchange(a, b);
        }
        assertThat(b.refused(Limit.L36_PUSHES)).isEqualTo(1);
    }

    @Test
    @DisplayName("L9 over 128 streams in negotiation are reset")
    void negotiatingStreams() {
        var b = new End(2, false);
        var a = new End(1, true, b.host.peerId(), Runnable::run, true);
        exchange(a, b);
        HostConnection connection = a.result.join();
        for (int i = 0; i < 130; i++) {
            // Two unknown proposals keep the stream in negotiation until the answer is back.
            var _ =
                    a.host.open(
                            connection,
                            List.of("/unknown/a", "/unknown/b"),
                            new TestHosts.Recording());
        }
        b.receive(a.sent());
        assertThat(b.refused(Limit.L9_NEGOTIATING_STREAMS)).isEqualTo(2);
        exchange(a, b);
        assertThat(connection.isOpen()).isTrue();
        assertThat(a.usage()).contains("streams=0/0");
        assertThat(b.usage()).contains("streams=0/0");
    }
}
