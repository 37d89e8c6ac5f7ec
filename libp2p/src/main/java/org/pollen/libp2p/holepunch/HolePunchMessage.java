package org.pollen.libp2p.holepunch;

import java.util.ArrayList;
import java.util.List;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// A message of the hole punching protocol.
///
/// @param addresses where the sender can be dialled, as far as it knows
public record HolePunchMessage(Type type, List<Multiaddr> addresses) {
    /// Longest message without its length.
    public static final int BYTES_MAX = 4096;

    /// Addresses that are read of one message.
    public static final int ADDRESSES_MAX = 32;

    private static final int ROOM_FOR_ADDRESSES = 3500;

    /// The two kinds.
    public enum Type {
        CONNECT(100),
        SYNC(300);

        private final int code;

        Type(int code) {
            this.code = code;
        }
    }

    /// Copies the addresses.
    public HolePunchMessage {
        addresses = List.copyOf(addresses);
    }

    /// CONNECT with as many of the addresses, from the first, as a message may have.
    public static HolePunchMessage connect(List<Multiaddr> addresses) {
        var fitting = new ArrayList<Multiaddr>();
        int bytes = 0;
        for (Multiaddr address : addresses) {
            bytes += address.bytes().length + 3;
            if (bytes > ROOM_FOR_ADDRESSES || fitting.size() == ADDRESSES_MAX) {
                break;
            }
            fitting.add(address);
        }
        return new HolePunchMessage(Type.CONNECT, fitting);
    }

    public static HolePunchMessage sync() {
        return new HolePunchMessage(Type.SYNC, List.of());
    }

    /// The message with its length before it.
    public byte[] encode() {
        var out = new ProtoWriter(256).varint(1, type.code);
        addresses.forEach(address -> out.bytes(2, address.bytes()));
        byte[] body = out.toByteArray();
        return new ProtoWriter(body.length + 2)
                .rawVarint(body.length)
                .raw(body, 0, body.length)
                .toByteArray();
    }

    /// Reads a message; addresses that cannot be read are left out.
    ///
    /// @throws MalformedException if it is none, or of no known type
    public static HolePunchMessage parse(byte[] array, int off, int len) throws MalformedException {
        Type type = null;
        var addresses = new ArrayList<Multiaddr>();
        int listed = 0;
        var in = new ProtoReader(array, off, len);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> type = type(in.varint());
                case 2 -> {
                    in.expectBytes();
                    if (++listed <= ADDRESSES_MAX) {
                        add(addresses, in);
                    }
                }
                default -> {} // from the future
            }
        }
        if (type == null) {
            throw new MalformedException("dcutr: no type");
        }
        return new HolePunchMessage(type, addresses);
    }

    private static Type type(long code) throws MalformedException {
        for (Type type : Type.values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new MalformedException("dcutr: type " + code);
    }

    private static void add(List<Multiaddr> addresses, ProtoReader in) {
        try {
            addresses.add(Multiaddr.fromBytes(in.buffer(), in.start(), in.length()));
        } catch (MalformedException _) {
            // Only this address is lost: it may be of a kind from the future.
        }
    }
}
