package org.pollen.router;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Masks derived from names, so that applications which know a name agree on its bits.
///
/// Source: router specification 1.10, the bloom function of Quilibrium.
public final class NamedMasks {
    private static final int DIGEST_BITS = 256;

    private NamedMasks() {}

    /// The mask of a name: 256 bits, 3 of them set (more only if two drawn positions collide).
    public static Mask of(String name) {
        return bloom(name.getBytes(StandardCharsets.UTF_8), 256, 3);
    }

    /// The bloom mask of some bytes.
    ///
    /// @param bits the width, a power of two, at least 8
    /// @param k how many positions are drawn; a position drawn twice adds another round
    public static Mask bloom(byte[] data, int bits, int k) {
        if (bits < 8 || Integer.bitCount(bits) != 1 || bits > 8 * Mask.BYTES_MAX) {
            throw new IllegalArgumentException(
                    "bits is %d: it must be a power of two from 8 to %d"
                            .formatted(bits, 8 * Mask.BYTES_MAX));
        }
        int width = Integer.numberOfTrailingZeros(bits);
        if (k < 1 || k * width > DIGEST_BITS) {
            throw new IllegalArgumentException(
                    "k is %d: with %d bits it must be from 1 to %d"
                            .formatted(k, bits, DIGEST_BITS / width));
        }
        byte[] digest = sha3(data);
        var mask = new byte[bits / 8];
        int rounds = k;
        for (int i = 0; i < rounds && (i + 1) * width <= DIGEST_BITS; i++) {
            int position = 0;
            for (int bit = width * i; bit < width * (i + 1); bit++) {
                position = (position << 1) | ((digest[31 - (bit >> 3)] >> (bit & 7)) & 1);
            }
            int at = mask.length - 1 - (position >> 3);
            int flag = 1 << (position & 7);
            if ((mask[at] & flag) != 0 && rounds < width) rounds++;
            mask[at] |= (byte) flag;
        }
        return Mask.of(mask);
    }

    private static byte[] sha3(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA3-256").digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA3-256", e);
        }
    }
}
