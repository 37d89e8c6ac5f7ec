package org.pollen.libp2p;

import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.libp2p.relay.RelayMessage;
import org.pollen.libp2p.relay.RelayStatus;
import org.pollen.libp2p.relay.RelayTable;
import org.pollen.libp2p.relay.Voucher;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// The relay of one host: grants reservations and joins the streams of circuits, within the bounds
/// of [RelayLimits]. Requests run on the loop of the asker's connection; the table is shared.
final class RelayServer {
    static final String PROTECTION = "relay";
    private static final long AFTER_REFUSAL_NANOS = 5_000_000_000L;

    private final NettyHost host;
    private final RelayLimits limits;
    private final Clock clock;
    private final RelayTable table; // guarded by itself
    private final Map<RelayStatus, LongAdder> answers = new EnumMap<>(RelayStatus.class);

    RelayServer(NettyHost host, RelayLimits limits, Clock clock) {
        this.host = host;
        this.limits = limits;
        this.clock = clock;
        this.table = new RelayTable(limits);
        for (RelayStatus status : RelayStatus.values()) {
            answers.put(status, new LongAdder());
        }
    }

    StreamHandler accept(Stream stream) {
        var request = new Request(stream);
        ControlStream.deadline(stream, limits.requestTime().toNanos(), Limit.L39_RELAY_TIME);
        boolean counted;
        synchronized (table) {
            counted = table.openRequest(request.peer);
        }
        if (!counted) {
            host.counters().refused(Limit.L39_RELAY_REQUESTS);
            request.refuse(RelayStatus.RESOURCE_LIMIT_EXCEEDED);
        }
        request.counted = counted;
        return request;
    }

    /// A reservation dies with the last direct connection.
    void disconnected(HostConnection connection) {
        if (!host.hasDirect(connection.remotePeer())) {
            synchronized (table) {
                table.release(connection.remotePeer());
            }
        }
    }

    private void expired(HostConnection connection) {
        boolean renewed;
        synchronized (table) {
            renewed = table.reserved(connection.remotePeer(), host.now());
        }
        if (!renewed) {
            connection.unprotect(PROTECTION);
        }
    }

    int reservations() {
        synchronized (table) {
            return table.reservations(host.now());
        }
    }

    int circuits() {
        synchronized (table) {
            return table.circuits();
        }
    }

    boolean isIdle() {
        synchronized (table) {
            return table.isEmpty();
        }
    }

    long answers(RelayStatus status) {
        return Objects.requireNonNull(answers.get(status)).sum(); // every constant has one
    }

    private void answered(RelayStatus status) {
        Objects.requireNonNull(answers.get(status)).increment();
    }

    /// One hop stream.
    private final class Request extends ControlStream {
        private final Stream stream;
        private final HostConnection connection;
        private final PeerId peer;
        private boolean asked;
        private boolean counted;

        private Request(Stream stream) {
            super(RelayServer.this.host, RelayMessage.BYTES_MAX, Limit.L39_RELAY_MESSAGE);
            this.stream = stream;
            this.connection = (HostConnection) stream.connection();
            this.peer = connection.remotePeer();
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            if (asked) {
                refuse(RelayStatus.UNEXPECTED_MESSAGE);
                return;
            }
            asked = true;
            RelayMessage message = RelayMessage.parseHop(array, off, len);
            boolean relayed = connection.relayed();
            if (relayed) {
                host.counters().refused(Limit.L39_RELAYED_REQUEST);
            }
            switch (message) {
                case RelayMessage.Reserve _ when !relayed -> reserve();
                case RelayMessage.HopConnect connect when !relayed -> connect(connect.target());
                case RelayMessage.Reserve _, RelayMessage.HopConnect _ ->
                        refuse(RelayStatus.PERMISSION_DENIED);
                default -> refuse(RelayStatus.UNEXPECTED_MESSAGE);
            }
        }

        @Override
        void malformed(Stream of) {
            refuse(RelayStatus.MALFORMED_MESSAGE);
        }

        @Override
        void ended(@Nullable Throwable cause) {
            release();
        }

        private void release() {
            if (counted) {
                counted = false;
                synchronized (table) {
                    table.closeRequest(peer);
                }
            }
        }

        /// Says no and lets the word leave before the stream goes.
        private void refuse(RelayStatus status) {
            answered(status);
            finish();
            send(stream, new RelayMessage.HopStatus(status).encode());
            stream.closeWrite();
            deadline(stream, AFTER_REFUSAL_NANOS, Limit.L39_RELAY_TIME);
        }

        // ---- reservations

        private void reserve() {
            RelayStatus status;
            synchronized (table) {
                status =
                        table.reserve(
                                peer, connection.remoteAddress().ip().orElse(null), host.now());
            }
            if (status != RelayStatus.OK) {
                host.counters().refused(Limit.L39_RESERVATIONS);
                refuse(status);
                return;
            }
            long expires = clock.instant().plus(limits.reservationTime()).getEpochSecond();
            try {
                host.config().handshakes().execute(() -> vouch(expires));
            } catch (RejectedExecutionException _) {
                host.counters().refused(Limit.HANDSHAKE_QUEUE);
                refuse(RelayStatus.RESERVATION_REFUSED);
            }
        }

        /// The signature is public-key work and leaves the loop for it.
        private void vouch(long expires) {
            byte[] voucher =
                    new Voucher(host.peerId(), peer, expires).seal(host.config().privateKey());
            List<Multiaddr> addresses =
                    Identify.filtered(connection.remoteAddress(), host.directAddresses()).stream()
                            .limit(RelayMessage.ADDRESSES_MAX / 4)
                            .map(address -> address.withPeerId(host.peerId()))
                            .toList();
            connection.execute(() -> {
                answered(RelayStatus.OK);
                connection.protect(PROTECTION);
                var _ =
                        host.schedule(
                                () -> expired(connection), limits.reservationTime().toNanos() + 1);
                finish();
                send(
                        stream,
                        new RelayMessage.HopStatus(
                                        new RelayMessage.Reservation(expires, addresses, voucher),
                                        limits.circuitLimit(),
                                        RelayStatus.OK)
                                .encode());
                stream.closeWrite();
            });
        }

        // ---- circuits

        private void connect(PeerId target) {
            HostConnection there = host.direct(target);
            RelayStatus status;
            synchronized (table) {
                status =
                        there == null || target.equals(peer)
                                ? RelayStatus.NO_RESERVATION
                                : table.openCircuit(peer, target, host.now());
            }
            if (status != RelayStatus.OK || there == null) {
                host.counters()
                        .refused(
                                status == RelayStatus.NO_RESERVATION
                                        ? Limit.L39_NO_RESERVATION
                                        : Limit.L39_CIRCUITS);
                refuse(status);
                return;
            }
            hold(stream);
            var stop = new Stop(this, target);
            var _ =
                    host.open(there, List.of(RelayClient.STOP), stop)
                            .whenComplete((opened, failure) -> {
                                if (failure != null) {
                                    stop.failed();
                                } else {
                                    stop.begin(opened);
                                }
                            });
        }

        private void connectionFailed() {
            connection.execute(() -> {
                refuse(RelayStatus.CONNECTION_FAILED);
                stream.resumeReading(); // what comes is thrown away
            });
        }
    }

    /// The stop stream of a circuit, on the loop of the target's connection.
    private final class Stop extends ControlStream {
        private final Request request;
        private final PeerId target;
        private @Nullable Stream stream;
        private boolean over;

        private Stop(Request request, PeerId target) {
            super(RelayServer.this.host, RelayMessage.BYTES_MAX, Limit.L39_RELAY_MESSAGE);
            this.request = request;
            this.target = target;
        }

        void begin(Stream opened) {
            stream = opened;
            deadline(opened, limits.requestTime().toNanos(), Limit.L39_RELAY_TIME);
            send(
                    opened,
                    new RelayMessage.StopConnect(request.peer, limits.circuitLimit()).encode());
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            RelayMessage message = RelayMessage.parseStop(array, off, len);
            Stream opened = stream;
            if (over || opened == null) {
                return;
            }
            if (!(message instanceof RelayMessage.StopStatus answer)
                    || answer.status() != RelayStatus.OK) {
                opened.reset(ErrorCodes.NONE); // tells the asker in ended()
                return;
            }
            over = true;
            noDeadline(opened);
            answered(RelayStatus.OK);
            send(
                    request.stream,
                    new RelayMessage.HopStatus(null, limits.circuitLimit(), RelayStatus.OK)
                            .encode());
            var pipe =
                    new CircuitPipe(
                            host,
                            limits,
                            request.stream,
                            opened,
                            () -> {
                                synchronized (table) {
                                    table.closeCircuit(request.peer, target);
                                }
                            });
            become(opened, pipe.target);
            request.connection.execute(() -> {
                noDeadline(request.stream);
                request.release();
                request.become(request.stream, pipe.source);
            });
        }

        @Override
        void ended(@Nullable Throwable cause) {
            failed();
        }

        void failed() {
            if (!over) {
                over = true;
                synchronized (table) {
                    table.closeCircuit(request.peer, target);
                }
                request.connectionFailed();
            }
        }
    }
}
