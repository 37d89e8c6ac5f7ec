package org.pollen.node.chain.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.node.chain.ChainFault;

/// Reads the two spellings of JSON-RPC out of answers nobody has checked yet.
///
/// Quantities with leading zeros are taken: some clients write them. Every failure is a
/// [ChainException] of kind MALFORMED that names the field.
final class ChainJsonReader {
    private static final HexFormat DIGITS = HexFormat.of();
    private static final int TEXT_MAX = 200;

    private ChainJsonReader() {}

    static JsonNode object(JsonNode node, String what) {
        if (!node.isObject()) throw malformed(what, "is no object");
        return node;
    }

    static BigInteger quantity(JsonNode parent, String field, int bitsMax) {
        return quantityOf(parent.get(field), field, bitsMax);
    }

    static BigInteger quantityOf(@Nullable JsonNode value, String what, int bitsMax) {
        String text = hex(value, what);
        // So long that only leading zeros could save it: not worth the arithmetic.
        if (text.length() - 2 > 2 * bitsMax) throw malformed(what, "is too long");
        BigInteger number;
        try {
            number = text.length() == 2 ? BigInteger.ZERO : new BigInteger(text.substring(2), 16);
        } catch (NumberFormatException _) {
            throw malformed(what, "is no hexadecimal number");
        }
        if (number.signum() < 0 || number.bitLength() > bitsMax) {
            throw malformed(what, "has more than " + bitsMax + " bits");
        }
        return number;
    }

    /// A number that fits a positive `long`, as heights, times and gas do.
    static long number(JsonNode parent, String field) {
        return quantity(parent, field, 63).longValue();
    }

    /// An unsigned number of 64 bits.
    static long unsigned(JsonNode parent, String field) {
        return quantity(parent, field, 64).longValue();
    }

    static Hash32 hash(JsonNode parent, String field) {
        return hashOf(parent.get(field), field);
    }

    static Hash32 hashOf(@Nullable JsonNode value, String what) {
        return new Hash32(bytes(value, what, Hash32.BYTES));
    }

    static Address address(JsonNode parent, String field) {
        return addressOf(parent.get(field), field);
    }

    static Address addressOf(@Nullable JsonNode value, String what) {
        return new Address(bytes(value, what, Address.BYTES));
    }

    private static byte[] bytes(@Nullable JsonNode value, String what, int length) {
        byte[] bytes = dataOf(value, what);
        if (bytes.length != length) {
            throw malformed(what, "has " + bytes.length + " bytes instead of " + length);
        }
        return bytes;
    }

    static byte[] data(JsonNode parent, String field) {
        return dataOf(parent.get(field), field);
    }

    static byte[] dataOf(@Nullable JsonNode value, String what) {
        String text = hex(value, what);
        try {
            return DIGITS.parseHex(text, 2, text.length());
        } catch (IllegalArgumentException _) {
            throw malformed(what, "is no hexadecimal data");
        }
    }

    /// Whether a field is absent or null.
    static boolean absent(JsonNode parent, String field) {
        JsonNode value = parent.get(field);
        return value == null || value.isNull();
    }

    /// A list, no longer than so many.
    static JsonNode list(JsonNode parent, String field, int max) {
        JsonNode value = parent.get(field);
        if (value == null || !value.isArray()) throw malformed(field, "is no list");
        if (value.size() > max) throw malformed(field, "has more than " + max + " entries");
        return value;
    }

    private static String hex(@Nullable JsonNode value, String what) {
        if (value == null || !value.isTextual()) throw malformed(what, "is no text");
        String text = value.textValue();
        if (!text.startsWith("0x")) throw malformed(what, "does not begin with 0x");
        return text;
    }

    /// What an error object says, shortened, without control characters.
    static String text(@Nullable JsonNode error) {
        if (error == null) return "no result";
        JsonNode message = error.get("message");
        return clean(
                message != null && message.isTextual() ? message.textValue() : error.toString());
    }

    /// Text of a stranger, fit for a log line.
    static String clean(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() > TEXT_MAX ? line.substring(0, TEXT_MAX) + "…" : line;
    }

    static ChainException malformed(String what, String why) {
        return new ChainException(ChainFault.MALFORMED, what + " " + why);
    }
}
