package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Arrays;

/// Writes RLP items one after the other; lists are written from writers of their own.
public final class RlpWriter {
    private byte[] buffer = new byte[128];
    private int size;

    /// A number, without leading zeros.
    ///
    /// @param value not negative
    public RlpWriter number(BigInteger value) {
        if (value.signum() == 0) return bytes(new byte[0]);
        byte[] bytes = value.toByteArray();
        return bytes[0] == 0 ? bytes(bytes, 1, bytes.length - 1) : bytes(bytes);
    }

    /// An unsigned 64-bit number.
    public RlpWriter number(long value) {
        int length = (71 - Long.numberOfLeadingZeros(value)) / 8;
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) (value >>> (8 * (length - 1 - i)));
        return bytes(bytes);
    }

    /// A string of bytes.
    public RlpWriter bytes(byte[] value) {
        return bytes(value, 0, value.length);
    }

    /// A slice as a string of bytes.
    public RlpWriter bytes(byte[] value, int offset, int length) {
        if (length != 1 || value[offset] < 0) header(0x80, length);
        return raw(value, offset, length);
    }

    /// A list of what the other writer holds.
    public RlpWriter list(RlpWriter items) {
        header(0xc0, items.size);
        return raw(items.buffer, 0, items.size);
    }

    /// Items that are encoded already.
    public RlpWriter raw(byte[] encoded, int offset, int length) {
        reserve(length);
        System.arraycopy(encoded, offset, buffer, size, length);
        size += length;
        return this;
    }

    /// What was written, a copy.
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, size);
    }

    /// One list of what was written, with a type byte before it unless that is 0: the envelope of a
    /// transaction.
    public byte[] toEnvelope(int type) {
        var out = new RlpWriter();
        if (type != 0) out.raw(new byte[] {(byte) type}, 0, 1);
        return out.list(this).toByteArray();
    }

    private void header(int base, int length) {
        reserve(6);
        if (length < 56) {
            buffer[size++] = (byte) (base + length);
            return;
        }
        int bytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
        buffer[size++] = (byte) (base + 55 + bytes);
        for (int i = bytes - 1; i >= 0; i--) buffer[size++] = (byte) (length >>> (8 * i));
    }

    private void reserve(int more) {
        if (size + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(size + more, 2 * buffer.length));
        }
    }
}
