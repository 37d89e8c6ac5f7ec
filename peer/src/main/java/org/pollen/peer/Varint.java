package org.pollen.peer;

import java.nio.ByteBuffer;

/// Unsigned varints (LEB128) of at most 63 bits, as they frame every message.
///
/// Source: multiformats "unsigned-varint"; host.md 2.
public final class Varint {
    /// The longest encoding, in bytes.
    public static final int MAX_LENGTH = 9;

    private Varint() {}

    /// Bytes that [#write] needs.
    ///
    /// @param value not negative
    public static int size(long value) {
        return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
    }

    /// Writes one number.
    ///
    /// @param value not negative
    /// @return the offset after the last byte written
    public static int write(byte[] out, int offset, long value) {
        if (value < 0)
            throw new IllegalArgumentException("value is " + value + ": it must not be negative");
        int at = offset;
        long rest = value;
        while (rest > 0x7f) {
            out[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        out[at++] = (byte) rest;
        return at;
    }

    /// Reads the number at `offset`; it takes [#size] bytes, since it is as short as it can be.
    /// Without allocation.
    ///
    /// @param end offset after the last byte that may be read
    /// @return 0 to 2^63 - 1
    /// @throws MalformedException if it does not end within [#MAX_LENGTH] bytes or before `end`, or
    ///   is longer than it needs to be
    public static long read(byte[] in, int offset, int end) throws MalformedException {
        long value = 0;
        for (int i = 0; i < MAX_LENGTH; i++) {
            if (offset + i >= end)
                throw new MalformedException("varint: ends after " + i + " bytes");
            byte b = in[offset + i];
            value |= (b & 0x7fL) << (7 * i);
            if (b == 0 && i > 0) {
                throw new MalformedException("varint: " + (i + 1) + " bytes where fewer do");
            }
            if (b >= 0) return value;
        }
        throw new MalformedException("varint: longer than " + MAX_LENGTH + " bytes");
    }

    /// Reads one number and moves past it.
    ///
    /// @return 0 to 2^63 - 1
    /// @throws MalformedException if it does not end within [#MAX_LENGTH] bytes or the buffer, or
    ///   is longer than it needs to be; the position is then unspecified
    public static long read(ByteBuffer in) throws MalformedException {
        long value = 0;
        for (int length = 1; length <= MAX_LENGTH; length++) {
            if (!in.hasRemaining())
                throw new MalformedException("varint: ends after " + (length - 1) + " bytes");
            byte b = in.get();
            value |= (b & 0x7fL) << (7 * (length - 1));
            if (b == 0 && length > 1)
                throw new MalformedException("varint: " + length + " bytes where fewer do");
            if (b >= 0) return value;
        }
        throw new MalformedException("varint: longer than " + MAX_LENGTH + " bytes");
    }
}
