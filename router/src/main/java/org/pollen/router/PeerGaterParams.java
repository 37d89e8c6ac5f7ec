package org.pollen.router;

import java.time.Duration;

/// Parameters of a [PeerGater]; the defaults are those of go.
///
/// Source: router specification 9.3.
///
/// @param threshold share of throttled among validated messages from which peers are gated
/// @param globalDecay factor of the global counters at each interval
/// @param sourceDecay factor of the counters of an address at each interval
/// @param decayInterval between two decays
/// @param decayToZero below it, a counter is zero
/// @param retainStats how long the counters of an address outlive its last peer
/// @param quiet after so long without throttling, nobody is gated
/// @param duplicateWeight weight of duplicates
/// @param ignoreWeight weight of ignored messages
/// @param rejectWeight weight of rejected messages
public record PeerGaterParams(
        double threshold,
        double globalDecay,
        double sourceDecay,
        Duration decayInterval,
        double decayToZero,
        Duration retainStats,
        Duration quiet,
        double duplicateWeight,
        double ignoreWeight,
        double rejectWeight) {

    /// Threshold .33, decay to zero in 2 minutes (global) and an hour (per address).
    public static final PeerGaterParams DEFAULT =
            of(.33, decay(Duration.ofMinutes(2)), decay(Duration.ofHours(1)));

    /// Checks every field.
    public PeerGaterParams {
        check("threshold", threshold, threshold > 0, "greater than 0");
        check("globalDecay", globalDecay, globalDecay > 0 && globalDecay < 1, "between 0 and 1");
        check("sourceDecay", sourceDecay, sourceDecay > 0 && sourceDecay < 1, "between 0 and 1");
        check(
                "decayInterval",
                decayInterval,
                decayInterval.compareTo(Duration.ofSeconds(1)) >= 0,
                "at least 1 s");
        check("decayToZero", decayToZero, decayToZero > 0 && decayToZero < 1, "between 0 and 1");
        check("retainStats", retainStats, !retainStats.isNegative(), "not negative");
        check("quiet", quiet, quiet.compareTo(Duration.ofSeconds(1)) >= 0, "at least 1 s");
        check("duplicateWeight", duplicateWeight, duplicateWeight > 0, "greater than 0");
        check("ignoreWeight", ignoreWeight, ignoreWeight >= 1, "at least 1");
        check("rejectWeight", rejectWeight, rejectWeight >= 1, "at least 1");
    }

    /// The defaults with these three.
    public static PeerGaterParams of(double threshold, double globalDecay, double sourceDecay) {
        return new PeerGaterParams(
                threshold,
                globalDecay,
                sourceDecay,
                Duration.ofSeconds(1),
                .01,
                Duration.ofHours(6),
                Duration.ofMinutes(1),
                .125,
                1,
                16);
    }

    /// The factor that brings 1 to .01 in this time at one decay a second.
    public static double decay(Duration time) {
        return Math.pow(.01, 1.0 / time.toSeconds());
    }

    private static void check(String field, Object value, boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be %s".formatted(field, value, rule));
        }
    }
}
