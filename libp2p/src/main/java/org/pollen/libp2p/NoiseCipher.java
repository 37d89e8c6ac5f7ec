package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// ChaCha20-Poly1305 with a counting nonce: one direction of a Noise session. Not thread-safe.
///
/// The system's OpenSSL where there is one ([LibCrypto]), else the JDK's cipher, which measures
/// several times faster than any in pure Java; see `docs/adr/0003-noise-on-jdk-primitives.md` and
/// `docs/adr/0065-noise-by-openssl.md`. Both give the same bytes.
abstract sealed class NoiseCipher permits JdkNoiseCipher, OpenSslNoiseCipher {
    static final int TAG_BYTES = 16;
    private static final byte[] NONE = {};

    final byte[] nonce = new byte[12];
    private long counter;

    /// The fastest one there is.
    static NoiseCipher of(byte[] key) {
        @Nullable LibCrypto library = LibCrypto.FOUND;
        return library == null ? new JdkNoiseCipher(key) : new OpenSslNoiseCipher(library, key);
    }

    /// Encrypts in place and puts the tag behind: `array` needs [#TAG_BYTES] of room there.
    ///
    /// @return the number of bytes with the tag
    abstract int seal(byte[] associated, byte[] array, int off, int len);

    /// Encrypts without associated data and writes the bytes and the tag to `out`. What is in
    /// `array` afterwards is undefined; it needs [#TAG_BYTES] of room behind the bytes.
    void seal(byte[] array, int off, int len, ByteBuf out) {
        out.writeBytes(array, off, seal(NONE, array, off, len));
    }

    /// Decrypts in place. With `off` 0 the JDK needs no copy.
    ///
    /// @return the number of bytes without the tag
    /// @throws ViolationException if the tag is wrong: the session is dead then
    abstract int open(byte[] associated, byte[] array, int off, int len) throws ViolationException;

    /// Puts the next number into [#nonce].
    final void count() {
        if (counter == -1) {
            throw new IllegalStateException("the nonces of this session are used up");
        }
        long n = counter++;
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[4 + i] = (byte) (n >>> (8 * i));
        }
    }

    static void checkLength(int len) throws ViolationException {
        if (len < TAG_BYTES) {
            throw new ViolationException(Limit.L13_SHORT_FRAME, "frame is shorter than a tag");
        }
    }

    static ViolationException wrongTag() {
        return new ViolationException(Limit.L12_AUTHENTICATION, "authentication tag is wrong");
    }
}
