package org.pollen.libp2p;

import io.netty.channel.EventLoopGroup;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;

/// A connection over TCP, Noise and Yamux beside the cryptography of its handshake: processor time
/// of the threads of both hosts, the kernel's part included, without that of the compiler and the
/// collector. Connections are made eight at a time and closed; identify begins on each. Arguments:
/// connections before measuring, connections of a repetition, repetitions.
///
/// In this package because a handshake without a socket is not for others.
public final class SetupBench {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int AT_ONCE = 8;

    private SetupBench() {}

    /// Runs it.
    public static void main(String[] args) throws Exception {
        int before = args.length > 0 ? Integer.parseInt(args[0]) : 8_000;
        int count = args.length > 1 ? Integer.parseInt(args[1]) : 2_000;
        int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        EventLoopGroup loops = EventLoops.create("io", 1);
        ExecutorService handshakes = EventLoops.handshakePool("handshake", 1);
        var diallers = new ArrayList<NettyHost>();
        try (NettyHost listener = host(1, loops, handshakes)) {
            listener.start().get(20, TimeUnit.SECONDS);
            for (int i = 0; i < AT_ONCE; i++) {
                diallers.add(host(2 + i, loops, handshakes));
            }
            Multiaddr address = listener.listenAddresses().getFirst().withPeerId(listener.peerId());
            connect(diallers, listener, address, before);
            handshakes(before);
            var whole = new double[repetitions];
            var crypto = new double[repetitions];
            for (int i = 0; i < repetitions; i++) {
                long cpu = hostNanos();
                connect(diallers, listener, address, count);
                whole[i] = (hostNanos() - cpu) / 1e3 / count;
                cpu = THREADS.getCurrentThreadCpuTime();
                handshakes(count);
                crypto[i] = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3 / count;
            }
            Arrays.sort(whole);
            Arrays.sort(crypto);
            System.out.printf(
                    Locale.ROOT,
                    "a connection, both ends: %.0f us (%.0f to %.0f); its handshake without sockets:"
                            + " %.0f us (%.0f to %.0f); ratio %.2f%n",
                    whole[repetitions / 2],
                    whole[0],
                    whole[repetitions - 1],
                    crypto[repetitions / 2],
                    crypto[0],
                    crypto[repetitions - 1],
                    whole[repetitions / 2] / crypto[repetitions / 2]);
            diallers.forEach(NettyHost::close);
        } finally {
            handshakes.shutdownNow();
            var _ = loops.shutdownGracefully(0, 200, TimeUnit.MILLISECONDS);
        }
    }

    /// What the event loop and the handshake threads have used.
    private static long hostNanos() {
        long sum = 0;
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().matches("(io|handshake)-.*")) {
                sum += THREADS.getThreadCpuTime(thread.getThreadId());
            }
        }
        return sum;
    }

    private static PrivateKey key(int n) {
        byte[] seed = new byte[32];
        seed[0] = (byte) n;
        return PrivateKey.ed25519(seed);
    }

    private static NettyHost host(int n, EventLoopGroup loops, ExecutorService handshakes) {
        return new NettyHost(
                HostConfig.builder(key(n))
                        .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                        .security(HostConfig.Security.NOISE)
                        .eventLoops(loops)
                        .handshakes(handshakes)
                        .limits(HostLimits.DEFAULT.withConnectionsPerIp(1000, true))
                        .build());
    }

    private static void connect(
            List<NettyHost> diallers, NettyHost listener, Multiaddr address, int count)
            throws Exception {
        for (int i = 0; i < count; i += diallers.size()) {
            var dials = new ArrayList<CompletableFuture<Connection>>();
            for (NettyHost dialler : diallers) {
                dials.add(dialler.dialNow(address));
            }
            for (CompletableFuture<Connection> dial : dials) {
                dial.get(20, TimeUnit.SECONDS).close(0);
            }
            while (!listener.connections().isEmpty()
                    || diallers.stream().anyMatch(dialler -> !dialler.connections().isEmpty())) {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    /// Both ends of so many handshakes: curves, signatures, hashes and ciphers.
    private static void handshakes(int count) throws Exception {
        var random = new SecureRandom();
        NoiseIdentity a = NoiseIdentity.create(key(1), random, List.of(Upgrader.YAMUX));
        NoiseIdentity b = NoiseIdentity.create(key(2), random, List.of(Upgrader.YAMUX));
        for (int i = 0; i < count; i++) {
            var dialler = new NoiseHandshake(a, NoiseIdentity.newPrivateKey(random), null);
            var listener = new NoiseHandshake(b, NoiseIdentity.newPrivateKey(random), null);
            byte[] second = listener.answerFirst(body(dialler.firstMessage()));
            listener.readThird(body(dialler.answerSecond(body(second))));
        }
    }

    /// A handshake frame without its length.
    private static byte[] body(byte[] frame) {
        return Arrays.copyOfRange(frame, 2, frame.length);
    }
}
