package org.pollen.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A model in a scenario, as `const(50ms)` or `none`: a name and what it is given.
///
/// @param name in lower case
/// @param arguments as written; none without brackets
record Call(String name, List<String> arguments) {
    private static final Pattern SHAPE = Pattern.compile("([\\w-]+)(?:\\(([^()]*)\\))?");
    private static final Pattern TIME = Pattern.compile("([0-9.eE+-]+)(us|ms|s)");

    /// What a text says; of one that is no such thing the whole as a name.
    static Call parse(String text) {
        Matcher matcher = SHAPE.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) return new Call(text, List.of());
        String inside = matcher.group(2);
        List<String> arguments =
                inside == null
                        ? List.of()
                        : Arrays.stream(inside.split(",", -1)).map(String::trim).toList();
        return new Call(matcher.group(1), arguments);
    }

    boolean is(String wanted, int count) {
        return name.equals(wanted) && arguments.size() == count;
    }

    /// An argument that is a time, as `5ms`.
    ///
    /// @throws NumberFormatException if it is none
    long nanos(int i) {
        Matcher matcher = TIME.matcher(arguments.get(i));
        if (!matcher.matches()) throw new NumberFormatException(arguments.get(i));
        double unit =
                switch (matcher.group(2)) {
                    case "us" -> 1e3;
                    case "ms" -> 1e6;
                    default -> 1e9;
                };
        return Math.round(Double.parseDouble(matcher.group(1)) * unit);
    }

    /// An argument that is a number, or what it is if it was left out.
    ///
    /// @throws NumberFormatException if it is none
    double number(int i, double without) {
        return i < arguments.size() ? Double.parseDouble(arguments.get(i)) : without;
    }
}
