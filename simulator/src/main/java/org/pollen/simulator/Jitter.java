package org.pollen.simulator;

import java.util.List;
import java.util.SplittableRandom;

/// How much longer a message takes than its link always does: added to that, never negative, so
/// that the least latency is a safe look-ahead. Messages of a link keep their order all the same.
///
/// Source: simulator specification 2.4, "Jitter".
public sealed interface Jitter {
    /// No jitter.
    static Jitter none() {
        return new Uniform(0);
    }

    /// Nothing waits for longer in the buffers of a network, whatever a distribution says.
    long MOST = 10_000_000_000L;

    /// What a message takes more.
    ///
    /// @param from the sender's region
    /// @param to the receiver's
    /// @param linkNanos what its link always takes
    /// @param stream to draw from
    /// @return nanoseconds, 0 to [#MOST], or without limit for a fraction of the link
    long nanos(int from, int to, long linkNanos, SplittableRandom stream);

    /// Whether there is none, and nothing is drawn.
    default boolean isNone() {
        return false;
    }

    /// Up to a fraction of what the link takes.
    ///
    /// @param fraction 0 to 1000
    record Uniform(double fraction) implements Jitter {
        /// Checks the fraction.
        public Uniform {
            if (!(fraction >= 0 && fraction <= 1000)) {
                throw new IllegalArgumentException(
                        "jitter of %s of a link: it must be in 0..1000".formatted(fraction));
            }
        }

        @Override
        public long nanos(int from, int to, long linkNanos, SplittableRandom stream) {
            return isNone() ? 0 : (long) (linkNanos * fraction * stream.nextDouble());
        }

        @Override
        public boolean isNone() {
            return fraction == 0;
        }
    }

    /// Up to a time that depends on the regions at both ends.
    ///
    /// @param nanos by sending and receiving region, 0 to [Jitter#MOST]
    record Regional(long[][] nanos) implements Jitter {
        /// Checks the times.
        public Regional {
            for (long[] row : nanos) {
                for (long each : row) {
                    if (each < 0 || each > MOST || row.length != nanos.length) {
                        throw new IllegalArgumentException(
                                "jitter of %d ns in a row of %d: it must be in 0..10 s, in a square"
                                        .formatted(each, row.length));
                    }
                }
            }
        }

        @Override
        public long nanos(int from, int to, long linkNanos, SplittableRandom stream) {
            return (long) (nanos[from][to] * stream.nextDouble());
        }
    }

    /// Lognormal, as what home connections add. Source of the usual shape, 0.5: the access delay of
    /// homes in simulator specification 2.4.
    ///
    /// @param added what is added
    record Skewed(Lognormal added) implements Jitter {
        @Override
        public long nanos(int from, int to, long linkNanos, SplittableRandom stream) {
            return Math.min(MOST, added.nanos(stream.nextDouble(), stream.nextDouble()));
        }
    }

    /// A heavy tail that begins at 0: `scale * ((1 - u)^(-1/shape) - 1)`. Source of the usual
    /// shape, 3: the `pareto` distribution of Linux's network emulator, which has it from NIST Net.
    ///
    /// @param scaleNanos more than 0, up to 10 s; the mean is `scale / (shape - 1)`
    /// @param shape more than 1, so that there is a mean, up to 100
    record Pareto(long scaleNanos, double shape) implements Jitter {
        /// Checks both.
        public Pareto {
            if (scaleNanos < 1 || scaleNanos > MOST) {
                throw new IllegalArgumentException(
                        "pareto of %d ns: it must be more than 0, up to 10 s"
                                .formatted(scaleNanos));
            }
            if (!(shape > 1 && shape <= 100)) {
                throw new IllegalArgumentException(
                        "pareto of shape %s: it must be more than 1, up to 100".formatted(shape));
            }
        }

        @Override
        public long nanos(int from, int to, long linkNanos, SplittableRandom stream) {
            double stretch = StrictMath.pow(1 - stream.nextDouble(), -1 / shape) - 1;
            return (long) Math.min(MOST, scaleNanos * stretch);
        }
    }

    /// The jitter with a name: `none`, `uniform(0.1)`, `lognormal(5ms)` with shape 0.5 or
    /// `lognormal(5ms, 1)`, `pareto(2ms)` with shape 3 or `pareto(2ms, 2.5)`.
    ///
    /// @throws IllegalArgumentException if there is none
    static Jitter named(String text) {
        Call call = Call.parse(text);
        List<String> given = call.arguments();
        try {
            if (call.is("none", 0)) return none();
            if (call.is("uniform", 1)) return new Uniform(Double.parseDouble(given.getFirst()));
            if (call.is("lognormal", 1) || call.is("lognormal", 2)) {
                return new Skewed(new Lognormal(call.nanos(0), call.number(1, 0.5)));
            }
            if (call.is("pareto", 1) || call.is("pareto", 2)) {
                return new Pareto(call.nanos(0), call.number(1, 3));
            }
        } catch (NumberFormatException _) {
            // Falls through to the message that lists what there is.
        }
        throw new IllegalArgumentException(
                "jitter %s: one of none, uniform(0.1), lognormal(5ms), lognormal(5ms, 0.5), pareto(2ms), pareto(2ms, 3)"
                        .formatted(text));
    }
}
