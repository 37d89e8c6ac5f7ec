package org.pollen.simulator;

import java.util.SplittableRandom;

/// Seeds for streams of random numbers: one for each peer and purpose, none shared.
///
/// Purposes are numbered constants, so that a new consumer does not shift the streams of others.
///
/// Source: simulator specification 2.1.
final class Mix {
    static final int TOPOLOGY = 1;
    static final int REGION = 2;
    static final int BANDWIDTH = 3;
    static final int ROUTER = 4;
    static final int PHASE = 5;
    static final int LINK = 6;
    static final int WORKLOAD = 7;
    static final int ATTACK = 8;
    static final int CHURN = 9;
    static final int HOLDER = 10;
    static final int NAT = 11;
    static final int KEY = 12;
    static final int TURN = 13;
    static final int PUNCH = 14;
    static final int TOPIC = 31;
    static final int VALIDITY = 32;
    static final int DEPARTURE = 33;
    static final int SIDE = 34;
    static final int REDIAL = 35;
    static final int RELAY = 15;
    static final int JITTER = 16;
    static final int MASK = 17;

    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Mix() {}

    /// The SplitMix64 finaliser.
    static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
        return b ^ (b >>> 31);
    }

    static long mix(long a, long b) {
        return mix(mix(a + GOLDEN) ^ (b * GOLDEN));
    }

    static long mix(long a, long b, long c) {
        return mix(mix(a, b), c);
    }

    /// A stream for one peer and purpose.
    static SplittableRandom stream(long seed, int peer, int purpose) {
        return new SplittableRandom(mix(seed, peer, purpose));
    }

    /// A number in [0, 1) that belongs to a peer, a purpose and a counter.
    static double unit(long seed, long peer, long purposeAndCounter) {
        return (mix(seed, peer, purposeAndCounter) >>> 11) * 0x1p-53;
    }
}
