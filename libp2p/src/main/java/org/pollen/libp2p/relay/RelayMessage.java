package org.pollen.libp2p.relay;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// A message of the hop protocol (client and relay) or of the stop protocol (relay and target).
///
/// The type is written even where it is 0: proto3 with explicit presence.
public sealed interface RelayMessage {
    /// Longest message without its length.
    int BYTES_MAX = 4096;

    /// Addresses that are read of one message.
    int ADDRESSES_MAX = 64;

    /// The message with its length before it.
    byte[] encode();

    /// Hop: asks for a reservation.
    record Reserve() implements RelayMessage {
        @Override
        public byte[] encode() {
            return framed(new ProtoWriter().varint(1, HOP_RESERVE));
        }
    }

    /// Hop: asks for a circuit to a peer.
    record HopConnect(PeerId target) implements RelayMessage {
        @Override
        public byte[] encode() {
            return framed(
                    new ProtoWriter()
                            .varint(1, HOP_CONNECT)
                            .message(2, new ProtoWriter().bytes(1, target.unsafeBytes())));
        }
    }

    /// Hop: the relay's answer.
    ///
    /// @param reservation if one was granted
    /// @param limit of each circuit, null for none
    /// @param status null for a number that nobody knows
    record HopStatus(
            @Nullable Reservation reservation,
            @Nullable CircuitLimit limit,
            @Nullable RelayStatus status)
            implements RelayMessage {
        /// An answer that is a status and nothing else.
        public HopStatus(RelayStatus status) {
            this(null, null, status);
        }

        @Override
        public byte[] encode() {
            var out = new ProtoWriter().varint(1, HOP_STATUS);
            if (reservation != null) {
                out.message(3, reservation.encode());
            }
            if (limit != null) {
                out.message(4, limit.encode());
            }
            if (status != null) {
                out.varint(5, status.code());
            }
            return framed(out);
        }
    }

    /// Stop: somebody wants a circuit to the peer that is asked.
    ///
    /// @param limit of the circuit, null for none
    record StopConnect(PeerId source, @Nullable CircuitLimit limit) implements RelayMessage {
        @Override
        public byte[] encode() {
            var out =
                    new ProtoWriter()
                            .varint(1, STOP_CONNECT)
                            .message(2, new ProtoWriter().bytes(1, source.unsafeBytes()));
            if (limit != null) {
                out.message(3, limit.encode());
            }
            return framed(out);
        }
    }

    /// Stop: the target's answer.
    ///
    /// @param status null for a number that nobody knows
    record StopStatus(@Nullable RelayStatus status) implements RelayMessage {
        @Override
        public byte[] encode() {
            var out = new ProtoWriter().varint(1, STOP_STATUS);
            if (status != null) {
                out.varint(4, status.code());
            }
            return framed(out);
        }
    }

    /// What a relay promises.
    ///
    /// @param expires seconds since 1970
    /// @param addresses of the relay, with its id and without `/p2p-circuit`
    /// @param voucher a signed envelope, null for none
    record Reservation(long expires, List<Multiaddr> addresses, byte @Nullable [] voucher) {
        /// Copies the addresses.
        public Reservation {
            addresses = List.copyOf(addresses);
        }

        private ProtoWriter encode() {
            var out = new ProtoWriter(256).varint(1, expires);
            addresses.forEach(address -> out.bytes(2, address.bytes()));
            if (voucher != null) {
                out.bytes(3, voucher);
            }
            return out;
        }

        private static Reservation parse(ProtoReader in) throws MalformedException {
            long expires = 0;
            var addresses = new ArrayList<Multiaddr>();
            byte[] voucher = null;
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> expires = in.varint();
                    case 2 -> {
                        in.expectBytes();
                        if (addresses.size() < ADDRESSES_MAX) {
                            add(addresses, in);
                        }
                    }
                    case 3 -> voucher = in.bytes(BYTES_MAX);
                    default -> {} // from the future
                }
            }
            return new Reservation(expires, addresses, voucher);
        }

        private static void add(List<Multiaddr> addresses, ProtoReader in) {
            try {
                addresses.add(Multiaddr.fromBytes(in.buffer(), in.start(), in.length()));
            } catch (MalformedException _) {
                // Only this address is lost: it may be of a kind from the future.
            }
        }
    }

    int HOP_RESERVE = 0;
    int HOP_CONNECT = 1;
    int HOP_STATUS = 2;
    int STOP_CONNECT = 0;
    int STOP_STATUS = 1;

    private static byte[] framed(ProtoWriter message) {
        byte[] body = message.toByteArray();
        return new ProtoWriter(body.length + 2)
                .rawVarint(body.length)
                .raw(body, 0, body.length)
                .toByteArray();
    }

    /// Reads a message of the hop protocol.
    ///
    /// @throws MalformedException if it is none, or lacks what its type needs
    static RelayMessage parseHop(byte[] array, int off, int len) throws MalformedException {
        long type = -1;
        PeerId peer = null;
        Reservation reservation = null;
        CircuitLimit limit = null;
        RelayStatus status = null;
        var in = new ProtoReader(array, off, len);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> type = in.varint();
                case 2 -> peer = peer(in.message());
                case 3 -> reservation = Reservation.parse(in.message());
                case 4 -> limit = CircuitLimit.parse(in.message());
                case 5 -> status = RelayStatus.of(in.varint());
                default -> {} // from the future
            }
        }
        if (type == HOP_RESERVE) {
            return new Reserve();
        }
        if (type == HOP_STATUS) {
            return new HopStatus(reservation, limit, status);
        }
        if (type != HOP_CONNECT) {
            throw new MalformedException("hop: type " + type);
        }
        if (peer == null) {
            throw new MalformedException("hop: CONNECT without a peer");
        }
        return new HopConnect(peer);
    }

    /// Reads a message of the stop protocol.
    ///
    /// @throws MalformedException if it is none, or lacks what its type needs
    static RelayMessage parseStop(byte[] array, int off, int len) throws MalformedException {
        long type = -1;
        PeerId peer = null;
        CircuitLimit limit = null;
        RelayStatus status = null;
        var in = new ProtoReader(array, off, len);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> type = in.varint();
                case 2 -> peer = peer(in.message());
                case 3 -> limit = CircuitLimit.parse(in.message());
                case 4 -> status = RelayStatus.of(in.varint());
                default -> {} // from the future
            }
        }
        if (type == STOP_STATUS) {
            return new StopStatus(status);
        }
        if (type != STOP_CONNECT) {
            throw new MalformedException("stop: type " + type);
        }
        if (peer == null) {
            throw new MalformedException("stop: CONNECT without a peer");
        }
        return new StopConnect(peer, limit);
    }

    /// The peer; where its addresses lead is of no interest to us.
    private static @Nullable PeerId peer(ProtoReader in) throws MalformedException {
        PeerId id = null;
        while (in.next()) {
            if (in.field() == 1) {
                in.expectBytes();
                id = PeerId.fromBytes(in.buffer(), in.start(), in.length());
            }
        }
        return id;
    }
}
