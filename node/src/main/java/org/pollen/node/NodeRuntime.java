package org.pollen.node;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.math.BigInteger;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pollen.discovery.Discv5;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.peers.DnsAddr;
import org.pollen.libp2p.peers.DnsTexts;
import org.pollen.libp2p.peers.Mdns;
import org.pollen.libp2p.peers.MdnsSockets;
import org.pollen.libp2p.peers.PeerManager;
import org.pollen.mempool.Announcement;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.node.gossip.GossipEvents;
import org.pollen.node.gossip.GossipRpc;
import org.pollen.node.gossip.GossipService;
import org.pollen.node.gossip.GossipSetup;
import org.pollen.node.ops.HostAllowlist;
import org.pollen.node.ops.NodeRoutes;
import org.pollen.node.ops.OpsServer;
import org.pollen.node.pool.BudgetedValidator;
import org.pollen.node.pool.PoolListener;
import org.pollen.node.pool.PoolRpc;
import org.pollen.node.pool.PoolService;
import org.pollen.node.rpc.NodeRpc;
import org.pollen.node.rpc.PeerAccess;
import org.pollen.node.rpc.RpcConfig;
import org.pollen.node.rpc.RpcCounters;
import org.pollen.node.store.DiskSpace;
import org.pollen.node.trace.TraceService;
import org.pollen.node.trace.TraceSetup;
import org.pollen.peer.Multiaddr;
import org.pollen.router.Mask;
import org.pollen.router.TraceEncoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running node: host, gossip, pool, JSON-RPC and operations, wired together.
///
/// `node` wires, cores decide, `libp2p` moves bytes. All listeners are bound before anything else
/// starts, so that a busy port leaves nothing behind. Source: design.md.
public final class NodeRuntime implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("node");
    private static final Pattern QUIC = Pattern.compile("/udp/(\\d+)/quic-v1");

    private final NodeSetup setup;
    private final Shared shared;
    private final Host host;
    private final GossipService gossip;
    private final @Nullable TraceService trace;
    private final @Nullable PoolService pool;
    private final @Nullable BudgetedValidator budgets;
    private final Mask transactions;
    private final NodeRoutes routes;
    private final NodeEvents events;
    private final GossipRpc gossipRpc;
    private @Nullable NodeRpc rpc;
    private @Nullable OpsServer ops;
    private @Nullable InetSocketAddress rpcBound;
    private @Nullable InetSocketAddress opsBound;
    private final RpcCounters rpcCounters = new RpcCounters();
    private volatile @Nullable Throwable failure;
    private @Nullable PeerManager peering;
    private @Nullable DnsTexts names;
    private @Nullable MdnsSockets mdns;
    private Discv5.@Nullable Settings discovery;
    private @Nullable Discv5 discv5;
    private volatile @Nullable DiskSpace disk;

    /// What the devnet measures on a node, besides what the page shows.
    public interface Probe {
        /// Measures nothing.
        Probe NONE = new Probe() {};

        /// A transaction was published here.
        default void published(byte[] id, long now) {}

        /// A first copy of a message came.
        default void arrived(byte[] id, long now) {}

        /// Transactions of abandoned blocks are pooled again.
        default void reinjected(int count) {}
    }

    /// Wires a node; nothing listens yet.
    ///
    /// @param clock monotonic nanoseconds
    /// @param wallMillis milliseconds since 1970
    public NodeRuntime(
            NodeSetup setup,
            Shared shared,
            LongSupplier clock,
            LongSupplier wallMillis,
            Probe probe) {
        this.setup = setup;
        this.shared = shared;
        this.events = new NodeEvents(wallMillis);
        Consumer<Throwable> onFailure = cause -> failure = cause;
        var address = Multiaddr.tcp(setup.p2p().getAddress().getAddress(), setup.p2p().getPort());
        var listen = new ArrayList<Multiaddr>(List.of(address));
        listen.addAll(setup.transports().more());
        EventLoop loop = shared.nodeLoop();
        this.host =
                Host.create(
                        HostConfig.builder(setup.key())
                                .listen(listen)
                                .security(
                                        setup.transports()
                                                .security()
                                                .toArray(HostConfig.Security[]::new))
                                .webSocketTls(setup.transports().webSocketTls())
                                .dialFrom(
                                        setup.dialFromListenAddress()
                                                ? setup.p2p().getAddress()
                                                : null)
                                .eventLoops(loop == null ? shared.loops() : loop)
                                .handshakes(shared.handshakes())
                                .agentVersion(Version.CURRENT.agent())
                                .limits(setup.limits())
                                .timeouts(setup.timeouts())
                                .reachability(setup.reachability())
                                .build());
        this.transactions = Topics.mask(Topics.TRANSACTIONS, setup.router().dialect());
        NodeProfiles.Gossip second = setup.second();
        TraceSetup traced = setup.trace();
        this.trace =
                traced == null
                        ? null
                        : new TraceService(
                                setup.name(),
                                traced,
                                new TraceEncoder(
                                        host.peerId(),
                                        setup.router().dialect(),
                                        wallMillis.getAsLong() * 1_000_000 - clock.getAsLong()),
                                host,
                                clock);
        this.gossip =
                new GossipService(
                        new GossipSetup(
                                setup.name(),
                                setup.key(),
                                host,
                                setup.router(),
                                setup.protocols(),
                                setup.scores(),
                                setup.thresholds(),
                                setup.random().split(),
                                clock,
                                wallMillis.getAsLong() * 1_000_000,
                                setup.dialFromListenAddress(),
                                setup.protocols().stream()
                                        .anyMatch(
                                                setup.reachability().limitedProtocols()::contains),
                                second == null
                                        ? null
                                        : new GossipSetup.Second(
                                                second.router(),
                                                second.scores(),
                                                second.thresholds()),
                                trace == null ? null : trace::offer,
                                null),
                        shared.validation(),
                        new Events(probe),
                        onFailure,
                        loop);
        if (setup.chain() == null) {
            pool = null;
            budgets = null;
            gossip.join(
                    Topics.TRANSACTIONS,
                    dialect -> Topics.mask(Topics.TRANSACTIONS, dialect),
                    wellFormed(),
                    message -> gossipRpc().delivered(message));
        } else {
            var context =
                    PoolContext.of(
                            BigInteger.valueOf(setup.chain().chainId()),
                            setup.forks(),
                            setup.chain());
            PoolService service =
                    new PoolService(
                            setup.name(),
                            setup.pool(),
                            context,
                            setup.chain(),
                            shared.validation(),
                            setup.random().split(),
                            clock,
                            onFailure);
            pool = service;
            budgets =
                    new BudgetedValidator(
                            (message, answer, excuse) ->
                                    service.judge(message.data(), later(answer), excuse),
                            clock,
                            peer -> gossip.charge(peer, BudgetedValidator.PENALTY));
            service.addListener(new Publishing(probe));
            gossip.join(
                    Topics.TRANSACTIONS,
                    dialect -> Topics.mask(Topics.TRANSACTIONS, dialect),
                    budgets,
                    message -> gossipRpc().delivered(message));
        }
        this.routes = new NodeRoutes(this, clock, wallMillis);
        this.gossipRpc =
                new GossipRpc(
                        gossip,
                        setup.dialect(),
                        Map.of(Topics.TRANSACTIONS, transactions),
                        events,
                        clock,
                        routes::checks);
    }

    private GossipRpc gossipRpc() {
        return gossipRpc;
    }

    /// A slow node's verdicts come later.
    private Consumer<org.pollen.router.Verdict> later(Consumer<org.pollen.router.Verdict> answer) {
        long delay = setup.validationDelay().toNanos();
        if (delay == 0) return answer;
        return verdict -> {
            var _ =
                    shared.loops()
                            .next()
                            .schedule(
                                    () -> answer.accept(verdict),
                                    delay,
                                    java.util.concurrent.TimeUnit.NANOSECONDS);
        };
    }

    /// Without a chain there is no state to judge by: a relay forwards what is a transaction.
    private org.pollen.node.gossip.TopicValidator wellFormed() {
        return (message, answer) -> {
            byte[] payload = message.data();
            try {
                shared.validation().execute(() -> answer.accept(decodes(payload)));
                return true;
            } catch (java.util.concurrent.RejectedExecutionException _) {
                return false;
            }
        };
    }

    private static org.pollen.router.Verdict decodes(byte[] payload) {
        try {
            return TransactionDecoder.decode(payload).senderOrNull() == null
                    ? org.pollen.router.Verdict.REJECT
                    : org.pollen.router.Verdict.ACCEPT;
        } catch (TransactionRefusedException _) {
            return org.pollen.router.Verdict.REJECT;
        }
    }

    /// Binds every listener.
    ///
    /// @throws OperatorException NET-001 naming the address that is taken
    public void bind() {
        if (pool != null) {
            pool.exchangeBlobs(
                    host,
                    setup.random().split(),
                    peer -> gossip.charge(peer, BudgetedValidator.PENALTY));
        }
        bound("p2p", setup.p2p(), host.start());
        InetSocketAddress opsAddress = setup.ops();
        if (opsAddress != null) {
            var server =
                    new OpsServer(
                            shared.loops(),
                            routes,
                            new HostAllowlist(setup.allowHosts()),
                            setup.page());
            ops = server;
            opsBound =
                    bound("ops", opsAddress, server.listen(opsAddress, transport(shared.loops())));
        }
        InetSocketAddress rpcAddress = setup.rpc();
        PoolService service = pool;
        if (rpcAddress != null && service != null) {
            rpc =
                    rpcListener(
                            service,
                            RpcConfig.publicListener(
                                    rpcAddress, setup.allowHosts(), setup.rpcSettings()),
                            null);
            rpcBound = bound("rpc", rpcAddress, rpc.listen());
        }
    }

    /// A JSON-RPC listener over this node's pool and chain.
    ///
    /// @param driver moves the embedded chain; null on a public listener
    public NodeRpc rpcListener(
            PoolService service,
            RpcConfig config,
            org.pollen.node.rpc.DevApi.@Nullable DriverAccess driver) {
        return new NodeRpc(
                config,
                setup.rpcSettings().limits(),
                service.chain(),
                new PoolRpc(service),
                new Peers(),
                gossipRpc,
                Version.CURRENT.agent(),
                driver,
                rpcCounters,
                new NodeRpc.Runtime(
                        shared.loops(),
                        transport(shared.loops()),
                        shared.calls(),
                        System::nanoTime,
                        new java.security.SecureRandom()));
    }

    /// Lets the owner of a data directory say what happens to the pool.
    ///
    /// @return to be closed; null without a pool, or where there can be no such socket
    public @Nullable ControlSocket control(Path folder) {
        if (pool == null) return null;
        try {
            return ControlSocket.open(folder, new PoolControl(pool));
        } catch (IOException e) {
            LOG.warn("{} has no control socket: {}", folder, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /// Tells of the room on a disk in metrics and readiness; before [#start()].
    public void watch(DiskSpace space) {
        disk = space;
    }

    /// The disk that is watched; null for none.
    public @Nullable DiskSpace disk() {
        return disk;
    }

    /// Has peers remembered, dialled and let go by a manager from [#start()] on, instead of
    /// dialling the bootnodes only.
    ///
    /// @param store closed with the node
    public void manage(PeerManager.Settings settings, PeerManager.Store store) {
        EventLoop loop = shared.loops().next();
        var texts = new DnsTexts(loop, Duration.ofSeconds(5), null);
        names = texts;
        peering =
                new PeerManager(
                        host,
                        settings,
                        store,
                        loop,
                        shared.calls(),
                        new DnsAddr(texts),
                        System::nanoTime,
                        System::currentTimeMillis);
        gossip.exchangeThrough(peering::offer);
    }

    /// Has peers of the local network found by multicast DNS, once managed.
    public void discoverLocally() {
        PeerManager manager = peering;
        if (manager == null) throw new IllegalStateException("manage comes first");
        mdns =
                new MdnsSockets(
                        shared.loops().next(),
                        new Mdns(
                                host.peerId(),
                                setup.random().split(),
                                host::listenAddresses,
                                manager::heardLocally,
                                System.nanoTime()),
                        MdnsSockets.GROUP);
    }

    /// Has peers found by discv5 from [#start()] on, once managed.
    public void discover(Discv5.Settings settings) {
        discovery = settings;
    }

    private void startDiscovery(PeerManager manager, Discv5.Settings settings) {
        int tcp = 0;
        OptionalInt quic = OptionalInt.empty();
        for (Multiaddr address : host.listenAddresses()) {
            Matcher udp = QUIC.matcher(address.toString());
            if (udp.find()) quic = OptionalInt.of(Integer.parseInt(udp.group(1)));
            else if (tcp == 0) tcp = address.tcpPort().orElse(0);
        }
        discv5 = new Discv5(settings.withPorts(tcp, quic), manager::heardSigned);
        bound("p2p.discv5", settings.listen(), discv5.start());
    }

    /// Starts the cores and dials the bootnodes.
    ///
    /// @throws OperatorException DAT-003 if the trace cannot be written
    public void start() {
        if (trace != null) trace.start();
        gossip.start();
        if (pool != null) pool.start();
        routes.start();
        if (mdns != null) {
            var _ =
                    mdns.start(MdnsSockets.interfaces())
                            .thenAccept(n -> LOG.info("mDNS on {} interfaces", n));
        }
        if (peering != null && discovery != null) startDiscovery(peering, discovery);
        if (peering != null) peering.start();
        else setup.bootnodes().forEach(bootnode -> dial(bootnode, 0));
        for (Multiaddr peer : setup.direct()) {
            peer.peerId().ifPresent(gossip::addDirectPeer);
            PeerManager manager = peering;
            if (manager != null) {
                peer.peerId().ifPresent(id -> manager.protect(id, "direct"));
            }
            dial(peer, 0);
        }
    }

    /// Connects to a peer and goes on trying for a while.
    private void dial(Multiaddr address, int attempt) {
        host.dialNow(address)
                .whenComplete((_, problem) -> {
                    if (problem == null || attempt >= 30 || failure != null) return;
                    long pause = Math.min(200L << Math.min(attempt, 8), 30_000);
                    CompletableFuture.delayedExecutor(
                                    pause, java.util.concurrent.TimeUnit.MILLISECONDS)
                            .execute(() -> dial(address, attempt + 1));
                });
    }

    /// Waits for a listener to be bound.
    ///
    /// @return what the binding completes with
    /// @throws OperatorException NET-001 naming the address that is taken
    public static <T> T bound(
            String listener, InetSocketAddress wanted, CompletableFuture<T> binding) {
        try {
            return binding.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            boolean taken = cause instanceof BindException || text.contains("in use");
            throw new OperatorException(
                    ErrorCode.NET_001,
                    "cannot listen on %s:%d (%s)"
                            .formatted(
                                    wanted.getAddress().getHostAddress(),
                                    wanted.getPort(),
                                    taken && text.contains("in use") ? "address in use" : text),
                    "stop the other program or choose a port: --set "
                            + listener
                            + ".port=0 picks a free one",
                    cause);
        }
    }

    /// The server socket that fits the event loops.
    public static Class<? extends ServerSocketChannel> transport(EventLoopGroup group) {
        boolean epoll =
                Epoll.isAvailable()
                        && group instanceof io.netty.channel.IoEventLoopGroup io
                        && io.isIoType(io.netty.channel.epoll.EpollIoHandler.class);
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    public NodeSetup setup() {
        return setup;
    }

    public Host host() {
        return host;
    }

    public GossipService gossip() {
        return gossip;
    }

    /// The pool; null without a chain source.
    public @Nullable PoolService pool() {
        return pool;
    }

    /// What peers may cost; null without a pool.
    public @Nullable BudgetedValidator budgets() {
        return budgets;
    }

    /// How peers are managed; null where only the bootnodes are dialled.
    public @Nullable PeerManager peering() {
        return peering;
    }

    /// Its node record of discv5, by which others can begin; empty where it is not used.
    public Optional<String> nodeRecord() {
        return Optional.ofNullable(discv5).map(Discv5::record);
    }

    /// What finds peers by discv5; null where it is not used.
    public @Nullable Discv5 discv5() {
        return discv5;
    }

    /// The trace; null without one.
    public @Nullable TraceService trace() {
        return trace;
    }

    public NodeEvents events() {
        return events;
    }

    public NodeRoutes routes() {
        return routes;
    }

    public RpcCounters rpcCounters() {
        return rpcCounters;
    }

    public Shared shared() {
        return shared;
    }

    /// Where JSON-RPC is served, once bound; null for nowhere.
    public @Nullable InetSocketAddress rpcAddress() {
        return rpcBound;
    }

    /// Where metrics and page are served, once bound; null for nowhere.
    public @Nullable InetSocketAddress opsAddress() {
        return opsBound;
    }

    /// What stopped one of the node's loops; null while all run.
    public @Nullable Throwable failure() {
        return failure;
    }

    /// The address peers dial, with the peer id.
    public Multiaddr address() {
        List<Multiaddr> addresses = host.listenAddresses();
        Multiaddr first =
                addresses.isEmpty()
                        ? Multiaddr.tcp(
                                setup.p2p().getAddress().getAddress(), setup.p2p().getPort())
                        : addresses.getFirst();
        return first.withPeerId(host.peerId());
    }

    @Override
    public void close() {
        routes.close();
        if (discv5 != null) discv5.close();
        if (rpc != null) rpc.close();
        if (ops != null) ops.close();
        gossip.close();
        if (trace != null) trace.close();
        if (pool != null) pool.close();
        if (peering != null) peering.close();
        if (names != null) names.close();
        if (mdns != null) mdns.close();
        host.close();
        LOG.debug("{} stopped", setup.name());
    }

    /// What the router tells, for the page and the devnet.
    private final class Events implements GossipEvents {
        private final Probe probe;

        Events(Probe probe) {
            this.probe = probe;
        }

        @Override
        public void arrived(org.pollen.router.RpcMessage message, long now) {
            probe.arrived(message.id(), now);
        }

        @Override
        public void meshChanged(org.pollen.peer.PeerId peer, String topic, boolean joined) {
            events.add(joined ? "graft" : "prune", topic + " " + peer.abbreviated());
        }

        @Override
        public void peerChanged(org.pollen.peer.PeerId peer, boolean connected) {
            events.add(connected ? "peer" : "peer gone", peer.abbreviated());
        }
    }

    /// Publishes what became executable and nobody has forwarded yet.
    private final class Publishing implements PoolListener {
        private final Probe probe;

        Publishing(Probe probe) {
            this.probe = probe;
        }

        @Override
        public void announced(List<Announcement> announcements) {
            for (Announcement announcement : announcements) {
                if (!announcement.publish()) continue;
                var tx = announcement.pooled().transaction();
                long now = System.nanoTime();
                probe.published(tx.hash().bytes(), now);
                gossip.publish(transactions, tx.raw(), announcement.deferred())
                        .exceptionally(problem -> {
                            LOG.warn("{}: {} not published", setup.name(), tx.hash(), problem);
                            return null;
                        });
            }
        }

        @Override
        public void reinjected(List<org.pollen.mempool.Transaction> transactions) {
            probe.reinjected(transactions.size());
            events.add("reinject", transactions.size() + " transactions back in the pool");
        }
    }

    /// What JSON-RPC tells of the network.
    private final class Peers implements PeerAccess {
        @Override
        public int peers() {
            return host.peers();
        }

        @Override
        public boolean listening() {
            return !host.listenAddresses().isEmpty();
        }
    }
}
