package org.pollen.libp2p;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Identify and identify push of one host: asks every new connection once, answers those who ask,
/// and tells all peers when our protocols changed.
final class Identify {
    static final String PROTOCOL = "/ipfs/id/1.0.0";
    static final String PUSH = "/ipfs/id/push/1.0.0";

    private static final Logger log = LoggerFactory.getLogger(Identify.class);
    private static final String PROTOCOL_VERSION = "ipfs/0.1.0";
    private static final long PUSH_DEBOUNCE_NANOS = 1_000_000_000L;
    private static final int PUSHES_IN_FLIGHT_MAX = 32;
    private static final int PUSH_BURST = 5;
    private static final long PUSH_INTERVAL_NANOS = 5_000_000_000L;
    private static final int ADDRESSES_MAX = 500;

    private final NettyHost host;
    private final AtomicBoolean pushScheduled = new AtomicBoolean();
    private final AtomicInteger pushesInFlight = new AtomicInteger();
    private final Map<Connection, TokenBucket> pushRates = new ConcurrentHashMap<>();

    Identify(NettyHost host) {
        this.host = host;
    }

    StreamHandler answer(Stream stream) {
        tell(stream);
        return (_, _, _, _) -> {}; // the asker has nothing to say
    }

    private void tell(Stream stream) {
        byte[] message = IdentifyMessage.encode(own(stream.connection()));
        stream.write(message, 0, message.length);
        stream.closeWrite();
    }

    private IdentifyMessage.Own own(Connection connection) {
        return new IdentifyMessage.Own(
                host.config().privateKey().publicKey().toProtobuf(),
                host.addresses(),
                host.protocols(),
                connection.remoteAddress(),
                PROTOCOL_VERSION,
                host.config().agentVersion(),
                host.signedRecord());
    }

    void ask(HostConnection connection) {
        var reader = new Reading(connection, false);
        var _ =
                host.open(connection, List.of(PROTOCOL), reader)
                        .whenComplete((stream, failure) -> {
                            if (failure == null) {
                                reader.begin(stream);
                            } else {
                                log.debug("cannot ask {}: {}", connection, failure.getMessage());
                            }
                        });
    }

    StreamHandler push(Stream stream) {
        var connection = (HostConnection) stream.connection();
        TokenBucket rate =
                pushRates.computeIfAbsent(
                        connection,
                        _ -> new TokenBucket(PUSH_BURST, PUSH_INTERVAL_NANOS, connection.now()));
        if (!rate.tryTake(connection.now())) {
            host.counters().refused(Limit.L36_PUSHES);
            stream.reset(ErrorCodes.STREAM_RATE_LIMITED);
        }
        var reading = new Reading(connection, true);
        reading.begin(stream);
        return reading;
    }

    void forget(Connection connection) {
        pushRates.remove(connection);
    }

    /// Our protocols or addresses changed.
    void changed() {
        if (host.peers() > 0 && pushScheduled.compareAndSet(false, true)) {
            var _ =
                    host.schedule(
                            () -> {
                                pushScheduled.set(false);
                                pushToAll();
                            },
                            PUSH_DEBOUNCE_NANOS);
        }
    }

    private void pushToAll() {
        for (Connection connection : host.connections()) {
            boolean supported =
                    connection.identify().map(known -> known.supports(PUSH)).orElse(false);
            if (!supported) {
                continue;
            }
            if (pushesInFlight.incrementAndGet() > PUSHES_IN_FLIGHT_MAX) {
                pushesInFlight.decrementAndGet();
                changed(); // the rest hears a second later
                return;
            }
            var _ =
                    host.open(connection, List.of(PUSH), new Push())
                            .whenComplete((stream, failure) -> {
                                if (failure != null) {
                                    pushesInFlight.decrementAndGet();
                                } else {
                                    tell(stream);
                                }
                            });
        }
    }

    private final class Push implements StreamHandler {
        @Override
        public void data(Stream stream, byte[] array, int off, int len) {}

        @Override
        public void readClosed(Stream stream) {}

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            pushesInFlight.decrementAndGet();
        }
    }

    /// Collects the parts of one message.
    private final class Reading implements StreamHandler {
        private final HostConnection connection;
        private final boolean push;
        private final IdentifyMessage message = new IdentifyMessage();
        private final MessageReader reader =
                new MessageReader(
                        IdentifyMessage.PART_BYTES_MAX, Limit.L35_IDENTIFY, message::merge);
        private boolean any;

        private Reading(HostConnection connection, boolean push) {
            this.connection = connection;
            this.push = push;
        }

        void begin(Stream stream) {
            if (stream instanceof HostStream own) {
                own.deadline(
                        host.config().timeouts().identify().toNanos(),
                        Limit.L36_IDENTIFY_TIME,
                        ErrorCodes.STREAM_PROTOCOL_VIOLATION);
            }
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            any = true;
            try {
                reader.accept(array, off, len);
            } catch (ViolationException e) {
                host.counters().refused(e.limit());
                stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
            }
        }

        @Override
        public void readClosed(Stream stream) {
            stream.closeWrite();
            if (any && !reader.inMessage()) {
                told(connection, message);
            } else if (!push) {
                log.debug("{} answered identify with nothing", connection);
            }
        }
    }

    /// The record's signature is public-key work and leaves the loop for it.
    private void told(HostConnection connection, IdentifyMessage message) {
        byte[] record = message.signedPeerRecord;
        if (record == null) {
            connection.identified(info(connection, message, null));
            return;
        }
        Runnable verify =
                () -> {
                    PeerRecord verified = verified(connection.remotePeer(), record);
                    connection.execute(
                            () -> connection.identified(info(connection, message, verified)));
                };
        try {
            host.config().handshakes().execute(verify);
        } catch (RejectedExecutionException _) {
            connection.identified(info(connection, message, null));
        }
    }

    /// The record if it is valid and speaks for this peer; rust signs another domain, so failing is
    /// normal and silent.
    private static @Nullable PeerRecord verified(PeerId peer, byte[] envelope) {
        try {
            PeerRecord record = PeerRecord.fromSignedEnvelope(envelope);
            return record.peerId().equals(peer) ? record : null;
        } catch (MalformedException _) {
            return null;
        }
    }

    private static IdentifyInfo info(
            HostConnection connection, IdentifyMessage message, @Nullable PeerRecord record) {
        List<Multiaddr> addresses =
                record != null ? record.addresses() : decoded(message.listenAddresses);
        byte @Nullable [] observed = message.observedAddress;
        List<Multiaddr> observedAddress = observed == null ? List.of() : decoded(List.of(observed));
        return new IdentifyInfo(
                message.protocolVersion,
                message.agentVersion,
                message.protocols,
                filtered(connection.remoteAddress(), addresses),
                observedAddress.isEmpty()
                        ? Optional.empty()
                        : Optional.of(observedAddress.getFirst()),
                record == null ? null : message.signedPeerRecord);
    }

    private static List<Multiaddr> decoded(List<byte[]> binary) {
        var addresses = new ArrayList<Multiaddr>(binary.size());
        for (byte[] bytes : binary) {
            try {
                addresses.add(Multiaddr.fromBytes(bytes));
            } catch (MalformedException _) {
                // Only this address is lost: it may be of a kind from the future.
            }
        }
        return addresses;
    }

    /// What makes sense from where the peer is: everything for one on this machine, no loopback for
    /// one on our network, only public ones for one on the internet.
    static List<Multiaddr> filtered(Multiaddr remote, List<Multiaddr> addresses) {
        var kept = new ArrayList<Multiaddr>();
        for (Multiaddr address : addresses) {
            boolean keep =
                    remote.isLoopback()
                            || (remote.isPrivate() ? !address.isLoopback() : address.isPublic());
            if (keep && kept.size() < ADDRESSES_MAX) {
                kept.add(address);
            }
        }
        return kept;
    }
}
