package org.pollen.libp2p;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.holepunch.HolePunch;
import org.pollen.libp2p.holepunch.HolePunchMessage;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gets from a relayed connection to a direct one: first by a plain dial where the peer is public,
/// else by both sides dialling each other at the same moment from the ports they listen on.
///
/// Whoever accepted the relayed connection begins; whoever dialled it is the client of what comes,
/// whichever of the two sockets connects.
final class HolePuncher {
    static final String PROTOCOL = "/libp2p/dcutr";

    private static final Logger log = LoggerFactory.getLogger(HolePuncher.class);
    private static final long STREAM_NANOS = 60_000_000_000L;
    private static final long PUNCH_NANOS = 5_000_000_000L;
    private static final long PLAIN_NANOS = 10_000_000_000L;
    private static final int ATTEMPTS = 3;
    private static final int ANSWERS_PER_CONNECTION = 6;
    private static final int DIALS_MAX = 8;
    private static final int SEEN_MAX = 16;

    private final NettyHost host;
    private final boolean privateAddresses;
    private volatile long punchNanos = PUNCH_NANOS;
    private final Object lock = new Object();
    private final Map<PeerId, CompletableFuture<Connection>> active = new HashMap<>(); // lock
    private final Map<InetSocketAddress, PeerId> expected = new HashMap<>(); // lock
    private final Map<HostConnection, Integer> answered = new HashMap<>(); // lock
    private final Map<Multiaddr, Boolean> seen = // lock
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Multiaddr, Boolean> eldest) {
                    return size() > SEEN_MAX;
                }
            };
    final LongAdder plain = new LongAdder();
    final LongAdder punched = new LongAdder();
    final LongAdder failed = new LongAdder();

    HolePuncher(NettyHost host) {
        this.host = host;
        this.privateAddresses = host.config().reachability().privateAddresses();
    }

    /// How long an attempt dials, for tests.
    void punchTime(long nanos) {
        punchNanos = nanos;
    }

    // ---- addresses

    private boolean usable(Multiaddr address) {
        Endpoint endpoint = Endpoint.of(address.withoutPeerId());
        return endpoint != null
                && !address.isRelayed()
                && address.ip().isPresent()
                && (address.isPublic() || privateAddresses)
                && (endpoint.transport() == Endpoint.Transport.TCP
                        || endpoint.transport() == Endpoint.Transport.QUIC)
                && endpoint.port() != 0;
    }

    /// Where we may be found: what peers see of our listening ports, confirmed and bound addresses.
    private List<Multiaddr> own() {
        var all = new LinkedHashSet<Multiaddr>();
        synchronized (lock) {
            all.addAll(seen.keySet());
        }
        all.addAll(host.directAddresses());
        all.addAll(host.listenAddresses());
        return List.copyOf(all);
    }

    // ---- the initiator

    /// A peer told about itself and how it sees us.
    void identified(HostConnection connection, IdentifyInfo told) {
        if (!connection.relayed()) {
            told.observedAddress().ifPresent(address -> remember(connection, address));
            return;
        }
        if (connection.outbound() || host.hasDirect(connection.remotePeer())) {
            return;
        }
        CompletableFuture<Connection> goal = begin(connection.remotePeer());
        if (goal != null) {
            plainDials(connection, told, goal);
        }
    }

    private void remember(HostConnection connection, Multiaddr address) {
        boolean fromListener =
                !connection.outbound()
                        || host.listenAddresses().stream()
                                .anyMatch(one ->
                                        port(one) == port(connection.localAddress())
                                                && port(one) != 0);
        if (fromListener && usable(address)) {
            synchronized (lock) {
                seen.put(address.withoutPeerId(), true);
            }
        }
    }

    private static int port(Multiaddr address) {
        Endpoint endpoint = Endpoint.of(address);
        return endpoint == null ? 0 : endpoint.port();
    }

    /// Null if a punch with this peer is under way.
    private @Nullable CompletableFuture<Connection> begin(PeerId peer) {
        var goal = new CompletableFuture<Connection>();
        synchronized (lock) {
            if (active.putIfAbsent(peer, goal) != null) {
                return null;
            }
        }
        var _ =
                goal.whenComplete((_, _) -> {
                    synchronized (lock) {
                        active.remove(peer);
                        expected.values().removeIf(peer::equals);
                    }
                });
        return goal;
    }

    /// A direct connection is what all this is for.
    void connected(HostConnection connection) {
        if (connection.relayed()) {
            return;
        }
        CompletableFuture<Connection> goal;
        synchronized (lock) {
            goal = active.get(connection.remotePeer());
        }
        if (goal != null) {
            goal.complete(connection);
        }
    }

    void disconnected(HostConnection connection) {
        synchronized (lock) {
            answered.remove(connection);
        }
    }

    private void plainDials(
            HostConnection connection, IdentifyInfo told, CompletableFuture<Connection> goal) {
        List<Multiaddr> addresses =
                told.listenAddresses().stream()
                        .filter(one -> one.isPublic() && usable(one))
                        .limit(DIALS_MAX)
                        .toList();
        if (addresses.isEmpty()) {
            punch(connection, goal, 1);
            return;
        }
        var dials = new ArrayList<CompletableFuture<Connection>>();
        for (Multiaddr address : addresses) {
            dials.add(
                    host.dial(address.withoutPeerId().withPeerId(connection.remotePeer()))
                            .orTimeout(PLAIN_NANOS, java.util.concurrent.TimeUnit.NANOSECONDS));
        }
        var _ =
                CompletableFuture.allOf(dials.toArray(CompletableFuture[]::new))
                        .whenComplete((_, _) ->
                                connection.execute(() -> {
                                    if (goal.isDone()) {
                                        plain.increment();
                                    } else {
                                        punch(connection, goal, 1);
                                    }
                                }));
    }

    /// One attempt over the relayed connection, on its loop.
    private void punch(HostConnection connection, CompletableFuture<Connection> goal, int attempt) {
        boolean speaks =
                connection.isOpen()
                        && connection
                                .identify()
                                .map(known -> known.supports(PROTOCOL))
                                .orElse(false);
        if (!speaks || attempt > ATTEMPTS) {
            failed.increment();
            giveUp(goal, "no hole after %d attempts".formatted(attempt - 1));
            return;
        }
        var talk = new Talk(connection, true, goal, attempt);
        var _ =
                host.open(connection, List.of(PROTOCOL), talk)
                        .whenComplete((stream, failure) -> {
                            if (failure != null) {
                                failed.increment();
                                giveUp(goal, String.valueOf(failure.getMessage()));
                            } else {
                                connection.execute(() -> talk.begin(stream));
                            }
                        });
    }

    private static void giveUp(CompletableFuture<Connection> goal, String why) {
        goal.completeExceptionally(new DialException(DialResult.OTHER, why, null));
    }

    // ---- the responder

    StreamHandler accept(Stream stream) {
        var connection = (HostConnection) stream.connection();
        var talk = new Talk(connection, false, new CompletableFuture<>(), 1);
        Limit refusal = null;
        if (!connection.relayed() || !connection.outbound()) {
            refusal = Limit.L40_DCUTR_DIRECTION;
        } else {
            synchronized (lock) {
                if (active.containsKey(connection.remotePeer())
                        || answered.merge(connection, 1, Integer::sum) > ANSWERS_PER_CONNECTION) {
                    refusal = Limit.L40_DCUTR_BUSY;
                }
            }
        }
        if (refusal == null) {
            CompletableFuture<Connection> goal = begin(connection.remotePeer());
            if (goal != null) {
                talk.goal = goal;
                talk.stream = stream;
                ControlStream.deadline(stream, STREAM_NANOS, Limit.L40_DCUTR_TIME);
                return talk;
            }
            refusal = Limit.L40_DCUTR_BUSY;
        }
        host.counters().refused(refusal);
        talk.finish();
        talk.refused = true;
        stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
        return talk;
    }

    // ---- both

    /// The stream of one attempt, on the loop of the relayed connection.
    private final class Talk extends ControlStream {
        private final HostConnection connection;
        private final boolean initiator;
        private final int attempt;
        private final HolePunch punch;
        private CompletableFuture<Connection> goal;
        private @Nullable Stream stream;
        private boolean refused;
        private boolean dialling;

        private Talk(
                HostConnection connection,
                boolean initiator,
                CompletableFuture<Connection> goal,
                int attempt) {
            super(HolePuncher.this.host, HolePunchMessage.BYTES_MAX, Limit.L40_DCUTR_MESSAGE);
            this.connection = connection;
            this.initiator = initiator;
            this.goal = goal;
            this.attempt = attempt;
            this.punch =
                    initiator
                            ? HolePunch.initiator(own(), HolePuncher.this::usable)
                            : HolePunch.responder(own(), HolePuncher.this::usable);
        }

        void begin(Stream opened) {
            stream = opened;
            deadline(opened, STREAM_NANOS, Limit.L40_DCUTR_TIME);
            send(opened, punch.start(connection.now()).message().encode());
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            Stream opened = stream;
            if (opened == null) {
                return;
            }
            HolePunchMessage message = HolePunchMessage.parse(array, off, len);
            for (HolePunch.Step step : punch.receive(message, connection.now())) {
                switch (step) {
                    case HolePunch.Send words -> send(opened, words.message().encode());
                    case HolePunch.Dial dial -> {
                        dialling = true;
                        if (initiator && attempt == 1) {
                            countSuccess();
                        }
                        finish();
                        opened.closeWrite();
                        long wait = Math.max(0, dial.at() - connection.now());
                        var _ =
                                connection.loop.schedule(
                                        () -> dial(dial.addresses()),
                                        wait,
                                        java.util.concurrent.TimeUnit.NANOSECONDS);
                    }
                }
            }
        }

        @Override
        void ended(@Nullable Throwable cause) {
            if (dialling || refused) {
                return;
            }
            if (initiator) {
                failed.increment();
            }
            giveUp(goal, "the peer ended it: " + (cause == null ? "" : cause.getMessage()));
        }

        /// Counts once for all attempts; the other side's socket may come before ours sets out.
        private void countSuccess() {
            var _ = goal.thenRun(punched::increment);
        }

        private void dial(List<Multiaddr> addresses) {
            if (goal.isDone()) {
                return;
            }
            PeerId peer = connection.remotePeer();
            var over = new CompletableFuture<Void>();
            Set<InetSocketAddress> sockets = new LinkedHashSet<>();
            int dials = 0;
            for (Multiaddr address : addresses) {
                InetSocketAddress socket = NettyHost.socket(address);
                if (socket == null || dials++ == DIALS_MAX) {
                    break;
                }
                if (!initiator) {
                    synchronized (lock) {
                        expected.put(socket, peer);
                    }
                }
                sockets.add(socket);
                host.punchDialer().dial(address, socket, peer, !initiator, over);
            }
            var timer = host.schedule(() -> over(over, sockets), punchNanos);
            var _ =
                    goal.whenComplete((found, _) -> {
                        timer.cancel(false);
                        over.complete(null);
                        if (found != null && initiator) {
                            log.debug("a hole to {} after {} attempts", peer, attempt);
                        }
                    });
        }

        /// Nothing came of it in time.
        private void over(CompletableFuture<Void> over, Set<InetSocketAddress> sockets) {
            over.complete(null);
            synchronized (lock) {
                expected.keySet().removeAll(sockets);
            }
            if (!initiator) {
                giveUp(goal, "no hole"); // the other side may try again
            } else {
                connection.execute(() -> {
                    if (!goal.isDone()) {
                        punch(connection, goal, attempt + 1);
                    }
                });
            }
        }
    }

    /// Whom a socket from this address must lead to: a punch dials it from our side, as the client.
    @Nullable PeerId expected(InetSocketAddress remote) {
        synchronized (lock) {
            return expected.get(remote);
        }
    }

    /// Whether nothing is under way, for tests that look for drift.
    boolean isIdle() {
        synchronized (lock) {
            return active.isEmpty() && expected.isEmpty();
        }
    }
}
