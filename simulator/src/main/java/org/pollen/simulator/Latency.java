package org.pollen.simulator;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.function.LongUnaryOperator;

/// How long the first bit takes from one region to another, without queues. Immutable.
///
/// Jitter is added to the matrix and never negative, so that the least entry is a safe look-ahead.
///
/// @param name as in scenario files
/// @param weights how many peers live in each region, relatively
/// @param oneWayNanos by sending and receiving region
/// @param jitter how much more a message may take
/// @param spread how much more a link always takes: fixed for each link
/// @param regionNames in the order of the matrix
public record Latency(
        String name,
        double[] weights,
        long[][] oneWayNanos,
        Jitter jitter,
        Spread spread,
        List<String> regionNames) {
    private static final long MILLI = 1_000_000;
    private static final long CONSTANT_MAX = 10_000 * MILLI;

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
                    Jitter.none(),
                    Spread.none());

    /// Three regions of lean-gossip: Europe, United States, Asia.
    public static final Latency LEAN3 =
            new Latency(
                    "lean3",
                    new double[] {30, 40, 30},
                    millis(new int[][] {{30, 120, 220}, {120, 30, 200}, {220, 200, 40}}),
                    new Jitter.Uniform(0.3),
                    Spread.none());

    /// The Protocol Labs test-bed: 25 ms and up to a tenth more for each message.
    public static final Latency PL25 = constant("pl25", 25 * MILLI, 0.1, 0);

    /// gerbil-simsub: U(10, 150) ms fixed for each link and up to a tenth more for each message.
    public static final Latency GERBIL = constant("gerbil", 10 * MILLI, 0.1, 14);

    /// vac: U(40, 130) ms fixed for each link.
    public static final Latency VAC = constant("vac5", 40 * MILLI, 0, 2.25);

    /// Round trips between ten regions of a cloud, halved, all of the same weight: Virginia,
    /// California, Oregon, Ireland, Frankfurt, Tokyo, Seoul, Singapore, Sydney, São Paulo. Source:
    /// "Latency between AWS global regions", averages, as quoted in April 2017; half a millisecond
    /// within a region is ours. Simulator specification 2.4.
    public static final Latency CLOUD10 =
            new Latency(
                    "cloud10",
                    new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                    roundTrips(
                            0.5,
                            new double[][] {
                                {72.74, 86.98, 80.55, 88.66, 145.3, 178.4, 216.7, 230, 119.5},
                                {19.46, 153.2, 166.6, 102.5, 131.5, 174, 157.5, 192.7},
                                {137, 159.5, 89.1, 118.3, 161.4, 162.2, 182.7},
                                {19.56, 212.4, 242.4, 239, 309.6, 191.3},
                                {236.5, 266.2, 325.9, 323.5, 194.9},
                                {31.44, 73.79, 103.9, 256.8},
                                {71.87, 134, 286.3},
                                {175.3, 328.1},
                                {322.5}
                            }),
                    Jitter.none(),
                    Spread.none());

    /// Round trips of 100 ms in the median with sigma 1, fixed for each link. Source: simulator
    /// specification 2.4.
    public static final Latency LOGNORMAL = lognormal("lognormal", 100 * MILLI, 1);

    /// Three in five links have round trips of 20 ms in the median with sigma 0.4, the others of
    /// 200 ms with sigma 0.5. Source: simulator specification 2.4.
    public static final Latency BIMODAL =
            mixed(
                    "bimodal",
                    new Spread.Mixed(
                            0.6, new Lognormal(10 * MILLI, 0.4), new Lognormal(100 * MILLI, 0.5)));

    private static final List<Latency> NAMED =
            List.of(INTEROP8, LEAN3, PL25, GERBIL, VAC, CLOUD10, LOGNORMAL, BIMODAL);

    /// Regions without names, or with those that are known for the matrix.
    public Latency(
            String name, double[] weights, long[][] oneWayNanos, Jitter jitter, Spread spread) {
        this(name, weights, oneWayNanos, jitter, spread, Regions.of(name, weights.length));
    }

    /// Checks the shape.
    public Latency {
        regionNames = List.copyOf(regionNames);
        if (regionNames.size() != weights.length) {
            throw new IllegalArgumentException(
                    "latency %s: %d names for %d regions"
                            .formatted(name, regionNames.size(), weights.length));
        }
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
        if (jitter instanceof Jitter.Regional(long[][] nanos) && nanos.length != weights.length) {
            throw new IllegalArgumentException(
                    "latency %s: jitter of %d regions for %d"
                            .formatted(name, nanos.length, weights.length));
        }
    }

    /// One region with the same latency everywhere, but for uniform fractions of it.
    public static Latency constant(String name, long nanos, double jitter, double spread) {
        return new Latency(
                name,
                new double[] {1},
                new long[][] {{nanos}},
                new Jitter.Uniform(jitter),
                new Spread.Uniform(spread));
    }

    private static Latency constant(String name, long nanos) {
        if (nanos <= CONSTANT_MAX) return constant(name, nanos, 0, 0);
        throw new IllegalArgumentException(
                "const of %d ns: it must be more than 0, up to 10 s".formatted(nanos));
    }

    /// One region whose links have lognormal round trips.
    static Latency lognormal(String name, long roundTripNanos, double sigma) {
        var one = new Lognormal(roundTripNanos / 2, sigma);
        return mixed(name, new Spread.Mixed(1, one, one));
    }

    private static Latency mixed(String name, Spread.Mixed spread) {
        return new Latency(
                name, new double[] {1}, new long[][] {{spread.least()}}, Jitter.none(), spread);
    }

    /// The model with a name: one of the constants, `const(50ms)`, or `lognormal(80ms)` and
    /// `lognormal(80ms, 0.7)` for round trips of that median.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Latency named(String name) {
        for (Latency latency : NAMED) if (latency.name.equals(name)) return latency;
        Call call = Call.parse(name);
        try {
            if (call.is("const", 1)) return constant(name, call.nanos(0));
            if (call.is("lognormal", 1) || call.is("lognormal", 2)) {
                return lognormal(name, call.nanos(0), call.number(1, 1));
            }
        } catch (NumberFormatException _) {
            // Falls through to the message that lists what there is.
        }
        throw new IllegalArgumentException(
                "regions %s: one of %s, const(50ms) or lognormal(100ms, 1)"
                        .formatted(name, NAMED.stream().map(Latency::name).collect(joining(", "))));
    }

    /// A symmetric matrix from the round trips of each region to those after it, in milliseconds.
    ///
    /// @param within one way inside a region
    private static long[][] roundTrips(double within, double[][] table) {
        int regions = table.length + 1;
        var nanos = new long[regions][regions];
        for (int i = 0; i < regions; i++) {
            nanos[i][i] = Math.round(within * MILLI);
            for (int j = i + 1; j < regions; j++) {
                nanos[i][j] = Math.round(table[i][j - i - 1] / 2 * MILLI);
                nanos[j][i] = nanos[i][j];
            }
        }
        return nanos;
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
        return base + spread.nanos(base, link);
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
