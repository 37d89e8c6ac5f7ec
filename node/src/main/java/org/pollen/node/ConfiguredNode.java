package org.pollen.node;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pollen.discovery.Discv5;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.HostLimits;
import org.pollen.libp2p.HostTimeouts;
import org.pollen.libp2p.Reachability;
import org.pollen.libp2p.WebSocketTls;
import org.pollen.libp2p.autonat.AutoNatLimits;
import org.pollen.libp2p.peers.AddressBook;
import org.pollen.libp2p.peers.ConnectionManager;
import org.pollen.libp2p.peers.DialScheduler;
import org.pollen.libp2p.peers.DnsAddr;
import org.pollen.libp2p.peers.PeerManager;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.mempool.Address;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.Fork;
import org.pollen.mempool.ForkSchedule;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolMode;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.PublicNetworks;
import org.pollen.node.chain.remote.RemoteChain;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigKey;
import org.pollen.node.config.ConfigKeys;
import org.pollen.node.rpc.EthApi;
import org.pollen.node.rpc.RpcSettings;
import org.pollen.node.trace.TraceFormat;
import org.pollen.node.trace.TraceSetup;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.pollen.router.OutboundLimits;
import org.pollen.router.RouterParams;
import org.pollen.router.SigningPolicy;
import org.pollen.scoring.ScoreParamsLint;

/// A node's setup from its settings: every key of [ConfigKeys] that concerns it has an effect here.
public final class ConfiguredNode {
    /// Transactions a second that the scores of a public mesh reckon with.
    private static final double TRANSACTIONS_PER_SECOND = 20;

    private static final int TRANSIENT = 16; // connections beyond the peers, while they upgrade

    private static final int RPC_BODY_MAX = 256 << 20;
    private static final Pattern AMOUNT =
            Pattern.compile("(\\d{1,30}(?:\\.\\d{1,18})?) ?(ether|gwei|wei)?");
    private static final Pattern LISTEN =
            Pattern.compile("/ip[46]/[^/]+/(tcp/\\d+(/ws|/tls/ws|/wss)?|udp/\\d+/quic-v1)");

    private ConfiguredNode() {}

    /// Finds out whether a node could be made of the settings; starts nothing.
    ///
    /// @param data the data folder, in which relative files are
    /// @throws OperatorException CFG-003 or CFG-005 for values that cannot be used
    public static void check(Config config, PrivateKey key, Path data) {
        var _ = setup(config, key, null, new SplittableRandom(0), data);
        var _ = peering(config);
        var _ = locals(config);
        var _ = discv5(config, key);
        if (followsClient(config)) {
            var _ = chain(config);
        }
    }

    /// Whether the chain is that of an execution client.
    public static boolean followsClient(Config config) {
        return config.get(ConfigKeys.CHAIN_SOURCE).equals("rpc");
    }

    /// Puts a setup together.
    ///
    /// @param chain what to follow; null for a relay without a pool
    /// @param data the data folder, in which a relative trace file is
    /// @throws OperatorException CFG-003 or CFG-005 for values that cannot be used
    public static NodeSetup setup(
            Config config,
            PrivateKey key,
            @Nullable ChainSource chain,
            SplittableGenerator random,
            Path data) {
        NodeProfiles.Gossip gossip = gossip(config);
        lint(config, gossip);
        int peers = config.get(ConfigKeys.P2P_MAX_PEERS);
        return new NodeSetup(
                "node",
                key,
                address(config, ConfigKeys.P2P_HOST, ConfigKeys.P2P_PORT),
                false,
                config.get(ConfigKeys.RPC_ENABLED) && chain != null
                        ? address(config, ConfigKeys.RPC_HOST, ConfigKeys.RPC_PORT)
                        : null,
                rpc(config),
                address(config, ConfigKeys.OPS_HOST, ConfigKeys.OPS_PORT),
                config.get(ConfigKeys.RPC_ALLOW_HOSTS),
                peers(config, ConfigKeys.P2P_BOOTNODES),
                config.get(ConfigKeys.GOSSIP_DIALECT),
                gossip.protocols(),
                gossip.router(),
                gossip.scores(),
                gossip.thresholds(),
                gossip.second(),
                TRANSACTIONS_PER_SECOND,
                pool(config),
                chain == null ? DevChain.FORKS : forks(config, chain.chainId()),
                chain,
                peers(config, ConfigKeys.P2P_DIRECT),
                HostLimits.DEFAULT
                        .withConnections(peers + TRANSIENT, peers)
                        .withConnectionsPerIp(config.get(ConfigKeys.P2P_MAX_PER_IP), true),
                HostTimeouts.DEFAULT
                        .withDial(config.get(ConfigKeys.P2P_DIAL_TIMEOUT))
                        .withIdle(config.get(ConfigKeys.P2P_IDLE_TIMEOUT)),
                config.get(ConfigKeys.OPS_PAGE).equals("loopback")
                        && address(config, ConfigKeys.OPS_HOST, ConfigKeys.OPS_PORT)
                                .getAddress()
                                .isLoopbackAddress(),
                reachability(config),
                random,
                "honest",
                java.time.Duration.ZERO,
                transports(config, data),
                trace(config, data));
    }

    /// Limits of the blob pool.
    public static BlobPoolConfig blobPool(Config config) {
        return new BlobPoolConfig(
                config.get(ConfigKeys.BLOBPOOL_DATA_CAP),
                config.get(ConfigKeys.BLOBPOOL_PRICE_BUMP));
    }

    /// How peers are remembered, dialled and let go.
    ///
    /// @throws OperatorException CFG-005 if the marks do not fit each other
    public static PeerManager.Settings peering(Config config) {
        int peers = config.get(ConfigKeys.P2P_MAX_PEERS);
        int high = config.get(ConfigKeys.P2P_HIGH_WATER);
        if (high == 0) high = Math.max(1, peers * 9 / 10);
        int low = config.find(ConfigKeys.P2P_LOW_WATER).orElse(Math.min(high, peers * 3 / 4));
        int known = config.get(ConfigKeys.P2P_ADDRESS_BOOK);
        AddressBook.Limits book = AddressBook.Limits.DEFAULT;
        DialScheduler.Policy dialling = DialScheduler.Policy.DEFAULT;
        try {
            return new PeerManager.Settings(
                    new ConnectionManager.Settings(
                            low,
                            high,
                            Math.min(high, config.get(ConfigKeys.P2P_MIN_OUTBOUND)),
                            config.get(ConfigKeys.P2P_GRACE).toNanos(),
                            ConnectionManager.Settings.DEFAULT.silenceNanos()),
                    new DialScheduler.Policy(
                            config.get(ConfigKeys.P2P_PRIVATE_NETWORK),
                            config.get(ConfigKeys.P2P_DIAL_UNVERIFIED),
                            dialling.peers(),
                            dialling.addressesPerPeer(),
                            dialling.dialsPerPeer()),
                    new AddressBook.Limits(
                            known == 0 ? book.peers() : known,
                            book.addressesPerPeer(),
                            book.certifiedMillis(),
                            book.toldMillis(),
                            book.connectedMillis()),
                    peers(config, ConfigKeys.P2P_BOOTNODES));
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    "p2p.lowWater and p2p.highWater do not fit: " + e.getMessage(),
                    "leave both out, or set 0 <= lowWater <= highWater",
                    e);
        }
    }

    /// How peers are found by discv5; empty where they are not.
    ///
    /// @throws OperatorException CFG-005 for a bootnode that is no record, or another setting that
    ///   cannot work
    public static Optional<Discv5.Settings> discv5(Config config, PrivateKey key) {
        if (!config.get(ConfigKeys.P2P_DISCV5)) return Optional.empty();
        try {
            return Optional.of(
                    new Discv5.Settings(
                            key,
                            config.get(ConfigKeys.P2P_DISCV5_NETWORK),
                            address(config, ConfigKeys.P2P_HOST, ConfigKeys.P2P_DISCV5_PORT),
                            config.get(ConfigKeys.P2P_PORT),
                            OptionalInt.empty(),
                            config.get(ConfigKeys.P2P_DISCV5_BOOTNODES),
                            config.get(ConfigKeys.P2P_PRIVATE_NETWORK),
                            Duration.ofSeconds(30)));
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    "discv5 cannot be used: " + e.getMessage(),
                    "correct p2p.discv5Bootnodes or p2p.discv5Network, or set p2p.discv5 = false",
                    e);
        }
    }

    private static Reachability reachability(Config config) {
        boolean closed = config.get(ConfigKeys.P2P_PRIVATE_NETWORK);
        Reachability.RelayUse use =
                switch (config.get(ConfigKeys.P2P_RELAY_CLIENT)) {
                    case "always" -> Reachability.RelayUse.ALWAYS;
                    case "never" -> Reachability.RelayUse.NEVER;
                    default -> Reachability.RelayUse.WHEN_UNREACHABLE;
                };
        NodeProfiles.Gossip gossip = gossip(config);
        return Reachability.NONE
                .withLimitedProtocols(
                        config.get(ConfigKeys.GOSSIP_RELAYED)
                                ? Set.copyOf(gossip.protocols())
                                : Set.of())
                .withRelayUse(use, peers(config, ConfigKeys.P2P_RELAYS))
                .withRelayServer(
                        config.get(ConfigKeys.P2P_RELAY_SERVER) ? RelayLimits.DEFAULT : null)
                .withAutoNat(
                        config.get(ConfigKeys.P2P_AUTONAT),
                        config.get(ConfigKeys.P2P_AUTONAT_AGREEING),
                        closed)
                .withHolePunch(config.get(ConfigKeys.P2P_HOLE_PUNCH))
                .withAutoNatServer(
                        config.get(ConfigKeys.P2P_AUTONAT_SERVER)
                                ? AutoNatLimits.DEFAULT.withPrivateAddresses(closed)
                                : null);
    }

    /// What is listened on besides TCP, and how connections are secured.
    ///
    /// @param data the folder that relative files are in
    private static Transports transports(Config config, Path data) {
        var more = new ArrayList<Multiaddr>();
        boolean secure = false;
        for (String text : config.get(ConfigKeys.P2P_LISTEN)) {
            if (!LISTEN.matcher(text).matches()) {
                throw new OperatorException(
                        ErrorCode.CFG_003,
                        "p2p.listen has \"%s\"".formatted(text),
                        "write it as /ip4/0.0.0.0/udp/9810/quic-v1, /ip4/0.0.0.0/tcp/9811/ws or"
                                + " /ip4/0.0.0.0/tcp/9812/tls/ws, without a peer id");
            }
            try {
                more.add(Multiaddr.parse(text));
            } catch (IllegalArgumentException e) {
                throw new OperatorException(
                        ErrorCode.CFG_003,
                        "p2p.listen has \"%s\": %s".formatted(text, e.getMessage()),
                        "the address and the port have to be of this machine",
                        e);
            }
            secure |= text.endsWith("/tls/ws") || text.endsWith("/wss");
        }
        WebSocketTls tls = webSocketTls(config, data);
        if (secure != (tls != null)) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    secure
                            ? "p2p.listen has a tls/ws address, and there is no certificate for it"
                            : "p2p.wssCertificate is set, and p2p.listen has no tls/ws address",
                    "set p2p.wssCertificate and p2p.wssKey with a tls/ws address in p2p.listen, or"
                            + " none of them");
        }
        return new Transports(more, security(config), tls);
    }

    private static List<HostConfig.Security> security(Config config) {
        List<String> words = config.get(ConfigKeys.P2P_SECURITY);
        var order = new LinkedHashSet<HostConfig.Security>();
        for (String word : words) {
            switch (word) {
                case "tls" -> order.add(HostConfig.Security.TLS);
                case "noise" -> order.add(HostConfig.Security.NOISE);
                default -> throw securityRefused(words);
            }
        }
        if (order.isEmpty() || order.size() != words.size()) throw securityRefused(words);
        return List.copyOf(order);
    }

    private static OperatorException securityRefused(List<String> words) {
        return new OperatorException(
                ErrorCode.CFG_003,
                "p2p.security is \"%s\"".formatted(String.join(",", words)),
                "it must be tls,noise or noise,tls or one of the two");
    }

    private static @Nullable WebSocketTls webSocketTls(Config config, Path data) {
        Optional<String> certificate = config.find(ConfigKeys.P2P_WSS_CERTIFICATE);
        Optional<String> key = config.find(ConfigKeys.P2P_WSS_KEY);
        if (certificate.isEmpty() && key.isEmpty()) return null;
        if (certificate.isEmpty() || key.isEmpty()) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    "of p2p.wssCertificate and p2p.wssKey one is set",
                    "set both, or none");
        }
        String at = "p2p.wssCertificate";
        String name = certificate.get();
        try {
            List<X509Certificate> chain = PemFiles.chain(data.resolve(name));
            at = "p2p.wssKey";
            name = key.get();
            return new WebSocketTls(
                    PemFiles.key(data.resolve(name), chain.getFirst()), chain, List.of());
        } catch (IOException | GeneralSecurityException | InvalidPathException e) {
            String why = e instanceof NoSuchFileException ? "there is no such file" : e.toString();
            throw new OperatorException(
                    ErrorCode.CFG_003,
                    "%s has \"%s\": %s".formatted(at, name, why),
                    "name a PEM file: the certificate with its chain, or its key in PKCS#8",
                    e);
        }
    }

    /// Router and score parameters as configured.
    ///
    /// @throws OperatorException CFG-005 if they do not fit each other
    public static NodeProfiles.Gossip gossip(Config config) {
        NodeProfiles.Gossip base =
                NodeProfiles.gossip(config.get(ConfigKeys.GOSSIP_DIALECT), TRANSACTIONS_PER_SECOND);
        String signing = config.get(ConfigKeys.GOSSIP_SIGNING);
        if (base.second() != null && !signing.equals("strict-no-sign")) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    "gossip.dialect is both, and gossip.signing is " + signing,
                    "a signature is over the bytes of one dialect: set gossip.signing to"
                            + " strict-no-sign, or choose one dialect");
        }
        try {
            return configured(config, base);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    "the gossip settings do not fit each other: " + e.getMessage(),
                    "leave gossip.D, Dlo and Dhi out, or set all three",
                    e);
        }
    }

    private static NodeProfiles.Gossip configured(Config config, NodeProfiles.Gossip base) {
        return new NodeProfiles.Gossip(
                base.protocols(),
                router(config, base.router()),
                base.scores().toBuilder().ipColocationCountsLoopback(false).build(),
                base.thresholds(),
                base.second() == null ? null : configured(config, base.second()));
    }

    private static RouterParams router(Config config, RouterParams base) {
        RouterParams preset =
                config.find(ConfigKeys.GOSSIP_PRESET).map(name -> preset(name, base)).orElse(base);
        RouterParams sized =
                config.find(ConfigKeys.GOSSIP_D).map(preset::withMeshTarget).orElse(preset);
        OutboundLimits queue = sized.outboundLimits();
        RouterParams.Builder builder =
                sized.toBuilder()
                        .signingPolicy(
                                SigningPolicy.valueOf(
                                        config.get(ConfigKeys.GOSSIP_SIGNING)
                                                .toUpperCase(Locale.ROOT)
                                                .replace('-', '_')))
                        .floodPublish(config.get(ConfigKeys.GOSSIP_FLOOD_PUBLISH))
                        .peerExchange(config.get(ConfigKeys.GOSSIP_PX))
                        .validationQueueMax(config.get(ConfigKeys.GOSSIP_VALIDATION_QUEUE))
                        .outboundLimits(
                                new OutboundLimits(
                                        queue.controlMax(),
                                        queue.dataMax(),
                                        config.get(ConfigKeys.GOSSIP_OUTBOUND_QUEUE),
                                        queue.ownTtl(),
                                        queue.forwardTtl()));
        config.find(ConfigKeys.GOSSIP_D_LO).ifPresent(builder::meshLow);
        config.find(ConfigKeys.GOSSIP_D_HI).ifPresent(builder::meshHigh);
        config.find(ConfigKeys.GOSSIP_HEARTBEAT_INTERVAL).ifPresent(builder::heartbeatInterval);
        return builder.build();
    }

    /// A preset's numbers; what belongs to the dialect and to transactions stays.
    private static RouterParams preset(String name, RouterParams base) {
        RouterParams preset =
                switch (name) {
                    case "BLOSSOM_20" -> RouterParams.BLOSSOM_20;
                    case "BLOSSOM_21" -> RouterParams.BLOSSOM_21;
                    case "GOSSIPSUB_GO" -> RouterParams.GOSSIPSUB_GO;
                    default -> RouterParams.ETH2;
                };
        return preset.toBuilder()
                .dialect(base.dialect())
                .messageIds(base.messageIds())
                .seenTtl(base.seenTtl())
                .build();
    }

    private static void lint(Config config, NodeProfiles.Gossip gossip) {
        String mode = config.get(ConfigKeys.SCORE_LINT);
        if (mode.equals("off")) return;
        for (ScoreParamsLint.Finding finding :
                NodeProfiles.lint(gossip, TRANSACTIONS_PER_SECOND, mode.equals("strict"))) {
            if (mode.equals("strict") && finding.severity() == ScoreParamsLint.Severity.ERROR) {
                throw new OperatorException(
                        ErrorCode.CFG_005,
                        "the score parameters fail the lint: " + finding,
                        "see docs/scoring-guide.md, or start with --set score.lint=warn");
            }
            org.slf4j.LoggerFactory.getLogger("score").warn("lint {}", finding);
        }
    }

    private static RpcSettings rpc(Config config) {
        Set<String> namespaces = Set.copyOf(config.get(ConfigKeys.RPC_APIS));
        for (String namespace : config.get(ConfigKeys.RPC_APIS)) {
            if (!RpcSettings.SERVED.contains(namespace)) {
                throw new OperatorException(
                        ErrorCode.CFG_003,
                        "rpc.apis contains \"" + namespace + "\"",
                        "there are " + String.join(", ", new TreeSet<>(RpcSettings.SERVED)));
            }
        }
        return new RpcSettings(
                namespaces,
                origins(config),
                body(config),
                config.get(ConfigKeys.RPC_MAX_BATCH),
                config.get(ConfigKeys.RPC_MAX_CONNECTIONS),
                config.get(ConfigKeys.RPC_RATE),
                new EthApi.Limits(
                        wei(config),
                        false,
                        config.get(ConfigKeys.RPC_ERROR_STYLE).equals("besu")
                                ? EthApi.ErrorStyle.BESU
                                : EthApi.ErrorStyle.GETH,
                        config.get(ConfigKeys.RPC_ERROR_HINTS)));
    }

    private static int body(Config config) {
        long bytes = config.get(ConfigKeys.RPC_MAX_BODY);
        if (bytes < 1024 || bytes > RPC_BODY_MAX) {
            throw new OperatorException(
                    ErrorCode.CFG_003,
                    "rpc.maxBody is " + bytes + " bytes",
                    "it is memory of each connection: give 1KiB to 256MiB");
        }
        return (int) bytes;
    }

    private static Set<String> origins(Config config) {
        var origins = new TreeSet<String>();
        for (String origin : config.get(ConfigKeys.RPC_ORIGINS)) {
            if (!origin.equals("*") && !origin.matches("[a-z][a-z0-9+.-]*://[^/?#\\s]+")) {
                throw new OperatorException(
                        ErrorCode.CFG_003,
                        "rpc.origins contains \"" + origin + "\"",
                        "an origin is a scheme and a host, such as https://wallet.example, or *");
            }
            origins.add(origin.toLowerCase(Locale.ROOT));
        }
        return origins;
    }

    /// The fee cap in wei: an amount and its unit, ether if there is none.
    private static BigInteger wei(Config config) {
        String text = config.get(ConfigKeys.RPC_FEE_CAP);
        Matcher amount = AMOUNT.matcher(text.strip());
        try {
            if (!amount.matches()) throw new ArithmeticException("no amount");
            String unit = amount.group(2);
            int digits = unit == null || unit.equals("ether") ? 18 : unit.equals("gwei") ? 9 : 0;
            return new BigDecimal(amount.group(1)).movePointRight(digits).toBigIntegerExact();
        } catch (ArithmeticException e) {
            throw new OperatorException(
                    ErrorCode.CFG_003,
                    "rpc.feeCap is \"" + text + "\"",
                    "give an amount in ether, gwei or wei, such as 1 ether; 0 for no cap",
                    e);
        }
    }

    private static PoolConfig pool(Config config) {
        return PoolConfig.DEFAULTS
                .withMode(
                        config.get(ConfigKeys.TXPOOL_MODE).equals("hardened")
                                ? PoolMode.HARDENED
                                : PoolMode.REFERENCE)
                .withPrices(
                        config.get(ConfigKeys.TXPOOL_PRICE_LIMIT),
                        config.get(ConfigKeys.TXPOOL_PRICE_BUMP))
                .withLimits(
                        config.get(ConfigKeys.TXPOOL_ACCOUNT_SLOTS),
                        config.get(ConfigKeys.TXPOOL_GLOBAL_SLOTS),
                        config.get(ConfigKeys.TXPOOL_ACCOUNT_QUEUE),
                        config.get(ConfigKeys.TXPOOL_GLOBAL_QUEUE))
                .withLifetime(config.get(ConfigKeys.TXPOOL_LIFETIME));
    }

    /// The chain id that transactions are signed for, if it is configured.
    ///
    /// @throws OperatorException CHN-002 if the chain has another one
    public static void checkChain(Config config, ChainSource chain) {
        config.find(ConfigKeys.CHAIN_ID)
                .filter(id -> !BigInteger.valueOf(id).equals(BigInteger.valueOf(chain.chainId())))
                .ifPresent(id -> {
                    throw new OperatorException(
                            ErrorCode.CHN_002,
                            "chain.id is %d, the chain has %d".formatted(id, chain.chainId()),
                            "set chain.id to the chain's, or follow another chain");
                });
    }

    /// How to follow the client at `chain.rpcUrl`.
    ///
    /// @throws OperatorException CFG-003 for an address that is none, CFG-005 if there is none
    public static RemoteChain.Settings chain(Config config) {
        String http =
                config.find(ConfigKeys.CHAIN_RPC_URL)
                        .orElseThrow(() ->
                                new OperatorException(
                                        ErrorCode.CFG_005,
                                        "chain.source is rpc, and chain.rpcUrl is not set",
                                        "set chain.rpcUrl, such as http://127.0.0.1:8545"));
        return new RemoteChain.Settings(
                url(ConfigKeys.CHAIN_RPC_URL, http, "http"),
                config.find(ConfigKeys.CHAIN_WS_URL)
                        .map(ws -> url(ConfigKeys.CHAIN_WS_URL, ws, "ws"))
                        .orElse(null),
                config.find(ConfigKeys.CHAIN_ID).orElse(null),
                config.get(ConfigKeys.CHAIN_POLL),
                config.get(ConfigKeys.CHAIN_STALL_AFTER),
                config.get(ConfigKeys.CHAIN_READS));
    }

    private static URI url(ConfigKey<String> key, String text, String scheme) {
        String why;
        try {
            var url = new URI(text);
            boolean known =
                    scheme.equals(url.getScheme()) || (scheme + "s").equals(url.getScheme());
            if (known && url.getHost() != null && url.getUserInfo() == null) return url;
            why =
                    known
                            ? "it has no host, or a user name"
                            : "it begins neither with " + scheme + ":// nor " + scheme + "s://";
        } catch (URISyntaxException e) {
            why = e.getReason();
        }
        throw new OperatorException(
                ErrorCode.CFG_003,
                "%s has \"%s\": %s".formatted(key.name(), text, why),
                "write it as " + scheme + "://127.0.0.1:8545");
    }

    /// The journal of local transactions.
    ///
    /// @throws OperatorException CFG-003 for a name that is none
    public static Path journal(Config config, Path data) {
        String name = config.get(ConfigKeys.TXPOOL_JOURNAL);
        try {
            if (!name.isBlank()) return data.resolve("pool").resolve(name);
        } catch (InvalidPathException _) {
            // said below
        }
        throw new OperatorException(
                ErrorCode.CFG_003,
                "txpool.journal has \"%s\": it is no file's name".formatted(name),
                "leave it out, or set txpool.nolocals=true to keep nothing");
    }

    /// The accounts that are local wherever their transactions come from.
    ///
    /// @throws OperatorException CFG-003 for an address that is none, CFG-005 if they would have no
    ///   effect
    public static Set<Address> locals(Config config) {
        var locals = new LinkedHashSet<Address>();
        for (String text : config.get(ConfigKeys.TXPOOL_LOCALS)) {
            try {
                locals.add(Address.parse(text));
            } catch (IllegalArgumentException e) {
                throw new OperatorException(
                        ErrorCode.CFG_003,
                        "txpool.locals contains \"" + text + "\"",
                        "an address is 0x and 40 hexadecimal digits",
                        e);
            }
        }
        String source = config.get(ConfigKeys.CHAIN_SOURCE);
        boolean kept = !source.equals("none") && !config.get(ConfigKeys.TXPOOL_NO_LOCALS);
        if (!locals.isEmpty() && !kept && !source.equals("embedded")) {
            throw new OperatorException(
                    ErrorCode.CFG_005,
                    "txpool.locals has no effect with txpool.nolocals=%s and chain.source=%s"
                            .formatted(config.get(ConfigKeys.TXPOOL_NO_LOCALS), source),
                    "leave txpool.locals out, or keep local transactions of a chain");
        }
        return locals;
    }

    /// When the forks of a chain begin.
    ///
    /// @param chainId of the chain; 0 while it is not known
    public static ForkSchedule forks(Config config, long chainId) {
        String fork = config.get(ConfigKeys.CHAIN_FORK);
        return fork.equals("auto")
                ? PublicNetworks.forks(chainId).orElse(DevChain.FORKS)
                : ForkSchedule.always(Fork.valueOf(fork.toUpperCase(Locale.ROOT)));
    }

    private static InetSocketAddress address(
            Config config, ConfigKey<String> host, ConfigKey<Integer> port) {
        String name = config.get(host);
        try {
            return new InetSocketAddress(InetAddress.getByName(name), config.get(port));
        } catch (UnknownHostException e) {
            throw new OperatorException(
                    ErrorCode.CFG_003,
                    host.name() + " is \"" + name + "\"",
                    "it must be an IP address, or a name that resolves to one",
                    e);
        }
    }

    private static List<Multiaddr> peers(Config config, ConfigKey<List<String>> key) {
        var peers = new ArrayList<Multiaddr>();
        for (String text : config.get(key)) {
            Multiaddr address;
            try {
                address = Multiaddr.parse(text);
            } catch (IllegalArgumentException e) {
                throw unusable(key, text, String.valueOf(e.getMessage()));
            }
            if (key.equals(ConfigKeys.P2P_BOOTNODES) && DnsAddr.isDnsAddr(address)) {
                peers.add(address);
                continue;
            }
            if (address.peerId().isEmpty()) throw unusable(key, text, "it names no peer id");
            if (address.tcpPort().isEmpty() && !text.contains("/quic-v1")) {
                throw unusable(key, text, "it has no TCP port and is not QUIC");
            }
            peers.add(address);
        }
        return peers;
    }

    private static @Nullable TraceSetup trace(Config config, Path data) {
        return switch (config.get(ConfigKeys.TRACE_SINK)) {
            case "file" -> traceFile(config, data);
            case "remote" -> {
                String text =
                        config.find(ConfigKeys.TRACE_REMOTE)
                                .orElseThrow(() ->
                                        new OperatorException(
                                                ErrorCode.CFG_005,
                                                "trace.sink is remote, and trace.remote is not set",
                                                "set trace.remote to the collector's multiaddr,"
                                                        + " with its peer id"));
                try {
                    yield new TraceSetup.Remote(Multiaddr.parse(text));
                } catch (IllegalArgumentException e) {
                    throw unusable(ConfigKeys.TRACE_REMOTE, text, String.valueOf(e.getMessage()));
                }
            }
            default -> null;
        };
    }

    private static TraceSetup traceFile(Config config, Path data) {
        TraceFormat format =
                TraceFormat.valueOf(config.get(ConfigKeys.TRACE_FORMAT).toUpperCase(Locale.ROOT));
        String name =
                config.find(ConfigKeys.TRACE_FILE)
                        .orElse(
                                format == TraceFormat.PB
                                        ? "traces/gossip.pb"
                                        : "traces/gossip.ndjson");
        try {
            return new TraceSetup.File(
                    data.resolve(name), format, config.get(ConfigKeys.TRACE_MAX_BYTES));
        } catch (InvalidPathException e) {
            throw new OperatorException(
                    ErrorCode.CFG_003,
                    "trace.file has \"%s\": %s".formatted(name, e.getMessage()),
                    "write it as a file's name",
                    e);
        }
    }

    private static OperatorException unusable(ConfigKey<?> key, String text, String why) {
        return new OperatorException(
                ErrorCode.CFG_003,
                "%s has \"%s\": %s".formatted(key.name(), text, why),
                "write it as /ip4/203.0.113.7/tcp/9810/p2p/12D3KooW…");
    }
}
