package org.pollen.node;

import org.pollen.router.Distribution;

/// A histogram, of seconds as a rule, that any thread may add to.
public final class SharedDistribution {
    private static final double[] NETWORK = {
        .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10
    };
    private static final double[] LOOP = {
        .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1
    };

    private final Distribution values;

    private SharedDistribution(double... bounds) {
        values = new Distribution(bounds);
    }

    /// With the bounds for what crosses the network.
    public static SharedDistribution network() {
        return new SharedDistribution(NETWORK);
    }

    /// With the bounds for what stays in the process.
    public static SharedDistribution local() {
        return new SharedDistribution(LOOP);
    }

    /// With bounds of its own, for what is not seconds.
    public static SharedDistribution of(double... bounds) {
        return new SharedDistribution(bounds);
    }

    /// Adds a time.
    public void nanos(long nanos) {
        add(nanos / 1e9);
    }

    /// Adds a value.
    public synchronized void add(double value) {
        values.observe(value);
    }

    /// All so far.
    public synchronized Distribution.Counts counts() {
        return values.counts();
    }
}
