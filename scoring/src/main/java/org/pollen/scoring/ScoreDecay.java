package org.pollen.scoring;

import java.time.Duration;

/// Decay factors of score counters, and where a counter with a steady income ends up.
///
/// Three conventions are in use: decays-to-zero (this one), e-folding (older Lotus sets) and
/// rust-libp2p's, which is this one with `toZero` 0.1. A parameter set should say which it means.
public final class ScoreDecay {
    /// The interval that [#factor(Duration)] assumes.
    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(1);

    /// The value below which a counter counts as zero that [#factor(Duration)] assumes.
    public static final double DEFAULT_TO_ZERO = 0.01;

    private ScoreDecay() {}

    /// The factor with which a counter of 1 falls to 0.01 after `duration`, at one step a second.
    public static double factor(Duration duration) {
        return factor(duration, DEFAULT_INTERVAL, DEFAULT_TO_ZERO);
    }

    /// The factor with which a counter of 1 falls to `toZero` after `duration`.
    ///
    /// The number of steps is an integer division: a duration shorter than the interval gives the
    /// factor 0, which wipes the counter at each step.
    public static double factor(Duration duration, Duration interval, double toZero) {
        double ticks = duration.dividedBy(interval);
        return Math.pow(toZero, 1 / ticks);
    }

    /// The value just before a step of a counter that earns `rate` per interval for ever.
    public static double converge(double factor, double rate) {
        return rate / (1 - factor);
    }
}
