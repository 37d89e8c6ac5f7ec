package org.pollen.simulator;

import java.util.List;
import java.util.Locale;

/// What one attack did under one seed.
///
/// @param id of the catalogue entry
/// @param seed of the run
/// @param digest of the run
/// @param seconds of real time
/// @param gates what had to hold, with what was measured
public record Verdict(String id, long seed, String digest, double seconds, List<Gate> gates) {
    /// Copies the list.
    public Verdict {
        gates = List.copyOf(gates);
    }

    /// Whether all gates hold.
    public boolean passes() {
        return gates.stream().allMatch(Gate::passes);
    }

    /// One condition.
    ///
    /// @param what is measured
    /// @param rule it has to hold, as text
    /// @param measured value
    /// @param passes whether it holds
    public record Gate(String what, String rule, double measured, boolean passes) {
        static Gate atMost(String what, double limit, double measured) {
            return new Gate(what, "<= " + number(limit), measured, measured <= limit);
        }

        static Gate atLeast(String what, double limit, double measured) {
            return new Gate(what, ">= " + number(limit), measured, measured >= limit);
        }

        @Override
        public String toString() {
            return "%s %s (%s)%s".formatted(what, number(measured), rule, passes ? "" : " FAILS");
        }

        static String number(double value) {
            if (value == Math.rint(value) && Math.abs(value) < 1e12) return "" + (long) value;
            return String.format(Locale.ROOT, "%.3f", value);
        }
    }
}
