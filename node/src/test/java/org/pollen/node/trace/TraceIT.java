package org.pollen.node.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.node.Shared;
import org.pollen.node.gossip.GossipEvents;
import org.pollen.node.gossip.GossipService;
import org.pollen.node.gossip.GossipSetup;
import org.pollen.node.gossip.GossipView;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.Varint;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams;
import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;
import org.pollen.router.TraceKind;
import org.pollen.router.Verdict;
import org.pollen.scoring.ScorePresets;

/// Traces of nodes on loopback: to files, and to a peer that collects them.
class TraceIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Mask TOPIC = Mask.topic("it");

    @TempDir Path folder;

    private final Shared shared = new Shared(2);
    private final SplittableRandom random = new SplittableRandom(153);
    private final List<AutoCloseable> open = new ArrayList<>();

    private record Node(Host host, GossipService gossip, TraceService trace) {}

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : open.reversed()) one.close();
        shared.close();
    }

    private PrivateKey key() {
        byte[] seed = new byte[32];
        random.nextBytes(seed);
        return PrivateKey.ed25519(seed);
    }

    private Host host(PrivateKey key) {
        Host host =
                Host.create(
                        HostConfig.builder(key)
                                .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                                .eventLoops(shared.loops())
                                .handshakes(shared.handshakes())
                                .build());
        host.start().join();
        open.add(host);
        return host;
    }

    private static Multiaddr address(Host host) {
        return host.listenAddresses().getFirst().withPeerId(host.peerId());
    }

    private TraceService trace(Host host, TraceSetup setup) {
        var encoder = new TraceEncoder(host.peerId(), Dialect.MESHSUB, 0);
        var trace = new TraceService("it", setup, encoder, host, System::nanoTime);
        trace.start();
        open.add(trace);
        return trace;
    }

    private Node node(TraceFormat format) {
        PrivateKey key = key();
        Host host = host(key);
        Path file = folder.resolve(host.peerId() + ".trace");
        TraceService trace = trace(host, new TraceSetup.File(file, format, 1 << 30));
        var gossip =
                new GossipService(
                        new GossipSetup(
                                "it",
                                key,
                                host,
                                RouterParams.GOSSIPSUB_GO.toBuilder()
                                        .heartbeatInterval(Duration.ofMillis(200))
                                        .heartbeatInitialDelay(Duration.ofMillis(20))
                                        .build(),
                                List.of("/meshsub/1.1.0"),
                                ScorePresets.RECOMMENDED,
                                ScorePresets.RECOMMENDED_THRESHOLDS,
                                random.split(),
                                System::nanoTime,
                                1,
                                true,
                                false,
                                null,
                                trace::offer,
                                null),
                        shared.validation(),
                        GossipEvents.NONE,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        gossip.join(
                "it",
                TOPIC,
                (_, answer) -> {
                    answer.accept(Verdict.ACCEPT);
                    return true;
                },
                _ -> {});
        gossip.start();
        open.add(gossip);
        return new Node(host, gossip, trace);
    }

    private TraceSummary stopped(Node node) throws Exception {
        node.gossip().close();
        node.trace().close();
        for (TraceDrop reason : TraceDrop.values()) {
            assertThat(node.trace().dropped(reason)).as(reason.label()).isZero();
        }
        TraceSummary summary = TraceSummary.of(folder.resolve(node.host().peerId() + ".trace"));
        assertThat(summary.total()).isEqualTo(node.trace().written());
        assertThat(summary.torn()).isZero();
        return summary;
    }

    @Test
    @DisplayName("C153: traces of two nodes, JSON and protobuf, agree on what went between them")
    void twoNodesAgree() throws Exception {
        Node first = node(TraceFormat.NDJSON);
        Node second = node(TraceFormat.PB);
        first.host().dialNow(address(second.host())).get(10, TimeUnit.SECONDS);
        await(() -> meshed(first) && meshed(second));
        int messages = 50;
        for (int i = 0; i < messages; i++) {
            byte[] payload = ("m" + i).getBytes(StandardCharsets.UTF_8);
            first.gossip().publish(TOPIC, payload, false).get(30, TimeUnit.SECONDS);
        }
        await(() -> second.trace().written() >= 2L * messages);

        Map<TraceKind, Long> here = stopped(first).events();
        Map<TraceKind, Long> there = stopped(second).events();

        assertThat(here).containsEntry(TraceKind.PUBLISH, (long) messages);
        assertThat(here).containsEntry(TraceKind.DELIVER, (long) messages);
        assertThat(there).containsEntry(TraceKind.DELIVER, (long) messages);
        assertThat(there).containsEntry(TraceKind.VALIDATE, (long) messages);
        assertThat(there).containsEntry(TraceKind.PUBLISH, 0L);
        for (Map<TraceKind, Long> one : List.of(here, there)) {
            assertThat(one)
                    .containsEntry(TraceKind.JOIN, 1L)
                    .containsEntry(TraceKind.LEAVE, 1L)
                    .containsEntry(TraceKind.ADD_PEER, 1L)
                    .containsEntry(TraceKind.GRAFT, 1L)
                    .containsEntry(TraceKind.REJECT, 0L);
        }
        // The second is told everything until it stops, after the first.
        assertThat(there.get(TraceKind.RECEIVE_RPC)).isBetween(50L, here.get(TraceKind.SEND_RPC));
    }

    private static boolean meshed(Node node) {
        GossipView view = node.gossip().view();
        return view != null
                && view.snapshot().topics().stream().anyMatch(topic -> topic.mesh().size() == 1);
    }

    /// Takes what a remote tracer sends, as go's collector does.
    private static final class Collector implements StreamHandler {
        private final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        volatile boolean ended;

        @Override
        public synchronized void data(Stream stream, byte[] array, int off, int len) {
            bytes.write(array, off, len);
        }

        @Override
        public void readClosed(Stream stream) {
            ended = true;
            stream.closeWrite();
        }

        /// What came so far, by kind; gzip may still go on.
        synchronized Map<TraceKind, Long> events() {
            var counts = new EnumMap<TraceKind, Long>(TraceKind.class);
            byte[] plain = plain(bytes.toByteArray());
            try {
                var in = java.nio.ByteBuffer.wrap(plain);
                while (in.hasRemaining()) {
                    int length = (int) Varint.read(in);
                    var batch = new ProtoReader(plain, in.position(), length);
                    while (batch.next()) {
                        assertThat(batch.field()).isEqualTo(1);
                        ProtoReader event = batch.message();
                        assertThat(event.next()).isTrue();
                        TraceKind kind = TraceKind.numbered(event.varint()).orElseThrow();
                        counts.merge(kind, 1L, Long::sum);
                    }
                    in.position(in.position() + length);
                }
            } catch (MalformedException e) {
                throw new AssertionError(e);
            }
            return counts;
        }

        private static byte[] plain(byte[] compressed) {
            var out = new java.io.ByteArrayOutputStream();
            if (compressed.length == 0) return compressed;
            try (var gzip = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
                for (int b; (b = gzip.read()) >= 0; ) out.write(b);
            } catch (EOFException _) {
                // Flushed, and not ended.
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return out.toByteArray();
        }
    }

    @Test
    @DisplayName(
            "C153: a remote tracer brings all event kinds, in compressed batches, again after"
                    + " its stream was reset, and ends its stream in order")
    void remote() throws Exception {
        Host host = host(key());
        Host other = host(key());
        var collectors = new CopyOnWriteArrayList<Collector>();
        var streams = new CopyOnWriteArrayList<Stream>();
        other.handle(
                TraceRemote.PROTOCOL,
                stream -> {
                    var collector = new Collector();
                    collectors.add(collector);
                    streams.add(stream);
                    return collector;
                });
        TraceService trace = trace(host, new TraceSetup.Remote(address(other)));
        for (int i = 0; i < 1000; i++) TraceEvents.ofEveryKind(i).forEach(trace::offer);

        await(() -> collectors.size() == 1 && sum(collectors.get(0)) == 16_000);
        assertThat(collectors.get(0).events().values()).containsOnly(1000L).hasSize(16);
        assertThat(trace.written()).isEqualTo(16_000);

        streams.get(0).reset(0);
        // What is handed to the old stream before its end is known here is lost: offer until the
        // new one brings something.
        var offered = new AtomicInteger();
        await(() -> {
            TraceEvents.ofEveryKind(1).forEach(trace::offer);
            offered.incrementAndGet();
            return collectors.size() == 2 && sum(collectors.get(1)) > 0;
        });
        trace.close();
        await(() -> collectors.get(1).ended);
        long lost = trace.dropped(TraceDrop.LOST);
        assertThat(trace.written() + lost).isEqualTo(16_000 + 16L * offered.get());
        assertThat(sum(collectors.get(1))).isPositive().isLessThanOrEqualTo(16L * offered.get());
    }

    private static long sum(Collector collector) {
        return collector.events().values().stream().mapToLong(Long::longValue).sum();
    }

    @Test
    @DisplayName("C153: a remote tracer without a collector drops what does not fit, and counts it")
    void withoutACollector() {
        Host host = host(key());
        Multiaddr nowhere = Multiaddr.parse("/ip4/127.0.0.1/tcp/1").withPeerId(TraceEvents.SELF);
        var encoder = new TraceEncoder(host.peerId(), Dialect.MESHSUB, 0);
        var trace =
                new TraceService(
                        "it",
                        new TraceSetup.Remote(nowhere),
                        encoder,
                        host,
                        System::nanoTime,
                        new TraceQueue(100, 1 << 20));
        trace.start();
        open.add(trace);
        TraceEvent event = TraceEvents.ofEveryKind(1).getFirst();
        for (int i = 0; i < 150; i++) trace.offer(event);

        assertThat(trace.dropped(TraceDrop.FULL)).isEqualTo(50);
        trace.close();
        assertThat(trace.dropped(TraceDrop.LOST)).isEqualTo(100);
        assertThat(trace.written()).isZero();
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).until(condition);
    }
}
