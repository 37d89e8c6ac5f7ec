package org.pollen.libp2p;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.concurrent.Future;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.MultiaddrProtocol;
import org.pollen.peer.PeerId;

/// Dials: one attempt for each address at a time, a bound on how many run for a peer and for the
/// host, patience with addresses that failed. Thread-safe.
final class Dialer {
    private static final int WAITING_MAX = 1024;
    private static final int CHOOSING_PEERS_MAX = 4096;

    private final NettyHost host;
    private final DialBackoff backoff = new DialBackoff();
    private final Map<Multiaddr, Attempt> attempts = new HashMap<>(); // waiting and running
    private final ArrayDeque<Attempt> waiting = new ArrayDeque<>();
    private final Map<PeerId, Integer> runningByPeer = new HashMap<>();
    private final SequencedSet<PeerId> choosing =
            new LinkedHashSet<>(); // did not answer Noise that was said at once
    private int running;
    private boolean closed;

    Dialer(NettyHost host) {
        this.host = host;
    }

    /// An upgrade that can be ended from outside, on its loop.
    interface Cancellable {
        void cancel(DialResult kind, String message);
    }

    /// One dial, from the request to its end.
    private static final class Attempt {
        private final Multiaddr address;
        private final PeerId peer;
        private final Endpoint endpoint;
        private final CompletableFuture<Connection> future = new CompletableFuture<>();
        private final Set<Channel> channels = new HashSet<>(); // guarded by the attempt
        private @Nullable Cancellable upgrader;
        private @Nullable Upgrader pipelined; // the last upgrade, if it did not wait for a choice
        private volatile boolean waits; // the peer has no Noise
        private @Nullable Future<?> timer;

        private Attempt(Multiaddr address, PeerId peer, Endpoint endpoint) {
            this.endpoint = endpoint;
            this.address = address;
            this.peer = peer;
        }
    }

    CompletableFuture<Connection> dial(Multiaddr address, boolean impatient) {
        PeerId peer = address.peerId().orElse(null);
        Endpoint endpoint =
                peer == null
                        ? null
                        : address.isRelayed()
                                ? Endpoint.circuit(address)
                                : Endpoint.of(address.withoutPeerId());
        if (peer == null || endpoint == null) {
            return failed(
                    DialResult.OTHER,
                    "%s is not /ip4|ip6|dns/X/tcp/P[/ws|/tls/ws]/p2p/ID or /udp/P/quic-v1"
                            .formatted(address));
        }
        if (peer.equals(host.peerId())) {
            return failed(DialResult.SELF, address + " is ourselves");
        }
        Optional<Connection> existing = host.connection(peer);
        if (existing.isPresent() && (address.isRelayed() || !existing.get().relayed())) {
            return CompletableFuture.completedFuture(existing.get());
        }
        if (!host.config().gate().allowPeer(peer, true)) {
            return failed(DialResult.BANNED, peer + " is not allowed");
        }
        long left = impatient ? 0 : backoff.remaining(address, host.now());
        if (left > 0) {
            return failed(
                    DialResult.BACKOFF,
                    "%s failed before: %d ms to wait".formatted(address, left / 1_000_000));
        }
        Attempt attempt;
        synchronized (this) {
            if (closed) {
                return failed(DialResult.OTHER, "the host is closed");
            }
            Attempt known = attempts.get(address);
            if (known != null) {
                return known.future.copy();
            }
            attempt = new Attempt(address, peer, endpoint);
            attempts.put(address, attempt);
            if (!mayRun(attempt)) {
                host.counters().refused(Limit.L46_DIALS);
                if (waiting.size() >= WAITING_MAX) {
                    attempts.remove(address);
                    return failed(DialResult.LIMIT, "too many dials wait already");
                }
                waiting.add(attempt);
                return attempt.future.copy();
            }
            started(attempt);
        }
        run(attempt);
        return attempt.future.copy();
    }

    private CompletableFuture<Connection> failed(DialResult result, String message) {
        host.counters().dialled(result);
        return CompletableFuture.failedFuture(new DialException(result, message, null));
    }

    private boolean mayRun(Attempt attempt) {
        HostLimits limits = host.config().limits();
        return running < limits.dials()
                && runningByPeer.getOrDefault(attempt.peer, 0) < limits.dialsPerPeer();
    }

    private void started(Attempt attempt) {
        running++;
        runningByPeer.merge(attempt.peer, 1, Integer::sum);
    }

    // ---- one attempt

    private void run(Attempt attempt) {
        attempt.timer =
                host.schedule(
                        () -> end(attempt, null, DialResult.TIMEOUT, "timed out", null),
                        host.config().timeouts().dial().toNanos());
        connect(attempt);
    }

    private void connect(Attempt attempt) {
        if (attempt.endpoint.transport() == Endpoint.Transport.CIRCUIT) {
            relay(attempt);
            return;
        }
        Optional<byte[]> ip = attempt.address.ip();
        if (ip.isPresent()) {
            try {
                connect(attempt, InetAddress.getByAddress(ip.get()));
            } catch (UnknownHostException e) {
                end(attempt, null, DialResult.OTHER, "unusable address", e);
            }
        } else {
            // The system's resolver blocks, so it gets a thread that may.
            Thread.ofVirtual().name("dns").start(() -> resolve(attempt));
        }
    }

    private void relay(Attempt attempt) {
        var result = new CompletableFuture<HostConnection>();
        var _ =
                result.whenComplete(
                        (connection, failure) -> upgraded(attempt, connection, failure));
        var _ =
                attempt.future.whenComplete((_, failure) -> {
                    if (failure != null) {
                        result.completeExceptionally(failure); // given up: nothing stays behind
                    }
                });
        host.relayClient().dial(attempt.address, result);
    }

    private void resolve(Attempt attempt) {
        Multiaddr.Component first = attempt.address.components().getFirst();
        String name = new String(first.value(), StandardCharsets.UTF_8);
        try {
            for (InetAddress address : InetAddress.getAllByName(name)) {
                int bytes = address.getAddress().length;
                if (first.protocol() == MultiaddrProtocol.DNS
                        || bytes == (first.protocol() == MultiaddrProtocol.DNS4 ? 4 : 16)) {
                    connect(attempt, address);
                    return;
                }
            }
            end(attempt, null, DialResult.OTHER, name + " has no address of that kind", null);
        } catch (UnknownHostException e) {
            end(attempt, null, DialResult.OTHER, name + " cannot be resolved", e);
        }
    }

    private void connect(Attempt attempt, InetAddress address) {
        if (!host.config().gate().allowAddress(address, true)) {
            end(attempt, null, DialResult.BANNED, address + " is not allowed", null);
            return;
        }
        Admission.Answer answer = host.admission().dial();
        Admission.Ticket ticket = answer.ticket();
        if (ticket == null) {
            Limit refusal = answer.refusal();
            if (refusal != null) {
                host.counters().refused(refusal);
            }
            end(attempt, null, DialResult.LIMIT, "too many connections are under way", null);
            return;
        }
        int port = attempt.endpoint.port();
        InetAddress from = host.config().dialFrom();
        var result = new CompletableFuture<HostConnection>();
        var _ =
                result.whenComplete(
                        (connection, failure) -> upgraded(attempt, connection, failure));
        if (attempt.endpoint.transport() == Endpoint.Transport.QUIC) {
            Quic quic = host.quic();
            if (quic == null) {
                ticket.release();
                end(attempt, null, DialResult.OTHER, "QUIC is not available", null);
                return;
            }
            Quic.Upgrade upgrade =
                    quic.dial(
                            new InetSocketAddress(address, port),
                            from,
                            attempt.peer,
                            attempt.address.withoutPeerId(),
                            ticket,
                            socket -> {
                                host.watch(socket);
                                synchronized (attempt) {
                                    attempt.channels.add(socket);
                                }
                            },
                            result);
            synchronized (attempt) {
                attempt.upgrader = upgrade;
            }
            return;
        }
        tcp(attempt, new InetSocketAddress(address, port), local(attempt, address), ticket, result);
    }

    /// Where to dial from: the port we listen on, where peers behind NATs shall see it. An address
    /// that failed is dialled from any port the next time: a peer may have dialled us at the same
    /// moment from the same ports.
    private @Nullable InetSocketAddress local(Attempt attempt, InetAddress remote) {
        InetAddress from = host.config().dialFrom();
        if (from != null) {
            return new InetSocketAddress(from, 0);
        }
        return host.config().reachability().holePunch()
                        && attempt.endpoint.transport() == Endpoint.Transport.TCP
                        && !backoff.known(attempt.address)
                ? host.listener(Endpoint.Transport.TCP, remote)
                : null;
    }

    private void tcp(
            Attempt attempt,
            InetSocketAddress remote,
            @Nullable InetSocketAddress local,
            Admission.Ticket ticket,
            CompletableFuture<HostConnection> result) {
        SocketMeter meter =
                attempt.endpoint.transport() == Endpoint.Transport.TCP
                        ? null
                        : new SocketMeter(
                                host.counters(), host.config().limits().unauthenticatedBytes());
        var upgrader =
                new Upgrader(
                        host,
                        true,
                        attempt.peer,
                        ticket,
                        attempt.address.withoutPeerId(),
                        null,
                        attempt.endpoint.transport(),
                        meter,
                        host.now(),
                        result);
        attempt.pipelined = attempt.waits || isChoosing(attempt.peer) ? null : upgrader.pipelined();
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(host.config().eventLoops())
                        .channelFactory(host.channels())
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) host.config().timeouts().connect().toMillis())
                        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, NettyHost.WATER_MARK)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        register(attempt, channel, upgrader, meter);
                                    }
                                });
        boolean shared = local != null && local.getPort() != 0;
        if (shared) {
            host.sharePort(bootstrap);
        }
        ChannelFuture connected = bootstrap.connect(remote, local);
        connected.addListener(_ -> {
            if (connected.isSuccess()) {
                return;
            }
            if (shared && inUse(connected.cause()) && !attempt.future.isDone()) {
                tcp(attempt, remote, null, ticket, result); // an earlier connection has the ports
                return;
            }
            ticket.release();
            result.completeExceptionally(connectFailure(attempt, connected.cause()));
        });
    }

    private static boolean inUse(@Nullable Throwable cause) {
        String message = cause == null ? null : cause.getMessage();
        return cause instanceof BindException
                || (message != null
                        && (message.contains("in use") || message.contains("assign requested")));
    }

    /// The upgrade is in the pipeline before the socket connects: the peer may speak, or close, at
    /// once.
    private void register(
            Attempt attempt, Channel channel, Upgrader upgrader, @Nullable SocketMeter meter) {
        host.watch(channel);
        synchronized (attempt) {
            attempt.channels.clear(); // an earlier try is over, and its loop may be another
            attempt.channels.add(channel);
            attempt.upgrader = upgrader;
        }
        if (meter != null) {
            host.webSockets().dial(channel, meter, attempt.endpoint);
        }
        channel.pipeline().addLast("upgrade", upgrader);
        if (attempt.future.isDone()) {
            var _ = channel.close();
        }
    }

    private static DialException connectFailure(Attempt attempt, @Nullable Throwable cause) {
        DialResult result =
                switch (cause) {
                    case ConnectTimeoutException _ -> DialResult.TIMEOUT;
                    case ConnectException _ -> DialResult.REFUSED;
                    case null, default -> DialResult.OTHER;
                };
        return new DialException(
                result,
                "%s: %s".formatted(attempt.address, cause == null ? "" : cause.getMessage()),
                cause);
    }

    private void upgraded(
            Attempt attempt, @Nullable HostConnection connection, @Nullable Throwable failure) {
        if (connection != null) {
            end(attempt, connection, DialResult.OK, "", null);
            return;
        }
        Upgrader pipelined = attempt.pipelined;
        if (pipelined != null && !attempt.future.isDone()) { // else we gave up, not the peer
            if (pipelined.failedAtOnce()) {
                waitForChoice(attempt.peer, true);
            }
            if (pipelined.refusedNoise()) {
                attempt.waits = true;
                connect(attempt);
                return;
            }
        }
        if (failure instanceof DialException dial) {
            end(attempt, null, dial.result(), String.valueOf(dial.getMessage()), dial.getCause());
        } else {
            end(attempt, null, DialResult.OTHER, "failed", failure);
        }
    }

    // ---- who is not told Noise at once

    private synchronized boolean isChoosing(PeerId peer) {
        return choosing.contains(peer);
    }

    /// Whether dials to a peer wait for its choice of security from now on.
    synchronized void waitForChoice(PeerId peer, boolean wait) {
        if (!wait) {
            choosing.remove(peer);
        } else if (choosing.add(peer) && choosing.size() > CHOOSING_PEERS_MAX) {
            choosing.removeFirst();
        }
    }

    private void end(
            Attempt attempt,
            @Nullable HostConnection connection,
            DialResult result,
            String message,
            @Nullable Throwable cause) {
        List<Attempt> next = new ArrayList<>(1);
        synchronized (this) {
            if (attempts.get(attempt.address) != attempt) {
                return; // over already; a connection that came too late is an ordinary one
            }
            attempts.remove(attempt.address);
            if (!waiting.remove(attempt)) {
                running--;
                runningByPeer.computeIfPresent(attempt.peer, (_, n) -> n == 1 ? null : n - 1);
            }
            startWaiting(next);
        }
        Future<?> timer = attempt.timer;
        if (timer != null) {
            timer.cancel(false);
        }
        host.counters().dialled(result);
        if (connection != null) {
            backoff.succeeded(attempt.address);
            attempt.future.complete(connection);
        } else {
            if (result != DialResult.LIMIT && result != DialResult.CANCELLED && !closed) {
                backoff.failed(attempt.address, host.now());
            }
            attempt.future.completeExceptionally(
                    new DialException(
                            result, "dial %s: %s".formatted(attempt.address, message), cause));
            abandon(attempt);
        }
        next.forEach(this::run);
    }

    /// A dial that is over leaves no socket behind.
    private static void abandon(Attempt attempt) {
        List<Channel> channels;
        Cancellable upgrader;
        synchronized (attempt) {
            channels = List.copyOf(attempt.channels);
            upgrader = attempt.upgrader;
        }
        for (Channel channel : channels) {
            if (upgrader == null) {
                var _ = channel.close();
            } else {
                channel.eventLoop()
                        .execute(() -> upgrader.cancel(DialResult.TIMEOUT, "the dial is over"));
            }
        }
    }

    private void startWaiting(List<Attempt> next) {
        for (var candidates = waiting.iterator(); candidates.hasNext(); ) {
            Attempt candidate = candidates.next();
            if (running >= host.config().limits().dials()) {
                return;
            }
            if (mayRun(candidate)) {
                candidates.remove();
                started(candidate);
                next.add(candidate);
            }
        }
    }

    /// Ends the dials to a peer: another one led there.
    void cancel(PeerId peer) {
        List<Attempt> open;
        synchronized (this) {
            open = attempts.values().stream().filter(one -> one.peer.equals(peer)).toList();
        }
        for (Attempt attempt : open) {
            end(attempt, null, DialResult.CANCELLED, "another address was first", null);
        }
    }

    /// Ends every dial: the host closes.
    void close() {
        List<Attempt> open;
        synchronized (this) {
            closed = true;
            waiting.clear();
            open = List.copyOf(attempts.values());
        }
        for (Attempt attempt : open) {
            end(attempt, null, DialResult.OTHER, "the host is closed", null);
        }
    }
}
