package org.pollen.simulator;

/// How links of the same two regions differ: what each always takes more than the entry of the
/// matrix.
public sealed interface Spread {
    /// All alike.
    static Spread none() {
        return new Uniform(0);
    }

    /// What a link takes more.
    ///
    /// @param base the entry of the matrix
    /// @param u a number in [0, 1) that belongs to the link
    long nanos(long base, double u);

    /// Whether all are alike.
    default boolean isNone() {
        return false;
    }

    /// Up to a fraction of the entry.
    ///
    /// @param fraction not negative
    record Uniform(double fraction) implements Spread {
        /// Checks the fraction.
        public Uniform {
            if (!(fraction >= 0)) {
                throw new IllegalArgumentException(
                        "spread %s: it must not be negative".formatted(fraction));
            }
        }

        @Override
        public long nanos(long base, double u) {
            return (long) (base * fraction * u);
        }

        @Override
        public boolean isNone() {
            return fraction == 0;
        }
    }

    /// A share of links is of one lognormal distribution and the rest of another. Each is within a
    /// factor of 50 of its median (of sigma 1 that is all but one in 10,000), so that there is a
    /// least latency to look ahead by: the entry of the matrix.
    ///
    /// @param share of the first distribution, 0 to 1
    /// @param first one way
    /// @param second one way
    record Mixed(double share, Lognormal first, Lognormal second) implements Spread {
        private static final long FACTOR = 50;

        /// Checks the share.
        public Mixed {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("share %s: it must be in 0..1".formatted(share));
            }
        }

        /// The least latency.
        long least() {
            return Math.max(1, Math.min(first.medianNanos(), second.medianNanos()) / FACTOR);
        }

        @Override
        public long nanos(long base, double u) {
            boolean of = u < share;
            Lognormal one = of ? first : second;
            double part = of ? u / share : (u - share) / (1 - share);
            double other = Mix.unit(Double.doubleToLongBits(u), 0, Mix.LINK);
            long median = one.medianNanos();
            long nanos = Math.clamp(one.nanos(part, other), median / FACTOR, median * FACTOR);
            return Math.max(0, nanos - base);
        }
    }
}
