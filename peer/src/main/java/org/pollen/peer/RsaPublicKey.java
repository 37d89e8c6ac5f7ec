package org.pollen.peer;

import java.security.interfaces.RSAKey;
import java.util.Arrays;

/// An RSA key as DER SubjectPublicKeyInfo, with a modulus of 2048 to 8192 bits.
public final class RsaPublicKey implements PublicKey {
    /// Fewest bits of the modulus.
    public static final int BITS_MIN = 2048;

    /// Most bits of the modulus.
    public static final int BITS_MAX = 8192;

    private final byte[] data;
    private final java.security.PublicKey key;

    private RsaPublicKey(byte[] data, java.security.PublicKey key) {
        this.data = data;
        this.key = key;
    }

    static RsaPublicKey of(byte[] data) throws MalformedException {
        java.security.PublicKey key = JcaKeys.publicKey("RSA", data);
        checkSize(key);
        if (!Arrays.equals(key.getEncoded(), data)) {
            throw new MalformedException("key: not the canonical SubjectPublicKeyInfo of RSA");
        }
        return new RsaPublicKey(data.clone(), key);
    }

    static void checkSize(java.security.Key key) throws MalformedException {
        int bits = ((RSAKey) key).getModulus().bitLength();
        if (bits < BITS_MIN || bits > BITS_MAX) {
            throw new MalformedException(
                    "key: RSA of " + bits + " bits, from " + BITS_MIN + " to " + BITS_MAX);
        }
    }

    @Override
    public KeyType type() {
        return KeyType.RSA;
    }

    @Override
    public byte[] data() {
        return data.clone();
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        return signature.length <= SIGNATURE_BYTES_MAX
                && JcaKeys.verify("SHA256withRSA", key, message, signature);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RsaPublicKey key && Arrays.equals(key.data, data);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        return peerId().toString();
    }
}
