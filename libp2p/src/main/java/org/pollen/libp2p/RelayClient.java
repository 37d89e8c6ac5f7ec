package org.pollen.libp2p;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.relay.CircuitLimit;
import org.pollen.libp2p.relay.RelayMessage;
import org.pollen.libp2p.relay.RelayStatus;
import org.pollen.libp2p.relay.Voucher;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a host does at relays: dials peers through them, keeps reservations, and accepts the
/// circuits that come of those.
final class RelayClient {
    static final String HOP = "/libp2p/circuit/relay/0.2.0/hop";
    static final String STOP = "/libp2p/circuit/relay/0.2.0/stop";

    private static final Logger log = LoggerFactory.getLogger(RelayClient.class);
    private static final String PROTECTION = "relay reservation";
    private static final long REQUEST_NANOS = 30_000_000_000L;
    private static final long MAINTAIN_NANOS = 15_000_000_000L;
    private static final int RESERVATIONS_WANTED = 2;
    private static final int CIRCUITS_PER_RELAY_MAX = 64;

    private final NettyHost host;
    private final Clock clock;
    private final Map<PeerId, Held> held = new LinkedHashMap<>(); // guarded by itself
    private final Map<PeerId, Integer> circuits = new LinkedHashMap<>(); // guarded by held
    private volatile boolean unreachable;

    /// A reservation, or that it is being asked for.
    private record Held(HostConnection connection, List<Multiaddr> addresses, boolean granted) {}

    RelayClient(NettyHost host, Clock clock) {
        this.host = host;
        this.clock = clock;
    }

    // ---- dialling

    /// Connects to a peer through a relay.
    ///
    /// @param result gets the secured connection, or why not
    void dial(Multiaddr address, CompletableFuture<HostConnection> result) {
        RelayAddress parts = RelayAddress.of(address);
        if (parts == null || parts.relayId().equals(host.peerId())) {
            fail(result, DialResult.OTHER, address + " is not RELAY/p2p/R/p2p-circuit/p2p/ID");
            return;
        }
        HostConnection known = host.direct(parts.relayId());
        if (known != null) {
            connect(known, parts.target(), result);
        } else if (parts.nameOnly()) {
            fail(result, DialResult.OTHER, "no connection to the relay " + parts.relayId());
        } else {
            var _ =
                    host.dial(parts.relay())
                            .whenComplete((relay, failure) -> {
                                if (failure != null) {
                                    fail(
                                            result,
                                            DialResult.RELAY,
                                            "the relay: " + failure.getMessage());
                                } else {
                                    connect((HostConnection) relay, parts.target(), result);
                                }
                            });
        }
    }

    private static void fail(
            CompletableFuture<HostConnection> result, DialResult kind, String message) {
        result.completeExceptionally(new DialException(kind, message, null));
    }

    private void connect(
            HostConnection relay, PeerId target, CompletableFuture<HostConnection> result) {
        var asking = new Connecting(relay, target, result);
        var _ =
                host.open(relay, List.of(HOP), asking)
                        .whenComplete((stream, failure) -> {
                            if (failure != null) {
                                fail(
                                        result,
                                        DialResult.RELAY,
                                        String.valueOf(failure.getMessage()));
                            } else {
                                asking.begin(stream);
                            }
                        });
    }

    /// Asks a relay for a circuit.
    private final class Connecting extends ControlStream {
        private final HostConnection relay;
        private final PeerId target;
        private final CompletableFuture<HostConnection> result;
        private @Nullable Stream stream;
        private boolean answered;

        private Connecting(
                HostConnection relay, PeerId target, CompletableFuture<HostConnection> result) {
            super(RelayClient.this.host, RelayMessage.BYTES_MAX, Limit.L39_RELAY_MESSAGE);
            this.relay = relay;
            this.target = target;
            this.result = result;
        }

        void begin(Stream opened) {
            stream = opened;
            deadline(opened, REQUEST_NANOS, Limit.L39_RELAY_TIME);
            send(opened, new RelayMessage.HopConnect(target).encode());
            // Whoever gives up leaves no stream behind.
            var _ = result.whenComplete((_, failure) -> abandon(opened, failure));
        }

        private void abandon(Stream opened, @Nullable Throwable failure) {
            if (failure != null) {
                opened.reset(ErrorCodes.NONE);
            }
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            RelayMessage message = RelayMessage.parseHop(array, off, len);
            Stream opened = stream;
            if (opened == null || answered) {
                return;
            }
            answered = true;
            if (!(message instanceof RelayMessage.HopStatus answer)
                    || answer.status() != RelayStatus.OK) {
                RelayStatus status =
                        message instanceof RelayMessage.HopStatus refusal ? refusal.status() : null;
                fail(
                        result,
                        DialResult.RELAY,
                        "the relay answers " + (status == null ? "nonsense" : status.label()));
                opened.reset(ErrorCodes.NONE);
                return;
            }
            noDeadline(opened);
            Admission.Answer admission = host.admission().dial();
            Admission.Ticket ticket = admission.ticket();
            if (ticket == null) {
                host.counters().refused(Limit.L2_TRANSIENT);
                fail(result, DialResult.LIMIT, "too many connections are under way");
                return;
            }
            upgrade(this, opened, relay, true, target, ticket, answer.limit(), result);
        }

        @Override
        void ended(@Nullable Throwable cause) {
            fail(
                    result,
                    DialResult.RELAY,
                    "the relay ends the request: " + (cause == null ? "" : cause.getMessage()));
        }
    }

    /// The stream is a raw connection from here on: it is secured and split like a socket.
    private void upgrade(
            ControlStream control,
            Stream stream,
            HostConnection relay,
            boolean initiator,
            PeerId expected,
            Admission.Ticket ticket,
            @Nullable CircuitLimit limit,
            CompletableFuture<HostConnection> result) {
        var channel = new StreamChannel(stream);
        var upgrader =
                new Upgrader(
                                host,
                                initiator,
                                expected,
                                ticket,
                                RelayAddress.behind(relay.remoteAddress(), relay.remotePeer()),
                                relay.localAddress(),
                                Endpoint.Transport.CIRCUIT,
                                null,
                                host.now(),
                                result)
                        .limited(limit != null && limit.limits());
        host.watch(channel);
        channel.pipeline().addLast("upgrade", upgrader);
        var _ = result.whenComplete((_, failure) -> close(channel, failure));
        relay.loop.register(channel).addListener(_ -> control.become(stream, channel));
    }

    private static void close(StreamChannel channel, @Nullable Throwable failure) {
        if (failure != null) {
            var _ = channel.close();
        }
    }

    // ---- circuits that end here

    StreamHandler accept(Stream stream) {
        var stopping = new Stopping(stream);
        ControlStream.deadline(stream, REQUEST_NANOS, Limit.L39_RELAY_TIME);
        return stopping;
    }

    /// A relay tells that somebody wants us.
    private final class Stopping extends ControlStream {
        private final Stream stream;
        private final HostConnection relay;
        private boolean asked;

        private Stopping(Stream stream) {
            super(RelayClient.this.host, RelayMessage.BYTES_MAX, Limit.L39_RELAY_MESSAGE);
            this.stream = stream;
            this.relay = (HostConnection) stream.connection();
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            RelayMessage message = RelayMessage.parseStop(array, off, len);
            if (asked || !(message instanceof RelayMessage.StopConnect connect)) {
                refuse(RelayStatus.UNEXPECTED_MESSAGE);
                return;
            }
            asked = true;
            // Only whom we asked may bring strangers past the limits of addresses.
            if (relay.relayed() || !hasReservation(relay)) {
                host.counters().refused(Limit.L39_NO_RESERVATION);
                refuse(RelayStatus.PERMISSION_DENIED);
                return;
            }
            if (!enter(relay.remotePeer())) {
                host.counters().refused(Limit.L39_CIRCUITS);
                refuse(RelayStatus.RESOURCE_LIMIT_EXCEEDED);
                return;
            }
            Admission.Answer admission = host.admission().acceptCircuit();
            Admission.Ticket ticket = admission.ticket();
            if (ticket == null) {
                leave(relay.remotePeer());
                host.counters().refused(Limit.L2_TRANSIENT);
                refuse(RelayStatus.RESOURCE_LIMIT_EXCEEDED);
                return;
            }
            noDeadline(stream);
            send(stream, new RelayMessage.StopStatus(RelayStatus.OK).encode());
            var result = new CompletableFuture<HostConnection>();
            var _ =
                    result.whenComplete((connection, _) -> {
                        if (connection == null) {
                            leave(relay.remotePeer());
                        } else {
                            connection.closeFuture().addListener(_ -> leave(relay.remotePeer()));
                        }
                    });
            upgrade(this, stream, relay, false, connect.source(), ticket, connect.limit(), result);
        }

        @Override
        void malformed(Stream of) {
            refuse(RelayStatus.MALFORMED_MESSAGE);
        }

        private void refuse(RelayStatus status) {
            finish();
            send(stream, new RelayMessage.StopStatus(status).encode());
            stream.closeWrite();
        }
    }

    private boolean enter(PeerId relay) {
        synchronized (held) {
            if (circuits.getOrDefault(relay, 0) >= CIRCUITS_PER_RELAY_MAX) {
                return false;
            }
            circuits.merge(relay, 1, Integer::sum);
            return true;
        }
    }

    private void leave(PeerId relay) {
        synchronized (held) {
            circuits.computeIfPresent(relay, (_, n) -> n == 1 ? null : n - 1);
        }
    }

    private boolean hasReservation(HostConnection relay) {
        synchronized (held) {
            return held.containsKey(relay.remotePeer());
        }
    }

    // ---- reservations

    /// Asks the relay at the other end for a reservation and renews it from then on, until the
    /// connection ends.
    ///
    /// @return completes with the addresses under which peers reach us through it
    CompletableFuture<List<Multiaddr>> reserve(HostConnection relay) {
        var result = new CompletableFuture<List<Multiaddr>>();
        synchronized (held) {
            held.putIfAbsent(relay.remotePeer(), new Held(relay, List.of(), false));
        }
        var asking = new Reserving(relay, result);
        var _ = result.whenComplete((_, failure) -> forgetIfFailed(relay, failure));
        var _ =
                host.open(relay, List.of(HOP), asking)
                        .whenComplete((stream, failure) -> {
                            if (failure != null) {
                                result.completeExceptionally(failure);
                            } else {
                                asking.begin(stream);
                            }
                        });
        return result;
    }

    private void forgetIfFailed(HostConnection relay, @Nullable Throwable failure) {
        if (failure == null) {
            return;
        }
        log.debug("no reservation at {}: {}", relay, failure.getMessage());
        host.counters().reservationsFailed.increment();
        forget(relay);
    }

    private final class Reserving extends ControlStream {
        private final HostConnection relay;
        private final CompletableFuture<List<Multiaddr>> result;
        private @Nullable Stream stream;

        private Reserving(HostConnection relay, CompletableFuture<List<Multiaddr>> result) {
            super(RelayClient.this.host, RelayMessage.BYTES_MAX, Limit.L39_RELAY_MESSAGE);
            this.relay = relay;
            this.result = result;
        }

        void begin(Stream opened) {
            stream = opened;
            deadline(opened, REQUEST_NANOS, Limit.L39_RELAY_TIME);
            send(opened, new RelayMessage.Reserve().encode());
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            finish();
            if (stream != null) {
                stream.closeWrite();
            }
            RelayMessage message = RelayMessage.parseHop(array, off, len);
            RelayMessage.Reservation granted =
                    message instanceof RelayMessage.HopStatus answer
                                    && answer.status() == RelayStatus.OK
                            ? answer.reservation()
                            : null;
            if (granted == null) {
                refused("the relay answers " + message);
                return;
            }
            try {
                host.config().handshakes().execute(() -> check(granted));
            } catch (RejectedExecutionException _) {
                refused("too many handshakes at once");
            }
        }

        /// The voucher's signature is public-key work and leaves the loop for it.
        private void check(RelayMessage.Reservation granted) {
            long left = granted.expires() - clock.instant().getEpochSecond();
            byte[] voucher = granted.voucher();
            if (left <= 0) {
                refused("the reservation has expired already");
                return;
            }
            if (voucher != null) {
                try {
                    Voucher opened = Voucher.open(voucher);
                    if (!opened.relay().equals(relay.remotePeer())
                            || !opened.peer().equals(host.peerId())) {
                        refused("the voucher is for others");
                        return;
                    }
                } catch (MalformedException e) {
                    refused(String.valueOf(e.getMessage()));
                    return;
                }
            }
            relay.execute(() -> granted(granted, left));
        }

        private void granted(RelayMessage.Reservation reservation, long left) {
            var addresses = new ArrayList<Multiaddr>();
            for (Multiaddr one :
                    Identify.filtered(relay.remoteAddress(), reservation.addresses())) {
                if (!one.isRelayed()
                        && one.peerId().map(relay.remotePeer()::equals).orElse(true)
                        && Endpoint.of(one.withoutPeerId()) != null) {
                    addresses.add(RelayAddress.behind(one.withoutPeerId(), relay.remotePeer()));
                }
            }
            if (addresses.isEmpty()) {
                addresses.add(RelayAddress.behind(relay.remoteAddress(), relay.remotePeer()));
            }
            boolean fresh;
            synchronized (held) {
                Held before = held.get(relay.remotePeer());
                if (before == null || !relay.isOpen()) {
                    result.completeExceptionally(
                            new ConnectionClosedException("the relay is gone", ErrorCodes.NONE));
                    return;
                }
                fresh = !before.addresses().equals(addresses);
                held.put(relay.remotePeer(), new Held(relay, List.copyOf(addresses), true));
            }
            relay.protect(PROTECTION);
            host.counters().reservationsGranted.increment();
            var _ = host.schedule(() -> renew(relay), refreshNanos(left));
            if (fresh) {
                host.addressesChanged();
            }
            result.complete(List.copyOf(addresses));
        }

        @Override
        void ended(@Nullable Throwable cause) {
            if (cause != null) {
                result.completeExceptionally(cause);
            }
        }

        private void refused(String why) {
            result.completeExceptionally(new DialException(DialResult.RELAY, why, null));
        }
    }

    /// When to renew: after half of the life, but two minutes before its end if it is that long.
    static long refreshNanos(long seconds) {
        long half = seconds * 500_000_000L;
        long early = (seconds - 120) * 1_000_000_000L;
        return early > 0 ? Math.min(half, early) : half;
    }

    private void renew(HostConnection relay) {
        if (relay.isOpen() && hasReservation(relay)) {
            var _ = reserve(relay);
        }
    }

    private void forget(HostConnection relay) {
        Held gone;
        synchronized (held) {
            Held known = held.get(relay.remotePeer());
            gone = known != null && known.connection().id() == relay.id() ? known : null;
            if (gone != null) {
                held.remove(relay.remotePeer());
            }
        }
        relay.unprotect(PROTECTION);
        if (gone != null && gone.granted()) {
            host.addressesChanged();
        }
    }

    /// Under which addresses peers reach us through relays.
    List<Multiaddr> addresses() {
        synchronized (held) {
            return held.values().stream().flatMap(one -> one.addresses().stream()).toList();
        }
    }

    /// Reservations that were granted and live.
    int reservations() {
        synchronized (held) {
            return (int) held.values().stream().filter(Held::granted).count();
        }
    }

    // ---- which relays to ask

    /// What peers found out about dialling us.
    void unreachable(boolean yes) {
        unreachable = yes;
        maintain();
    }

    private boolean wanted() {
        return switch (host.config().reachability().relayUse()) {
            case NEVER -> false;
            case WHEN_UNREACHABLE -> unreachable;
            case ALWAYS -> true;
        };
    }

    /// Looks again and again for a relay that is missing.
    void start() {
        if (host.config().reachability().relayUse() == Reachability.RelayUse.NEVER) {
            return;
        }
        maintain();
        var _ = host.schedule(this::startAgain, MAINTAIN_NANOS);
    }

    private void startAgain() {
        if (!host.isClosing()) {
            start();
        }
    }

    private void maintain() {
        if (!wanted()) {
            return;
        }
        for (Multiaddr address : host.config().reachability().relays()) {
            PeerId relay = address.peerId().orElse(null);
            if (relay != null && host.direct(relay) == null && missing() > 0) {
                var _ = host.dial(address); // asked once it has told what it speaks
            }
        }
        for (Connection connection : host.connections()) {
            consider((HostConnection) connection);
        }
    }

    private int missing() {
        synchronized (held) {
            return RESERVATIONS_WANTED - held.size();
        }
    }

    /// A peer told what it speaks: it may be a relay.
    void consider(HostConnection connection) {
        boolean relay =
                wanted()
                        && !connection.relayed()
                        && connection.identify().map(known -> known.supports(HOP)).orElse(false);
        if (!relay) {
            return;
        }
        synchronized (held) {
            if (held.containsKey(connection.remotePeer()) || missing() <= 0) {
                return;
            }
            held.put(connection.remotePeer(), new Held(connection, List.of(), false));
        }
        var _ = reserve(connection);
    }

    void disconnected(HostConnection connection) {
        forget(connection);
    }
}
