package org.pollen.node.devnet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.HostLimits;
import org.pollen.libp2p.HostTimeouts;
import org.pollen.libp2p.Reachability;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PooledTransaction;
import org.pollen.node.EmbeddedChain;
import org.pollen.node.NodeProfiles;
import org.pollen.node.NodeRuntime;
import org.pollen.node.NodeSetup;
import org.pollen.node.OperatorException;
import org.pollen.node.Shared;
import org.pollen.node.Transports;
import org.pollen.node.chain.DevChain;
import org.pollen.node.gossip.GossipView;
import org.pollen.node.pool.BlobSetup;
import org.pollen.node.rpc.NodeRpc;
import org.pollen.node.rpc.RpcConfig;
import org.pollen.node.rpc.RpcSettings;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.pollen.router.RouterSnapshot;

/// A local network: complete nodes with listeners of their own on loopback addresses, one embedded
/// chain, one load.
///
/// Everything drawn comes from the seed; threads and sockets are real, so two runs are alike, not
/// equal. Source: operations.md 2.
public final class Devnet implements AutoCloseable {
    private static final int P2P_PORT = 9810;
    private static final int RPC_PORT = 9811;
    private static final int OPS_PORT = 9813;
    private static final int CHAIN_PORT = 9809;
    private static final int DIALS = 7; // each node dials so many earlier ones, and is dialled
    private static final long BLOB_BYTES = 16L << 20; // of a node, in memory
    private static final Duration SLOWNESS = Duration.ofMillis(120);

    private final DevnetOptions options;
    private final Consumer<String> progress;
    private final Shared shared;
    private final List<NodeRuntime> nodes = new ArrayList<>();
    private final DeliveryTracker tracker;
    private final DevChain chain;
    private final EmbeddedChain blocks;
    private final LoadDriver load;
    private final AtomicLong reinjected = new AtomicLong();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final SplittableRandom random;
    private @Nullable NodeRpc chainRpc;
    private volatile @Nullable Throwable failure;
    private long startedAt;
    private long meshFormedMillis = -1;
    private int proposer;

    /// Wires everything; nothing listens yet.
    ///
    /// @param progress takes lines for people
    public Devnet(DevnetOptions options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
        this.random = new SplittableRandom(options.seed());
        this.tracker = new DeliveryTracker(options.nodes());
        this.shared = new Shared(Math.max(2, Runtime.getRuntime().availableProcessors()));
        this.blocks =
                new EmbeddedChain(
                        options.seed(),
                        options.blockTime(),
                        options.reorgEvery(),
                        random.split(),
                        this::pending,
                        cause -> failure = cause);
        this.chain = blocks.chain();
        for (int i = 0; i < options.nodes(); i++) nodes.add(node(i));
        this.load = new LoadDriver(options, chain, nodes, random.split());
    }

    private NodeRuntime node(int index) {
        boolean slow = index >= options.nodes() - options.slow();
        InetAddress address = address(index);
        var bootnodes = new ArrayList<Multiaddr>();
        var earlier = new ArrayList<>(nodes);
        Collections.shuffle(earlier, new java.util.Random(random.nextLong()));
        for (NodeRuntime other : earlier.subList(0, Math.min(DIALS, earlier.size()))) {
            bootnodes.add(
                    Multiaddr.tcp(
                                    other.setup().p2p().getAddress().getAddress(),
                                    other.setup().p2p().getPort())
                            .withPeerId(other.host().peerId()));
        }
        byte[] seed = new byte[32];
        random.nextBytes(seed);
        double rate = options.txRate();
        NodeProfiles.Gossip gossip = NodeProfiles.gossip(options.dialect(), rate);
        var setup =
                new NodeSetup(
                        "node" + (index + 1),
                        PrivateKey.ed25519(seed),
                        new InetSocketAddress(address, P2P_PORT),
                        true,
                        new InetSocketAddress(address, RPC_PORT),
                        RpcSettings.DEFAULTS.withNamespaces(RpcSettings.SERVED),
                        options.page() ? new InetSocketAddress(address, OPS_PORT) : null,
                        List.of("localhost"),
                        bootnodes,
                        options.dialect(),
                        gossip.protocols(),
                        gossip.router(),
                        gossip.scores(),
                        gossip.thresholds(),
                        gossip.second(),
                        rate,
                        PoolConfig.DEFAULTS,
                        DevChain.FORKS,
                        chain,
                        List.of(),
                        HostLimits.DEFAULT.withConnections(216, 200),
                        HostTimeouts.DEFAULT,
                        options.page(),
                        Reachability.NONE,
                        random.split(),
                        slow ? "slow" : "honest",
                        slow ? SLOWNESS : Duration.ZERO,
                        Transports.TCP,
                        null);
        var node =
                new NodeRuntime(
                        setup,
                        shared,
                        System::nanoTime,
                        System::currentTimeMillis,
                        new Probe(index));
        var pool = java.util.Objects.requireNonNull(node.pool());
        BlobSetup.inMemory(new BlobPoolConfig(BLOB_BYTES, BlobPoolConfig.DEFAULTS.priceBump()))
                .ifPresent(pool::useBlobs);
        return node;
    }

    private InetAddress address(int index) {
        try {
            return InetAddress.getByName(options.base() + "." + (index + 1));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("base is " + options.base() + ": no address", e);
        }
    }

    /// Binds every listener, starts every thread and waits for the mesh.
    public void start() {
        startedAt = System.nanoTime();
        try {
            for (NodeRuntime node : nodes) {
                node.bind();
                node.routes().network(() -> nodes);
            }
            bindChain();
        } catch (OperatorException e) { // its ports are fixed, its addresses are not
            throw new OperatorException(
                    e.problems().getFirst().code(),
                    e.problems().getFirst().message(),
                    "stop the other program, or take other addresses, such as --base 127.61.0",
                    e);
        }
        nodes.forEach(NodeRuntime::start);
        progress.accept("nodes   %d up in %.1f s".formatted(nodes.size(), seconds(startedAt)));
        awaitMesh();
        blocks.start();
        load.start();
    }

    private void bindChain() {
        NodeRuntime first = nodes.getFirst();
        var pool = java.util.Objects.requireNonNull(first.pool());
        var address = new InetSocketAddress(first.setup().p2p().getAddress(), CHAIN_PORT);
        NodeRpc server = first.rpcListener(pool, RpcConfig.devChainListener(address), blocks);
        chainRpc = server;
        NodeRuntime.bound("chain", address, server.listen());
    }

    private void awaitMesh() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int wanted = Math.min(nodes.getFirst().setup().router().meshLow(), nodes.size() - 1);
        while (System.nanoTime() - deadline < 0 && failure() == null) {
            int[] sizes = meshSizes();
            if (sizes[0] >= wanted) {
                meshFormedMillis = (System.nanoTime() - startedAt) / 1_000_000;
                progress.accept(
                        "mesh    formed in %.1f s (tx: min %d, median %d, max %d peers)"
                                .formatted(
                                        meshFormedMillis / 1000.0,
                                        sizes[0],
                                        sizes[sizes.length / 2],
                                        sizes[sizes.length - 1]));
                return;
            }
            if (pause(20)) return;
        }
        progress.accept("mesh    is not complete yet: smallest " + meshSizes()[0]);
    }

    private int[] meshSizes() {
        return nodes.stream()
                .mapToInt(node -> {
                    GossipView view = node.gossip().view();
                    if (view == null || view.snapshot().topics().isEmpty()) return 0;
                    return view.snapshot().topics().getFirst().mesh().size();
                })
                .sorted()
                .toArray();
    }

    /// Runs until the duration is over, [#requestStop] is called or a node breaks; says how it
    /// goes.
    ///
    /// @param every time between two status lines
    public void run(Duration every) {
        long end =
                options.duration().isZero()
                        ? Long.MAX_VALUE
                        : System.nanoTime() + options.duration().toNanos();
        long next = System.nanoTime() + every.toNanos();
        while (failure() == null) {
            long now = System.nanoTime();
            if (end != Long.MAX_VALUE && now - end >= 0) return;
            if (now - next >= 0) {
                progress.accept(status());
                next += every.toNanos();
            }
            if (pause(50)) return;
        }
    }

    /// Ends [#run].
    public void requestStop() {
        stop.countDown();
    }

    private boolean pause(long millis) {
        try {
            return stop.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private String status() {
        var pool = java.util.Objects.requireNonNull(nodes.getFirst().pool()).snapshot();
        DevnetSummary.Scores scores = DevnetSummary.Scores.of(nodes);
        return "%s  block %d  txs %d  pool %d pending / %d queued  delivery %.4f p99 %.0f ms  dup %.1fx  score min %.1f p50 %.1f  reorgs %d"
                .formatted(
                        java.time.LocalTime.now(java.time.ZoneId.systemDefault())
                                .truncatedTo(java.time.temporal.ChronoUnit.SECONDS),
                        chain.latest().number(),
                        tracker.published(),
                        pool.pending(),
                        pool.queued(),
                        tracker.ratio(),
                        tracker.percentileMillis(99),
                        DevnetSummary.duplicates(nodes),
                        scores.min(),
                        scores.p50(),
                        blocks.reorgs());
    }

    /// Stops the load, lets what is on its way arrive, holds the chain still, and looks whether
    /// every pool agrees with it.
    ///
    /// @param settle how long to wait at most
    public DevnetSummary finish(Duration settle) {
        double runSeconds = seconds(startedAt);
        load.close();
        long deadline = System.nanoTime() + settle.toNanos();
        while (tracker.inFlight() > 0 && System.nanoTime() - deadline < 0 && failure() == null) {
            quietly(20);
        }
        await(blocks.hold());
        ConsistencyCheck check = new ConsistencyCheck(chain, nodes);
        List<String> problems = check.problems();
        while (!problems.isEmpty() && System.nanoTime() - deadline < 0 && failure() == null) {
            quietly(50);
            problems = check.problems();
        }
        return DevnetSummary.of(
                nodes,
                tracker,
                load,
                chain.latest().number(),
                blocks.reorgs(),
                reinjected.get(),
                meshFormedMillis,
                runSeconds,
                problems);
    }

    private static void quietly(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(CompletableFuture<?> future) {
        try {
            future.get(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("the chain does not answer", e);
        }
    }

    /// What broke; null while all is well.
    public @Nullable Throwable failure() {
        if (failure != null) return failure;
        for (NodeRuntime node : nodes) if (node.failure() != null) return node.failure();
        return null;
    }

    /// The nodes, for tests.
    public List<NodeRuntime> nodes() {
        return List.copyOf(nodes);
    }

    /// The chain.
    public DevChain chain() {
        return chain;
    }

    /// Proposers take turns: each block comes from another node's pool, as on a real network.
    private List<List<PooledTransaction>> pending() {
        NodeRuntime node = nodes.get(proposer++ % nodes.size());
        var pool = node.pool();
        return pool == null ? List.of() : pool.executable();
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    @Override
    public void close() {
        load.close();
        blocks.close();
        if (chainRpc != null) chainRpc.close();
        nodes.parallelStream().forEach(NodeRuntime::close);
        shared.close();
    }

    /// Measures one node.
    private final class Probe implements NodeRuntime.Probe {
        private final int index;

        Probe(int index) {
            this.index = index;
        }

        @Override
        public void published(byte[] id, long now) {
            tracker.published(index, id, now);
        }

        @Override
        public void arrived(byte[] id, long now) {
            long nanos = tracker.arrived(index, id, now);
            if (nanos >= 0) nodes.get(index).routes().latency().add(nanos);
        }

        @Override
        public void reinjected(int count) {
            if (index == 0) reinjected.addAndGet(count);
        }
    }

    /// What a node sees of its meshes, for the summary.
    static List<RouterSnapshot.PeerView> peers(NodeRuntime node) {
        GossipView view = node.gossip().view();
        return view == null ? List.of() : view.snapshot().peers();
    }
}
