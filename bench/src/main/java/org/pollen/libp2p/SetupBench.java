package org.pollen.libp2p;

import io.netty.channel.EventLoopGroup;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;

/// A connection over TCP, Noise and Yamux beside the cryptography of its handshake: processor time
/// of everything both hosts do, the kernel's part included, without that of the compiler and the
/// collector.
///
/// 64 hosts dial one, eight at a time. A set-up is over when both ends have a connection that is
/// ready for streams; with identify, when both ends know what the other told. The end of the
/// connections is counted apart. Beside it, in turn, the same bytes in the same order through bare
/// sockets of Netty, and the handshakes without sockets. Arguments: connections before measuring,
/// connections of a repetition, repetitions, a pattern for the names of the cases, and what of a
/// carrying loop's time handshakes may take (0 sends all their steps but first messages to the
/// handshake thread).
///
/// In this package because a handshake without a socket is not for others.
public final class SetupBench {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /// Of threads that are gone, too: handshake threads end when there is nothing to do.
    private static final Map<String, Long> USED = new HashMap<>();

    private static final int DIALLERS = 64;
    private static final int AT_ONCE = 8;
    private static final String CRYPTOGRAPHY = "handshakes";
    private static final String POOL = "handshake-";

    private final EventLoopGroup loops = EventLoops.create("io", 1);
    private final ExecutorService handshakes = EventLoops.handshakePool("handshake", 1);
    private final SecureRandom random = new SecureRandom();
    private final double share;

    /// One way to connect, and what it took in each repetition.
    private record Case(String name, Round round, double[] begun, double[] steps, double[] ended) {}

    /// Makes 64 connections, lets them go, and says what both cost.
    private interface Round {
        Cost run() throws Exception;
    }

    /// Nanoseconds of processor time.
    ///
    /// @param steps what the handshakes' steps took of `begun`, where they were computed
    private record Cost(long begun, long steps, long ended) {}

    private SetupBench(double share) {
        this.share = share;
    }

    /// Runs it.
    public static void main(String[] args) throws Exception {
        int before = args.length > 0 ? Integer.parseInt(args[0]) : 8_000;
        int count = args.length > 1 ? Integer.parseInt(args[1]) : 2_000;
        int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 7;
        double share = args.length > 4 ? Double.parseDouble(args[4]) : HostConfig.HANDSHAKE_SHARE;
        new SetupBench(share).run(before, count, repetitions, args.length > 3 ? args[3] : ".*");
    }

    private void run(int before, int count, int repetitions, String only) throws Exception {
        try (var asking = new Hosts(true);
                var silent = new Hosts(false);
                var sockets = new BareSockets(loops, DIALLERS, AT_ONCE)) {
            List<Case> cases =
                    List.of(
                            row("dial", () -> silent.round(true), repetitions),
                            row("dial, choice", () -> silent.round(false), repetitions),
                            row("dial, identify", () -> asking.round(true), repetitions),
                            row("bare sockets", () -> bare(sockets, true), repetitions),
                            row("bare sockets, choice", () -> bare(sockets, false), repetitions),
                            row(CRYPTOGRAPHY, () -> loops.submit(this::crypto).get(), repetitions),
                            row("first messages", this::firstMessages, repetitions),
                            row("two records' signatures", this::records, repetitions));
            List<Case> chosen = cases.stream().filter(one -> one.name.matches(only)).toList();
            for (int i = -1; i < repetitions; i++) {
                measure(chosen, i, (i < 0 ? before : count) / DIALLERS);
            }
            chosen.forEach(SetupBench::print);
            chosen.stream()
                    .filter(one -> one.name.equals(CRYPTOGRAPHY))
                    .forEach(crypto -> chosen.forEach(one -> printTimes(one, crypto)));
        } finally {
            handshakes.shutdownNow();
            var _ = loops.shutdownGracefully(0, 200, TimeUnit.MILLISECONDS);
        }
    }

    private static Case row(String name, Round round, int repetitions) {
        return new Case(
                name,
                round,
                new double[repetitions],
                new double[repetitions],
                new double[repetitions]);
    }

    /// The cases in turns, 64 connections each: what slows the machine for a while slows all of
    /// them.
    private static void measure(List<Case> cases, int repetition, int rounds) throws Exception {
        for (int i = 0; i < rounds; i++) {
            for (Case one : cases) {
                Cost cost = one.round.run();
                if (repetition >= 0) {
                    one.begun[repetition] += cost.begun / 1e3 / rounds / DIALLERS;
                    one.steps[repetition] += cost.steps / 1e3 / rounds / DIALLERS;
                    one.ended[repetition] += cost.ended / 1e3 / rounds / DIALLERS;
                }
            }
        }
    }

    /// How many times the cryptography of the same repetition it is: that of the handshakes alone,
    /// and, where there are some, that of the handshakes in it.
    private static void printTimes(Case one, Case crypto) {
        print(one.name, "the handshakes alone", one.begun, crypto.begun);
        if (one.steps[0] > 0) {
            print(one.name, "the handshakes in it", one.begun, one.steps);
        }
    }

    private static void print(String name, String what, double[] all, double[] part) {
        double[] times = new double[all.length];
        Arrays.setAll(times, i -> all[i] / part[i]);
        Arrays.sort(times);
        System.out.printf(
                Locale.ROOT,
                "SETUP %-24s %5.3f times %s (%.3f to %.3f)%n",
                name,
                times[times.length / 2],
                what,
                times[0],
                times[times.length - 1]);
    }

    private static void print(Case one) {
        double[] begun = one.begun.clone();
        double[] steps = one.steps.clone();
        double[] ended = one.ended.clone();
        Arrays.sort(begun);
        Arrays.sort(steps);
        Arrays.sort(ended);
        int middle = begun.length / 2;
        System.out.printf(
                Locale.ROOT,
                "SETUP %-24s %5.0f us (%.0f to %.0f), handshakes in it %4.0f; its end %4.0f us%n",
                one.name,
                begun[middle],
                begun[0],
                begun[begun.length - 1],
                steps[middle],
                ended[middle]);
    }

    /// What the event loop and the handshake threads have used.
    private static long hostNanos() {
        return nanos("io-") + nanos(POOL);
    }

    private static long nanos(String prefix) {
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith(prefix)) {
                long cpu = THREADS.getThreadCpuTime(thread.getThreadId());
                if (cpu >= 0) {
                    USED.put(thread.getThreadName() + '/' + thread.getThreadId(), cpu);
                }
            }
        }
        return USED.entrySet().stream()
                .filter(used -> used.getKey().startsWith(prefix))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private static PrivateKey key(int n) {
        byte[] seed = new byte[32];
        seed[0] = (byte) n;
        return PrivateKey.ed25519(seed);
    }

    /// A listener and those who dial it.
    private final class Hosts implements AutoCloseable {
        private final boolean identify;
        private final NettyHost listener;
        private final List<NettyHost> diallers = new ArrayList<>();
        private final Multiaddr address;

        Hosts(boolean identify) throws Exception {
            this.identify = identify;
            listener = host(1);
            for (int i = 0; i < DIALLERS; i++) {
                diallers.add(host(2 + i));
            }
            listener.start().get(20, TimeUnit.SECONDS);
            for (NettyHost dialler : diallers) {
                dialler.start().get(20, TimeUnit.SECONDS);
            }
            address = listener.listenAddresses().getFirst().withPeerId(listener.peerId());
        }

        private NettyHost host(int n) {
            var host =
                    new NettyHost(
                            HostConfig.builder(key(n))
                                    .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                                    .security(HostConfig.Security.NOISE)
                                    .eventLoops(loops)
                                    .handshakes(handshakes)
                                    .handshakeShare(share)
                                    .limits(HostLimits.DEFAULT.withConnectionsPerIp(1000, true))
                                    .build());
            if (!identify) {
                host.askNobody();
            }
            return host;
        }

        Cost round(boolean atOnce) throws Exception {
            diallers.forEach(dialler -> dialler.waitForChoice(listener.peerId(), !atOnce));
            long own = 0;
            long steps = steps();
            long start = hostNanos();
            for (int from = 0; from < DIALLERS; from += AT_ONCE) {
                var dials = new ArrayList<CompletableFuture<Connection>>();
                for (NettyHost dialler : diallers.subList(from, from + AT_ONCE)) {
                    long cpu = THREADS.getCurrentThreadCpuTime();
                    dials.add(dialler.dialNow(address));
                    own += THREADS.getCurrentThreadCpuTime() - cpu;
                }
                // Asked in turns: to wake this thread for each would be counted as theirs.
                awaitUntil(() -> dials.stream().allMatch(CompletableFuture::isDone));
                dials.forEach(CompletableFuture::join);
            }
            awaitUntil(() ->
                    listener.connections().size() == DIALLERS
                            && (!identify || (known(listener) && allKnown())));
            long middle = hostNanos();
            steps = steps() - steps;
            for (NettyHost dialler : diallers) {
                dialler.connections().forEach(connection -> connection.close(0));
            }
            awaitUntil(() ->
                    listener.connections().isEmpty()
                            && listener.openSockets() == 1
                            && diallers.stream().allMatch(one -> one.openSockets() == 1));
            return new Cost(middle - start + own, steps, hostNanos() - middle);
        }

        /// What both ends spent in handshakes so far.
        private long steps() {
            return Stream.concat(Stream.of(listener), diallers.stream())
                    .map(NettyHost::metrics)
                    .mapToLong(host ->
                            host.handshakesOnLoop().nanos() + host.handshakesOnExecutor().nanos())
                    .sum();
        }

        private boolean allKnown() {
            return diallers.stream().allMatch(Hosts::known);
        }

        private static boolean known(NettyHost host) {
            return host.connections().stream().allMatch(one -> one.identify().isPresent());
        }

        @Override
        public void close() {
            diallers.forEach(NettyHost::close);
            listener.close();
        }
    }

    /// A condition of the measurement.
    interface Condition {
        boolean met();
    }

    static void awaitUntil(Condition condition) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.met()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not all connections came or went");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    private static Cost bare(BareSockets sockets, boolean atOnce) throws Exception {
        long start = hostNanos();
        long own = sockets.connect(atOnce);
        long middle = hostNanos();
        sockets.close();
        return new Cost(middle - start + own, 0, hostNanos() - middle);
    }

    /// Both ends of handshakes: curves, signatures, hashes and ciphers. On the loop, as the
    /// set-ups' own: a thread that sleeps meanwhile has colder caches.
    private Cost crypto() throws Exception {
        NoiseIdentity a = NoiseIdentity.create(key(1), random, List.of(Upgrader.YAMUX));
        NoiseIdentity b = NoiseIdentity.create(key(2), random, List.of(Upgrader.YAMUX));
        long start = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < DIALLERS; i++) {
            var dialler = new NoiseHandshake(a, NoiseIdentity.newPrivateKey(random), null);
            var listener = new NoiseHandshake(b, NoiseIdentity.newPrivateKey(random), null);
            byte[] second = listener.answerFirst(body(dialler.firstMessage()));
            listener.readThird(body(dialler.answerSecond(body(second))));
        }
        return new Cost(THREADS.getCurrentThreadCpuTime() - start, 0, 0);
    }

    /// What of a handshake runs on the event loop.
    private Cost firstMessages() throws Exception {
        NoiseIdentity a = NoiseIdentity.create(key(1), random, List.of(Upgrader.YAMUX));
        long start = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < DIALLERS; i++) {
            new NoiseHandshake(a, NoiseIdentity.newPrivateKey(random), null).firstMessage();
        }
        return new Cost(THREADS.getCurrentThreadCpuTime() - start, 0, 0);
    }

    /// What both ends do to believe what identify tells.
    private Cost records() throws MalformedException {
        var record =
                new PeerRecord(
                        key(1).publicKey().peerId(),
                        1,
                        List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/4001")));
        byte[] envelope = record.toSignedEnvelope(key(1));
        long start = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < 2 * DIALLERS; i++) {
            PeerRecord.fromSignedEnvelope(envelope);
        }
        return new Cost(THREADS.getCurrentThreadCpuTime() - start, 0, 0);
    }

    /// A handshake frame without its length.
    private static byte[] body(byte[] frame) {
        return Arrays.copyOfRange(frame, 2, frame.length);
    }
}
