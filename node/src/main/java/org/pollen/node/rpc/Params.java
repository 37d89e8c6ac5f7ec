package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// The positional parameters of a call, read with the errors of the reference client.
public final class Params {
    private final @Nullable JsonNode array;

    /// @param array a JSON array; null for none
    Params(@Nullable JsonNode array) {
        this.array = array;
    }

    /// All of them.
    JsonNode array() {
        return array == null ? JsonNodeFactory.instance.arrayNode() : array;
    }

    /// How many there are.
    int size() {
        return array == null ? 0 : array.size();
    }

    /// Whether there is one, and not null.
    boolean has(int index) {
        return optional(index) != null;
    }

    /// One of them; null if it is absent or null.
    @Nullable JsonNode optional(int index) {
        if (array == null) return null;
        JsonNode value = array.get(index);
        return value == null || value.isNull() ? null : value;
    }

    /// One of them.
    JsonNode required(int index) {
        JsonNode value = optional(index);
        if (value == null) throw RpcError.missing(index);
        return value;
    }

    /// A string.
    String string(int index) {
        JsonNode value = required(index);
        if (!value.isTextual()) throw RpcError.invalid(index, "want a string");
        return value.textValue();
    }

    /// A boolean, false if it is absent.
    boolean flag(int index) {
        JsonNode value = optional(index);
        if (value == null) return false;
        if (!value.isBoolean()) throw RpcError.invalid(index, "want a boolean");
        return value.booleanValue();
    }

    /// Bytes.
    byte[] data(int index) {
        String text = string(index);
        try {
            return Hex.parseData(text);
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(index, reason(e));
        }
    }

    /// Exactly so many bytes.
    byte[] data(int index, int length, String what) {
        String text = string(index);
        try {
            return Hex.parseData(text, length, what);
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(index, reason(e));
        }
    }

    /// A quantity; numbers are accepted too, as the dev chains do.
    BigInteger quantity(int index) {
        JsonNode value = required(index);
        if (value.isIntegralNumber() && value.bigIntegerValue().signum() >= 0) {
            return value.bigIntegerValue();
        }
        try {
            return Hex.parseQuantity(string(index));
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(index, reason(e));
        }
    }

    /// A quantity no larger than a limit.
    int quantityUpTo(int index, int max) {
        BigInteger value = quantity(index);
        if (value.bitLength() > 31 || value.intValue() > max) {
            throw RpcError.invalid(index, "must be at most " + max);
        }
        return value.intValue();
    }

    static String reason(Exception e) {
        String message = e.getMessage();
        return message == null ? "cannot be read" : message;
    }
}
