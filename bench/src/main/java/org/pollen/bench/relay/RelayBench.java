package org.pollen.bench.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.router.MessageFields;
import org.pollen.router.PublishResult;
import org.pollen.router.RpcMessage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The driver of set-up R(k): a publisher and k subscribers around one router in a process of its
/// own, over loopback TCP, in a closed loop.
///
/// The router's processor time is the operating system's word, not its own. Source: performance
/// specification 4.
@Command(name = "relay", mixinStandardHelpOptions = true, description = "R(k): cost of one router")
public final class RelayBench implements Callable<Integer> {
    private static final int HEADER = 32; // send time, sequence, run id
    private static final int SLOTS = 1 << 16;

    @Option(names = "--subscribers", defaultValue = "8", description = "k (default 8)")
    int subscribers = 8;

    @Option(names = "--bytes", defaultValue = "1024", description = "Of a message (default 1024)")
    int bytes = 1024;

    @Option(names = "--window", defaultValue = "256", description = "Messages outstanding")
    int window = 256;

    @Option(
            names = "--rate",
            description =
                    "Messages a second at fixed times, whatever is outstanding; latency counts from"
                            + " the time a message should have been sent (default: closed loop)")
    int perSecond;

    @Option(names = "--repetitions", defaultValue = "5", description = "Measured ones")
    int repetitions = 5;

    @Option(names = "--messages", description = "Of a repetition (default 240,000 / k)")
    @Nullable Integer messages;

    @Option(names = "--signed", description = "Messages are signed and verified")
    boolean signed;

    @Option(
            names = "--router",
            description = "Command of another router that prints ADDR; default: Pollen itself")
    @Nullable String router;

    @Option(names = "--router-jvm", description = "JVM options of Pollen's router")
    String routerJvm = "-Xms1g -Xmx1g";

    private final AtomicIntegerArray missing = new AtomicIntegerArray(SLOTS);
    private final ConcurrentHistogram latency = new ConcurrentHistogram(60_000_000_000L, 3);
    private final AtomicLong deliveries = new AtomicLong();
    private final Map<String, Integer> unsent = new ConcurrentHashMap<>();
    private Semaphore room = new Semaphore(0);
    private long sequence;
    private long runId;

    private RelayBench() {}

    /// Runs it.
    public static void main(String[] args) {
        System.exit(new CommandLine(new RelayBench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (bytes < HEADER) throw new IllegalArgumentException("--bytes must be 32 or more");
        if (window > SLOTS / 4) throw new IllegalArgumentException("--window must be below 16384");
        runId = new SplittableRandom().nextLong();
        int count = messages == null ? Math.max(30_000, 240_000 / subscribers) : messages;
        int warmUp = Math.max(20_000, 300_000 / (subscribers + 1));
        Process process = RouterProcess.start(router, routerJvm, signed);
        var nodes = new ArrayList<RelayNode>();
        try (Writer in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
                var out =
                        new BufferedReader(
                                new InputStreamReader(
                                        process.getInputStream(), StandardCharsets.UTF_8))) {
            Multiaddr address = RouterProcess.address(out);
            var publisher = new RelayNode("publisher", 100, signed, _ -> {});
            nodes.add(publisher);
            for (int i = 0; i < subscribers; i++) {
                nodes.add(new RelayNode("subscriber" + i, 200 + i, signed, this::received));
            }
            for (RelayNode node : nodes) node.dial(address);
            awaitMesh(publisher);
            publish(publisher, warmUp);
            var cpu = new double[repetitions];
            var rate = new double[repetitions];
            var allocated = new double[repetitions];
            for (int i = 0; i < repetitions; i++) {
                latency.reset();
                Stat before = stat(process, in, out);
                long began = System.nanoTime();
                long delivered = deliveries.get();
                try {
                    if (perSecond > 0) publishAtRate(publisher, count);
                    else publish(publisher, count);
                } catch (LostException e) {
                    throw new IllegalStateException(
                            "%s; not sent at once: %s; longest on its way %d ms; the router: %s; peers: %s"
                                    .formatted(
                                            e.getMessage(),
                                            unsent,
                                            latency.getMaxValue() / 1_000_000,
                                            stat(process, in, out).text,
                                            nodes.stream().map(RelayNode::drops).toList()),
                            e);
                }
                double seconds = (System.nanoTime() - began) / 1e9;
                Stat after = stat(process, in, out);
                if (deliveries.get() - delivered != (long) count * subscribers) {
                    throw new IllegalStateException("loss: this run does not count");
                }
                cpu[i] = (after.cpuNanos - before.cpuNanos) / 1e3 / count;
                rate[i] = count / seconds;
                allocated[i] = (double) (after.allocated - before.allocated) / count;
                System.err.printf(
                        Locale.ROOT,
                        "  %d: %.2f us/msg  %.0f msg/s  %.0f B/msg  one-way p50 %.0f us p99 %.0f us%n",
                        i + 1,
                        cpu[i],
                        rate[i],
                        allocated[i],
                        latency.getValueAtPercentile(50) / 1e3,
                        latency.getValueAtPercentile(99) / 1e3);
                if (i == repetitions - 1) System.err.println("  " + after.text);
            }
            System.out.printf(
                    Locale.ROOT,
                    "{\"schema\":1,\"k\":%d,\"bytes\":%d,\"window\":%d,\"rate\":%d,\"signed\":%b,\"messages\":%d,"
                            + "\"cpuMicros\":{\"min\":%.2f,\"median\":%.2f,\"max\":%.2f},"
                            + "\"perSecond\":%.0f,\"allocated\":%.0f,"
                            + "\"oneWayMicros\":{\"p50\":%.1f,\"p99\":%.1f}}%n",
                    subscribers,
                    bytes,
                    window,
                    perSecond,
                    signed,
                    count,
                    at(cpu, 0),
                    at(cpu, 0.5),
                    at(cpu, 1),
                    at(rate, 0.5),
                    at(allocated, 0.5),
                    latency.getValueAtPercentile(50) / 1e3,
                    latency.getValueAtPercentile(99) / 1e3);
        } finally {
            process.destroy();
            nodes.forEach(RelayNode::close);
        }
        return 0;
    }

    /// Probes until one has reached everybody three times in a row: a mesh that is not whole is
    /// never measured.
    private void awaitMesh(RelayNode publisher) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int good = 0;
        while (good < 3) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("no probe reaches all subscribers");
            }
            room = new Semaphore(1);
            send(publisher);
            good = room.tryAcquire(500, TimeUnit.MILLISECONDS) ? good + 1 : 0;
        }
    }

    private void publish(RelayNode publisher, int count) throws InterruptedException {
        room = new Semaphore(window);
        for (int i = 0; i < count; i++) {
            permit(room, 1);
            publishOne(publisher, System.nanoTime());
        }
        permit(room, window);
    }

    private void publishAtRate(RelayNode publisher, int count) throws InterruptedException {
        room = new Semaphore(0);
        long first = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = first + i * 1_000_000_000L / perSecond;
            for (long now; (now = System.nanoTime()) < due; ) LockSupport.parkNanos(due - now);
            if (i - room.availablePermits() > SLOTS / 2) {
                throw new IllegalStateException("the router does not keep up with this rate");
            }
            publishOne(publisher, due);
        }
        permit(room, count);
    }

    private static void permit(Semaphore room, int permits) throws InterruptedException {
        if (!room.tryAcquire(permits, 5, TimeUnit.SECONDS)) {
            throw new LostException(permits - room.availablePermits());
        }
    }

    /// Messages did not reach everybody.
    private static final class LostException extends RuntimeException {
        private static final long serialVersionUID = 1;

        LostException(int messages) {
            super("lost: %d messages did not reach all subscribers".formatted(messages));
        }
    }

    private void send(RelayNode publisher) throws InterruptedException {
        room.acquire();
        publishOne(publisher, System.nanoTime());
    }

    private void publishOne(RelayNode publisher, long due) {
        var payload = new byte[bytes];
        long number = sequence++;
        missing.set((int) (number & (SLOTS - 1)), subscribers);
        new SplittableRandom(number).nextBytes(payload);
        ByteBuffer.wrap(payload).putLong(due).putLong(number).putLong(runId);
        var _ =
                publisher
                        .gossip()
                        .publish(RelayNode.TOPIC, payload, false)
                        .whenComplete((result, failure) -> {
                            if (failure != null) unsent.merge("refused", 1, Integer::sum);
                            else if (result.status() != PublishResult.Status.OK) {
                                unsent.merge(result.status().name(), 1, Integer::sum);
                            }
                        });
    }

    private void received(RpcMessage message) {
        long now = System.nanoTime();
        var data =
                ByteBuffer.wrap(
                        message.array(),
                        message.offset(MessageFields.DATA),
                        message.length(MessageFields.DATA));
        long sent = data.getLong();
        long number = data.getLong();
        if (data.getLong() != runId) return;
        latency.recordValue(Math.clamp(now - sent, 0, 60_000_000_000L));
        deliveries.incrementAndGet();
        if (missing.decrementAndGet((int) (number & (SLOTS - 1))) == 0) room.release();
    }

    private record Stat(long cpuNanos, long allocated, String text) {}

    private Stat stat(Process process, Writer in, BufferedReader out) throws IOException {
        long allocated = 0;
        String text = "";
        if (router == null) {
            in.write("STAT\n");
            in.flush();
            text = String.valueOf(out.readLine());
            allocated = Long.parseLong(text.replaceAll(".*\"allocated\":(\\d+).*", "$1"));
        }
        return new Stat(RouterProcess.cpuNanos(process), allocated, text);
    }

    private static double at(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.round((sorted.length - 1) * share)];
    }
}
