package org.pollen.simulator;

import java.util.Arrays;

/// A number that a scenario changes at some instants. Known before the run, so that each peer looks
/// it up by itself.
///
/// Source: simulator specification 5 (key `events`: flip, set).
///
/// @param start its value before the first change
/// @param at instants of the changes, virtual nanoseconds, ascending
/// @param values from each of them on
record Timeline(double start, long[] at, double[] values) {
    /// A number that stays as it is.
    static Timeline constant(double value) {
        return new Timeline(value, new long[0], new double[0]);
    }

    /// The same with one more change, which is the last.
    ///
    /// @param instant not before the others
    Timeline then(long instant, double value) {
        int count = at.length;
        if (count > 0 && instant < at[count - 1]) {
            throw new IllegalArgumentException("%d is before the last change".formatted(instant));
        }
        long[] instants = Arrays.copyOf(at, count + 1);
        double[] more = Arrays.copyOf(values, count + 1);
        instants[count] = instant;
        more[count] = value;
        return new Timeline(start, instants, more);
    }

    /// Whether it never changes.
    boolean isConstant() {
        return at.length == 0;
    }

    /// Its value at an instant.
    double at(long instant) {
        for (int i = at.length - 1; i >= 0; i--) if (instant >= at[i]) return values[i];
        return start;
    }

    /// Its value in the end.
    double last() {
        return at.length == 0 ? start : values[at.length - 1];
    }

    /// The first instant from another on at which it is not 0; [Long#MAX_VALUE] for never.
    long firstPositive(long from) {
        if (at(from) > 0) return from;
        for (int i = 0; i < at.length; i++) {
            if (at[i] > from && values[i] > 0) return at[i];
        }
        return Long.MAX_VALUE;
    }

    /// The last change; -1 for none.
    long lastChange() {
        return at.length == 0 ? -1 : at[at.length - 1];
    }

    /// When so many units have come together from an instant on, at the rate that this is, in units
    /// a second; [Long#MAX_VALUE] for never.
    double whenDue(double from, double units) {
        double now = from;
        double left = units;
        for (int i = 0; i <= at.length; i++) {
            if (i < at.length && at[i] <= now) continue;
            double rate = at((long) now);
            double until = i < at.length ? at[i] : Double.POSITIVE_INFINITY;
            double due = now + left / rate * 1e9;
            if (due <= until) return due;
            left -= (until - now) / 1e9 * rate;
            now = until;
        }
        return Double.POSITIVE_INFINITY;
    }

    /// How many units come together between two instants, at the rate that this is.
    double units(long from, long to) {
        double sum = 0;
        long now = from;
        for (int i = 0; i <= at.length && now < to; i++) {
            if (i < at.length && at[i] <= now) continue;
            long until = i < at.length ? Math.min(to, at[i]) : to;
            sum += at(now) * ((until - now) / 1e9);
            now = until;
        }
        return sum;
    }
}
