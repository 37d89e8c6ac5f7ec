package org.pollen.libp2p;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts multistream tokens, `uvarint(length) text '\n'`, out of a stream of bytes, never taking a
/// byte that is behind the token.
///
/// Source: multistream-select 1.0; go, js and nim accept 1024 bytes with the newline, so do we.
final class TokenReader {
    static final int TOKEN_BYTES_MAX = 1024;

    private int length = -1; // not known yet
    private int prefix; // value of the prefix so far
    private int prefixBytes;
    private byte[] token = new byte[64];
    private int filled;
    private @Nullable String complete;

    /// Takes bytes up to the end of the current token.
    ///
    /// @return how many were taken; [#take()] tells whether the token is complete
    int accept(byte[] bytes, int off, int len) throws ViolationException {
        int at = off;
        int end = off + len;
        while (complete == null && at < end) {
            if (length < 0) {
                prefixByte(bytes[at++]);
                continue;
            }
            int n = Math.min(length - filled, end - at);
            if (filled + n > token.length) {
                // Grows with what arrived, not with what was announced.
                token =
                        Arrays.copyOf(
                                token, Math.min(length, Math.max(2 * token.length, filled + n)));
            }
            System.arraycopy(bytes, at, token, filled, n);
            at += n;
            filled += n;
            if (filled == length) {
                finish();
            }
        }
        return at - off;
    }

    /// The complete token without its newline, once; null while there is none.
    @Nullable String take() {
        String token = complete;
        complete = null;
        return token;
    }

    private void prefixByte(byte b) throws ViolationException {
        prefix |= (b & 0x7f) << (7 * prefixBytes++);
        if (b < 0) {
            if (prefixBytes == 2) {
                throw new ViolationException(Limit.L5_TOKEN, "token prefix of over 2 bytes");
            }
            return;
        }
        if (prefixBytes == 2 && b == 0) {
            throw new ViolationException(Limit.L5_TOKEN, "token prefix is not minimal");
        }
        if (prefix == 0 || prefix > TOKEN_BYTES_MAX) {
            throw new ViolationException(
                    Limit.L5_TOKEN,
                    "token of %d bytes: 1 to %d are allowed".formatted(prefix, TOKEN_BYTES_MAX));
        }
        length = prefix;
    }

    private void finish() throws ViolationException {
        if (token[length - 1] != '\n') {
            throw new ViolationException(Limit.L5_TOKEN, "token does not end in a newline");
        }
        complete = new String(token, 0, length - 1, StandardCharsets.UTF_8);
        length = -1;
        prefix = 0;
        prefixBytes = 0;
        filled = 0;
    }
}
