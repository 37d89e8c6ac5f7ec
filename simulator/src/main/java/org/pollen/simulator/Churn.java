package org.pollen.simulator;

import java.util.Arrays;
import java.util.SplittableRandom;

/// When peers come and go. Planned before the run, so that anybody may ask who was up when.
///
/// A peer that comes back keeps its identity and what it knew.
///
/// Source: simulator specification 2.4.
final class Churn {
    static final Churn NONE = new Churn(new long[0][]);

    private final long[][] toggles; // of each peer: down, up, down, up...

    /// @param toggles of each peer, instants in ascending order: when it goes, comes back, goes...
    Churn(long[][] toggles) {
        this.toggles = toggles;
    }

    /// @param share of the peers that come and go
    /// @param from nobody goes before
    Churn(int peers, double share, long meanUp, long meanDown, long from, long end) {
        this(peers, share, Stay.exponential(meanUp), meanDown, from, end, 1);
    }

    /// A share of the peers is up and down in turn, from an instant on; times down are exponential.
    Churn(int peers, double share, Stay up, long meanDown, long from, long end, long seed) {
        this(new long[peers][]);
        Stay down = Stay.exponential(meanDown);
        for (int p = 0; p < peers; p++) {
            toggles[p] = new long[0];
            SplittableRandom random = Mix.stream(seed, p, Mix.CHURN);
            if (random.nextDouble() >= share) continue;
            long at = from;
            var times = new long[8];
            int count = 0;
            while (true) {
                at += (count % 2 == 0 ? up : down).nanos(random);
                if (at >= end) break;
                if (count == times.length) times = Arrays.copyOf(times, count * 2);
                times[count++] = at;
            }
            toggles[p] = Arrays.copyOf(times, count);
        }
    }

    /// How long a peer stays, up or down: a Weibull distribution.
    ///
    /// @param shape below 1 for many short stays and few long ones, 1 for exponential times; 0.1 to
    ///   10. Source of 0.6 for sessions: simulator specification 2.4
    /// @param scaleNanos 63 % of all stays are shorter
    record Stay(double shape, long scaleNanos) {
        /// Checks both.
        Stay {
            if (!(shape >= 0.1 && shape <= 10)) {
                throw new IllegalArgumentException(
                        "shape is %s: it must be in 0.1..10".formatted(shape));
            }
            if (scaleNanos < 0) {
                throw new IllegalArgumentException(
                        "scale is %d ns: it must not be negative".formatted(scaleNanos));
            }
        }

        /// Exponential times.
        static Stay exponential(long mean) {
            return new Stay(1, mean);
        }

        /// A stay; at least a millisecond.
        long nanos(SplittableRandom random) {
            double unit = -StrictMath.log(1 - random.nextDouble());
            double nanos = StrictMath.pow(unit, 1 / shape) * scaleNanos;
            return Math.max(1_000_000, (long) Math.min(nanos, 1e17) / 1000 * 1000);
        }
    }

    boolean isNone() {
        return toggles.length == 0;
    }

    long[] toggles(int peer) {
        return peer < toggles.length ? toggles[peer] : new long[0];
    }

    /// Whether a peer is not there at the beginning.
    boolean absent(int peer) {
        long[] times = toggles(peer);
        return times.length > 0 && times[0] == 0;
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
