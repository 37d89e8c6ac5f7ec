package org.pollen.router;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Words of byte arrays, least significant byte first.
final class Bytes {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static long longAt(byte[] array, int offset) {
        return (long) LONGS.get(array, offset);
    }

    /// The 0 to 7 bytes from `offset` up to `end` as one word, missing bytes as zero.
    static long tailAt(byte[] array, int offset, int end) {
        long word = 0;
        for (int i = end - 1; i >= offset; i--) word = (word << 8) | (array[i] & 0xff);
        return word;
    }

    static void putLong(byte[] array, int offset, long value) {
        LONGS.set(array, offset, value);
    }

    /// How many bytes a varint takes.
    static int varintSize(long value) {
        return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }

    /// Writes a varint.
    ///
    /// @return the offset behind it
    static int putVarint(byte[] out, int offset, long value) {
        int at = offset;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        out[at++] = (byte) rest;
        return at;
    }

    /// How long a length-delimited field is, with a tag of one byte and its length.
    static int fieldSize(int length) {
        return 1 + varintSize(length) + length;
    }

    /// Writes tag and length of a length-delimited field with a number below 16.
    ///
    /// @return the offset behind them
    static int putHeader(byte[] out, int offset, int field, int length) {
        out[offset] = (byte) ((field << 3) | 2);
        return putVarint(out, offset + 1, length);
    }

    /// Writes a length-delimited field with a number below 16.
    ///
    /// @return the offset behind it
    static int putField(byte[] out, int offset, int field, byte[] bytes) {
        int at = putHeader(out, offset, field, bytes.length);
        System.arraycopy(bytes, 0, out, at, bytes.length);
        return at + bytes.length;
    }
}
