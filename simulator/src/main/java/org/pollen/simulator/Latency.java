package org.pollen.simulator;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;

/// How long the first bit takes from one region to another, without queues. Immutable.
///
/// Jitter is added to the matrix and never negative, so that the least entry is a safe look-ahead.
///
/// @param name as in scenario files
/// @param weights how many peers live in each region, relatively
/// @param oneWayNanos by sending and receiving region
/// @param jitter how much more a message may take, as a fraction of the matrix entry, uniform
/// @param spread how much more a link always takes, as a fraction of the entry, uniform: fixed for
///   each link
public record Latency(
        String name, double[] weights, long[][] oneWayNanos, double jitter, double spread) {
    private static final long MILLI = 1_000_000;

    /// The regions of the interoperability suite of libp2p/test-plans: AU, EU, EAS, WAS, NAE, NAW,
    /// SAF, SAM. Source: simulator specification 2.4.
    public static final Latency INTEROP8 =
            new Latency(
                    "interop8",
                    new double[] {290, 5599, 1059, 161, 2894, 1240, 47, 36},
                    millis(
                            new int[][] {
                                {2, 165, 110, 180, 150, 110, 220, 190},
                                {165, 2, 125, 60, 70, 110, 95, 140},
                                {110, 125, 4, 110, 140, 100, 175, 175},
                                {180, 60, 110, 5, 110, 150, 110, 145},
                                {150, 70, 140, 110, 2, 60, 130, 100},
                                {110, 110, 100, 150, 60, 2, 160, 100},
                                {220, 95, 175, 110, 130, 160, 7, 190},
                                {190, 140, 175, 145, 100, 100, 195, 7}
                            }),
                    0,
                    0);

    /// Three regions of lean-gossip: Europe, United States, Asia.
    public static final Latency LEAN3 =
            new Latency(
                    "lean3",
                    new double[] {30, 40, 30},
                    millis(new int[][] {{30, 120, 220}, {120, 30, 200}, {220, 200, 40}}),
                    0.3,
                    0);

    /// The Protocol Labs test-bed: 25 ms and up to a tenth more for each message.
    public static final Latency PL25 = constant("pl25", 25 * MILLI, 0.1, 0);

    /// gerbil-simsub: U(10, 150) ms fixed for each link and up to a tenth more for each message.
    public static final Latency GERBIL = constant("gerbil", 10 * MILLI, 0.1, 14);

    /// vac: U(40, 130) ms fixed for each link.
    public static final Latency VAC = constant("vac5", 40 * MILLI, 0, 2.25);

    /// Checks the shape.
    public Latency {
        if (weights.length == 0 || weights.length != oneWayNanos.length) {
            throw new IllegalArgumentException(
                    "latency %s: %d weights for %d regions"
                            .formatted(name, weights.length, oneWayNanos.length));
        }
        for (long[] row : oneWayNanos) {
            if (row.length != weights.length) {
                throw new IllegalArgumentException(
                        "latency %s: rows must have %d columns".formatted(name, weights.length));
            }
            for (long entry : row) {
                if (entry <= 0) {
                    throw new IllegalArgumentException(
                            "latency %s: %d ns must be positive".formatted(name, entry));
                }
            }
        }
        if (!(jitter >= 0) || !(spread >= 0)) {
            throw new IllegalArgumentException(
                    "latency %s: jitter %s and spread %s must not be negative"
                            .formatted(name, jitter, spread));
        }
    }

    /// One region with the same latency everywhere.
    public static Latency constant(String name, long nanos, double jitter, double spread) {
        return new Latency(name, new double[] {1}, new long[][] {{nanos}}, jitter, spread);
    }

    /// The model with a name: one of the constants, or `const(50ms)`.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Latency named(String name) {
        for (Latency latency : List.of(INTEROP8, LEAN3, PL25, GERBIL, VAC)) {
            if (latency.name.equals(name)) return latency;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("const(") && lower.endsWith("ms)")) {
            try {
                double millis = Double.parseDouble(lower.substring(6, lower.length() - 3));
                return constant(name, Math.round(millis * MILLI), 0, 0);
            } catch (NumberFormatException _) {
                // Falls through to the message that lists what there is.
            }
        }
        throw new IllegalArgumentException(
                "regions %s: one of interop8, lean3, pl25, gerbil, vac5 or const(50ms)"
                        .formatted(name));
    }

    private static long[][] millis(int[][] table) {
        var nanos = new long[table.length][];
        for (int i = 0; i < table.length; i++) {
            nanos[i] = new long[table[i].length];
            for (int j = 0; j < table[i].length; j++) nanos[i][j] = table[i][j] * MILLI;
        }
        return nanos;
    }

    int regions() {
        return weights.length;
    }

    /// The region a number in [0, 1) falls into.
    int region(double u) {
        double sum = 0;
        for (double weight : weights) sum += weight;
        double at = u * sum;
        for (int i = 0; i < weights.length - 1; i++) {
            at -= weights[i];
            if (at < 0) return i;
        }
        return weights.length - 1;
    }

    /// What a link between two regions always takes.
    ///
    /// @param link a number in [0, 1) that belongs to the link, the same in both directions
    long linkNanos(int from, int to, double link) {
        long base = oneWayNanos[from][to];
        return base + (long) (base * spread * link);
    }

    /// What one message takes on a link.
    long messageNanos(long linkNanos, SplittableRandom stream) {
        return jitter == 0
                ? linkNanos
                : linkNanos + (long) (linkNanos * jitter * stream.nextDouble());
    }

    /// The least latency between regions of different groups.
    long lookahead(LongUnaryOperator groupOfRegion) {
        long least = Long.MAX_VALUE;
        for (int a = 0; a < regions(); a++) {
            for (int b = 0; b < regions(); b++) {
                boolean crossing =
                        groupOfRegion.applyAsLong(a) != groupOfRegion.applyAsLong(b)
                                || groupOfRegion.applyAsLong(a) < 0;
                if (crossing) least = Math.min(least, oneWayNanos[a][b]);
            }
        }
        return least;
    }
}
