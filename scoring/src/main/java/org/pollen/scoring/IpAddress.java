package org.pollen.scoring;

/// An IPv4 or IPv6 address as a number of 128 bits; IPv4 in its mapped form, `::ffff:a.b.c.d`.
///
/// @param high the first eight bytes
/// @param low the last eight bytes
public record IpAddress(long high, long low) {
    private static final long MAPPED = 0xffffL << 32;
    private static final int V4_OFFSET_BITS = 96;

    /// Reads the 4 or 16 bytes of an address.
    ///
    /// @throws IllegalArgumentException for another length
    public static IpAddress of(byte[] bytes) {
        if (bytes.length == 4) return new IpAddress(0, MAPPED | big(bytes, 0, 4));
        if (bytes.length == 16) return new IpAddress(big(bytes, 0, 8), big(bytes, 8, 8));
        throw new IllegalArgumentException(
                "address length is " + bytes.length + ": it must be 4 or 16");
    }

    private static long big(byte[] bytes, int offset, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) value = (value << 8) | (bytes[offset + i] & 0xff);
        return value;
    }

    /// Reads dotted IPv4 or RFC 4291 IPv6 text, without zone.
    ///
    /// @throws IllegalArgumentException if it is neither
    public static IpAddress parse(String text) {
        try {
            return text.indexOf(':') >= 0
                    ? parseV6(text)
                    : new IpAddress(0, MAPPED | parseV4(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("ip address is " + text + ": it must be one", e);
        }
    }

    private static long parseV4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) throw new NumberFormatException("not four numbers");
        long value = 0;
        for (String part : parts) value = value << 8 | number(part, 10, 3, 255);
        return value;
    }

    private static IpAddress parseV6(String text) {
        int gap = text.indexOf("::");
        long[] head = groups(gap < 0 ? text : text.substring(0, gap));
        long[] tail = gap < 0 ? new long[0] : groups(text.substring(gap + 2));
        int missing = 8 - head.length - tail.length;
        if (gap < 0 ? missing != 0 : missing < 1)
            throw new NumberFormatException("not eight groups");
        long[] all = new long[8];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(tail, 0, all, 8 - tail.length, tail.length);
        return new IpAddress(
                all[0] << 48 | all[1] << 32 | all[2] << 16 | all[3],
                all[4] << 48 | all[5] << 32 | all[6] << 16 | all[7]);
    }

    private static long[] groups(String text) {
        if (text.isEmpty()) return new long[0];
        String[] parts = text.split(":", -1);
        boolean dotted = parts[parts.length - 1].indexOf('.') >= 0;
        long[] groups = new long[parts.length + (dotted ? 1 : 0)];
        int plain = dotted ? parts.length - 1 : parts.length;
        for (int i = 0; i < plain; i++) groups[i] = number(parts[i], 16, 4, 0xffff);
        if (dotted) {
            long v4 = parseV4(parts[plain]);
            groups[plain] = v4 >>> 16;
            groups[plain + 1] = v4 & 0xffff;
        }
        return groups;
    }

    private static long number(String text, int radix, int digitsMax, int max) {
        if (text.isEmpty()
                || text.length() > digitsMax
                || !Character.isLetterOrDigit(text.charAt(0)))
            throw new NumberFormatException("not a number");
        int value = Integer.parseInt(text, radix);
        if (value > max) throw new NumberFormatException("too large");
        return value;
    }

    /// Whether it is an IPv4 address.
    public boolean isV4() {
        return high == 0 && low >>> 32 == 0xffff;
    }

    /// Whether it is in 127.0.0.0/8 or is `::1`.
    public boolean isLoopback() {
        return isV4() ? (low >>> 24 & 0xff) == 127 : high == 0 && low == 1;
    }

    /// The address with everything after the first `bits` bits, counted within its family, cleared.
    public IpAddress prefix(int bits) {
        int all = isV4() ? bits + V4_OFFSET_BITS : bits;
        return new IpAddress(high & mask(all), low & mask(all - 64));
    }

    private static long mask(int bits) {
        if (bits <= 0) return 0;
        return bits >= 64 ? -1 : -1L << (64 - bits);
    }

    /// Dotted, or the shortest form of RFC 5952.
    @Override
    public String toString() {
        if (isV4())
            return (low >>> 24 & 0xff)
                    + "."
                    + (low >>> 16 & 0xff)
                    + "."
                    + (low >>> 8 & 0xff)
                    + "."
                    + (low & 0xff);
        int gapStart = -1;
        int gapLength = 1;
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && group(i + length) == 0) length++;
            if (length > gapLength) {
                gapStart = i;
                gapLength = length;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == gapStart) {
                text.append("::");
                i += gapLength - 1;
            } else {
                if (i > 0 && i != gapStart + gapLength) text.append(':');
                text.append(Long.toHexString(group(i)));
            }
        }
        return text.toString();
    }

    private long group(int index) {
        long half = index < 4 ? high : low;
        return half >>> (48 - 16 * (index & 3)) & 0xffff;
    }
}
