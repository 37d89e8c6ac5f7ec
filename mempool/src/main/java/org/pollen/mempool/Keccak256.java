package org.pollen.mempool;

import org.bouncycastle.crypto.digests.KeccakDigest;

/// Keccak-256 as Ethereum uses it: the padding before SHA-3 was standardised.
public final class Keccak256 {
    private Keccak256() {}

    /// The hash of an array.
    public static byte[] hash(byte[] bytes) {
        return hash(bytes, 0, bytes.length);
    }

    /// The hash of a slice.
    public static byte[] hash(byte[] bytes, int offset, int length) {
        var digest = new KeccakDigest(256);
        digest.update(bytes, offset, length);
        byte[] out = new byte[Hash32.BYTES];
        digest.doFinal(out, 0);
        return out;
    }
}
