package org.pollen.node.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How the text of a setting is read, and what it may be.
///
/// @param name what `config schema` and error messages call it
/// @param rule the values it accepts, as the end of a sentence: "a whole number from 0 to 65535"
/// @param reader turns text to a value, with [IllegalArgumentException] where it cannot
/// @param <T> what comes out
public record ValueType<T>(String name, String rule, Function<String, T> reader) {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ns|us|ms|s|m|h|d)");
    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,12}(?:\\.\\d{1,3})?)(B|KiB|MiB|GiB)?");

    /// Any text.
    public static final ValueType<String> TEXT = new ValueType<>("text", "a text", text -> text);

    /// `true` or `false`.
    public static final ValueType<Boolean> FLAG =
            new ValueType<>("flag", "true or false", ValueType::flag);

    /// Texts separated by commas (an array in TOML); empty for none.
    public static final ValueType<List<String>> LIST =
            new ValueType<>(
                    "list",
                    "texts separated by commas",
                    text ->
                            Arrays.stream(text.split(","))
                                    .map(String::strip)
                                    .filter(part -> !part.isEmpty())
                                    .toList());

    /// Bytes: a number with B, KiB, MiB or GiB.
    public static final ValueType<Long> SIZE_BYTES =
            new ValueType<>("size", "a size such as 512KiB or 8MiB", ValueType::size);

    /// A port; 0 picks a free one.
    public static final ValueType<Integer> PORT = whole(0, 65535);

    /// A whole number within bounds.
    public static ValueType<Integer> whole(int low, int high) {
        String rule = "a whole number from " + low + " to " + high;
        return new ValueType<>(
                "number",
                rule,
                text -> {
                    int value = Integer.parseInt(text.strip());
                    if (value < low || value > high) throw new IllegalArgumentException(rule);
                    return value;
                });
    }

    /// A whole number within bounds that may need 64 bits.
    public static ValueType<Long> wholeLong(long low, long high) {
        String rule = "a whole number from " + low + " to " + high;
        return new ValueType<>(
                "number",
                rule,
                text -> {
                    long value = Long.parseLong(text.strip());
                    if (value < low || value > high) throw new IllegalArgumentException(rule);
                    return value;
                });
    }

    /// A time span such as `200ms`, `12s`, `6h`, within bounds.
    public static ValueType<Duration> duration(Duration low, Duration high) {
        String rule = "a time such as 200ms, 12s or 6h, from " + brief(low) + " to " + brief(high);
        return new ValueType<>(
                "duration",
                rule,
                text -> {
                    Duration value = span(text.strip());
                    if (value.compareTo(low) < 0 || value.compareTo(high) > 0) {
                        throw new IllegalArgumentException(rule);
                    }
                    return value;
                });
    }

    /// One of a few words.
    public static ValueType<String> oneOf(String... words) {
        var allowed = List.of(words);
        String rule = "one of " + String.join(", ", allowed);
        return new ValueType<>(
                "choice",
                rule,
                text -> {
                    String word = text.strip();
                    if (!Set.copyOf(allowed).contains(word)) {
                        throw new IllegalArgumentException(rule);
                    }
                    return word;
                });
    }

    /// Reads one value.
    ///
    /// @throws IllegalArgumentException where the text is none of what [#rule()] says
    public T read(String text) {
        try {
            return reader.apply(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(rule, e);
        }
    }

    private static Boolean flag(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("true or false");
        };
    }

    private static Long size(String text) {
        Matcher match = SIZE.matcher(text.strip());
        if (!match.matches()) throw new IllegalArgumentException("a size");
        String unit = match.group(2) == null ? "B" : match.group(2);
        long factor =
                switch (unit) {
                    case "KiB" -> 1L << 10;
                    case "MiB" -> 1L << 20;
                    case "GiB" -> 1L << 30;
                    default -> 1L;
                };
        return Math.round(Double.parseDouble(match.group(1)) * factor);
    }

    /// Reads a time span without bounds.
    ///
    /// @throws IllegalArgumentException where it is not a number and a unit
    public static Duration span(String text) {
        Matcher match = DURATION.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("a time such as 200ms, 12s or 6h");
        }
        long number = Long.parseLong(match.group(1));
        return switch (match.group(2)) {
            case "ns" -> Duration.ofNanos(number);
            case "us" -> Duration.ofNanos(Math.multiplyExact(number, 1_000L));
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    private static String brief(Duration span) {
        if (span.toNanos() % 1_000_000_000L != 0) return span.toMillis() + "ms";
        long seconds = span.toSeconds();
        if (seconds != 0 && seconds % 86400 == 0) return seconds / 86400 + "d";
        if (seconds != 0 && seconds % 3600 == 0) return seconds / 3600 + "h";
        return seconds + "s";
    }
}
