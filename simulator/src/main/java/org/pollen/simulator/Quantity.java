package org.pollen.simulator;

/// Numbers with units as scenario files write them: `250ms`, `12/s`, `2KiB`. What cannot be read is
/// an [IllegalArgumentException].
///
/// Source: simulator specification 5.
final class Quantity {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final int BYTES_MAX = 1 << 24;
    private static final double SECONDS_MAX = 1e7;
    private static final double RATE_MAX = 1e6;

    private Quantity() {}

    private static double number(String text, String unit, double factor) {
        if (!text.endsWith(unit)) throw new IllegalArgumentException(text);
        double value =
                Double.parseDouble(text.substring(0, text.length() - unit.length())) * factor;
        if (!(value >= 0)) throw new IllegalArgumentException(text);
        return value;
    }

    /// Nanoseconds: us, ms, s, or m for minutes; up to 10,000,000 s.
    static long duration(String text) {
        double nanos = nanos(text);
        if (nanos <= SECONDS_MAX * SECOND) return (long) nanos;
        throw new IllegalArgumentException(text + ": at most 10000000s");
    }

    private static double nanos(String text) {
        if (text.endsWith("ms")) return number(text, "ms", MILLI);
        if (text.endsWith("us")) return number(text, "us", 1000);
        if (text.endsWith("s")) return number(text, "s", SECOND);
        return number(text, "m", 60 * SECOND);
    }

    /// So many a second, more than none, up to a million.
    static double rate(String text) {
        double value = number(text, "/s", 1);
        if (value == 0) throw new IllegalArgumentException(text);
        if (value > RATE_MAX) throw new IllegalArgumentException(text + ": at most 1000000/s");
        return value;
    }

    /// Bytes: B, KiB, MiB or GiB.
    static double size(String text) {
        if (text.endsWith("KiB")) return number(text, "KiB", 1024);
        if (text.endsWith("MiB")) return number(text, "MiB", 1 << 20);
        if (text.endsWith("GiB")) return number(text, "GiB", 1 << 30);
        return number(text, "B", 1);
    }

    /// Bits a second, more than none: b/s, kb/s, Mb/s or Gb/s.
    static double bits(String text) {
        double bits =
                text.endsWith("Gb/s")
                        ? number(text, "Gb/s", 1e9)
                        : text.endsWith("Mb/s")
                                ? number(text, "Mb/s", 1e6)
                                : text.endsWith("kb/s")
                                        ? number(text, "kb/s", 1e3)
                                        : number(text, "b/s", 1);
        if (bits < 1000) throw new IllegalArgumentException(text + ": at least 1kb/s");
        return bits;
    }

    /// Bytes of a message, from its header on.
    static int bytes(String text) {
        double value = size(text);
        if (value < PlannedMessage.HEADER || value > BYTES_MAX) {
            throw new IllegalArgumentException(text);
        }
        return (int) value;
    }

    /// A count that may be none.
    static int notNegative(String text) {
        int number = Integer.parseInt(text);
        if (number < 0) throw new IllegalArgumentException(text);
        return number;
    }

    /// A count of at least one.
    static int positive(String text) {
        int number = Integer.parseInt(text);
        if (number < 1) throw new IllegalArgumentException(text);
        return number;
    }

    /// `true` or `false`.
    static boolean truth(String text) {
        if (!text.equals("true") && !text.equals("false")) throw new IllegalArgumentException(text);
        return text.equals("true");
    }
}
