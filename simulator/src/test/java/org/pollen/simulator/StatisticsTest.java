package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StatisticsTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void mediansAndIntervals() {
        assertThat(Statistics.median(3, 1, 2)).isEqualTo(2);
        assertThat(Statistics.median(4, 1, 2, 3)).isEqualTo(2.5);
        assertThat(Statistics.median()).isNaN();

        double[] values = IntStream.range(0, 30).mapToDouble(i -> i).toArray();
        Statistics.Interval interval = Statistics.bootstrap(values, 1);
        assertThat(interval.median()).isEqualTo(14.5);
        assertThat(interval.low()).isBetween(6.0, 12.0);
        assertThat(interval.high()).isBetween(17.0, 23.0);
        assertThat(Statistics.bootstrap(values, 1)).isEqualTo(interval);
    }

    @Test
    void wilcoxonIsExactForFewPairs() {
        double[] zeros = new double[10];
        double[] up = IntStream.rangeClosed(1, 10).mapToDouble(i -> i).toArray();
        double[] mixed = {1, -2, 3, 4, 5, 6, 7, 8, 9, 10};

        assertThat(Statistics.wilcoxon(up, zeros)).isEqualTo(2.0 / 1024);
        assertThat(Statistics.wilcoxon(zeros, up)).isEqualTo(2.0 / 1024);
        // The subsets of the ranks 1 to 10 with a sum of at most two: none, {1}, {2}.
        assertThat(Statistics.wilcoxon(mixed, zeros)).isEqualTo(6.0 / 1024);
        assertThat(Statistics.wilcoxon(zeros, zeros)).isEqualTo(1);
        // All ranks tied: the binomial test.
        double[] signs = {1, 1, 1, 1, 1, 1, 1, 1, 1, -1};
        assertThat(Statistics.wilcoxon(signs, zeros)).isEqualTo(22.0 / 1024);
    }

    @Test
    void wilcoxonIsNearTheExactValueForManyPairs() {
        double[] zeros = new double[26];
        double[] values =
                IntStream.rangeClosed(1, 26).mapToDouble(i -> i % 3 == 0 ? -i : i).toArray();
        // Rank sums 108 and 243 of 351, standard deviation 39.37: z is -1.702.
        assertThat(Statistics.wilcoxon(values, zeros)).isCloseTo(0.0888, within(0.001));
    }

    @Test
    void effectSizesAndCorrections() {
        assertThat(Statistics.cliff(new double[] {2, 3}, new double[] {0, 1})).isEqualTo(1);
        assertThat(Statistics.cliff(new double[] {0, 1}, new double[] {0, 1})).isZero();
        assertThat(Statistics.holm(0.01, 0.04, 0.03)).containsExactly(0.03, 0.06, 0.06);
        assertThat(Statistics.holm()).isEmpty();
    }

    @Test
    void mannAndWhitneyIsExactForFewValues() {
        double[] low = {1, 2, 3, 4, 5};
        double[] high = {6, 7, 8, 9, 10};

        // One of 252 choices of five ranks has the least sum, and one the largest.
        assertThat(new Contrast(false, low, high).different()).isCloseTo(2.0 / 252, within(1e-12));
        assertThat(RankTests.rankSum(high, low)).isEqualTo(1);
        // Of the choices of two of four ranks, 1+2 and 1+3 have a sum of up to 4.
        assertThat(RankTests.rankSum(new double[] {1, 3}, new double[] {2, 4}))
                .isCloseTo(2.0 / 6, within(1e-12));
        double[] same = {7, 7, 7};
        assertThat(new Contrast(false, same, same).different()).isEqualTo(1);
        // Beyond: U of 120 of 400, standard deviation 36.97, z is -2.150 with the correction.
        double[] first = IntStream.range(0, 20).mapToDouble(i -> i).toArray();
        double[] second = IntStream.range(0, 20).mapToDouble(i -> i + 4.5).toArray();
        double p = new Contrast(false, first, second).different();
        assertThat(p).isCloseTo(0.0316, within(0.002));
    }

    @Test
    void equivalenceNeedsAMarginThatHoldsAllThatChanceDoes() {
        double[] base = {100, 101, 99, 100.5, 99.5, 100.2, 99.8, 101.2, 98.8, 100};
        double[] near = {100.5, 100.1, 99.9, 100, 99.7, 101, 99.1, 100.6, 99.4, 100.3};
        double[] far = Arrays.stream(base).map(x -> x + 6).toArray();

        for (boolean paired : new boolean[] {true, false}) {
            assertThat(new Contrast(paired, near, base).equivalent(0.05)).isLessThan(0.01);
            assertThat(new Contrast(paired, near, base).equivalent(0.001)).isGreaterThan(0.05);
            assertThat(new Contrast(paired, far, base).equivalent(0.05)).isGreaterThan(0.9);
        }
        assertThat(new Contrast(true, base, base).equivalent(0.05)).isEqualTo(1 / 1024.0);
        assertThat(new Contrast(true, base, base).equivalent(0)).isEqualTo(1);
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void testsOnWhatIsNoNumberEnd() {
        double[] some = {1, Double.NaN, Double.NaN, Double.POSITIVE_INFINITY};
        double[] others = {2, 3, Double.NaN, Double.POSITIVE_INFINITY};

        for (boolean paired : new boolean[] {true, false}) {
            var contrast = new Contrast(paired, some, others);
            assertThat(contrast.different()).isBetween(0.0, 1.0);
            assertThat(contrast.isFinite()).isFalse();
        }
        assertThat(RankTests.rankSum(new double[] {-0.0}, new double[] {0.0})).isEqualTo(1);
        assertThat(new Contrast(true, new double[] {1}, new double[] {2}).isFinite()).isTrue();
    }

    @Test
    void distancesAndFronts() {
        double[] some = {1, 2, 3, 4};
        assertThat(new Contrast(true, some, some).distance()).isZero();
        assertThat(new Contrast(true, some, new double[] {3, 4, 5, 6}).distance()).isEqualTo(0.5);
        assertThat(new Contrast(true, some, new double[] {9}).distance()).isEqualTo(1);

        var front = new ParetoFront(java.util.List.of("p99", "bytes"));
        front.add("fast", 1, 9);
        front.add("lean", 9, 1);
        front.add("neither", 9, 9);
        front.add("fast again", 1, 9);
        front.add("unknown", Double.NaN, 0);
        assertThat(IntStream.range(0, 5).mapToObj(front::holds))
                .containsExactly(true, true, false, true, false);
        assertThat(front.csv(java.util.List.of("k")).lines())
                .startsWith("k,p99,bytes,front", "fast,1.0000,9.0000,true");
    }

    private static double p99(int target, long seed) {
        Profile profile =
                Profile.PLAIN.with(
                        Profile.PLAIN.params().toBuilder()
                                .meshTarget(target)
                                .meshLow(target - 1)
                                .meshHigh(target + 1)
                                .meshScore(target - 2)
                                .build());
        Setup setup =
                Setup.of(80, Network.ideal(Latency.INTEROP8), profile)
                        .seed(seed)
                        .links(new Links().dial(80, 10, 0, seed))
                        .end(10 * SECOND)
                        .workload(80, 10, 512, 6 * SECOND, 9 * SECOND, 1)
                        .build();
        return new Simulation(setup).run(() -> false).delays().quantileMillis(0.99);
    }

    @Test
    @DisplayName("S-79: a planted difference is found, and none where there is none")
    void planted() {
        double[] six = IntStream.range(1, 11).mapToDouble(seed -> p99(6, seed)).toArray();
        double[] eight = IntStream.range(1, 11).mapToDouble(seed -> p99(8, seed)).toArray();
        assertThat(Statistics.wilcoxon(eight, six)).isLessThan(0.01);
        assertThat(Statistics.median(eight)).isLessThan(Statistics.median(six));

        // Two labels of one setting: other seeds of it, drawn from the same values.
        double[] pool = IntStream.range(11, 41).mapToDouble(seed -> p99(6, seed)).toArray();
        var random = new SplittableRandom(79);
        int kept = 0;
        for (int i = 0; i < 200; i++) {
            double[] shuffled = pool.clone();
            for (int j = shuffled.length - 1; j > 0; j--) {
                int k = random.nextInt(j + 1);
                double value = shuffled[j];
                shuffled[j] = shuffled[k];
                shuffled[k] = value;
            }
            double[] a = Arrays.copyOf(shuffled, 10);
            double[] b = Arrays.copyOfRange(shuffled, 10, 20);
            if (Statistics.wilcoxon(a, b) >= 0.05) kept++;
        }
        assertThat(kept).isGreaterThanOrEqualTo(186);
    }
}
