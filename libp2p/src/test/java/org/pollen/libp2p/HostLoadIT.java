package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.address;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import com.sun.management.OperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Load, faults and a soak of the host, each printing its figures as `LOAD ...`; not in the build.
/// The command is in `docs/performance.md`.
@Tag("load")
class HostLoadIT {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final HostLimits WIDE =
            HostLimits.DEFAULT.withConnections(4_000, 4_000).withTransientConnections(256, 128);

    /// What is in use after a collection.
    private record Usage(long heap, long direct, long files) {
        static Usage now() throws IOException {
            for (int i = 0; i < 4; i++) {
                System.gc();
            }
            Runtime runtime = Runtime.getRuntime();
            try (var files = Files.list(Path.of("/proc/self/fd"))) {
                return new Usage(
                        runtime.totalMemory() - runtime.freeMemory(),
                        Math.max(0, PlatformDependent.usedDirectMemory()),
                        files.count());
            }
        }

        @Override
        public String toString() {
            return "heap %.1f MiB, direct %.1f MiB, %d files"
                    .formatted(heap / 1048576.0, direct / 1048576.0, files);
        }
    }

    private static void say(String line) {
        System.out.println("LOAD " + line);
    }

    /// Idle connections stay.
    private static void keep(NettyHost host) {
        host.addListener(
                new HostListener() {
                    @Override
                    public void connected(Connection connection) {
                        connection.protect("load");
                    }
                });
    }

    private static double cpuSeconds() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    private static void rest(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    @Test
    @DisplayName("1,000 inbound connections of as many peers: what one costs, idle")
    void manyConnections() throws Exception {
        int count = Integer.getInteger("load.connections", 1_000);
        try (var ours = new TestHosts();
                var others = new TestHosts()) {
            NettyHost listener = ours.start(1, c -> c.limits(WIDE));
            keep(listener);
            var diallers = new ArrayList<NettyHost>();
            for (int i = 0; i < count; i++) {
                diallers.add(
                        others.start(10 + i, c -> c.listen().security(HostConfig.Security.NOISE)));
                keep(diallers.getLast());
            }
            Usage before = Usage.now();
            var dials = new ArrayDeque<CompletableFuture<Connection>>();
            double cpu = cpuSeconds();
            for (NettyHost dialler : diallers) {
                dials.add(dialler.dial(address(listener)));
                while (dials.size() > 32) {
                    get(dials.remove());
                }
            }
            while (!dials.isEmpty()) {
                get(dials.remove());
            }
            Awaitility.await()
                    .until(() ->
                            listener.connections().size() == count
                                    && listener.connections().stream()
                                            .allMatch(c -> c.identify().isPresent()));
            cpu = cpuSeconds() - cpu;
            rest(Duration.ofSeconds(5));
            Usage with = Usage.now();
            say("%d connections, %d ends in this process".formatted(count, 2 * count));
            say("before %s; with them %s".formatted(before, with));
            say(
                    ("each end: heap %.1f kB, direct %.1f kB, %.2f files; set-up with identify"
                                    + " %.2f ms of CPU for both ends")
                            .formatted(
                                    (with.heap - before.heap) / 2e3 / count,
                                    (with.direct - before.direct) / 2e3 / count,
                                    (with.files - before.files) / 2.0 / count,
                                    cpu * 1e3 / count));
            double idle = cpuSeconds();
            rest(Duration.ofSeconds(60));
            say("60 s idle: %.2f s of CPU for all".formatted(cpuSeconds() - idle));
            assertThat(listener.connections()).hasSize(count);
        }
    }

    @Test
    @DisplayName("10,000 connections made and closed: buffers, files and table entries afterwards")
    void churn() throws Exception {
        int count = Integer.getInteger("load.cycles", 10_000);
        try (var hosts = new TestHosts()) {
            NettyHost listener = hosts.start(1, c -> c.limits(WIDE));
            NettyHost[] diallers = new NettyHost[8];
            for (int i = 0; i < diallers.length; i++) {
                diallers[i] = hosts.start(2 + i, c -> c.listen());
            }
            cycles(diallers, listener, 500); // classes, pools and caches
            Usage before = Usage.now();
            double cpu = cpuSeconds();
            cycles(diallers, listener, count);
            cpu = cpuSeconds() - cpu;
            Usage after = Usage.now();
            say(
                    "%d connections made and closed: %.2f ms of CPU each, both ends"
                            .formatted(count, cpu * 1e3 / count));
            say("before %s; after %s".formatted(before, after));
            say(
                    "admission: %s; open sockets %d"
                            .formatted(listener.admission().usage(), listener.openSockets()));
            say("its cryptography alone: %.2f ms, both ends".formatted(handshakeMillis()));
            assertThat(TestHosts.leaks()).isZero();
            assertThat(listener.admission().usage())
                    .isEqualTo("transients=0/0 connections=0/0 streams=0/0 prefixes=0 peers=0");
            assertThat(after.files).isLessThanOrEqualTo(before.files + 8);
            assertThat(after.heap - before.heap).isLessThan(16 << 20);
        }
    }

    static void cycles(NettyHost[] diallers, NettyHost to, int count) throws Exception {
        for (int i = 0; i < count; i += diallers.length) {
            var dials = new ArrayList<CompletableFuture<Connection>>();
            for (NettyHost dialler : diallers) {
                dials.add(dialler.dialNow(address(to)));
            }
            for (CompletableFuture<Connection> dial : dials) {
                get(dial).close(0);
            }
            for (NettyHost dialler : diallers) {
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> dialler.connections().isEmpty());
            }
        }
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> to.connections().isEmpty() && to.openSockets() == 1);
    }

    /// The public-key work and ciphers of both ends of one Noise handshake, without sockets.
    private static double handshakeMillis() throws ViolationException {
        var random = new SecureRandom();
        NoiseIdentity a = NoiseIdentity.create(TestHosts.key(1), random, List.of(Upgrader.YAMUX));
        NoiseIdentity b = NoiseIdentity.create(TestHosts.key(2), random, List.of(Upgrader.YAMUX));
        double best = Double.MAX_VALUE;
        var threads = ManagementFactory.getThreadMXBean();
        for (int round = 0; round < 6; round++) {
            long from = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < 200; i++) {
                var dialler = new NoiseHandshake(a, NoiseIdentity.newPrivateKey(random), null);
                var listener = new NoiseHandshake(b, NoiseIdentity.newPrivateKey(random), null);
                byte[] second = listener.answerFirst(body(dialler.firstMessage()));
                listener.readThird(body(dialler.answerSecond(body(second))));
            }
            best = Math.min(best, (threads.getCurrentThreadCpuTime() - from) / 200e6);
        }
        return best;
    }

    /// A handshake frame without its length.
    private static byte[] body(byte[] frame) {
        return Arrays.copyOfRange(frame, 2, frame.length);
    }

    // ---- faults

    /// What a stranger does again and again until told to stop.
    private interface Attack {
        void once(int port, Random random) throws Exception;
    }

    private static Socket socket(int port) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(2_000);
        return socket;
    }

    private static byte[] concat(byte[]... parts) {
        int n = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        byte[] all = new byte[n];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static void write(int port, byte[] bytes, boolean close) throws IOException {
        Socket socket = socket(port);
        socket.getOutputStream().write(bytes);
        if (close) {
            socket.close();
        }
    }

    @Test
    @DisplayName("an honest peer's round trips while strangers misbehave, beside those without")
    void faults() throws Exception {
        byte[] hello =
                concat(Negotiation.token(Negotiation.HEADER), Negotiation.token(Upgrader.NOISE));
        byte[] point = new byte[32];
        new Random(5).nextBytes(point);
        byte[] first = concat(hello, new byte[] {0, 32}, point);
        try (var hosts = new TestHosts();
                var others = new TestHosts()) {
            double share =
                    Double.parseDouble(
                            System.getProperty("load.share", "" + HostConfig.HANDSHAKE_SHARE));
            NettyHost target = hosts.start(1, c -> c.limits(WIDE).handshakeShare(share));
            target.handle("/echo/1", _ -> new TestHosts.Echo());
            NettyHost honest = others.start(2, c -> c.listen());
            HostConnection connection = connect(honest, target);
            measure("nobody (warm-up)", target, honest, connection, null);
            measure("nobody", target, honest, connection, null);
            measure(
                    "handshake flood: a Noise message each, then gone",
                    target,
                    honest,
                    connection,
                    (at, _) -> write(at, first, true));
            measure(
                    "replayed first messages, sockets left half open",
                    target,
                    honest,
                    connection,
                    (at, _) -> write(at, first, false));
            measure(
                    "garbage, up to 4 KiB",
                    target,
                    honest,
                    connection,
                    (at, random) -> {
                        byte[] noise = new byte[random.nextInt(1, 4096)];
                        random.nextBytes(noise);
                        write(at, noise, true);
                    });
            measure(
                    "tokens of 0 and 1,025 bytes, frames of 0 and 65,535",
                    target,
                    honest,
                    connection,
                    (at, random) -> {
                        byte[] bad =
                                switch (random.nextInt(4)) {
                                    case 0 -> new byte[] {0};
                                    case 1 -> new byte[] {(byte) 0x81, 8};
                                    case 2 -> concat(hello, new byte[] {0, 0});
                                    default ->
                                            concat(
                                                    hello,
                                                    new byte[] {(byte) 0xff, (byte) 0xff},
                                                    new byte[1000]);
                                };
                        write(at, bad, true);
                    });
            NettyHost abuser = others.start(3, c -> c.listen());
            measure(
                    "streams reset before a byte, new connections as they are closed",
                    target,
                    honest,
                    connection,
                    (_, _) -> {
                        Connection theirs = get(abuser.dialNow(address(target)));
                        for (int i = 0; i < 20 && theirs.isOpen(); i++) {
                            var recording = new TestHosts.Recording();
                            try {
                                get(abuser.open(theirs, List.of("/echo/1"), recording)).reset(7);
                            } catch (ExecutionException _) {
                                return;
                            }
                        }
                    });
            measure(
                    "echoes of 1 MiB that are not read",
                    target,
                    honest,
                    connection,
                    (_, _) -> {
                        Connection theirs = get(abuser.dialNow(address(target)));
                        var recording = new TestHosts.Recording();
                        try {
                            Stream stream = get(abuser.open(theirs, List.of("/echo/1"), recording));
                            stream.pauseReading();
                            stream.write(new byte[1 << 20], 0, 1 << 20);
                        } catch (ExecutionException _) {
                            return;
                        }
                        rest(Duration.ofMillis(50));
                    });
            say("counted: %s".formatted(target.metrics().limits()));
            assertThat(connection.isOpen()).isTrue();
        }
    }

    private static void measure(
            String name,
            NettyHost target,
            NettyHost honest,
            Connection connection,
            @Nullable Attack attack)
            throws Exception {
        var stop = new AtomicBoolean();
        var attempts = new AtomicLong();
        int port = target.listenAddresses().getFirst().tcpPort().orElseThrow();
        var threads = new ArrayList<Thread>();
        for (int t = 0; attack != null && t < 2; t++) {
            var random = new Random(t);
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!stop.get()) {
                                    try {
                                        attack.once(port, random);
                                    } catch (Exception _) {
                                        // refused: that is what is measured
                                    }
                                    attempts.incrementAndGet();
                                }
                            }));
        }
        var times = new ArrayList<Long>();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
        while (System.nanoTime() < until) {
            times.add(get(honest.ping(connection)));
            rest(Duration.ofMillis(10));
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        times.sort(null);
        say(
                "%s: %.0f attempts/s; honest p50 %.2f ms, p99 %.2f ms, worst %.2f ms of %d"
                        .formatted(
                                name,
                                attempts.get() / 8.0,
                                times.get(times.size() / 2) / 1e6,
                                times.get(times.size() * 99 / 100) / 1e6,
                                times.getLast() / 1e6,
                                times.size()));
    }

    // ---- soak

    @Test
    @DisplayName(
            "H-78 soak: 200 connections, churn of 5 a second, random resets: stable heap, direct,"
                    + " files")
    void soak() throws Exception {
        int minutes = Integer.getInteger("load.minutes", 60);
        int count = 200;
        try (var ours = new TestHosts();
                var others = new TestHosts()) {
            NettyHost listener = ours.start(1, c -> c.limits(WIDE));
            keep(listener);
            listener.handle("/echo/1", _ -> new TestHosts.Echo());
            var diallers = new ArrayList<NettyHost>();
            for (int i = 0; i < count; i++) {
                diallers.add(others.start(10 + i, c -> c.listen()));
                keep(diallers.getLast());
                connect(diallers.getLast(), listener);
            }
            var random = new Random(78);
            var samples = new ArrayList<Usage>();
            long begun = System.nanoTime();
            long churned = 0;
            long streams = 0;
            long resets = 0;
            for (int second = 0; second < minutes * 60; second++) {
                if (second % 60 == 0) {
                    samples.add(Usage.now());
                    say("minute %d: %s".formatted(second / 60, samples.getLast()));
                }
                for (int i = 0; i < 5; i++) {
                    NettyHost one = diallers.get(random.nextInt(count));
                    one.connections().forEach(connection -> connection.close(0));
                    Awaitility.await().until(() -> one.connections().isEmpty());
                    connect(one, listener);
                    churned++;
                }
                for (int i = 0; i < 20; i++) {
                    NettyHost one = diallers.get(random.nextInt(count));
                    var recording = new TestHosts.Recording();
                    var stream =
                            get(
                                    one.open(
                                            one.connections().iterator().next(),
                                            List.of("/echo/1"),
                                            recording));
                    int bytes = random.nextInt(1, 200_000);
                    stream.write(new byte[bytes], 0, bytes);
                    streams++;
                    if (random.nextBoolean()) {
                        stream.reset(random.nextInt(100));
                        resets++;
                    } else {
                        stream.closeWrite();
                        get(recording.readClosed);
                        assertThat(recording.bytes()).hasSize(bytes);
                    }
                }
                long next = begun + TimeUnit.SECONDS.toNanos(second + 1);
                if (next > System.nanoTime()) {
                    rest(Duration.ofNanos(next - System.nanoTime()));
                }
            }
            samples.add(Usage.now());
            say("minute %d: %s".formatted(minutes, samples.getLast()));
            say(
                    "%.1f minutes: %d connections replaced, %d streams, %d of them reset; %s"
                            .formatted(
                                    (System.nanoTime() - begun) / 6e10,
                                    churned,
                                    streams,
                                    resets,
                                    listener.admission().usage()));
            Usage early = samples.get(1);
            Usage late = samples.getLast();
            assertThat(late.heap).isLessThan(early.heap + early.heap / 4 + (16 << 20));
            assertThat(late.files).isLessThanOrEqualTo(early.files + 16);
            assertThat(TestHosts.leaks()).isZero();
        }
    }
}
