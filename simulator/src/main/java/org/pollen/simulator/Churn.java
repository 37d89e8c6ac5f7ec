package org.pollen.simulator;

import java.util.Arrays;
import java.util.SplittableRandom;

/// When peers come and go: a share of them is up and down in turn, for exponential times. Planned
/// before the run, so that anybody may ask who was up when.
///
/// A peer that comes back keeps its identity and what it knew.
///
/// Source: simulator specification 2.4.
final class Churn {
    static final Churn NONE = new Churn(0, 0, 0, 0, 0, 0);

    private final long[][] toggles; // of each peer: down, up, down, up...

    /// @param share of the peers that come and go
    /// @param from nobody goes before
    Churn(int peers, double share, long meanUp, long meanDown, long from, long end) {
        this(peers, share, meanUp, meanDown, from, end, 1);
    }

    Churn(int peers, double share, long meanUp, long meanDown, long from, long end, long seed) {
        toggles = new long[peers][];
        for (int p = 0; p < peers; p++) {
            toggles[p] = new long[0];
            SplittableRandom random = Mix.stream(seed, p, Mix.CHURN);
            if (random.nextDouble() >= share) continue;
            long at = from;
            var times = new long[8];
            int count = 0;
            while (true) {
                at += time(random, count % 2 == 0 ? meanUp : meanDown);
                if (at >= end) break;
                if (count == times.length) times = Arrays.copyOf(times, count * 2);
                times[count++] = at;
            }
            toggles[p] = Arrays.copyOf(times, count);
        }
    }

    private static long time(SplittableRandom random, long mean) {
        double nanos = -StrictMath.log(1 - random.nextDouble()) * mean;
        return Math.max(1_000_000, (long) nanos / 1000 * 1000);
    }

    boolean isNone() {
        return toggles.length == 0;
    }

    long[] toggles(int peer) {
        return peer < toggles.length ? toggles[peer] : new long[0];
    }

    /// Whether a peer is up from one instant to another.
    boolean up(int peer, long from, long to) {
        if (peer >= toggles.length) return true;
        int before = passed(toggles[peer], from);
        return before % 2 == 0 && passed(toggles[peer], to) == before;
    }

    private static int passed(long[] times, long instant) {
        int found = Arrays.binarySearch(times, instant);
        return found >= 0 ? found + 1 : -found - 1;
    }
}
