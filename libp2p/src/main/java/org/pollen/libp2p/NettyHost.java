package org.pollen.libp2p;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.autonat.AutoNatLimits;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.libp2p.relay.RelayStatus;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PublicKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The host: listeners, the table of connections, protocol handlers and what its parts share. State
/// that several loops touch is in concurrent collections; connections keep theirs to their loop.
final class NettyHost implements Host {
    static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private static final Logger log = LoggerFactory.getLogger(NettyHost.class);
    private static final Set<String> OWN_PROTOCOLS =
            Set.of(
                    "",
                    Identify.PROTOCOL,
                    Identify.PUSH,
                    Ping.PROTOCOL,
                    RelayClient.HOP,
                    AutoNatClient.DIAL_REQUEST,
                    AutoNatClient.DIAL_BACK,
                    HolePuncher.PROTOCOL);
    private static final Set<String> LIMITED_PROTOCOLS =
            Set.of(
                    Identify.PROTOCOL,
                    Identify.PUSH,
                    Ping.PROTOCOL,
                    RelayClient.HOP,
                    HolePuncher.PROTOCOL);
    private static final int ACCEPT_QUEUE = 256;

    /// Linux's numbers: Netty knows this option of its epoll sockets for listeners only.
    private static final ChannelOption<Integer> SO_REUSEPORT =
            new IntegerUnixChannelOption("SO_REUSEPORT", 1, 15);

    private static final int AGENTS_MAX = 20;

    private final HostConfig config;
    private final PeerId peerId;
    private final SecureRandom random = new SecureRandom();
    private final NoiseIdentity noiseIdentity;
    private final @Nullable TlsSecurity tls;
    private final List<String> securities;
    private final HostCounters counters = new HostCounters();
    private final Admission admission;
    private final MemoryScope memory;
    private final Dialer dialer;
    private final Identify identify;
    private final Ping ping;
    private final RelayClient relayClient;
    private final @Nullable RelayServer relayServer;
    private final @Nullable AutoNatServer autoNatServer;
    private final @Nullable HolePuncher holePuncher;
    private final PunchDialer punchDialer = new PunchDialer(this);
    private final @Nullable AutoNatClient autoNatClient;
    private final boolean epoll;

    private final Map<String, StreamHandlerFactory> factories = new ConcurrentHashMap<>();
    private final List<HostListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong connectionIds = new AtomicLong();
    private final Map<Long, HostConnection> connections = new ConcurrentSkipListMap<>();
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private final Map<String, StreamCount> streamCounts = new ConcurrentHashMap<>();
    private final Map<Channel, Endpoint.Transport> servers = new ConcurrentHashMap<>();
    private final WebSockets webSockets;
    private final @Nullable Quic quic;
    private volatile List<Multiaddr> listenAddresses = List.of();
    private volatile byte[] signedRecord = {};
    private final Object recordLock = new Object();
    private long recordNumber; // guarded by recordLock
    private final AtomicBoolean started = new AtomicBoolean();
    private final CompletableFuture<Void> closeFuture = new CompletableFuture<>();
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean asking = true;

    /// Open streams of a protocol.
    private static final class StreamCount {
        private final AtomicLong inbound = new AtomicLong();
        private final AtomicLong outbound = new AtomicLong();
    }

    NettyHost(HostConfig config) {
        this.config = config;
        this.peerId = config.privateKey().publicKey().peerId();
        this.noiseIdentity =
                NoiseIdentity.create(
                        config.privateKey(),
                        random,
                        config.earlyMuxer() ? List.of(Upgrader.YAMUX) : List.of());
        boolean withTls =
                config.security().contains(HostConfig.Security.TLS) && TlsSecurity.available();
        boolean withQuic = Quic.available();
        TlsIdentity tlsIdentity =
                withTls || withQuic
                        ? TlsIdentity.create(config.privateKey(), random, Instant.now())
                        : null;
        this.tls =
                withTls
                        ? new TlsSecurity(
                                Objects.requireNonNull(tlsIdentity),
                                Clock.systemUTC(),
                                config.earlyMuxer()
                                        ? List.of(Upgrader.YAMUX, TlsSecurity.LIBP2P)
                                        : List.of(TlsSecurity.LIBP2P))
                        : null;
        this.securities =
                config.security().stream()
                        .filter(one -> withTls || one != HostConfig.Security.TLS)
                        .map(one -> one == HostConfig.Security.TLS ? Upgrader.TLS : Upgrader.NOISE)
                        .toList();
        if (securities.isEmpty()) {
            throw new IllegalArgumentException(
                    "security is TLS alone, but its native library is missing: add NOISE");
        }
        this.webSockets =
                new WebSockets(
                        counters, config.timeouts().upgrade().toMillis(), config.webSocketTls());
        this.admission = new Admission(config.limits());
        this.memory = new MemoryScope(config.limits().memoryBytes(), null);
        this.dialer = new Dialer(this);
        this.identify = new Identify(this);
        this.ping = new Ping(this);
        this.epoll =
                config.eventLoops() instanceof IoEventLoopGroup group
                        && group.isIoType(EpollIoHandler.class);
        this.quic =
                withQuic
                        ? new Quic(
                                this, Objects.requireNonNull(tlsIdentity), Clock.systemUTC(), epoll)
                        : null;
        factories.put(Identify.PROTOCOL, identify::answer);
        factories.put(Identify.PUSH, identify::push);
        factories.put(Ping.PROTOCOL, ping::answer);
        this.relayClient = new RelayClient(this, Clock.systemUTC());
        Reachability reachability = config.reachability();
        RelayLimits relayLimits = reachability.relayServer();
        this.relayServer =
                relayLimits == null ? null : new RelayServer(this, relayLimits, Clock.systemUTC());
        if (relayServer != null) {
            factories.put(RelayClient.HOP, relayServer::accept);
        }
        if (reachability.relayUse() != Reachability.RelayUse.NEVER) {
            factories.put(RelayClient.STOP, relayClient::accept);
        }
        AutoNatLimits autoNatLimits = reachability.autoNatServer();
        this.autoNatServer = autoNatLimits == null ? null : new AutoNatServer(this, autoNatLimits);
        if (autoNatServer != null) {
            factories.put(AutoNatClient.DIAL_REQUEST, autoNatServer::accept);
        }
        this.autoNatClient = reachability.autoNat() ? new AutoNatClient(this) : null;
        this.holePuncher = reachability.holePunch() ? new HolePuncher(this) : null;
        if (holePuncher != null) {
            factories.put(HolePuncher.PROTOCOL, holePuncher::accept);
        }
        if (autoNatClient != null) {
            factories.put(AutoNatClient.DIAL_BACK, autoNatClient::dialBack);
        }
    }

    // ---- Host

    @Override
    public PeerId peerId() {
        return peerId;
    }

    @Override
    public List<Multiaddr> listenAddresses() {
        return listenAddresses;
    }

    @Override
    public CompletableFuture<Void> start() {
        if (!started.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException("the host was started before"));
        }
        load();
        var bound = new ArrayList<CompletableFuture<Channel>>();
        for (Multiaddr address : config.listen()) {
            bound.add(bind(address));
        }
        var result = new CompletableFuture<Void>();
        var _ =
                CompletableFuture.allOf(bound.toArray(CompletableFuture[]::new))
                        .whenComplete((_, failure) -> bound(bound, failure, result));
        return result;
    }

    /// Makes ready to check signatures, beside what else there is to do at the start.
    private void load() {
        try {
            config.handshakes().execute(PublicKey::load);
        } catch (RejectedExecutionException _) {
            // The first handshake does it then.
        }
    }

    private void bound(
            List<CompletableFuture<Channel>> bound,
            @Nullable Throwable failure,
            CompletableFuture<Void> result) {
        if (failure == null) {
            listening(bound.stream().map(CompletableFuture::join).toList());
            relayClient.start();
            if (autoNatClient != null) {
                autoNatClient.start();
            }
            result.complete(null);
            return;
        }
        for (CompletableFuture<Channel> one : bound) {
            if (!one.isCompletedExceptionally()) {
                var _ = one.join().close();
            }
        }
        result.completeExceptionally(failure.getCause() != null ? failure.getCause() : failure);
    }

    private CompletableFuture<Channel> bind(Multiaddr address) {
        var result = new CompletableFuture<Channel>();
        Endpoint endpoint = Endpoint.of(address);
        if (endpoint == null || address.ip().isEmpty() || endpoint.serverName() != null) {
            result.completeExceptionally(
                    new IOException(
                            "cannot listen on %s: only /ip4|ip6/X/tcp/P[/ws|/tls/ws], /udp/P/quic-v1"
                                    .formatted(address)));
            return result;
        }
        Endpoint.Transport transport = endpoint.transport();
        if (transport == Endpoint.Transport.WSS && !webSockets.canListenSecurely()) {
            result.completeExceptionally(
                    new IOException(
                            "cannot listen on %s: webSocketTls has no certificate"
                                    .formatted(address)));
            return result;
        }
        if (transport == Endpoint.Transport.QUIC) {
            bindQuic(address, endpoint, result);
            return result;
        }
        ChannelFactory<ServerChannel> factory =
                epoll ? EpollServerSocketChannel::new : NioServerSocketChannel::new;
        try {
            ChannelFuture future =
                    new ServerBootstrap()
                            .group(config.eventLoops())
                            .channelFactory(factory)
                            .option(ChannelOption.SO_BACKLOG, ACCEPT_QUEUE)
                            .option(ChannelOption.SO_REUSEADDR, true)
                            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                            .childHandler(
                                    new ChannelInitializer<Channel>() {
                                        @Override
                                        protected void initChannel(Channel channel) {
                                            accepted(channel, transport);
                                        }
                                    })
                            .bind(InetAddress.getByAddress(address.ip().get()), endpoint.port());
            bound(future, address, transport, result);
        } catch (UnknownHostException e) {
            result.completeExceptionally(e);
        }
        return result;
    }

    private void bindQuic(Multiaddr address, Endpoint endpoint, CompletableFuture<Channel> result) {
        if (quic == null) {
            result.completeExceptionally(
                    new IOException(
                            "cannot listen on %s: QUIC is not available".formatted(address)));
            return;
        }
        try {
            InetAddress ip = InetAddress.getByAddress(address.ip().orElseThrow());
            bound(
                    quic.listen(new InetSocketAddress(ip, endpoint.port())),
                    address,
                    Endpoint.Transport.QUIC,
                    result);
        } catch (UnknownHostException e) {
            result.completeExceptionally(e);
        }
    }

    private void bound(
            ChannelFuture future,
            Multiaddr address,
            Endpoint.Transport transport,
            CompletableFuture<Channel> result) {
        watch(future.channel());
        future.addListener(_ -> {
            if (future.isSuccess()) {
                servers.put(future.channel(), transport);
                if (config.reachability().holePunch()) {
                    // Only now, so that binding a port that is taken failed as ever.
                    future.channel().config().setOption(reusePort(), true);
                }
                result.complete(future.channel());
            } else {
                result.completeExceptionally(
                        new IOException(
                                "cannot listen on %s: %s"
                                        .formatted(
                                                address,
                                                String.valueOf(
                                                        future.cause() == null
                                                                ? ""
                                                                : future.cause().getMessage())),
                                future.cause()));
            }
        });
    }

    private void listening(List<Channel> bound) {
        var addresses = new LinkedHashSet<Multiaddr>();
        for (Channel channel : bound) {
            var socket = (InetSocketAddress) channel.localAddress();
            Endpoint.Transport transport = Objects.requireNonNull(servers.get(channel));
            if (socket.getAddress().isAnyLocalAddress()) {
                interfaces(socket).forEach(one -> addresses.add(transport.address(one)));
            } else {
                addresses.add(transport.address(multiaddr(socket)));
            }
        }
        listenAddresses = List.copyOf(addresses);
        sign();
    }

    /// The sequence number only has to grow from run to run; peers do not read it as a time.
    private void sign() {
        synchronized (recordLock) {
            recordNumber = Math.max(recordNumber + 1, System.currentTimeMillis());
            var record =
                    new PeerRecord(
                            peerId,
                            recordNumber,
                            addresses().stream().limit(PeerRecord.ADDRESSES_MAX).toList());
            signedRecord = record.toSignedEnvelope(config.privateKey());
        }
    }

    @Override
    public List<Multiaddr> addresses() {
        List<Multiaddr> relayed = relayClient.addresses();
        if (relayed.isEmpty()) {
            return directAddresses();
        }
        var all = new LinkedHashSet<>(directAddresses());
        all.addAll(relayed);
        return List.copyOf(all);
    }

    /// Where we can be dialled without a relay, as far as we know.
    List<Multiaddr> directAddresses() {
        AutoNatClient client = autoNatClient;
        if (client == null) {
            return listenAddresses;
        }
        var known = new LinkedHashSet<>(client.withoutRefuted(listenAddresses));
        known.addAll(client.confirmed());
        return List.copyOf(known);
    }

    /// What we advertise is different now: peers hear it by push.
    void addressesChanged() {
        try {
            config.handshakes().execute(this::sign);
        } catch (RejectedExecutionException _) {
            log.debug("the signed record stays as it was: too many handshakes at once");
        }
        identify.changed();
    }

    private static List<Multiaddr> interfaces(InetSocketAddress any) {
        var addresses = new ArrayList<Multiaddr>();
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address ->
                            any.getAddress() instanceof Inet6Address
                                    || !(address instanceof Inet6Address))
                    .filter(address -> !address.isLinkLocalAddress())
                    .forEach(address ->
                            addresses.add(Multiaddr.tcp(address.getAddress(), any.getPort())));
        } catch (SocketException e) {
            log.warn("cannot list the network interfaces: {}", e.getMessage());
        }
        return addresses;
    }

    /// Whether a stranger may come in; null if not, and counted.
    Admission.@Nullable Ticket admit(InetAddress address) {
        if (closing.get()) {
            return null;
        }
        if (!config.gate().allowAddress(address, false)) {
            counters.refused(Limit.GATED_ADDRESS);
            return null;
        }
        Admission.Answer answer = admission.accept(address, now());
        Limit refusal = answer.refusal();
        if (refusal != null) {
            counters.refused(refusal);
        }
        return answer.ticket();
    }

    private void accepted(Channel channel, Endpoint.Transport transport) {
        var remote = (InetSocketAddress) channel.remoteAddress();
        Admission.Ticket ticket = admit(remote.getAddress());
        if (ticket == null) {
            var _ = channel.close();
            return;
        }
        watch(channel);
        SocketMeter meter = null;
        if (transport != Endpoint.Transport.TCP) {
            meter = new SocketMeter(counters, config.limits().unauthenticatedBytes());
            webSockets.accept(channel, meter, transport == Endpoint.Transport.WSS);
        }
        HolePuncher puncher = holePuncher;
        PeerId punching =
                puncher == null || transport != Endpoint.Transport.TCP
                        ? null
                        : puncher.expected(remote);
        channel.pipeline()
                .addLast(
                        "upgrade",
                        new Upgrader(
                                this,
                                punching != null, // the other side's socket came first
                                punching,
                                ticket,
                                transport.address(multiaddr(remote)),
                                transport.address(multiaddr(channel.localAddress())),
                                transport,
                                meter,
                                now(),
                                new CompletableFuture<>()));
    }

    @Override
    public void handle(String protocolId, StreamHandlerFactory factory) {
        Negotiation.checkProtocol(protocolId);
        if (factories.put(protocolId, factory) == null) {
            identify.changed();
        }
    }

    @Override
    public void unhandle(String protocolId) {
        if (factories.remove(protocolId) != null) {
            identify.changed();
        }
    }

    @Override
    public CompletableFuture<Connection> dial(Multiaddr addressWithPeerId) {
        return dialer.dial(addressWithPeerId, false);
    }

    @Override
    public void cancelDials(PeerId peer) {
        dialer.cancel(peer);
    }

    @Override
    public CompletableFuture<Connection> dialNow(Multiaddr addressWithPeerId) {
        return dialer.dial(addressWithPeerId, true);
    }

    @Override
    public CompletableFuture<Stream> open(
            Connection connection, List<String> protocols, StreamHandler handler) {
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("protocols is empty: it must name one");
        }
        protocols.forEach(Negotiation::checkProtocol);
        List<String> proposals = List.copyOf(protocols);
        var ours = (HostConnection) connection;
        var future = new CompletableFuture<Stream>();
        if (ours.inLoop()) {
            ours.open(proposals, handler, future);
        } else {
            ours.execute(() -> ours.open(proposals, handler, future));
        }
        return future;
    }

    @Override
    public CompletableFuture<Long> ping(Connection connection) {
        return ping.ask((HostConnection) connection);
    }

    @Override
    public void addListener(HostListener listener) {
        listeners.add(listener);
    }

    @Override
    public Collection<Connection> connections() {
        return List.copyOf(connections.values());
    }

    @Override
    public Optional<Connection> connection(PeerId peer) {
        HostConnection best = null;
        for (HostConnection connection : connections.values()) {
            if (connection.remotePeer().equals(peer)
                    && connection.isOpen()
                    && (best == null || preferred(connection, best))) {
                best = connection;
            }
        }
        return Optional.ofNullable(best);
    }

    @Override
    public int peers() {
        return (int)
                connections.values().stream().map(HostConnection::remotePeer).distinct().count();
    }

    @Override
    public HostMetrics metrics() {
        int outbound = 0;
        int inbound = 0;
        Map<String, Integer> agents = new TreeMap<>();
        for (HostConnection connection : connections.values()) {
            if (connection.outbound()) {
                outbound++;
            } else {
                inbound++;
            }
            connection.identify().ifPresent(known -> countAgent(agents, known.agentVersion()));
        }
        var streams = new ArrayList<HostMetrics.ProtocolStreams>();
        new TreeMap<>(streamCounts)
                .forEach((protocol, count) ->
                        streams.add(
                                new HostMetrics.ProtocolStreams(
                                        protocol,
                                        count.inbound.intValue(),
                                        count.outbound.intValue())));
        var traffic = new ArrayList<HostMetrics.ProtocolTraffic>();
        new TreeMap<>(counters.traffic())
                .forEach((protocol, bytes) ->
                        traffic.add(
                                new HostMetrics.ProtocolTraffic(
                                        protocol, bytes.in().sum(), bytes.out().sum())));
        return new HostMetrics(
                peers(),
                inbound,
                outbound,
                counters.openedInbound.sum(),
                counters.openedOutbound.sum(),
                counters.closed(false),
                counters.closed(true),
                counters.dials(),
                counters.rejected(),
                counters.limits(),
                streams,
                traffic,
                agents,
                counters.frames.sum(),
                counters.records.sum(),
                counters.socketIn.sum(),
                counters.socketOut.sum(),
                memory.reserved(),
                counters.handshakesOnLoop.sum(),
                counters.handshakesOnExecutor.sum(),
                relayMetrics(),
                autoNatMetrics(),
                holePunchMetrics());
    }

    private HostMetrics.HolePunchMetrics holePunchMetrics() {
        HolePuncher puncher = holePuncher;
        return puncher == null
                ? new HostMetrics.HolePunchMetrics(0, 0, 0)
                : new HostMetrics.HolePunchMetrics(
                        puncher.plain.sum(), puncher.punched.sum(), puncher.failed.sum());
    }

    private HostMetrics.AutoNatMetrics autoNatMetrics() {
        AutoNatClient client = autoNatClient;
        return client == null
                ? new HostMetrics.AutoNatMetrics("unknown", 0, 0, 0, 0, 0)
                : new HostMetrics.AutoNatMetrics(
                        client.verdict().name().toLowerCase(Locale.ROOT),
                        client.confirmed().size(),
                        client.reached.sum(),
                        client.failed.sum(),
                        client.refused.sum(),
                        client.discarded.sum());
    }

    private HostMetrics.RelayMetrics relayMetrics() {
        var answers = new LinkedHashMap<String, Long>();
        RelayServer server = relayServer;
        if (server != null) {
            for (RelayStatus status : RelayStatus.values()) {
                answers.put(status.label(), server.answers(status));
            }
        }
        return new HostMetrics.RelayMetrics(
                relayClient.reservations(),
                counters.reservationsGranted.sum(),
                counters.reservationsFailed.sum(),
                server == null ? 0 : server.reservations(),
                server == null ? 0 : server.circuits(),
                counters.relayed.sum(),
                answers);
    }

    private static void countAgent(Map<String, Integer> agents, String version) {
        int slash = version.indexOf('/');
        String family = slash > 0 ? version.substring(0, slash) : version;
        String key = family.length() > 64 ? family.substring(0, 64) : family;
        agents.merge(
                agents.size() < AGENTS_MAX || agents.containsKey(key) ? key : "other",
                1,
                Integer::sum);
    }

    @Override
    public void close() {
        for (var loop : config.eventLoops()) {
            if (loop.inEventLoop()) {
                throw new IllegalStateException("close would wait for the loop it is called from");
            }
        }
        try {
            long patience = 2 * config.timeouts().drain().toMillis() + 5_000;
            closeAsync().get(patience, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.warn("the host did not close in time: {} sockets are left", channels.size(), e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public CompletableFuture<Void> closeAsync() {
        if (!closing.compareAndSet(false, true)) {
            return closeFuture;
        }
        var quicServers = new ArrayList<Channel>();
        servers.forEach((server, transport) -> {
            if (transport == Endpoint.Transport.QUIC) {
                quicServers.add(server);
            } else {
                var _ = server.close();
            }
        });
        dialer.close();
        var open = new ArrayList<CompletableFuture<Void>>();
        if (autoNatServer != null) {
            open.add(autoNatServer.closeAsync());
        }
        for (HostConnection connection : connections.values()) {
            open.add(closed(connection.channel));
            connection.close(ErrorCodes.CONNECTION_SHUTDOWN, CloseReason.SHUTDOWN);
        }
        for (Channel channel : channels) {
            if (quicServers.contains(channel)) {
                continue; // its connections need it for their farewell
            }
            open.add(closed(channel));
            if (channel.pipeline().get("upgrade") instanceof Upgrader) {
                var _ = channel.close();
            }
            if (channel.pipeline().get("upgrade") instanceof Quic.Upgrade upgrade) {
                upgrade.shutDown();
            }
            if (channel.pipeline().get("connection") instanceof HostConnection connection) {
                connection.close(ErrorCodes.CONNECTION_SHUTDOWN, CloseReason.SHUTDOWN);
            }
        }
        var _ =
                CompletableFuture.allOf(open.toArray(CompletableFuture[]::new))
                        .whenComplete((_, _) -> {
                            var last = new ArrayList<CompletableFuture<Void>>();
                            for (Channel server : quicServers) {
                                last.add(closed(server));
                                var _ = server.close();
                            }
                            var _ =
                                    CompletableFuture.allOf(last.toArray(CompletableFuture[]::new))
                                            .whenComplete((_, _) -> closeFuture.complete(null));
                        });
        return closeFuture;
    }

    private static CompletableFuture<Void> closed(Channel channel) {
        var future = new CompletableFuture<Void>();
        channel.closeFuture().addListener(_ -> future.complete(null));
        return future;
    }

    // ---- what the parts share

    HostConfig config() {
        return config;
    }

    HostCounters counters() {
        return counters;
    }

    Admission admission() {
        return admission;
    }

    MemoryScope memory() {
        return memory;
    }

    NoiseIdentity noiseIdentity() {
        return noiseIdentity;
    }

    /// Ids of the security protocols, best first.
    List<String> securities() {
        return securities;
    }

    TlsSecurity tls() {
        return Objects.requireNonNull(tls); // asked for only if it is among the securities
    }

    /// Null where the native library is missing.
    @Nullable Quic quic() {
        return quic;
    }

    WebSockets webSockets() {
        return webSockets;
    }

    RelayClient relayClient() {
        return relayClient;
    }

    /// Null if we are no relay.
    @Nullable RelayServer relayServer() {
        return relayServer;
    }

    /// Null if we do not ask.
    @Nullable AutoNatClient autoNatClient() {
        return autoNatClient;
    }

    /// Null if we do not punch holes.
    @Nullable HolePuncher holePuncher() {
        return holePuncher;
    }

    PunchDialer punchDialer() {
        return punchDialer;
    }

    /// Lets several sockets have a port.
    ChannelOption<Boolean> reusePort() {
        return epoll
                ? EpollChannelOption.SO_REUSEPORT
                : NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
    }

    /// Lets a socket that dials have the port of a listener.
    void sharePort(Bootstrap dial) {
        dial.option(ChannelOption.SO_REUSEADDR, true);
        if (epoll) {
            dial.option(SO_REUSEPORT, 1);
        } else {
            dial.option(reusePort(), true);
        }
    }

    /// Listeners of a transport that a peer at an address can be in touch with.
    List<Channel> listeners(Endpoint.Transport transport, InetAddress remote) {
        var fitting = new ArrayList<Channel>();
        servers.forEach((channel, kind) -> {
            if (kind == transport
                    && channel.isOpen()
                    && channel.localAddress() instanceof InetSocketAddress local
                    && local.getAddress().getAddress().length == remote.getAddress().length
                    && (local.getAddress().isAnyLocalAddress()
                            || local.getAddress().isLoopbackAddress()
                                    == remote.isLoopbackAddress())) {
                fitting.add(channel);
            }
        });
        return fitting;
    }

    /// From where to dial so that peers see the port we listen on; null if there is none.
    @Nullable InetSocketAddress listener(Endpoint.Transport transport, InetAddress remote) {
        List<Channel> fitting = listeners(transport, remote);
        return fitting.isEmpty() ? null : (InetSocketAddress) fitting.getFirst().localAddress();
    }

    /// The socket address of an address with an IP; null if it has none.
    static @Nullable InetSocketAddress socket(Multiaddr address) {
        Endpoint endpoint = Endpoint.of(address.withoutPeerId());
        byte[] ip = address.ip().orElse(null);
        try {
            return endpoint == null || ip == null
                    ? null
                    : new InetSocketAddress(InetAddress.getByAddress(ip), endpoint.port());
        } catch (UnknownHostException _) {
            return null;
        }
    }

    /// From now on nobody is asked who they are: to measure what a connection costs without that.
    void askNobody() {
        asking = false;
    }

    /// Whether dials to a peer wait for its choice of security from now on: for measurements.
    void waitForChoice(PeerId peer, boolean wait) {
        dialer.waitForChoice(peer, wait);
    }

    boolean isClosing() {
        return closing.get();
    }

    /// Whether a protocol may be spoken on connections that a relay limits.
    boolean allowedOnLimited(String protocol) {
        return LIMITED_PROTOCOLS.contains(protocol)
                || config.reachability().limitedProtocols().contains(protocol);
    }

    SecureRandom random() {
        return random;
    }

    ChannelFactory<Channel> channels() {
        return epoll ? EpollSocketChannel::new : NioSocketChannel::new;
    }

    long nextConnectionId() {
        return connectionIds.incrementAndGet();
    }

    /// Nanoseconds of the loops' clock.
    long now() {
        return config.eventLoops().next().ticker().nanoTime();
    }

    Future<?> schedule(Runnable task, long nanos) {
        return config.eventLoops().next().schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /// Remembers a socket until it is closed.
    void watch(Channel channel) {
        channels.add(channel);
        channel.closeFuture().addListener(_ -> channels.remove(channel));
        if (closing.get()) {
            var _ = channel.close(); // it came while the others were closed
        }
    }

    int openSockets() {
        return channels.size();
    }

    @Nullable StreamHandlerFactory factory(String protocol) {
        return factories.get(protocol);
    }

    List<String> protocols() {
        return factories.keySet().stream().sorted().toList();
    }

    byte[] signedRecord() {
        return signedRecord;
    }

    static boolean isOwnProtocol(String protocol) {
        return OWN_PROTOCOLS.contains(protocol);
    }

    static Multiaddr multiaddr(SocketAddress address) {
        var socket = (InetSocketAddress) address;
        return Multiaddr.tcp(socket.getAddress().getAddress(), socket.getPort());
    }

    // ---- events of connections, on their loops

    void established(HostConnection connection, long handshakeNanos) {
        connections.put(connection.id(), connection);
        (connection.outbound() ? counters.openedOutbound : counters.openedInbound).increment();
        announce(listener -> listener.handshake(connection, handshakeNanos));
        if (holePuncher != null) {
            holePuncher.connected(connection);
        }
        announce(listener -> listener.connected(connection));
        if (closing.get()) {
            connection.close(ErrorCodes.CONNECTION_SHUTDOWN, CloseReason.SHUTDOWN);
        } else if (asking) {
            identify.ask(connection);
        }
    }

    void disconnected(HostConnection connection, CloseReason reason) {
        connections.remove(connection.id());
        identify.forget(connection);
        relayClient.disconnected(connection);
        if (holePuncher != null) {
            holePuncher.disconnected(connection);
        }
        if (relayServer != null) {
            relayServer.disconnected(connection);
        }
        ping.forget(connection);
        counters.closed(connection.outbound(), reason);
        announce(listener -> listener.disconnected(connection, reason));
    }

    void announceIdentified(HostConnection connection, IdentifyInfo told) {
        if (connection.isOpen()) {
            relayClient.consider(connection);
            if (autoNatClient != null) {
                autoNatClient.identified(connection, told);
            }
            if (holePuncher != null) {
                holePuncher.identified(connection, told);
            }
            announce(listener -> listener.identified(connection, told));
        }
    }

    void announceRoundTrip(HostConnection connection, long nanos) {
        announce(listener -> listener.roundTrip(connection, nanos));
    }

    private void announce(Consumer<HostListener> event) {
        for (HostListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (RuntimeException | AssertionError e) {
                log.error("a listener of the host failed", e);
            }
        }
    }

    void streamOpened(HostStream stream) {
        StreamCount count = streamCounts.computeIfAbsent(stream.protocol(), _ -> new StreamCount());
        (stream.outbound() ? count.outbound : count.inbound).incrementAndGet();
    }

    void streamClosed(HostStream stream) {
        StreamCount count = streamCounts.get(stream.protocol());
        if (count != null) {
            (stream.outbound() ? count.outbound : count.inbound).decrementAndGet();
        }
    }

    // ---- two connections to one peer

    /// Whether another connection to the same peer makes this one superfluous. Both ends must come
    /// to the same answer: kept is what the smaller peer id dialled; of two dialled by one side,
    /// that side keeps its older one.
    boolean isSuperfluous(HostConnection connection) {
        for (HostConnection other : connections.values()) {
            if (other.id() != connection.id()
                    && other.remotePeer().equals(connection.remotePeer())
                    && other.isOpen()
                    && other.identify().isPresent()
                    && preferred(other, connection)
                    && (other.outbound() != connection.outbound()
                            || connection.outbound()
                            || (connection.relayed() && !other.relayed()))) {
                return true;
            }
        }
        return false;
    }

    /// Whether a peer is connected without a relay in between.
    boolean hasDirect(PeerId peer) {
        return direct(peer) != null;
    }

    /// A connection to a peer without a relay in between.
    @Nullable HostConnection direct(PeerId peer) {
        HostConnection best = null;
        for (HostConnection other : connections.values()) {
            if (other.remotePeer().equals(peer)
                    && !other.relayed()
                    && other.isOpen()
                    && (best == null || preferred(other, best))) {
                best = other;
            }
        }
        return best;
    }

    private boolean preferred(HostConnection one, HostConnection other) {
        if (one.relayed() != other.relayed()) {
            return other.relayed();
        }
        if (one.outbound() != other.outbound()) {
            boolean oursWins = peerId.compareTo(one.remotePeer()) < 0;
            return one.outbound() == oursWins;
        }
        return one.id() < other.id();
    }

    /// The connections as a map, for tests.
    Map<Long, HostConnection> table() {
        return new LinkedHashMap<>(connections);
    }
}
