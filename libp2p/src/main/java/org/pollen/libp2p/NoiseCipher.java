package org.pollen.libp2p;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// ChaCha20-Poly1305 with a counting nonce: one direction of a Noise session. Not thread-safe.
///
/// The JDK's cipher on heap arrays measures several times faster than any pure Java one, see
/// `docs/adr/0003-noise-on-jdk-primitives.md`.
final class NoiseCipher {
    static final int TAG_BYTES = 16;

    private final Cipher cipher;
    private final SecretKeySpec key;
    private final byte[] nonce = new byte[12];
    private long counter;

    NoiseCipher(byte[] key) {
        this.key = new SecretKeySpec(key, "ChaCha20");
        try {
            this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no ChaCha20-Poly1305", e);
        }
    }

    /// Encrypts in place and puts the tag behind: `array` needs [#TAG_BYTES] of room there.
    ///
    /// @return the number of bytes with the tag
    int seal(byte[] associated, byte[] array, int off, int len) {
        try {
            start(Cipher.ENCRYPT_MODE, associated);
            return cipher.doFinal(array, off, len, array, off);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt", e);
        }
    }

    /// Decrypts in place. With `off` 0 the JDK needs no copy.
    ///
    /// @return the number of bytes without the tag
    /// @throws ViolationException if the tag is wrong: the session is dead then
    int open(byte[] associated, byte[] array, int off, int len) throws ViolationException {
        if (len < TAG_BYTES) {
            throw new ViolationException(Limit.L13_SHORT_FRAME, "frame is shorter than a tag");
        }
        try {
            start(Cipher.DECRYPT_MODE, associated);
            return cipher.doFinal(array, off, len, array, off);
        } catch (AEADBadTagException _) {
            throw new ViolationException(Limit.L12_AUTHENTICATION, "authentication tag is wrong");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot decrypt", e);
        }
    }

    private void start(int mode, byte[] associated) throws GeneralSecurityException {
        if (counter == -1) {
            throw new IllegalStateException("the nonces of this session are used up");
        }
        long n = counter++;
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[4 + i] = (byte) (n >>> (8 * i));
        }
        cipher.init(mode, key, new IvParameterSpec(nonce));
        if (associated.length > 0) {
            cipher.updateAAD(associated);
        }
    }
}
