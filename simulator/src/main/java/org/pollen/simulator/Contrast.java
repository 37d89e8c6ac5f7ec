package org.pollen.simulator;

import java.util.Arrays;
import java.util.stream.Stream;

/// What two points of a sweep say about a number, over the same seeds: whether they differ, and
/// whether they are as good as equal.
///
/// Source: simulator specification 5, "Statistics of sweeps".
///
/// @param paired whether equal seeds are pairs, for Wilcoxon's test; Mann and Whitney's otherwise
/// @param values of a point, by seed
/// @param base of the point it is compared with
record Contrast(boolean paired, double[] values, double[] base) {
    /// Whether all values are numbers: nothing can be said of others.
    boolean isFinite() {
        return Stream.of(values, base).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
    }

    /// The chance of such a difference, either way, if there is none.
    double different() {
        return Math.min(1, 2 * Math.min(lower(0), higher(0)));
    }

    /// The chance of such values if they are lower or higher by a margin or more (two one-sided
    /// tests): small if they are as good as equal.
    ///
    /// @param share of the baseline's median that the margin is
    double equivalent(double share) {
        double margin = Math.abs(share * Statistics.median(base));
        return Math.max(higher(-margin), lower(margin));
    }

    /// The chance of such low values, if they are higher by a shift than the base's.
    private double lower(double shift) {
        double[] moved = Arrays.stream(base).map(value -> value + shift).toArray();
        return paired
                ? RankTests.signedRanks(differences(values, moved))
                : RankTests.rankSum(values, moved);
    }

    /// The chance of such high values.
    private double higher(double shift) {
        double[] moved = Arrays.stream(base).map(value -> value + shift).toArray();
        return paired
                ? RankTests.signedRanks(differences(moved, values))
                : RankTests.rankSum(moved, values);
    }

    private static double[] differences(double[] first, double[] second) {
        var differences = new double[Math.min(first.length, second.length)];
        Arrays.setAll(differences, i -> first[i] - second[i]);
        return differences;
    }

    /// The distance of Kolmogorov and Smirnov: how far the shares of both that are up to a value
    /// are apart at most.
    double distance() {
        double most = 0;
        for (double[] sample : new double[][] {values, base}) {
            for (double x : sample)
                most = Math.max(most, Math.abs(upTo(values, x) - upTo(base, x)));
        }
        return most;
    }

    private static double upTo(double[] sample, double limit) {
        return (double) Arrays.stream(sample).filter(x -> x <= limit).count() / sample.length;
    }

    /// Cliff's delta.
    double delta() {
        return Statistics.cliff(values, base);
    }
}
