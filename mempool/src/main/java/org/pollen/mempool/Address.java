package org.pollen.mempool;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// An account's address, 20 bytes. Immutable; a key of hot maps, so kept as numbers.
public final class Address implements Comparable<Address> {
    /// Bytes of an address.
    public static final int BYTES = 20;

    private final long high;
    private final long middle;
    private final int low;

    /// The address in an array of 20 bytes.
    public Address(byte[] bytes) {
        this(checked(bytes), 0);
    }

    /// The address at an offset of an array.
    public Address(byte[] bytes, int offset) {
        high = Bits.longAt(bytes, offset);
        middle = Bits.longAt(bytes, offset + 8);
        low = Bits.intAt(bytes, offset + 16);
    }

    /// Reads `0x` and 40 hexadecimal digits of any case.
    ///
    /// @throws IllegalArgumentException if it is anything else
    public static Address parse(String text) {
        if (text.length() != 42 || !text.startsWith("0x")) {
            throw new IllegalArgumentException(
                    "address is \"" + text + "\": it must be 0x and 40 hexadecimal digits");
        }
        return new Address(HexFormat.of().parseHex(text, 2, 42));
    }

    /// The bytes, a copy.
    public byte[] bytes() {
        byte[] bytes = new byte[BYTES];
        Bits.put(bytes, 0, high);
        Bits.put(bytes, 8, middle);
        for (int i = 0; i < 4; i++) bytes[16 + i] = (byte) (low >>> (24 - 8 * i));
        return bytes;
    }

    /// The address with the letters' case as its checksum. Source: EIP-55.
    public String checksummed() {
        String digits = HexFormat.of().formatHex(bytes());
        byte[] hash = Keccak256.hash(digits.getBytes(StandardCharsets.US_ASCII));
        var text = new StringBuilder("0x");
        for (int i = 0; i < digits.length(); i++) {
            int nibble = (hash[i / 2] >>> (i % 2 == 0 ? 4 : 0)) & 15;
            String digit = digits.substring(i, i + 1);
            text.append(nibble > 7 ? digit.toUpperCase(Locale.ROOT) : digit);
        }
        return text.toString();
    }

    /// A well-mixed hash: addresses are chosen by strangers.
    public long hash64() {
        return Bits.mix(high ^ Bits.mix(middle ^ low));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Address a && a.high == high && a.middle == middle && a.low == low;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash64());
    }

    @Override
    public int compareTo(Address other) {
        int order = Long.compareUnsigned(high, other.high);
        if (order == 0) order = Long.compareUnsigned(middle, other.middle);
        return order == 0 ? Integer.compareUnsigned(low, other.low) : order;
    }

    /// `0x` and 40 digits in lower case.
    @Override
    public String toString() {
        return "0x" + HexFormat.of().formatHex(bytes());
    }

    private static byte[] checked(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(
                    "address has " + bytes.length + " bytes: it must have " + BYTES);
        }
        return bytes;
    }
}
