package org.pollen.scoring;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Collects what is wrong with a set of parameters, in the order of the checks.
///
/// Each problem names the field, its value and the rule.
final class Checks {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final List<String> problems;

    Checks(List<String> problems) {
        this.problems = problems;
    }

    /// A plain number: neither NaN nor infinite.
    void number(String field, double value) {
        rule(Double.isFinite(value), field, value, "it must be a number");
    }

    /// A number that is zero or more.
    void notNegative(String field, double value) {
        rule(value >= 0 && Double.isFinite(value), field, value, "it must be zero or more");
    }

    /// A number that is zero or less.
    void notPositive(String field, double value) {
        rule(value <= 0 && Double.isFinite(value), field, value, "it must be zero or less");
    }

    /// A number above zero.
    void positive(String field, double value) {
        rule(value > 0 && Double.isFinite(value), field, value, "it must be more than zero");
    }

    /// A number strictly between zero and one.
    void fraction(String field, double value) {
        rule(value > 0 && value < 1, field, value, "it must be more than 0 and less than 1");
    }

    /// A number no higher than another one.
    void atMost(String field, double value, String limitField, double limit) {
        rule(
                value <= limit && Double.isFinite(value),
                field,
                value,
                "it must be a number no higher than " + limitField + " (" + limit + ")");
    }

    /// At least a second.
    void atLeastSecond(String field, Duration value) {
        rule(value.compareTo(SECOND) >= 0, field, value, "it must be one second or more");
    }

    /// Zero or more.
    void notNegative(String field, Duration value) {
        rule(!value.isNegative(), field, value, "it must be zero or more");
    }

    /// Any rule at all.
    void rule(boolean holds, String field, Object value, String rule) {
        if (!holds) problems.add(field + " is " + value + ": " + rule);
    }

    /// Runs the checks of a group unless the mode is selective and the group was left alone.
    static boolean applies(boolean selective, BooleanSupplier leftAlone) {
        return !selective || !leftAlone.getAsBoolean();
    }

    /// Refuses parameters that have a problem, naming the first one.
    ///
    /// @throws IllegalArgumentException with the first problem
    static void refuse(List<String> problems) {
        if (!problems.isEmpty()) throw new IllegalArgumentException(problems.getFirst());
    }
}
