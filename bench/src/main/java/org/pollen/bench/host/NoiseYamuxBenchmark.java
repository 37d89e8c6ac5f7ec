package org.pollen.bench.host;

import io.netty.channel.EventLoopGroup;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.EventLoops;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;

/// Frames over one connection of two hosts, TCP, Noise and Yamux, in both directions at once: what
/// to look for is `gc.alloc.rate.norm` of `-prof gc`, the bytes that are allocated for a frame sent
/// and read, by all threads of both hosts, next to 0 where the reader keeps nothing.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseCompactObjectHeaders")
@Threads(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class NoiseYamuxBenchmark {
    private static final String PROTOCOL = "/bench/frames/1";

    /// A record carries one frame of at most this.
    private static final int FRAME = 65_507;

    private static final int FRAMES = 2_048;

    /// Bytes of a write: what fills a frame, and what shares one with five hundred others.
    @Param({"65507", "128"})
    int write;

    /// Whether the reader keeps slices, as gossip does.
    @Param({"false", "true"})
    boolean keeps;

    private @Nullable Pair pair;

    /// Connects the hosts.
    @Setup(Level.Trial)
    public void connect() throws Exception {
        pair = new Pair();
    }

    /// 1,024 frames' worth of bytes there and as many back.
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long duplex() throws Exception {
        Pair ends = Objects.requireNonNull(pair);
        long bytes = (long) FRAMES / 2 * FRAME;
        CompletableFuture<Void> arrived = ends.there.expect(bytes);
        CompletableFuture<Void> returned = ends.back.expect(bytes);
        ends.there.send(bytes);
        ends.back.send(bytes);
        arrived.get(1, TimeUnit.MINUTES);
        returned.get(1, TimeUnit.MINUTES);
        return bytes;
    }

    /// Stops them.
    @TearDown(Level.Trial)
    public void stop() {
        Objects.requireNonNull(pair).close();
    }

    /// Two hosts with a stream between them.
    private final class Pair implements AutoCloseable {
        private final EventLoopGroup loops = EventLoops.create("io", 2);
        private final ExecutorService handshakes = EventLoops.handshakePool("handshake", 1);
        private final Host one = host(1);
        private final Host two = host(2);
        private final End there = new End();
        private final End back = new End();

        private Pair() throws Exception {
            var accepted = new CompletableFuture<Void>();
            two.handle(
                    PROTOCOL,
                    stream -> {
                        back.stream = stream;
                        accepted.complete(null);
                        return back;
                    });
            two.start().join();
            Multiaddr address = two.listenAddresses().getFirst().withPeerId(two.peerId());
            Connection connection = one.dialNow(address).get(20, TimeUnit.SECONDS);
            there.stream = one.open(connection, List.of(PROTOCOL), there).get(20, TimeUnit.SECONDS);
            accepted.get(20, TimeUnit.SECONDS);
        }

        private Host host(int n) {
            var secret = new byte[32];
            new SplittableRandom(n).nextBytes(secret);
            return Host.create(
                    HostConfig.builder(PrivateKey.ed25519(secret))
                            .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                            .security(HostConfig.Security.NOISE)
                            .eventLoops(loops)
                            .handshakes(handshakes)
                            .build());
        }

        @Override
        public void close() {
            one.close();
            two.close();
            handshakes.shutdownNow();
            var _ = loops.shutdownGracefully(0, 200, TimeUnit.MILLISECONDS);
        }
    }

    /// Reads and forgets, writes the same array again and again.
    private final class End implements StreamHandler {
        private final byte[] first = new byte[FRAME]; // so that the rest is the loop's
        private final byte[] part = new byte[write];
        private volatile @Nullable Stream stream;
        private volatile CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile long expected;
        private long left;
        private long read;

        CompletableFuture<Void> expect(long bytes) {
            done = new CompletableFuture<>();
            expected = bytes;
            return done;
        }

        synchronized void send(long bytes) {
            left = bytes;
            write(Objects.requireNonNull(stream), first);
        }

        private void write(Stream to, byte[] array) {
            while (left > 0 && to.writable()) {
                int n = (int) Math.min(left, array.length);
                to.write(array, 0, n);
                left -= n;
            }
        }

        @Override
        public synchronized void writable(Stream to) {
            write(to, part);
        }

        @Override
        public void data(Stream from, byte[] array, int off, int len) {
            read += len;
            if (read >= expected) {
                read -= expected;
                done.complete(null);
            }
        }

        @Override
        public boolean keepsData() {
            return keeps;
        }
    }
}
