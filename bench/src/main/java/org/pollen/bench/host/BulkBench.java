package org.pollen.bench.host;

import com.sun.management.OperatingSystemMXBean;
import io.netty.channel.EventLoopGroup;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.EventLoops;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.HostMetrics;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// One stream over one loopback connection, both ends in this process: bytes for a second of
/// processor time, what is allocated for them, and how many frames share a record.
///
/// With `--message 128` it shows how well small writes are gathered.
@Command(name = "bulk", mixinStandardHelpOptions = true, description = "cost of bytes on a stream")
public final class BulkBench implements Callable<Integer> {
    private static final String SINK = "/bench/sink/1";
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Option(names = "--security", defaultValue = "NOISE", description = "NOISE or TLS (NOISE)")
    HostConfig.Security security = HostConfig.Security.NOISE;

    @Option(names = "--message", defaultValue = "65536", description = "Bytes of a write (65536)")
    int message = 65_536;

    @Option(names = "--mebibytes", defaultValue = "512", description = "Of a repetition (512)")
    int mebibytes = 512;

    @Option(names = "--repetitions", defaultValue = "7", description = "Measured ones (7)")
    int repetitions = 7;

    private BulkBench() {}

    /// Runs it.
    public static void main(String[] args) {
        System.exit(new CommandLine(new BulkBench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        EventLoopGroup loops = EventLoops.create("io", 2);
        ExecutorService handshakes = EventLoops.handshakePool("handshake", 1);
        try (Host to = host(1, loops, handshakes);
                Host from = host(2, loops, handshakes)) {
            to.handle(SINK, _ -> new Sink());
            to.start().join();
            Multiaddr address = to.listenAddresses().getFirst().withPeerId(to.peerId());
            Connection connection = from.dialNow(address).get(20, TimeUnit.SECONDS);
            for (int i = 0; i < 3; i++) {
                once(from, connection);
            }
            var rates = new double[repetitions];
            for (int i = 0; i < repetitions; i++) {
                rates[i] = measured(from, connection);
            }
            Arrays.sort(rates);
            System.out.printf(
                    Locale.ROOT,
                    "%s, writes of %d bytes: %.0f MB for a second of CPU, both ends (%.0f to %.0f)%n",
                    security,
                    message,
                    rates[repetitions / 2],
                    rates[0],
                    rates[repetitions - 1]);
        } finally {
            handshakes.shutdownNow();
            var _ = loops.shutdownGracefully(0, 200, TimeUnit.MILLISECONDS);
        }
        return 0;
    }

    private Host host(int n, EventLoopGroup loops, ExecutorService handshakes) {
        var secret = new byte[32];
        new SplittableRandom(n).nextBytes(secret);
        return Host.create(
                HostConfig.builder(PrivateKey.ed25519(secret))
                        .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                        .security(security)
                        .eventLoops(loops)
                        .handshakes(handshakes)
                        .build());
    }

    private double measured(Host host, Connection connection) throws Exception {
        HostMetrics before = host.metrics();
        long allocated = THREADS.getTotalThreadAllocatedBytes();
        long cpu = SYSTEM.getProcessCpuTime();
        once(host, connection);
        cpu = SYSTEM.getProcessCpuTime() - cpu;
        allocated = THREADS.getTotalThreadAllocatedBytes() - allocated;
        HostMetrics after = host.metrics();
        double bytes = mebibytes * 1048576.0;
        long records = after.recordsSent() - before.recordsSent();
        long frames = after.framesSent() - before.framesSent();
        double rate = bytes * 1e3 / cpu;
        System.err.printf(
                Locale.ROOT,
                "  %.0f MB/s of CPU; allocated %.3f bytes a byte; %d records of %.1f frames and %.0f"
                        + " bytes, %.0f bytes allocated for each%n",
                rate,
                allocated / bytes,
                records,
                (double) frames / records,
                bytes / records,
                (double) allocated / records);
        return rate;
    }

    private void once(Host host, Connection connection) throws Exception {
        var source = new Source((long) mebibytes << 20, new byte[message]);
        Stream stream = host.open(connection, List.of(SINK), source).get(20, TimeUnit.SECONDS);
        source.writable(stream);
        source.done.get(5, TimeUnit.MINUTES);
    }

    /// Forgets what it gets, and ends when the peer does.
    private static final class Sink implements StreamHandler {
        @Override
        public void data(Stream stream, byte[] array, int off, int len) {}

        @Override
        public boolean keepsData() {
            return false;
        }

        @Override
        public void readClosed(Stream stream) {
            stream.closeWrite();
        }
    }

    /// Writes the same array again and again, as fast as it leaves.
    private static final class Source implements StreamHandler {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        private final byte[] part;
        private long left;

        Source(long left, byte[] part) {
            this.left = left;
            this.part = part;
        }

        @Override
        public synchronized void writable(Stream stream) {
            while (left > 0 && stream.writable()) {
                int n = (int) Math.min(left, part.length);
                stream.write(part, 0, n);
                left -= n;
                if (left == 0) {
                    stream.closeWrite();
                }
            }
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {}

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            if (cause == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(cause);
            }
        }
    }
}
