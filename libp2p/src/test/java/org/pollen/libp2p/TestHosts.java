package org.pollen.libp2p;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.slf4j.LoggerFactory;

/// Hosts on loopback with shared loops, closed together.
final class TestHosts implements AutoCloseable {
    /// What Netty logs when a buffer was collected without having been released.
    private static final ListAppender<ILoggingEvent> LEAKS = new ListAppender<>();

    static {
        LEAKS.start();
        ((Logger) LoggerFactory.getLogger(ResourceLeakDetector.class)).addAppender(LEAKS);
    }

    static final Multiaddr LOOPBACK = Multiaddr.parse("/ip4/127.0.0.1/tcp/0");

    final EventLoopGroup loops;
    final ThreadPoolExecutor handshakes = EventLoops.handshakePool("test-handshake", 2);
    private final List<NettyHost> hosts = new ArrayList<>();

    TestHosts() {
        this(EventLoops.create("test-loop", 2));
    }

    TestHosts(EventLoopGroup loops) {
        this.loops = loops;
    }

    /// A key whose peer id depends on the number only.
    static PrivateKey key(int n) {
        byte[] seed = new byte[32];
        new Random(n).nextBytes(seed);
        return PrivateKey.ed25519(seed);
    }

    NettyHost start(int n) throws Exception {
        return start(n, builder -> builder);
    }

    NettyHost start(int n, UnaryOperator<HostConfig.Builder> with) throws Exception {
        var host =
                new NettyHost(
                        with.apply(
                                        HostConfig.builder(key(n))
                                                .listen(LOOPBACK)
                                                .eventLoops(loops)
                                                .handshakes(handshakes)
                                                .agentVersion("test/" + n))
                                .build());
        hosts.add(host);
        get(host.start());
        return host;
    }

    /// Has the collector find lost buffers and Netty tell about them.
    ///
    /// @return how many kinds were found since the process began or since [#forgetLeaks()]
    static int leaks() {
        for (int i = 0; i < 3; i++) {
            System.gc();
            ByteBufAllocator.DEFAULT.directBuffer(16).release(); // tells what the last one found
        }
        return LEAKS.list.size();
    }

    static void forgetLeaks() {
        LEAKS.list.clear();
    }

    static Multiaddr address(Host host) {
        return host.listenAddresses().getFirst().withPeerId(host.peerId());
    }

    static HostConnection connect(NettyHost from, NettyHost to) throws Exception {
        return (HostConnection) get(from.dial(address(to)));
    }

    static <T extends @Nullable Object> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        hosts.forEach(Host::close);
        handshakes.shutdownNow();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// Sends back what it gets, no faster than it leaves.
    static final class Echo implements StreamHandler {
        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            stream.write(array, off, len);
            if (!stream.writable()) {
                stream.pauseReading();
            }
        }

        @Override
        public void writable(Stream stream) {
            stream.resumeReading();
        }

        @Override
        public void readClosed(Stream stream) {
            stream.closeWrite();
        }
    }

    /// Remembers everything.
    static final class Recording implements StreamHandler {
        final Queue<byte[]> chunks = new ConcurrentLinkedQueue<>();
        final CompletableFuture<Void> readClosed = new CompletableFuture<>();
        final CompletableFuture<@Nullable Throwable> closed = new CompletableFuture<>();

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            chunks.add(Arrays.copyOfRange(array, off, off + len));
        }

        @Override
        public void readClosed(Stream stream) {
            readClosed.complete(null);
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            closed.complete(cause);
        }

        byte[] bytes() {
            int n = chunks.stream().mapToInt(chunk -> chunk.length).sum();
            byte[] all = new byte[n];
            int at = 0;
            for (byte[] chunk : chunks) {
                System.arraycopy(chunk, 0, all, at, chunk.length);
                at += chunk.length;
            }
            return all;
        }
    }
}
