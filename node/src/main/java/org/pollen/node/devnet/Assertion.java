package org.pollen.node.devnet;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;

/// A condition on the summary, as `--assert` takes it: `delivery>=0.999`, `reorgs>=1`, `p99<=500`.
///
/// @param name of the value
/// @param operator one of `>=`, `<=`, `>`, `<`, `==`
/// @param bound what it is compared with
record Assertion(String name, String operator, double bound) {
    private static final Pattern FORM =
            Pattern.compile("\\s*([a-zA-Z_][a-zA-Z0-9_.]*)\\s*(>=|<=|==|>|<)\\s*(-?[0-9.]+)\\s*");

    /// Reads a condition.
    ///
    /// @param known names of the values there are
    /// @throws OperatorException RUN-001 if it is none
    static Assertion parse(String text, Iterable<String> known) {
        Matcher match = FORM.matcher(text);
        if (!match.matches()) throw unreadable(text, known);
        boolean exists = false;
        for (String name : known) exists |= name.equals(match.group(1));
        if (!exists) throw unreadable(text, known);
        try {
            return new Assertion(
                    match.group(1), match.group(2), Double.parseDouble(match.group(3)));
        } catch (NumberFormatException _) {
            throw unreadable(text, known);
        }
    }

    private static OperatorException unreadable(String text, Iterable<String> known) {
        return new OperatorException(
                ErrorCode.USE_001,
                "--assert \"" + text + "\" is not a condition",
                "write NAME>=NUMBER with one of: " + String.join(", ", known));
    }

    /// Checks it.
    ///
    /// @throws OperatorException RUN-001 naming the value if it does not hold
    void check(Map<String, Double> values) {
        double value = values.getOrDefault(name, Double.NaN);
        boolean holds =
                switch (operator) {
                    case ">=" -> value >= bound;
                    case "<=" -> value <= bound;
                    case ">" -> value > bound;
                    case "<" -> value < bound;
                    default -> value == bound;
                };
        if (!holds) {
            throw new OperatorException(
                    ErrorCode.RUN_001,
                    String.format(
                            Locale.ROOT,
                            "assertion %s%s%s is false: %s",
                            name,
                            operator,
                            bound,
                            value),
                    "look at the summary above; run longer or with fewer nodes if the machine is busy");
        }
    }
}
