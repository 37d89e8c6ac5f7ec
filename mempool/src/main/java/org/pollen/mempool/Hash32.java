package org.pollen.mempool;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// A 32-byte hash. Immutable; a key of hot maps, so kept as four words.
public final class Hash32 implements Comparable<Hash32> {
    /// Bytes of a hash.
    public static final int BYTES = 32;

    private final long w0;
    private final long w1;
    private final long w2;
    private final long w3;

    /// The hash in an array of 32 bytes.
    public Hash32(byte[] bytes) {
        this(checked(bytes), 0);
    }

    /// The hash at an offset of an array.
    public Hash32(byte[] bytes, int offset) {
        w0 = Bits.longAt(bytes, offset);
        w1 = Bits.longAt(bytes, offset + 8);
        w2 = Bits.longAt(bytes, offset + 16);
        w3 = Bits.longAt(bytes, offset + 24);
    }

    /// Reads `0x` and 64 hexadecimal digits.
    ///
    /// @throws IllegalArgumentException if it is anything else
    public static Hash32 parse(String text) {
        if (text.length() != 66 || !text.startsWith("0x")) {
            throw new IllegalArgumentException(
                    "hash is \"" + text + "\": it must be 0x and 64 hexadecimal digits");
        }
        return new Hash32(HexFormat.of().parseHex(text, 2, 66));
    }

    /// One of the four words, big endian.
    ///
    /// @param index 0 to 3
    public long word(int index) {
        return switch (index) {
            case 0 -> w0;
            case 1 -> w1;
            case 2 -> w2;
            case 3 -> w3;
            default -> throw new IndexOutOfBoundsException(index);
        };
    }

    /// The bytes, a copy.
    public byte[] bytes() {
        byte[] bytes = new byte[BYTES];
        Bits.put(bytes, 0, w0);
        Bits.put(bytes, 8, w1);
        Bits.put(bytes, 16, w2);
        Bits.put(bytes, 24, w3);
        return bytes;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Hash32 h && h.w0 == w0 && h.w1 == w1 && h.w2 == w2 && h.w3 == w3;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(Bits.mix(w0 ^ Bits.mix(w3)));
    }

    @Override
    public int compareTo(Hash32 other) {
        int order = Long.compareUnsigned(w0, other.w0);
        if (order == 0) order = Long.compareUnsigned(w1, other.w1);
        if (order == 0) order = Long.compareUnsigned(w2, other.w2);
        return order == 0 ? Long.compareUnsigned(w3, other.w3) : order;
    }

    /// `0x` and 64 digits in lower case.
    @Override
    public String toString() {
        return "0x" + HexFormat.of().formatHex(bytes());
    }

    private static byte[] checked(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(
                    "hash has " + bytes.length + " bytes: it must have " + BYTES);
        }
        return bytes;
    }
}
