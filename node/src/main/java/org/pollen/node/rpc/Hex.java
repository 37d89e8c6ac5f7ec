package org.pollen.node.rpc;

import java.math.BigInteger;
import java.util.HexFormat;

/// The two spellings of JSON-RPC: quantities without leading zeros, data with an even number of
/// digits. Source: mempool.md 10.
final class Hex {
    private static final HexFormat DIGITS = HexFormat.of();
    private static final int QUANTITY_DIGITS_MAX = 64;

    private Hex() {}

    /// A number, unsigned.
    static String quantity(long value) {
        return "0x" + Long.toHexString(value);
    }

    /// A number, not negative.
    static String quantity(BigInteger value) {
        return "0x" + value.toString(16);
    }

    /// Bytes.
    static String data(byte[] bytes) {
        return "0x" + DIGITS.formatHex(bytes);
    }

    /// Reads a number of at most 256 bits.
    ///
    /// @throws IllegalArgumentException with the text the reference client uses
    static BigInteger parseQuantity(String text) {
        if (!text.startsWith("0x") && !text.startsWith("0X")) {
            throw new IllegalArgumentException(
                    text.isEmpty() ? "empty hex string" : "hex string without 0x prefix");
        }
        String digits = text.substring(2);
        if (digits.isEmpty()) throw new IllegalArgumentException("hex string \"0x\"");
        if (digits.length() > 1 && digits.charAt(0) == '0') {
            throw new IllegalArgumentException("hex number with leading zero digits");
        }
        if (digits.length() > QUANTITY_DIGITS_MAX) {
            throw new IllegalArgumentException("hex number > 256 bits");
        }
        requireDigits(digits);
        return new BigInteger(digits, 16);
    }

    /// Reads a number of at most 64 bits.
    static long parseLong(String text) {
        BigInteger value = parseQuantity(text);
        if (value.bitLength() > 64) throw new IllegalArgumentException("hex number > 64 bits");
        return value.longValue();
    }

    /// Reads bytes.
    ///
    /// @throws IllegalArgumentException with the text the reference client uses
    static byte[] parseData(String text) {
        if (text.isEmpty()) throw new IllegalArgumentException("empty hex string");
        if (!text.startsWith("0x") && !text.startsWith("0X")) {
            throw new IllegalArgumentException("hex string without 0x prefix");
        }
        if (text.length() % 2 != 0) {
            throw new IllegalArgumentException("hex string of odd length");
        }
        String digits = text.substring(2);
        requireDigits(digits);
        return DIGITS.parseHex(digits);
    }

    /// Reads exactly so many bytes.
    static byte[] parseData(String text, int length, String what) {
        byte[] bytes = parseData(text);
        if (bytes.length != length) {
            throw new IllegalArgumentException(
                    "hex string has length %d, want %d for %s"
                            .formatted(2 * bytes.length, 2 * length, what));
        }
        return bytes;
    }

    private static void requireDigits(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            if (!HexFormat.isHexDigit(digits.charAt(i))) {
                throw new IllegalArgumentException("invalid hex string");
            }
        }
    }
}
