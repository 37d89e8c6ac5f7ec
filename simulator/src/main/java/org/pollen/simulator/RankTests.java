package org.pollen.simulator;

import java.util.Arrays;

/// Tests on ranks of two samples, one tail at a time: exact for few values, whatever ties there
/// are, and by the normal approximation beyond.
///
/// Source: simulator specification 5, "Statistics of sweeps".
final class RankTests {
    /// Exact up to so many pairs, or values of both samples together.
    private static final int EXACT_MAX = 25;

    private RankTests() {}

    /// Wilcoxon's signed-rank test of pairs.
    ///
    /// @return the chance of so many positive differences, or fewer, if neither sign is likelier;
    ///   pairs without a difference are left out
    static double signedRanks(double[] differences) {
        double[] some = Arrays.stream(differences).filter(d -> d != 0).toArray();
        if (some.length == 0) return 1;
        long[] ranks = doubledRanks(Arrays.stream(some).map(Math::abs).toArray());
        long total = 0;
        long positive = 0;
        double squares = 0;
        for (int i = 0; i < some.length; i++) {
            total += ranks[i];
            if (some[i] > 0) positive += ranks[i];
            squares += (double) ranks[i] * ranks[i];
        }
        if (some.length > EXACT_MAX) {
            // The variance of the sum of doubled ranks with random signs is a quarter of the sum of
            // their squares, ties included.
            return Statistics.normal((positive + 1 - total / 2.0) / Math.sqrt(squares / 4));
        }
        var ways = new double[(int) total + 1];
        ways[0] = 1;
        for (long rank : ranks) {
            for (int sum = (int) total; sum >= rank; sum--) ways[sum] += ways[sum - (int) rank];
        }
        double tail = 0;
        for (int sum = 0; sum <= positive; sum++) tail += ways[sum];
        return Math.min(1, tail / Math.pow(2, some.length));
    }

    /// Mann and Whitney's test of two samples that are no pairs.
    ///
    /// @return the chance of such low ranks of the first, or lower, if both are of one distribution
    static double rankSum(double[] first, double[] second) {
        int n = first.length;
        int all = n + second.length;
        double[] both = Arrays.copyOf(first, all);
        System.arraycopy(second, 0, both, n, second.length);
        long[] ranks = doubledRanks(both);
        long sum = 0;
        for (int i = 0; i < n; i++) sum += ranks[i];
        double mean = n * (all + 1.0);
        if (all > EXACT_MAX) {
            double squares = 0;
            for (long rank : ranks) squares += (rank - (all + 1.0)) * (rank - (all + 1.0));
            double variance = squares * n * second.length / ((double) all * (all - 1));
            if (variance == 0) return 1;
            return Math.min(1, Statistics.normal((sum + 1 - mean) / Math.sqrt(variance)));
        }
        // How many choices of so many values have such a sum of doubled ranks.
        var ways = new double[n + 1][(int) Arrays.stream(ranks).sum() + 1];
        ways[0][0] = 1;
        for (long rank : ranks) {
            for (int chosen = n; chosen > 0; chosen--) {
                for (int at = ways[chosen].length - 1; at >= rank; at--) {
                    ways[chosen][at] += ways[chosen - 1][at - (int) rank];
                }
            }
        }
        double tail = 0;
        for (int at = 0; at <= sum; at++) tail += ways[n][at];
        return Math.min(1, tail / Arrays.stream(ways[n]).sum());
    }

    /// Twice the ranks: means of tied ranks stay whole.
    private static long[] doubledRanks(double[] values) {
        Integer[] order = new Integer[values.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (x, y) -> Double.compare(values[x], values[y]));
        var ranks = new long[values.length];
        for (int from = 0; from < order.length; ) {
            int to = from + 1; // what is no number equals nothing, not even itself
            while (to < order.length && values[order[to]] == values[order[from]]) to++;
            for (int i = from; i < to; i++) ranks[order[i]] = from + 1L + to;
            from = to;
        }
        return ranks;
    }
}
