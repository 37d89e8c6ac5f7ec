package org.pollen.node.rpc;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.node.chain.ChainRelay;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.ChainSource.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One listener with its APIs, filters and subscriptions, wired to a chain and a pool.
public final class NodeRpc implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeRpc.class);

    private final RpcMethods methods;
    private final JsonRpcServer server;
    private final @Nullable ScheduledFuture<?> ticks;
    private final Registration heads;
    private final Registration pending;

    /// What the listener runs on.
    ///
    /// @param group event loops, shared; not closed here
    /// @param transport kind of socket that fits the group
    /// @param calls runs the methods
    /// @param clock monotonic nanoseconds
    /// @param random makes ids that others cannot guess: a `SecureRandom`
    @SuppressWarnings("AvoidCommonTypeNames") // always written NodeRpc.Runtime
    public record Runtime(
            EventLoopGroup group,
            Class<? extends ServerSocketChannel> transport,
            Executor calls,
            LongSupplier clock,
            RandomGenerator random) {}

    private final Runtime runtime;

    /// A listener that does not listen yet.
    ///
    /// @param gossip null where there is none to tell of
    /// @param clientVersion as `web3_clientVersion` shows it
    /// @param driver moves the embedded chain; null on every listener but the chain's own
    public NodeRpc(
            RpcConfig config,
            EthApi.Limits limits,
            ChainSource chain,
            PoolAccess pool,
            PeerAccess peers,
            @Nullable GossipAccess gossip,
            String clientVersion,
            DevApi.@Nullable DriverAccess driver,
            RpcMetrics metrics,
            Runtime runtime) {
        this.runtime = runtime;
        this.methods = new RpcMethods(config.namespaces());
        var filters = new EthFilters(chain, runtime.clock(), runtime.random());
        var readers = new Subscriptions(runtime.random(), metrics);
        var subscriptions = new EthSubscriptions(readers, chain);
        var eth = new EthApi(chain, pool, limits);
        eth.register(methods);
        new TxPoolApi(pool).register(methods);
        new NetApi(clientVersion, chain.chainId(), peers).register(methods);
        filters.register(methods);
        subscriptions.register(methods);
        this.ticks = gossip == null ? null : feeds(gossip, readers);
        if (driver != null) new DevApi(driver, runtime.clock()).register(methods);
        ChainRelay relay = chain.relay();
        if (relay != null) new RelayedApi(relay, pool).register(methods);
        this.server =
                new JsonRpcServer(
                        config,
                        methods,
                        metrics,
                        runtime.group(),
                        runtime.calls(),
                        runtime.clock());
        ChainLogs logs =
                relay == null
                        ? null
                        : new ChainLogs(
                                relay,
                                () -> filters.readsLogs() || subscriptions.readsLogs(),
                                found -> {
                                    filters.onLogs(found);
                                    subscriptions.onLogs(found);
                                });
        this.heads =
                chain.addListener(change -> {
                    filters.onHead(change);
                    eth.onHead();
                    subscriptions.onHead(change);
                    if (logs != null) logs.onHead(change);
                });
        this.pending =
                pool.addListener(transactions -> {
                    filters.onPending(transactions);
                    subscriptions.onPending(transactions);
                });
    }

    /// The gossip namespace, and who hears of it once a second.
    private @Nullable ScheduledFuture<?> feeds(GossipAccess gossip, Subscriptions readers) {
        new GossipApi(gossip).register(methods, true);
        var feeds = new GossipFeeds(gossip, readers, methods);
        feeds.register();
        if (methods.find("gossip_subscribe") == null) return null; // not served here
        return runtime.group()
                .next()
                .scheduleAtFixedRate(
                        () -> {
                            try {
                                feeds.tick();
                            } catch (RuntimeException e) { // the other feeds go on
                                LOG.error("a feed of gossip failed", e);
                            }
                        },
                        1,
                        1,
                        TimeUnit.SECONDS);
    }

    /// Listens.
    ///
    /// @return the address it has; fails with [PortTakenException]
    public CompletableFuture<InetSocketAddress> listen() {
        return server.listen(runtime.transport());
    }

    /// The methods it serves.
    public RpcMethods methods() {
        return methods;
    }

    /// Refuses new calls while open ones finish.
    public void drain() {
        server.drain();
    }

    /// Stops listening, closes every socket, hears of nothing any more.
    @Override
    public void close() {
        if (ticks != null) ticks.cancel(false);
        heads.close();
        pending.close();
        server.close();
    }
}
