package org.pollen.simulator;

/// A time whose logarithm is normally distributed: half of all are below the median, and 68 %
/// within a factor of `e^sigma` of it.
///
/// @param medianNanos more than 0, up to 10 s
/// @param sigma 0 to 3
record Lognormal(long medianNanos, double sigma) {
    /// Checks both.
    Lognormal {
        if (medianNanos < 1 || medianNanos > 10_000_000_000L) {
            throw new IllegalArgumentException(
                    "lognormal of %d ns: it must be more than 0, up to 10 s"
                            .formatted(medianNanos));
        }
        if (!(sigma >= 0 && sigma <= 3)) {
            throw new IllegalArgumentException(
                    "lognormal of sigma %s: it must be in 0..3".formatted(sigma));
        }
    }

    /// The time that two numbers in [0, 1) stand for, by Box and Muller.
    long nanos(double u, double v) {
        double normal =
                StrictMath.sqrt(-2 * StrictMath.log(1 - u)) * StrictMath.cos(2 * Math.PI * v);
        return (long) (medianNanos * StrictMath.exp(sigma * normal));
    }
}
