package org.pollen.node.ops;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.HostListener;
import org.pollen.node.NodeRuntime;
import org.pollen.node.SharedDistribution;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.ChainStatus;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.gossip.GossipView;
import org.pollen.node.pool.BlobDesk;
import org.pollen.node.pool.PoolService;
import org.pollen.node.store.BlobFiles;
import org.pollen.node.store.DiskSpace;
import org.pollen.node.store.TransactionJournal;
import org.pollen.router.Distribution;
import org.pollen.router.RouterSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one node's operations listener answers: metrics, health, discovery, and the page's state
/// with its history.
///
/// The state is made once a second on an event loop from snapshots and then served to everybody.
public final class NodeRoutes implements OpsRoutes, AutoCloseable {
    /// Seconds of history that a page gets when it opens.
    public static final int HISTORY_SECONDS = 900;

    private static final Logger LOG = LoggerFactory.getLogger("ops");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SERIES =
            List.of(
                    "messages",
                    "duplicates",
                    "p50",
                    "p99",
                    "bytesIn",
                    "bytesOut",
                    "pending",
                    "queued",
                    "baseFee");

    private final NodeRuntime node;
    private final LongSupplier clock;
    private final LongSupplier wallMillis;
    private final long started;
    private final LatencyWindow latency = new LatencyWindow();
    private final Map<String, SharedDistribution> handshakes =
            Map.of("noise", SharedDistribution.network(), "tls", SharedDistribution.network());
    private final Map<Way, LongAdder> opened = new LinkedHashMap<>();
    private final SharedDistribution roundTrips = SharedDistribution.local();
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusMeterRegistry process;
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final Map<String, SharedDistribution> lags =
            Map.of(
                    "router", SharedDistribution.local(),
                    "pool", SharedDistribution.local(),
                    "io", SharedDistribution.local());
    private final StateView stateView;
    private final ArrayDeque<Map<String, Double>> history = new ArrayDeque<>();
    private volatile @Nullable Snapshot state;
    private volatile @Nullable Network network;
    private @Nullable ScheduledFuture<?> ticking;
    private ChainSource.@Nullable Registration registration;
    private final java.util.concurrent.atomic.AtomicLong reorgs =
            new java.util.concurrent.atomic.AtomicLong();
    private volatile long lastReorgDepth;
    private volatile long lastHeadAt;
    private long seq;

    /// Who opened a connection, and over what.
    record Way(boolean outbound, String transport) {
        static Way of(Connection connection) {
            return new Way(connection.outbound(), connection.transport());
        }
    }

    static final List<Way> WAYS =
            Stream.of("tcp", "ws", "wss")
                    .flatMap(transport ->
                            Stream.of(new Way(false, transport), new Way(true, transport)))
                    .toList();

    /// The other nodes of a devnet, for the page and for discovery.
    public interface Network {
        /// All nodes, this one included.
        List<NodeRuntime> nodes();
    }

    /// Routes of a node.
    ///
    /// @param clock monotonic nanoseconds
    /// @param wallMillis milliseconds since 1970
    public NodeRoutes(NodeRuntime node, LongSupplier clock, LongSupplier wallMillis) {
        this.node = node;
        this.clock = clock;
        this.wallMillis = wallMillis;
        this.started = clock.getAsLong();
        this.lastHeadAt = started;
        for (Way way : WAYS) opened.put(way, new LongAdder());
        registry.register(new NodeMetrics(node, this));
        process = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, registry, Clock.SYSTEM);
        new JvmMemoryMetrics().bindTo(process);
        new JvmThreadMetrics().bindTo(process);
        new ClassLoaderMetrics().bindTo(process);
        new UptimeMetrics().bindTo(process);
        new FileDescriptorMetrics().bindTo(process);
        collections.bindTo(process);
        stateView = new StateView(node, this, JSON);
        node.host().addListener(new Timings());
    }

    /// Begins to make states.
    public void start() {
        PoolService pool = node.pool();
        if (pool != null) registration = pool.chain().addListener(this::headChanged);
        ticking =
                node.shared()
                        .loops()
                        .next()
                        .scheduleAtFixedRate(this::makeState, 300, 1000, TimeUnit.MILLISECONDS);
    }

    /// Shows the other nodes of a devnet too.
    public void network(Network all) {
        network = all;
    }

    private void makeState() {
        probe("router", node.gossip()::probe);
        PoolService pool = node.pool();
        if (pool != null) probe("pool", pool::probe);
        probe("io", node.shared().loops().next()::execute);
        try {
            ObjectNode json = stateView.make(++seq, wallMillis.getAsLong(), clock.getAsLong());
            remember(json);
            state = new Snapshot(seq, JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException
                | RuntimeException e) { // the page may not stop for a defect
            LOG.error("{}: the state could not be made", node.setup().name(), e);
        }
    }

    /// How long a loop leaves a task waiting.
    private void probe(String loop, Consumer<Runnable> poster) {
        SharedDistribution lag = lags.get(loop);
        long posted = System.nanoTime();
        if (lag != null) poster.accept(() -> lag.nanos(System.nanoTime() - posted));
    }

    private void remember(ObjectNode json) {
        var traffic = json.path("traffic");
        var point = new LinkedHashMap<String, Double>();
        point.put("t", json.path("now").asDouble());
        point.put("messages", traffic.path("messagesPerSecond").asDouble());
        point.put("duplicates", traffic.path("duplicatesPerSecond").asDouble());
        point.put("p50", number(traffic.path("p50Ms")));
        point.put("p99", number(traffic.path("p99Ms")));
        point.put("bytesIn", traffic.path("bytesInPerSecond").asDouble());
        point.put("bytesOut", traffic.path("bytesOutPerSecond").asDouble());
        point.put("pending", number(json.path("pool").path("pending")));
        point.put("queued", number(json.path("pool").path("queued")));
        point.put("baseFee", number(json.path("chain").path("head").path("baseFee")));
        synchronized (history) {
            if (history.size() == HISTORY_SECONDS) history.removeFirst();
            history.add(point);
        }
    }

    private static @Nullable Double number(com.fasterxml.jackson.databind.JsonNode value) {
        return value.isNumber() ? Double.valueOf(value.asDouble()) : null;
    }

    private void headChanged(HeadChange change) {
        lastHeadAt = clock.getAsLong();
        if (change.reorganised()) {
            reorgs.incrementAndGet();
            lastReorgDepth = change.removed().size();
            stateView.reorganised(change);
            node.events()
                    .add(
                            "reorg",
                            "at %d, depth %d"
                                    .formatted(change.newHead().number(), change.removed().size()));
        } else {
            node.events()
                    .add(
                            "block",
                            "%d with %d transactions"
                                    .formatted(
                                            change.newHead().number(),
                                            change.newHead().transactions().size()));
        }
        stateView.headChanged(change);
    }

    @Override
    public Reply get(String path, String query, String accept) {
        return switch (path) {
            case "/metrics" -> metrics(accept);
            case "/livez" -> Reply.text(node.failure() == null ? 200 : 503, live());
            case "/readyz" -> ready(query);
            case "/sd" -> Reply.json(serviceDiscovery());
            case "/api/v1/state" -> {
                Snapshot now = state;
                yield now == null ? Reply.text(503, "starting\n") : Reply.json(now.json());
            }
            case "/api/v1/history" -> Reply.json(historyJson());
            default -> {
                if (path.startsWith("/api/v1/peers/")) {
                    yield peer(path.substring("/api/v1/peers/".length()), path);
                }
                yield Reply.notFound(path);
            }
        };
    }

    @Override
    public @Nullable Snapshot state() {
        return state;
    }

    private Reply metrics(String accept) {
        var writer = ExpositionFormats.init().findWriter(accept);
        var out = new ByteArrayOutputStream(64 << 10);
        try {
            writer.write(out, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Reply(200, writer.getContentType(), out.toByteArray());
    }

    private String live() {
        Throwable failure = node.failure();
        return failure == null ? "ok\n" : "stopped by a defect: " + failure + "\n";
    }

    private Reply ready(String query) {
        Map<String, String> checks = checks();
        var text = new StringBuilder();
        boolean good = true;
        for (var check : checks.entrySet()) {
            if (query.contains("exclude=" + check.getKey())) continue;
            boolean passes = check.getValue().equals("ok");
            good &= passes;
            if (!passes || query.contains("verbose")) {
                text.append(check.getKey()).append(' ').append(check.getValue()).append('\n');
            }
        }
        return Reply.text(good ? 200 : 503, text.isEmpty() ? "ok\n" : text.toString());
    }

    /// What readiness depends on, with `ok` or what is wrong. Source: operations.md 8.1.
    public Map<String, String> checks() {
        var checks = new LinkedHashMap<String, String>();
        checks.put("p2p", node.host().peers() > 0 ? "ok" : "no peers");
        GossipView view = node.gossip().view();
        String mesh = "ok";
        if (view == null) {
            mesh = "starting";
        } else {
            int low = node.setup().router().meshLow();
            for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
                if (topic.subscribers() >= low && topic.mesh().size() < low) {
                    mesh = "mesh of " + topic.mesh().size();
                }
            }
        }
        checks.put("mesh", mesh);
        if (node.pool() != null) {
            checks.put("chain", chainCheck(node.pool().chain()));
            checks.put("pool", poolCheck(node.pool()));
        }
        DiskSpace disk = node.disk();
        if (disk != null) checks.put("store", disk.check());
        return checks;
    }

    private String poolCheck(PoolService pool) {
        if (node.failure() != null) return "stopped";
        TransactionJournal journal = pool.journal();
        String trouble = journal == null ? null : journal.trouble();
        if (trouble != null) return "journal not writable: " + trouble;
        BlobDesk desk = pool.blobs();
        BlobFiles files = desk == null ? null : desk.files();
        String blobTrouble = files == null ? null : files.trouble();
        return blobTrouble == null ? "ok" : "blob transactions not writable: " + blobTrouble;
    }

    /// The embedded chain makes blocks by the clock; another client may have none to make, but has
    /// to answer.
    private String chainCheck(ChainSource chain) {
        ChainStatus status = chain.status();
        long silent = (clock.getAsLong() - lastHeadAt) / 1_000_000_000L;
        if (status.source().equals("embedded")) {
            return silent < 60 ? "ok" : "no head for " + silent + " s";
        }
        String trouble = status.trouble();
        if (trouble != null) return "source down: " + trouble;
        return status.synced()
                ? "ok"
                : "no answer for " + status.silentNanos() / 1_000_000_000L + " s";
    }

    private byte[] serviceDiscovery() {
        ArrayNode targets = JSON.createArrayNode();
        for (NodeRuntime one : nodes()) {
            var address = one.setup().ops();
            if (address == null) continue;
            ObjectNode group = targets.addObject();
            group.putArray("targets")
                    .add(address.getAddress().getHostAddress() + ":" + address.getPort());
            group.putObject("labels")
                    .put("role", one.setup().role())
                    .put("node", one.setup().name());
        }
        return targets.toString().getBytes(StandardCharsets.UTF_8);
    }

    private byte[] historyJson() {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode times = root.putArray("t");
        List<Map<String, Double>> points;
        synchronized (history) {
            points = new ArrayList<>(history);
        }
        points.forEach(point -> times.add(point.get("t")));
        for (String series : SERIES) {
            ArrayNode values = root.putArray(series);
            points.forEach(point -> values.add(point.get(series)));
        }
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }

    private Reply peer(String id, String path) {
        GossipView view = node.gossip().view();
        if (view == null) return Reply.notFound(path);
        for (RouterSnapshot.PeerView peer : view.snapshot().peers()) {
            if (peer.id().toString().equals(id)) {
                return Reply.json(
                        stateView.explain(peer).toPrettyString().getBytes(StandardCharsets.UTF_8));
            }
        }
        return Reply.notFound(path);
    }

    List<NodeRuntime> nodes() {
        Network all = network;
        return all == null ? List.of(node) : all.nodes();
    }

    boolean inNetwork() {
        return network != null;
    }

    String topicName(String digits) {
        GossipView view = node.gossip().view();
        if (view != null) {
            for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
                if (topic.name().equals(digits)) return node.gossip().nameOf(topic.mask());
            }
        }
        return digits.length() > 20
                ? "m" + digits.length() / 2 + "-" + digits.substring(0, 8)
                : digits;
    }

    /// Times from publishing to arrival at this node.
    public LatencyWindow latency() {
        return latency;
    }

    /// Connections that got through the handshake.
    Map<Way, Long> opened() {
        var counts = new LinkedHashMap<Way, Long>();
        opened.forEach((way, count) -> counts.put(way, count.sum()));
        return counts;
    }

    /// Seconds that handshakes took, by what protects the connection.
    Map<String, Distribution.Counts> handshakes() {
        return counts(handshakes);
    }

    Distribution.Counts roundTrips() {
        return roundTrips.counts();
    }

    private static Map<String, Distribution.Counts> counts(Map<String, SharedDistribution> all) {
        var counts = new TreeMap<String, Distribution.Counts>();
        all.forEach((label, one) -> counts.put(label, one.counts()));
        return counts;
    }

    /// Seconds that each loop left a probe waiting.
    Map<String, Distribution.Counts> lags() {
        Map<String, Distribution.Counts> counts = counts(lags);
        if (node.pool() == null) counts.remove("pool");
        return counts;
    }

    long reorgs() {
        return reorgs.get();
    }

    long lastReorgDepth() {
        return lastReorgDepth;
    }

    long started() {
        return started;
    }

    @Override
    public void close() {
        if (ticking != null) ticking.cancel(false);
        if (registration != null) registration.close();
        collections.close();
        process.close();
    }

    /// The host's timings, for histograms.
    private final class Timings implements HostListener {
        @Override
        public void connected(Connection connection) {
            LongAdder count = opened.get(Way.of(connection));
            if (count != null) count.increment();
        }

        @Override
        public void handshake(Connection connection, long nanos) {
            SharedDistribution seconds = handshakes.get(connection.security());
            if (seconds != null) seconds.nanos(nanos);
        }

        @Override
        public void roundTrip(Connection connection, long nanos) {
            roundTrips.nanos(nanos);
        }
    }
}
