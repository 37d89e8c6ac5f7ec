package org.pollen.mempool;

/// Keyed 64-bit mixes of hashes and addresses, over all their bits: for tables whose keys strangers
/// choose.
final class HashMix {
    private static final long M0 = 0x9E3779B97F4A7C15L;
    private static final long M1 = 0xC2B2AE3D27D4EB4FL;

    private HashMix() {}

    static long mix(Hash32 hash, long key0, long key1) {
        long a = (hash.word(0) ^ key0) * M0 + Long.rotateLeft(hash.word(1) ^ key1, 32) * M1;
        long b = (hash.word(2) ^ key1) * M1 + Long.rotateLeft(hash.word(3) ^ key0, 32) * M0;
        return finish(a ^ Long.rotateLeft(b, 29));
    }

    static long mix(Address address, long key0, long key1) {
        return finish((address.hash64() ^ key0) * M0 + key1);
    }

    private static long finish(long h) {
        long x = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
        x = (x ^ (x >>> 32)) * 0xD6E8FEB86659FD93L;
        return x ^ (x >>> 32);
    }
}
