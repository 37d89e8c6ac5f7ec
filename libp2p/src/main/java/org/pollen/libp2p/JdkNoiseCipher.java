package org.pollen.libp2p;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The JDK's cipher. It leaves about 2 KB of garbage for each record.
final class JdkNoiseCipher extends NoiseCipher {
    private final Cipher cipher;
    private final SecretKeySpec key;

    JdkNoiseCipher(byte[] key) {
        this.key = new SecretKeySpec(key, "ChaCha20");
        try {
            this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no ChaCha20-Poly1305", e);
        }
    }

    @Override
    int seal(byte[] associated, byte[] array, int off, int len) {
        try {
            start(Cipher.ENCRYPT_MODE, associated);
            return cipher.doFinal(array, off, len, array, off);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt", e);
        }
    }

    @Override
    int open(byte[] associated, byte[] array, int off, int len) throws ViolationException {
        checkLength(len);
        try {
            start(Cipher.DECRYPT_MODE, associated);
            return cipher.doFinal(array, off, len, array, off);
        } catch (AEADBadTagException _) {
            throw wrongTag();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot decrypt", e);
        }
    }

    private void start(int mode, byte[] associated) throws GeneralSecurityException {
        count();
        cipher.init(mode, key, new IvParameterSpec(nonce));
        if (associated.length > 0) {
            cipher.updateAAD(associated);
        }
    }
}
