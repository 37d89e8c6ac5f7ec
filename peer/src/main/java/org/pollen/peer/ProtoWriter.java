package org.pollen.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes protobuf fields in the order they are given, with minimal varints.
///
/// Nothing is left out: a caller that wants proto3's elision of zeros does not call. Not
/// thread-safe.
public final class ProtoWriter {
    private byte[] buffer;
    private int size;

    /// An empty message with room for 64 bytes, which grows.
    public ProtoWriter() {
        this(64);
    }

    /// An empty message.
    ///
    /// @param capacity bytes it can take before it grows
    public ProtoWriter(int capacity) {
        buffer = new byte[Math.max(16, capacity)];
    }

    /// Writes a number; negative ones take 10 bytes, as protobuf says.
    public ProtoWriter varint(int field, long value) {
        tag(field, ProtoReader.VARINT);
        return rawVarint(value);
    }

    /// Writes a flag.
    public ProtoWriter bool(int field, boolean value) {
        return varint(field, value ? 1 : 0);
    }

    /// Writes an 8-byte number, little endian.
    public ProtoWriter fixed64(int field, long value) {
        tag(field, ProtoReader.FIXED64);
        reserve(8);
        for (int i = 0; i < 8; i++) buffer[size++] = (byte) (value >>> (8 * i));
        return this;
    }

    /// Writes bytes.
    public ProtoWriter bytes(int field, byte[] value) {
        return bytes(field, value, 0, value.length);
    }

    /// Writes a slice of bytes.
    public ProtoWriter bytes(int field, byte[] value, int offset, int length) {
        tag(field, ProtoReader.BYTES);
        rawVarint(length);
        return raw(value, offset, length);
    }

    /// Writes text as UTF-8.
    public ProtoWriter string(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /// Writes a message as a field of this one.
    public ProtoWriter message(int field, ProtoWriter message) {
        return bytes(field, message.buffer, 0, message.size);
    }

    /// Writes a varint without a tag, such as a length prefix.
    public ProtoWriter rawVarint(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            buffer[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[size++] = (byte) rest;
        return this;
    }

    /// Writes bytes that are encoded already.
    public ProtoWriter raw(byte[] encoded, int offset, int length) {
        reserve(length);
        System.arraycopy(encoded, offset, buffer, size, length);
        size += length;
        return this;
    }

    /// Bytes written.
    public int size() {
        return size;
    }

    /// Forgets what was written and keeps the room.
    public ProtoWriter clear() {
        size = 0;
        return this;
    }

    /// A copy of what was written.
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, size);
    }

    private void tag(int field, int type) {
        rawVarint(((long) field << 3) | type);
    }

    private void reserve(int more) {
        if (size + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(size + more, buffer.length * 2));
        }
    }
}
