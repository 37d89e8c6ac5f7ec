package org.pollen.mempool;

/// Big-endian numbers in byte arrays, and the mixing of numbers that strangers chose.
final class Bits {
    private Bits() {}

    static long longAt(byte[] bytes, int at) {
        return ((long) intAt(bytes, at) << 32) | (intAt(bytes, at + 4) & 0xffff_ffffL);
    }

    static int intAt(byte[] bytes, int at) {
        return (bytes[at] << 24)
                | ((bytes[at + 1] & 0xff) << 16)
                | ((bytes[at + 2] & 0xff) << 8)
                | (bytes[at + 3] & 0xff);
    }

    static void put(byte[] bytes, int at, long value) {
        for (int i = 0; i < 8; i++) bytes[at + i] = (byte) (value >>> (56 - 8 * i));
    }

    /// The finaliser of SplitMix64: every bit of the input moves half of the output's.
    static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
