package org.pollen.signalling;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The first 16 bytes of the SHA-256 of a request's payload.
///
/// @param bytes must not be changed
public record RequestId(byte[] bytes) {
    static final int BYTES = 16;

    /// The id of what was signed.
    public static RequestId of(byte[] payload) {
        return new RequestId(Arrays.copyOf(Hashes.sha256(payload), BYTES));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RequestId id && Arrays.equals(id.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
