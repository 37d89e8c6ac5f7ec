package org.pollen.peer;

import java.util.Arrays;

/// Base58 with Bitcoin's alphabet, the text form of peer ids. Leading zero bytes are leading ones.
///
/// Quadratic in the length, so both directions have a limit.
public final class Base58 {
    /// Longest input of either direction.
    public static final int LENGTH_MAX = 1024;

    private static final char[] ALPHABET =
            "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".toCharArray();
    private static final int[] VALUES = new int[128];

    static {
        Arrays.fill(VALUES, -1);
        for (int i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET[i]] = i;
    }

    private Base58() {}

    /// Encodes bytes.
    ///
    /// @param bytes at most [#LENGTH_MAX]
    public static String encode(byte[] bytes) {
        if (bytes.length > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "bytes has length " + bytes.length + ": it must be at most " + LENGTH_MAX);
        }
        int zeros = 0;
        while (zeros < bytes.length && bytes[zeros] == 0) zeros++;
        byte[] number = bytes.clone();
        char[] text = new char[bytes.length * 2];
        int at = text.length;
        for (int first = zeros; first < number.length; ) {
            text[--at] = ALPHABET[divide(number, first, 256, 58)];
            if (number[first] == 0) first++;
        }
        while (at < text.length && text[at] == ALPHABET[0]) at++;
        while (zeros-- > 0) text[--at] = ALPHABET[0];
        return new String(text, at, text.length - at);
    }

    /// Decodes text.
    ///
    /// @throws IllegalArgumentException for a character outside the alphabet or text that is too
    ///   long
    public static byte[] decode(String text) {
        if (text.length() > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "base58 text has length "
                            + text.length()
                            + ": it must be at most "
                            + LENGTH_MAX);
        }
        byte[] digits = new byte[text.length()];
        for (int i = 0; i < digits.length; i++) {
            char c = text.charAt(i);
            int value = c < 128 ? VALUES[c] : -1;
            if (value < 0) {
                throw new IllegalArgumentException(
                        "base58 text has '" + c + "' at " + i + ": it is not in the alphabet");
            }
            digits[i] = (byte) value;
        }
        int zeros = 0;
        while (zeros < digits.length && digits[zeros] == 0) zeros++;
        byte[] bytes = new byte[text.length()];
        int at = bytes.length;
        for (int first = zeros; first < digits.length; ) {
            bytes[--at] = (byte) divide(digits, first, 58, 256);
            if (digits[first] == 0) first++;
        }
        while (at < bytes.length && bytes[at] == 0) at++;
        return Arrays.copyOfRange(bytes, at - zeros, bytes.length);
    }

    /// Divides a big-endian number in place and returns the remainder.
    private static int divide(byte[] number, int first, int base, int divisor) {
        int remainder = 0;
        for (int i = first; i < number.length; i++) {
            int value = remainder * base + (number[i] & 0xff);
            number[i] = (byte) (value / divisor);
            remainder = value % divisor;
        }
        return remainder;
    }
}
