package org.pollen.router;

/// Turns message ids and masks, which are bytes of strangers, into 128-bit keys: SipHash-2-4 with a
/// secret key.
///
/// Without the secret nobody can make two ids collide, so tables may take equal keys for equal ids;
/// what acts on an equality for a peer compares the full bytes too. One instance for each thread:
/// the last result stays in it, so that hashing allocates nothing. All instances that feed the same
/// tables need the same secret.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", with the 128-bit output of
/// the reference code.
public final class MessageKeyHasher {
    private final long k0;
    private final long k1;
    private long hi;
    private long lo;

    /// A hasher with a secret of 128 bits.
    ///
    /// @param k0 one half of the secret
    /// @param k1 the other half
    public MessageKeyHasher(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    /// A hasher with the same secret, for another thread.
    public MessageKeyHasher copy() {
        return new MessageKeyHasher(k0, k1);
    }

    /// Hashes a part of an array; read the result from [#hi()] and [#lo()].
    public void hash(byte[] array, int offset, int length) {
        long v0 = k0 ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL ^ 0xee;
        long v2 = k0 ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        int end = offset + length;
        int i = offset;
        boolean last = false;
        while (!last) {
            long m;
            if (i + 8 <= end) {
                m = Bytes.longAt(array, i);
                i += 8;
            } else {
                m = Bytes.tailAt(array, i, end) | ((long) length << 56);
                last = true;
            }
            v3 ^= m;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v3;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        v2 ^= 0xee;
        for (int round = 0; round < 8; round++) {
            if (round == 4) {
                hi = v0 ^ v1 ^ v2 ^ v3;
                v1 ^= 0xdd;
            }
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
        lo = v0 ^ v1 ^ v2 ^ v3;
    }

    /// The first half of the last result.
    public long hi() {
        return hi;
    }

    /// The second half of the last result.
    public long lo() {
        return lo;
    }

    /// Hashes a whole array to a value.
    public MessageKey key(byte[] id) {
        hash(id, 0, id.length);
        return new MessageKey(hi, lo);
    }
}
