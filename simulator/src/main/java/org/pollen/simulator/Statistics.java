package org.pollen.simulator;

import java.util.Arrays;
import java.util.SplittableRandom;

/// What may be said of runs under several seeds: medians with intervals, and whether two settings
/// differ.
///
/// Comparisons are paired: the same seeds at both settings, so what chance they share drops out.
///
/// Source: simulator specification 5, "Statistics of sweeps".
final class Statistics {
    private static final int RESAMPLES = 10_000;

    private Statistics() {}

    /// An estimate with its 95 % interval.
    record Interval(double median, double low, double high) {}

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        if (n == 0) return Double.NaN;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    /// The median and its bootstrap interval, from 10,000 resamples under a seed.
    static Interval bootstrap(double[] values, long seed) {
        var random = new SplittableRandom(seed);
        var medians = new double[RESAMPLES];
        var sample = new double[values.length];
        for (int i = 0; i < RESAMPLES; i++) {
            for (int j = 0; j < sample.length; j++) {
                sample[j] = values[random.nextInt(values.length)];
            }
            medians[i] = median(sample);
        }
        Arrays.sort(medians);
        return new Interval(
                median(values),
                medians[(int) (0.025 * RESAMPLES)],
                medians[(int) (0.975 * RESAMPLES) - 1]);
    }

    /// The two-sided p-value of Wilcoxon's signed-rank test; pairs without a difference are left
    /// out.
    static double wilcoxon(double[] a, double[] b) {
        return new Contrast(true, a, b).different();
    }

    /// The distribution function of the normal distribution. Source: Abramowitz and Stegun 26.2.17,
    /// error below 7.5e-8.
    static double normal(double z) {
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        double tail =
                Math.exp(-z * z / 2)
                        / Math.sqrt(2 * Math.PI)
                        * t
                        * (0.319381530
                                + t
                                        * (-0.356563782
                                                + t
                                                        * (1.781477937
                                                                + t
                                                                        * (-1.821255978
                                                                                + t
                                                                                        * 1.330274429))));
        return z < 0 ? tail : 1 - tail;
    }

    /// Cliff's delta: how much more often a value of the first is larger than one of the second
    /// than the reverse, -1 to 1.
    static double cliff(double[] a, double[] b) {
        long sum = 0;
        for (double x : a) for (double y : b) sum += Double.compare(x, y);
        return (double) sum / ((long) a.length * b.length);
    }

    /// Holm's correction: p-values that may be compared with one level, in their order.
    static double[] holm(double... p) {
        Integer[] order = new Integer[p.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (x, y) -> Double.compare(p[x], p[y]));
        var adjusted = new double[p.length];
        double least = 0;
        for (int i = 0; i < p.length; i++) {
            least = Math.max(least, Math.min(1, (p.length - i) * p[order[i]]));
            adjusted[order[i]] = least;
        }
        return adjusted;
    }
}
