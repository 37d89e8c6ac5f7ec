package org.pollen.router;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// A bitmask, or in the meshsub dialect a topic string: the byte string in a topic field.
/// Immutable, equal by bytes.
///
/// The length is part of the identity: `00` and `0000` are different masks. The empty mask is
/// legal. Bits are numbered from the most significant bit of the first byte: bit `j` (7 is the most
/// significant) of byte `i` has ordinal `8 * i + 7 - j`.
///
/// Source: router specification 1.1 and 1.2.
public final class Mask implements Comparable<Mask> {
    /// The longest mask, in bytes.
    public static final int BYTES_MAX = 256;

    /// The mask of no bytes, on the wire the same as no mask at all.
    public static final Mask EMPTY = new Mask(new byte[0]);

    private final byte[] bytes;
    private final int hash;

    private Mask(byte[] bytes) {
        if (bytes.length > BYTES_MAX) {
            throw new IllegalArgumentException(
                    "mask has %d bytes: at most %d are allowed".formatted(bytes.length, BYTES_MAX));
        }
        this.bytes = bytes;
        this.hash = Arrays.hashCode(bytes);
    }

    /// The mask of these bytes, which are copied.
    public static Mask of(byte... bytes) {
        return bytes.length == 0 ? EMPTY : new Mask(bytes.clone());
    }

    /// The mask of a part of an array, which is copied.
    public static Mask of(byte[] array, int offset, int length) {
        return length == 0 ? EMPTY : new Mask(Arrays.copyOfRange(array, offset, offset + length));
    }

    /// The mask written as hexadecimal digits.
    public static Mask fromHex(String hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    /// The mask that is a topic string in UTF-8.
    public static Mask topic(String name) {
        return of(name.getBytes(StandardCharsets.UTF_8));
    }

    /// The all-zero mask of so many bytes: an indivisible topic, distinct for each length.
    public static Mask zero(int length) {
        return of(new byte[length]);
    }

    /// The mask of a length with one bit set.
    public static Mask bit(int length, int ordinal) {
        if (ordinal < 0 || ordinal >= 8 * length) {
            throw new IllegalArgumentException(
                    "bit %d: a mask of %d bytes has bits 0 to %d"
                            .formatted(ordinal, length, 8 * length - 1));
        }
        var bytes = new byte[length];
        bytes[ordinal >> 3] = (byte) (0x80 >> (ordinal & 7));
        return new Mask(bytes);
    }

    /// How many bytes it has.
    public int length() {
        return bytes.length;
    }

    /// A copy of the bytes.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// The bytes themselves: not to be changed.
    public byte[] unsafeBytes() {
        return bytes;
    }

    /// Whether no bit is set; true for the empty mask.
    public boolean isZero() {
        return bitCount() == 0;
    }

    /// How many bits are set.
    public int bitCount() {
        return bitCount(bytes, 0, bytes.length);
    }

    /// Whether it is one topic of its own: no bit or one bit set.
    public boolean isSlice() {
        return bitCount() <= 1;
    }

    /// The topics it stands for: one mask of the same length for each set bit, by ordinal, or
    /// itself if none is set.
    public List<Mask> slices() {
        int bits = bitCount();
        if (bits <= 1) return List.of(this);
        var slices = new ArrayList<Mask>(bits);
        for (int i = 0; i < bytes.length; i++) {
            for (int left = bytes[i] & 0xff; left != 0; ) {
                int high = Integer.highestOneBit(left);
                var slice = new byte[bytes.length];
                slice[i] = (byte) high;
                slices.add(new Mask(slice));
                left -= high;
            }
        }
        return List.copyOf(slices);
    }

    /// Whether every slice of the other mask is one of ours: same length, and our bits are a
    /// superset.
    public boolean covers(Mask other) {
        if (bytes.length != other.bytes.length) return false;
        if (other.isZero()) return isZero();
        for (int i = 0; i < bytes.length; i++) {
            if ((other.bytes[i] & ~bytes[i]) != 0) return false;
        }
        return true;
    }

    /// Whether the two have a slice in common.
    public boolean overlaps(Mask other) {
        if (bytes.length != other.bytes.length) return false;
        if (isZero()) return other.isZero();
        for (int i = 0; i < bytes.length; i++) {
            if ((other.bytes[i] & bytes[i]) != 0) return true;
        }
        return false;
    }

    /// The mask with the bits of both.
    public Mask or(Mask other) {
        if (bytes.length != other.bytes.length) {
            throw new IllegalArgumentException(
                    "masks of %d and %d bytes: they must have the same length"
                            .formatted(bytes.length, other.bytes.length));
        }
        var both = bytes.clone();
        for (int i = 0; i < both.length; i++) both[i] |= other.bytes[i];
        return new Mask(both);
    }

    /// Whether a part of an array holds the same bytes.
    public boolean matches(byte[] array, int offset, int length) {
        return Arrays.equals(bytes, 0, bytes.length, array, offset, offset + length);
    }

    /// How many bits are set in a part of an array, without allocating.
    public static int bitCount(byte[] array, int offset, int length) {
        int bits = 0;
        int i = offset;
        int end = offset + length;
        for (; i + 8 <= end; i += 8) bits += Long.bitCount(Bytes.longAt(array, i));
        for (; i < end; i++) bits += Integer.bitCount(array[i] & 0xff);
        return bits;
    }

    /// The bytes as hexadecimal digits, none for the empty mask.
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    /// The bytes as UTF-8 text, as the meshsub dialect means them.
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// What people call it: hexadecimal digits for a bitmask, text for a topic.
    public String display(Dialect dialect) {
        return switch (dialect) {
            case BLOSSOM -> hex();
            case MESHSUB -> text();
        };
    }

    @Override
    public int compareTo(Mask other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mask mask && Arrays.equals(bytes, mask.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return hex();
    }
}
