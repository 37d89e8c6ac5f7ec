package org.pollen.node.blobs;

/// So many units a second, and a burst of them; may run into debt once. For one thread.
final class Rate {
    private final double burst;
    private final double perNano;
    private double left;
    private long at;

    Rate(double burst, double perSecond, long now) {
        this.burst = burst;
        this.perNano = perSecond / 1e9;
        left = burst;
        at = now;
    }

    /// Takes units if any are left; the last ones may be more than there were.
    boolean take(double units, long now) {
        left = Math.min(burst, left + (now - at) * perNano);
        at = now;
        if (left <= 0) return false;
        left -= units;
        return true;
    }
}
