package org.pollen.signalling;

/// How much work is asked for.
///
/// Source: A6.3.
final class Difficulty {
    /// Most a solver takes on.
    static final int SOLVED_MAX = 24;

    private Difficulty() {}

    /// By how full the global bucket is: nothing above a half, then 12 bits and up to 10 more.
    static int ofFill(double fill) {
        if (fill >= 0.5) return 0;
        return (int) Math.ceil(12 + (0.5 - Math.max(0, fill)) / 0.5 * 10);
    }

    /// By the punches of the last minute toward the busiest IP known of the source.
    static int ofPunches(int punches) {
        return punches < 3 ? 0 : Math.min(22, 14 + 2 * (punches - 3));
    }
}
