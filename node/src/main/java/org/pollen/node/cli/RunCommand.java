package org.pollen.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.peers.PeerManager;
import org.pollen.mempool.Address;
import org.pollen.mempool.PooledTransaction;
import org.pollen.node.ConfiguredNode;
import org.pollen.node.ControlSocket;
import org.pollen.node.EmbeddedChain;
import org.pollen.node.ErrorCode;
import org.pollen.node.NodeRuntime;
import org.pollen.node.NodeSetup;
import org.pollen.node.OperatorException;
import org.pollen.node.Shared;
import org.pollen.node.Version;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.remote.RemoteChain;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigKey;
import org.pollen.node.config.ConfigKeys;
import org.pollen.node.pool.BlobSetup;
import org.pollen.node.pool.PoolService;
import org.pollen.node.store.DataDirectory;
import org.pollen.node.store.DiskSpace;
import org.pollen.node.store.KeyFile;
import org.pollen.node.store.SqliteAddressBook;
import org.pollen.node.store.TransactionJournal;
import org.pollen.peer.PrivateKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pollen run`: one node in the foreground, until SIGINT or SIGTERM.
@Command(name = "run", description = "One node in the foreground")
final class RunCommand implements Callable<Integer> {
    private static final long SEED = 42; // of an embedded chain: its accounts are known to all

    /// How long an execution client may take to give a head; it may be starting itself.
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Option(names = "--p2p-host", paramLabel = "HOST", description = "p2p.host")
    @Nullable String p2pHost;

    @Option(names = "--p2p-port", paramLabel = "PORT", description = "p2p.port; 0 picks a free one")
    @Nullable String p2pPort;

    @Option(
            names = "--bootnodes",
            paramLabel = "MULTIADDR,…",
            description = "p2p.bootnodes: peers to join through")
    @Nullable String bootnodes;

    @Option(
            names = "--direct-peers",
            paramLabel = "MULTIADDR,…",
            description = "p2p.direct: peers exempt from the score's gates")
    @Nullable String direct;

    @Option(names = "--dialect", paramLabel = "DIALECT", description = "gossip.dialect")
    @Nullable String dialect;

    @Option(
            names = "--chain",
            paramLabel = "SOURCE",
            description = "chain.source: embedded, rpc, none")
    @Nullable String chain;

    @Option(
            names = "--chain-rpc",
            paramLabel = "URL",
            description = "chain.rpcUrl: the execution client to follow; implies --chain rpc")
    @Nullable String chainRpc;

    @Option(names = "--rpc-port", paramLabel = "PORT", description = "rpc.port")
    @Nullable String rpcPort;

    @Option(names = "--ops-port", paramLabel = "PORT", description = "ops.port")
    @Nullable String opsPort;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "Identity to use instead of keys/node.key of the data directory")
    java.nio.file.@Nullable Path keyFile;

    @Option(names = "--dry-run", description = "Check settings and identity, start nothing")
    boolean dryRun;

    @Override
    public Integer call() {
        Config config = global.load(flags());
        level(config.get(ConfigKeys.LOG_LEVEL));
        try (DataDirectory data = DataDirectory.open(global.dataDir(config))) {
            PrivateKey key = keyFile == null ? data.identity() : KeyFile.read(keyFile);
            var random = new SplittableRandom(new SecureRandom().nextLong());
            if (dryRun) {
                ConfiguredNode.check(config, key, global.dataDir(config));
                say("settings are good; peer id " + key.publicKey().peerId());
                return 0;
            }
            return run(config, data, key, random);
        }
    }

    private Map<ConfigKey<?>, @Nullable Object> flags() {
        var flags = new HashMap<ConfigKey<?>, @Nullable Object>();
        flags.put(ConfigKeys.P2P_HOST, p2pHost);
        flags.put(ConfigKeys.P2P_PORT, p2pPort);
        flags.put(ConfigKeys.P2P_BOOTNODES, bootnodes);
        flags.put(ConfigKeys.P2P_DIRECT, direct);
        flags.put(ConfigKeys.GOSSIP_DIALECT, dialect);
        flags.put(ConfigKeys.CHAIN_SOURCE, chain == null && chainRpc != null ? "rpc" : chain);
        flags.put(ConfigKeys.CHAIN_RPC_URL, chainRpc);
        flags.put(ConfigKeys.RPC_PORT, rpcPort);
        flags.put(ConfigKeys.OPS_PORT, opsPort);
        return flags;
    }

    private int run(Config config, DataDirectory data, PrivateKey key, SplittableRandom random) {
        DiskSpace disk = DiskSpace.of(data.folder(), config.get(ConfigKeys.DATA_MIN_FREE));
        if (disk.look() == DiskSpace.Level.OUT) throw full(data, disk);
        var node = new AtomicReference<@Nullable NodeRuntime>();
        var broken = new AtomicReference<@Nullable Throwable>();
        var stop = new CountDownLatch(1);
        EmbeddedChain blocks =
                config.get(ConfigKeys.CHAIN_SOURCE).equals("embedded")
                        ? new EmbeddedChain(
                                SEED,
                                Duration.ofSeconds(2),
                                Duration.ZERO,
                                random.split(),
                                () -> pending(node.get()),
                                cause -> {
                                    broken.set(cause);
                                    stop.countDown();
                                })
                        : null;
        RemoteChain remote =
                ConfiguredNode.followsClient(config)
                        ? RemoteChain.connect(
                                ConfiguredNode.chain(config),
                                id -> ConfiguredNode.forks(config, id),
                                PATIENCE,
                                random.split(),
                                cause -> {
                                    broken.set(cause);
                                    stop.countDown();
                                })
                        : null;
        ChainSource source = blocks != null ? blocks.chain() : remote;
        if (source != null) ConfiguredNode.checkChain(config, source);
        NodeSetup setup =
                ConfiguredNode.setup(config, key, source, random.split(), global.dataDir(config));
        var shared = new Shared(Math.max(2, Runtime.getRuntime().availableProcessors()));
        var runtime =
                new NodeRuntime(
                        setup,
                        shared,
                        System::nanoTime,
                        System::currentTimeMillis,
                        NodeRuntime.Probe.NONE);
        runtime.manage(
                ConfiguredNode.peering(config),
                config.get(ConfigKeys.P2P_ADDRESS_BOOK) == 0
                        ? PeerManager.Store.NONE
                        : SqliteAddressBook.open(data.folder().resolve("peers.db")));
        if (config.get(ConfigKeys.P2P_MDNS)) runtime.discoverLocally();
        ConfiguredNode.discv5(config, key).ifPresent(runtime::discover);
        PoolService pool = runtime.pool();
        if (pool != null && config.get(ConfigKeys.BLOBPOOL_ENABLED)) {
            BlobSetup.in(data.folder().resolve("blobpool"), ConfiguredNode.blobPool(config), disk)
                    .ifPresent(pool::useBlobs);
        }
        if (pool != null && !config.get(ConfigKeys.TXPOOL_NO_LOCALS)) {
            pool.keepLocals(
                    TransactionJournal.open(ConfiguredNode.journal(config, data.folder())),
                    config.get(ConfigKeys.TXPOOL_REJOURNAL));
        }
        Set<Address> locals = ConfiguredNode.locals(config);
        if (pool != null) pool.favour(locals);
        if (blocks != null) blocks.chain().prefer(locals);
        runtime.watch(disk);
        node.set(runtime);
        var control = new AtomicReference<@Nullable ControlSocket>();
        Runnable closing =
                () -> {
                    ControlSocket socket = control.get();
                    if (socket != null) socket.close();
                    if (blocks != null) blocks.close();
                    if (remote != null) remote.close();
                    runtime.close();
                    shared.close();
                    data.close();
                };
        Duration grace = config.get(ConfigKeys.SHUTDOWN_GRACE);
        var hook = new Thread(() -> interrupted(closing, grace), "stop");
        try {
            runtime.bind();
            runtime.start();
            if (blocks != null) blocks.start();
            control.set(runtime.control(data.folder()));
            Runtime.getRuntime().addShutdownHook(hook);
            ready(runtime, data, source);
            // SIGINT and SIGTERM end the process through the hook.
            while (!stop.await(200, TimeUnit.MILLISECONDS) && runtime.failure() == null) {
                if (disk.look() == DiskSpace.Level.OUT) throw full(data, disk);
            }
            Throwable cause = broken.get();
            if (cause == null) cause = runtime.failure();
            if (cause == null) cause = new IllegalStateException("stopped without a cause");
            throw new OperatorException(
                    ErrorCode.INT_001,
                    "the node stopped: " + cause,
                    "run it again with -v and report what it prints",
                    cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 130;
        } finally {
            if (unhook(hook)) closing.run();
        }
    }

    private static OperatorException full(DataDirectory data, DiskSpace disk) {
        return new OperatorException(
                ErrorCode.DAT_003,
                "the disk of %s is nearly full: %s".formatted(data.folder(), disk.text()),
                "make room, or allow less with --set data.minFree=64MiB");
    }

    private static boolean unhook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            return true;
        } catch (IllegalStateException _) {
            return false; // the hook itself is closing everything
        }
    }

    /// Stops cleanly, or hard when that takes longer than allowed.
    private void interrupted(Runnable closing, Duration grace) {
        var worker = new Thread(closing, "close");
        worker.setDaemon(true);
        worker.start();
        boolean clean = false;
        try {
            clean = worker.join(grace.isZero() ? Duration.ofMillis(1) : grace);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        say(clean ? "stopped" : "stopped hard: the grace of " + grace + " was over");
        Runtime.getRuntime().halt(clean ? 0 : 143);
    }

    private void ready(NodeRuntime node, DataDirectory data, @Nullable ChainSource chain) {
        ObjectNode runtime = new ObjectMapper().createObjectNode().put("schema", 1);
        runtime.put("pid", ProcessHandle.current().pid());
        runtime.put("peerId", node.host().peerId().toString());
        runtime.put("address", node.address().toString());
        put(runtime, "rpc", node.rpcAddress());
        put(runtime, "ops", node.opsAddress());
        data.writeRuntime(runtime);
        say(
                "pollen %s (%s) · Java %s · dialect %s"
                        .formatted(
                                Version.CURRENT.number(),
                                Version.CURRENT.commit(),
                                Runtime.version(),
                                node.setup().dialect()));
        say("ready   " + node.address());
        say(
                chain == null
                        ? "chain   none: this node relays gossip and keeps no pool"
                        : "chain   %s, id %d, head %d, JSON-RPC http://%s"
                                .formatted(
                                        chain.status().source(),
                                        chain.chainId(),
                                        chain.latest().number(),
                                        text(node.rpcAddress())));
        say(
                "ops     http://%s/metrics%s"
                        .formatted(
                                text(node.opsAddress()),
                                node.setup().page()
                                        ? "   page http://" + text(node.opsAddress()) + "/"
                                        : ""));
        if (global.json()) {
            spec.commandLine().getOut().println(runtime);
            spec.commandLine().getOut().flush();
        }
    }

    private static void put(ObjectNode node, String name, @Nullable InetSocketAddress address) {
        if (address != null) node.put(name, "http://" + text(address));
    }

    private static String text(@Nullable InetSocketAddress address) {
        if (address == null) return "-";
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static List<List<PooledTransaction>> pending(@Nullable NodeRuntime node) {
        var pool = node == null ? null : node.pool();
        return pool == null ? List.of() : pool.executable();
    }

    private static void level(String name) {
        if (org.slf4j.LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)
                instanceof ch.qos.logback.classic.Logger root) {
            root.setLevel(ch.qos.logback.classic.Level.toLevel(name));
        }
    }

    private void say(String line) {
        if (global.quiet()) return;
        spec.commandLine().getErr().println(line);
        spec.commandLine().getErr().flush();
    }
}
