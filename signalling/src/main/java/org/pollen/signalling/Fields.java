package org.pollen.signalling;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// What the messages share: numbers in their range, and proto3's elision of defaults.
final class Fields {
    static final byte[] NONE = {};

    private Fields() {}

    /// A number of 31 bits: what is signed has no use for more.
    static int number(ProtoReader in) throws MalformedException {
        long value = in.varint();
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new MalformedException("signal: field " + in.field() + " over 31 bits");
        }
        return (int) value;
    }

    /// A number of 63 bits.
    static long time(ProtoReader in) throws MalformedException {
        long value = in.varint();
        if (value < 0)
            throw new MalformedException("signal: field " + in.field() + " over 63 bits");
        return value;
    }

    static PeerId peer(ProtoReader in) throws MalformedException {
        in.expectBytes();
        return PeerId.fromBytes(in.buffer(), in.start(), in.length());
    }

    static byte[] exactly(ProtoReader in, int length) throws MalformedException {
        byte[] bytes = in.bytes(length);
        if (bytes.length != length) {
            throw new MalformedException(
                    "signal: field " + in.field() + " of " + bytes.length + " bytes");
        }
        return bytes;
    }

    static <T> T required(@Nullable T value, String name) throws MalformedException {
        if (value == null) throw new MalformedException("signal: no " + name);
        return value;
    }

    static void require(boolean holds, String rule) throws MalformedException {
        if (!holds) throw new MalformedException("signal: " + rule);
    }

    static void put(ProtoWriter out, int field, long value) {
        if (value != 0) out.varint(field, value);
    }

    static void put(ProtoWriter out, int field, byte[] value) {
        if (value.length > 0) out.bytes(field, value);
    }

    static void put(ProtoWriter out, int field, PeerId value) {
        out.bytes(field, value.unsafeBytes());
    }
}
