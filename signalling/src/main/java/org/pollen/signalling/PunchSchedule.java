package org.pollen.signalling;

import java.util.random.RandomGenerator;

/// When packets are sent to an address, and what they cost.
///
/// Bytes are those on the wire: a SYN is 60, and the kernel sends it again 1, 3 and 7 s after the
/// connect began unless that has timed out; a datagram is its payload and 28.
///
/// Source: A8.4.
final class PunchSchedule {
    static final long VERIFIED_MILLIS = 15_000;
    static final long UNVERIFIED_MILLIS = 5_000;
    static final int VERIFIED_BYTES = 8_192;
    static final int DATAGRAM_OVERHEAD = 28;
    static final int DATAGRAMS_MAX = 64;
    private static final int SYN = 60;
    private static final int QUIC_INITIAL = 1_200;
    private static final long[] SYN_AGAIN = {1_000, 3_000, 7_000};
    private static final long[] CONNECTS = {0, 1_000, 3_000, 7_000};
    private static final long[] CONNECTS_UNVERIFIED = {0, 1_000};
    private static final long[] DATAGRAMS_UNVERIFIED = {0, 1_000, 3_000, 4_500};

    private PunchSchedule() {}

    static long deadlineMillis(boolean verified) {
        return verified ? VERIFIED_MILLIS : UNVERIFIED_MILLIS;
    }

    /// Milliseconds from the start at which to connect.
    static long[] connects(boolean verified) {
        return verified ? CONNECTS.clone() : CONNECTS_UNVERIFIED.clone();
    }

    /// How long a connect may take: until the next one, the last until the deadline.
    static long timeoutMillis(boolean verified, int step) {
        long[] at = connects(verified);
        return (step + 1 < at.length ? at[step + 1] : deadlineMillis(verified)) - at[step];
    }

    /// Milliseconds from the start at which to send a datagram.
    static long[] datagrams(boolean verified, RandomGenerator random) {
        if (!verified) return DATAGRAMS_UNVERIFIED.clone();
        var at = new long[DATAGRAMS_MAX];
        int count = 0;
        long time = 0;
        while (time < 2_000 && count < DATAGRAMS_MAX - 3) {
            at[count++] = time;
            time += random.nextInt(10, 201);
        }
        time = Math.max(time, 2_000);
        for (long gap = 1_000; gap <= 4_000; gap *= 2) {
            time += gap;
            at[count++] = time;
        }
        return java.util.Arrays.copyOf(at, count);
    }

    static int datagramBytes(boolean verified, RandomGenerator random) {
        return verified ? random.nextInt(32, 65) : 32;
    }

    /// Most bytes a connect sends before it times out.
    static int connectBytes(boolean quic, long timeoutMillis) {
        if (quic) return QUIC_INITIAL + DATAGRAM_OVERHEAD;
        int bytes = SYN;
        for (long again : SYN_AGAIN) if (again < timeoutMillis) bytes += SYN;
        return bytes;
    }
}
