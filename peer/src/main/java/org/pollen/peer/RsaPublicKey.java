package org.pollen.peer;

import java.math.BigInteger;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;

/// An RSA key as DER SubjectPublicKeyInfo, with a modulus of 2048 to 8192 bits.
public final class RsaPublicKey implements PublicKey {
    /// Fewest bits of the modulus.
    public static final int BITS_MIN = 2048;

    /// Most bits of the modulus.
    public static final int BITS_MAX = 8192;

    /// Most bits of the public exponent, as go has it; nearly all have 17.
    public static final int EXPONENT_BITS_MAX = 31;

    private final byte[] data;
    private final java.security.PublicKey key;

    private RsaPublicKey(byte[] data, java.security.PublicKey key) {
        this.data = data;
        this.key = key;
    }

    /// Nothing is raised to a power before the numbers are known to be in bounds.
    ///
    /// @param data kept
    static RsaPublicKey of(byte[] data) throws MalformedException {
        var read = (RSAPublicKey) JcaKeys.publicKey("RSA", data);
        RsaPublicKey key = of(read.getModulus(), read.getPublicExponent());
        // The JDK reads lengths and signs of numbers more freely than it writes them.
        if (!Arrays.equals(key.data, data)) {
            throw new MalformedException("key: not the canonical SubjectPublicKeyInfo of RSA");
        }
        return key;
    }

    static RsaPublicKey of(BigInteger modulus, BigInteger exponent) throws MalformedException {
        int bits = modulus.bitLength();
        if (bits < BITS_MIN || bits > BITS_MAX || !modulus.testBit(0)) {
            throw new MalformedException(
                    "key: RSA modulus of "
                            + bits
                            + " bits: it must be odd, from "
                            + BITS_MIN
                            + " to "
                            + BITS_MAX);
        }
        // Checking a signature costs a squaring for each bit of the exponent.
        if (exponent.bitLength() < 2
                || exponent.bitLength() > EXPONENT_BITS_MAX
                || !exponent.testBit(0)) {
            throw new MalformedException(
                    "key: RSA exponent of "
                            + exponent.bitLength()
                            + " bits: it must be odd, from 2 to "
                            + EXPONENT_BITS_MAX);
        }
        java.security.PublicKey key = JcaKeys.rsa(modulus, exponent);
        return new RsaPublicKey(key.getEncoded(), key);
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
