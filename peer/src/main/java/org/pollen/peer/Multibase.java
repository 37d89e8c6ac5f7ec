package org.pollen.peer;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Locale;

/// Text forms of bytes that name their own alphabet in the first character: those that CIDs of peer
/// ids come in.
///
/// Source: multiformats "multibase"; host.md 2.
final class Multibase {
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

    private Multibase() {}

    /// Decodes `b`, `B` (base32), `z` (base58), `k` (base36) and `f` (base16).
    ///
    /// @throws IllegalArgumentException for another prefix or a character outside the alphabet
    static byte[] decode(String text) {
        if (text.length() < 2 || text.length() > Base58.LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "multibase text of " + text.length() + " characters");
        }
        String rest = text.substring(1);
        return switch (text.charAt(0)) {
            case 'b' -> base32(rest);
            case 'B' -> {
                if (!rest.equals(rest.toUpperCase(Locale.ROOT))) throw unknown(text);
                yield base32(rest.toLowerCase(Locale.ROOT));
            }
            case 'z' -> Base58.decode(rest);
            case 'k' -> base36(rest);
            case 'f' -> HexFormat.of().parseHex(rest);
            default -> throw unknown(text);
        };
    }

    /// Encodes to base32, lower case, without padding, with its prefix.
    static String base32(byte[] bytes) {
        var text = new StringBuilder("b");
        int bits = 0;
        int buffer = 0;
        for (byte b : bytes) {
            buffer = (buffer << 8) | (b & 0xff);
            for (bits += 8; bits >= 5; bits -= 5)
                text.append(BASE32.charAt((buffer >>> (bits - 5)) & 31));
        }
        if (bits > 0) text.append(BASE32.charAt((buffer << (5 - bits)) & 31));
        return text.toString();
    }

    private static byte[] base32(String text) {
        var out = new ByteArrayOutputStream();
        int bits = 0;
        int buffer = 0;
        for (int i = 0; i < text.length(); i++) {
            int value = BASE32.indexOf(text.charAt(i));
            if (value < 0) throw unknown(text);
            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                out.write(buffer >>> bits);
                buffer &= (1 << bits) - 1;
            }
        }
        if (bits >= 5 || buffer != 0) throw unknown(text);
        return out.toByteArray();
    }

    private static byte[] base36(String text) {
        if (!text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) {
            throw unknown(text);
        }
        int zeros = 0;
        while (zeros < text.length() && text.charAt(zeros) == '0') zeros++;
        byte[] number =
                zeros == text.length() ? new byte[0] : new BigInteger(text, 36).toByteArray();
        int sign = number.length > 0 && number[0] == 0 ? 1 : 0;
        byte[] bytes = new byte[zeros + number.length - sign];
        System.arraycopy(number, sign, bytes, zeros, number.length - sign);
        return bytes;
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException("\"" + text + "\" is not multibase text that is known");
    }
}
