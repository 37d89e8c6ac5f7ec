package org.pollen.mempool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Keccak-256 as Ethereum uses it: the padding before SHA-3 was standardised.
///
/// Every copy of a message that arrives is hashed for its id, so this is ours: two rounds are
/// written out with the state's 25 lanes in local variables, which the compiler keeps in registers
/// as far as they go. ADR 9 has the figures; a test compares with Bouncy Castle.
///
/// Source: Keccak reference 3.0, section 1.2; lane x + 5y is `a` or `e` of that number.
public final class Keccak256 {
    private static final int RATE = 136;
    private static final int LANES = 25;

    private static final VarHandle LITTLE_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long[] ROUND = {
        0x0000000000000001L,
        0x0000000000008082L,
        0x800000000000808aL,
        0x8000000080008000L,
        0x000000000000808bL,
        0x0000000080000001L,
        0x8000000080008081L,
        0x8000000000008009L,
        0x000000000000008aL,
        0x0000000000000088L,
        0x0000000080008009L,
        0x000000008000000aL,
        0x000000008000808bL,
        0x800000000000008bL,
        0x8000000000008089L,
        0x8000000000008003L,
        0x8000000000008002L,
        0x8000000000000080L,
        0x000000000000800aL,
        0x800000008000000aL,
        0x8000000080008081L,
        0x8000000000008080L,
        0x0000000080000001L,
        0x8000000080008008L
    };

    private Keccak256() {}

    /// The hash of an array.
    public static byte[] hash(byte[] bytes) {
        return hash(bytes, 0, bytes.length);
    }

    /// The hash of a slice.
    public static byte[] hash(byte[] bytes, int offset, int length) {
        long[] state = new long[LANES];
        absorb(state, bytes, offset, length);
        byte[] out = new byte[Hash32.BYTES];
        for (int i = 0; i < 4; i++) LITTLE_ENDIAN.set(out, 8 * i, state[i]);
        return out;
    }

    private static void absorb(long[] state, byte[] bytes, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
        int at = offset;
        int end = offset + length;
        for (; end - at >= RATE; at += RATE) {
            for (int i = 0; i < RATE / 8; i++) state[i] ^= lane(bytes, at + 8 * i);
            permute(state);
        }
        int lane = 0;
        for (; end - at >= 8; at += 8) state[lane++] ^= lane(bytes, at);
        long last = 0;
        int shift = 0;
        for (; at < end; at++, shift += 8) last |= (bytes[at] & 0xffL) << shift;
        state[lane] ^= last | 1L << shift;
        state[RATE / 8 - 1] ^= Long.MIN_VALUE;
        permute(state);
    }

    private static long lane(byte[] bytes, int at) {
        return (long) LITTLE_ENDIAN.get(bytes, at);
    }

    // Written by a program. Theta, rho and pi give a row of b, chi a row of the next state; the
    // second round goes back from e to a, so that nothing is copied.
    private static void permute(long[] s) {
        long a0 = s[0];
        long a1 = s[1];
        long a2 = s[2];
        long a3 = s[3];
        long a4 = s[4];
        long a5 = s[5];
        long a6 = s[6];
        long a7 = s[7];
        long a8 = s[8];
        long a9 = s[9];
        long a10 = s[10];
        long a11 = s[11];
        long a12 = s[12];
        long a13 = s[13];
        long a14 = s[14];
        long a15 = s[15];
        long a16 = s[16];
        long a17 = s[17];
        long a18 = s[18];
        long a19 = s[19];
        long a20 = s[20];
        long a21 = s[21];
        long a22 = s[22];
        long a23 = s[23];
        long a24 = s[24];
        long e0, e1, e2, e3, e4;
        long e5, e6, e7, e8, e9;
        long e10, e11, e12, e13, e14;
        long e15, e16, e17, e18, e19;
        long e20, e21, e22, e23, e24;
        long c0, c1, c2, c3, c4;
        long d0, d1, d2, d3, d4;
        long b0, b1, b2, b3, b4;
        for (int round = 0; round < ROUND.length; round += 2) {
            c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20;
            c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21;
            c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22;
            c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23;
            c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24;
            d0 = c4 ^ Long.rotateLeft(c1, 1);
            d1 = c0 ^ Long.rotateLeft(c2, 1);
            d2 = c1 ^ Long.rotateLeft(c3, 1);
            d3 = c2 ^ Long.rotateLeft(c4, 1);
            d4 = c3 ^ Long.rotateLeft(c0, 1);
            b0 = a0 ^ d0;
            b1 = Long.rotateLeft(a6 ^ d1, 44);
            b2 = Long.rotateLeft(a12 ^ d2, 43);
            b3 = Long.rotateLeft(a18 ^ d3, 21);
            b4 = Long.rotateLeft(a24 ^ d4, 14);
            e0 = b0 ^ (~b1 & b2) ^ ROUND[round];
            e1 = b1 ^ (~b2 & b3);
            e2 = b2 ^ (~b3 & b4);
            e3 = b3 ^ (~b4 & b0);
            e4 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(a3 ^ d3, 28);
            b1 = Long.rotateLeft(a9 ^ d4, 20);
            b2 = Long.rotateLeft(a10 ^ d0, 3);
            b3 = Long.rotateLeft(a16 ^ d1, 45);
            b4 = Long.rotateLeft(a22 ^ d2, 61);
            e5 = b0 ^ (~b1 & b2);
            e6 = b1 ^ (~b2 & b3);
            e7 = b2 ^ (~b3 & b4);
            e8 = b3 ^ (~b4 & b0);
            e9 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(a1 ^ d1, 1);
            b1 = Long.rotateLeft(a7 ^ d2, 6);
            b2 = Long.rotateLeft(a13 ^ d3, 25);
            b3 = Long.rotateLeft(a19 ^ d4, 8);
            b4 = Long.rotateLeft(a20 ^ d0, 18);
            e10 = b0 ^ (~b1 & b2);
            e11 = b1 ^ (~b2 & b3);
            e12 = b2 ^ (~b3 & b4);
            e13 = b3 ^ (~b4 & b0);
            e14 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(a4 ^ d4, 27);
            b1 = Long.rotateLeft(a5 ^ d0, 36);
            b2 = Long.rotateLeft(a11 ^ d1, 10);
            b3 = Long.rotateLeft(a17 ^ d2, 15);
            b4 = Long.rotateLeft(a23 ^ d3, 56);
            e15 = b0 ^ (~b1 & b2);
            e16 = b1 ^ (~b2 & b3);
            e17 = b2 ^ (~b3 & b4);
            e18 = b3 ^ (~b4 & b0);
            e19 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(a2 ^ d2, 62);
            b1 = Long.rotateLeft(a8 ^ d3, 55);
            b2 = Long.rotateLeft(a14 ^ d4, 39);
            b3 = Long.rotateLeft(a15 ^ d0, 41);
            b4 = Long.rotateLeft(a21 ^ d1, 2);
            e20 = b0 ^ (~b1 & b2);
            e21 = b1 ^ (~b2 & b3);
            e22 = b2 ^ (~b3 & b4);
            e23 = b3 ^ (~b4 & b0);
            e24 = b4 ^ (~b0 & b1);
            c0 = e0 ^ e5 ^ e10 ^ e15 ^ e20;
            c1 = e1 ^ e6 ^ e11 ^ e16 ^ e21;
            c2 = e2 ^ e7 ^ e12 ^ e17 ^ e22;
            c3 = e3 ^ e8 ^ e13 ^ e18 ^ e23;
            c4 = e4 ^ e9 ^ e14 ^ e19 ^ e24;
            d0 = c4 ^ Long.rotateLeft(c1, 1);
            d1 = c0 ^ Long.rotateLeft(c2, 1);
            d2 = c1 ^ Long.rotateLeft(c3, 1);
            d3 = c2 ^ Long.rotateLeft(c4, 1);
            d4 = c3 ^ Long.rotateLeft(c0, 1);
            b0 = e0 ^ d0;
            b1 = Long.rotateLeft(e6 ^ d1, 44);
            b2 = Long.rotateLeft(e12 ^ d2, 43);
            b3 = Long.rotateLeft(e18 ^ d3, 21);
            b4 = Long.rotateLeft(e24 ^ d4, 14);
            a0 = b0 ^ (~b1 & b2) ^ ROUND[round + 1];
            a1 = b1 ^ (~b2 & b3);
            a2 = b2 ^ (~b3 & b4);
            a3 = b3 ^ (~b4 & b0);
            a4 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(e3 ^ d3, 28);
            b1 = Long.rotateLeft(e9 ^ d4, 20);
            b2 = Long.rotateLeft(e10 ^ d0, 3);
            b3 = Long.rotateLeft(e16 ^ d1, 45);
            b4 = Long.rotateLeft(e22 ^ d2, 61);
            a5 = b0 ^ (~b1 & b2);
            a6 = b1 ^ (~b2 & b3);
            a7 = b2 ^ (~b3 & b4);
            a8 = b3 ^ (~b4 & b0);
            a9 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(e1 ^ d1, 1);
            b1 = Long.rotateLeft(e7 ^ d2, 6);
            b2 = Long.rotateLeft(e13 ^ d3, 25);
            b3 = Long.rotateLeft(e19 ^ d4, 8);
            b4 = Long.rotateLeft(e20 ^ d0, 18);
            a10 = b0 ^ (~b1 & b2);
            a11 = b1 ^ (~b2 & b3);
            a12 = b2 ^ (~b3 & b4);
            a13 = b3 ^ (~b4 & b0);
            a14 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(e4 ^ d4, 27);
            b1 = Long.rotateLeft(e5 ^ d0, 36);
            b2 = Long.rotateLeft(e11 ^ d1, 10);
            b3 = Long.rotateLeft(e17 ^ d2, 15);
            b4 = Long.rotateLeft(e23 ^ d3, 56);
            a15 = b0 ^ (~b1 & b2);
            a16 = b1 ^ (~b2 & b3);
            a17 = b2 ^ (~b3 & b4);
            a18 = b3 ^ (~b4 & b0);
            a19 = b4 ^ (~b0 & b1);
            b0 = Long.rotateLeft(e2 ^ d2, 62);
            b1 = Long.rotateLeft(e8 ^ d3, 55);
            b2 = Long.rotateLeft(e14 ^ d4, 39);
            b3 = Long.rotateLeft(e15 ^ d0, 41);
            b4 = Long.rotateLeft(e21 ^ d1, 2);
            a20 = b0 ^ (~b1 & b2);
            a21 = b1 ^ (~b2 & b3);
            a22 = b2 ^ (~b3 & b4);
            a23 = b3 ^ (~b4 & b0);
            a24 = b4 ^ (~b0 & b1);
        }
        s[0] = a0;
        s[1] = a1;
        s[2] = a2;
        s[3] = a3;
        s[4] = a4;
        s[5] = a5;
        s[6] = a6;
        s[7] = a7;
        s[8] = a8;
        s[9] = a9;
        s[10] = a10;
        s[11] = a11;
        s[12] = a12;
        s[13] = a13;
        s[14] = a14;
        s[15] = a15;
        s[16] = a16;
        s[17] = a17;
        s[18] = a18;
        s[19] = a19;
        s[20] = a20;
        s[21] = a21;
        s[22] = a22;
        s[23] = a23;
        s[24] = a24;
    }
}
