package org.pollen.peer;

import java.util.Arrays;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// An Ed25519 key, kept as its 32-byte seed.
public final class Ed25519PrivateKey implements PrivateKey {
    private final byte[] seed;
    private final byte[] publicData = new byte[Ed25519.PUBLIC_KEY_SIZE];
    private final Ed25519PublicKey publicKey;

    private Ed25519PrivateKey(byte[] seed) {
        this.seed = seed;
        Ed25519.generatePublicKey(seed, 0, publicData, 0);
        try {
            publicKey = Ed25519PublicKey.of(publicData);
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    static Ed25519PrivateKey ofSeed(byte[] seed) {
        if (seed.length != Ed25519.SECRET_KEY_SIZE) {
            throw new IllegalArgumentException(
                    "seed has " + seed.length + " bytes: it must have " + Ed25519.SECRET_KEY_SIZE);
        }
        return new Ed25519PrivateKey(seed.clone());
    }

    /// Seed and public key, or the legacy form with the public key twice.
    static Ed25519PrivateKey of(byte[] data) throws MalformedException {
        if (data.length != 64 && data.length != 96) {
            throw new MalformedException("key: Ed25519 of " + data.length + " bytes, not 64 or 96");
        }
        var key = new Ed25519PrivateKey(Arrays.copyOf(data, 32));
        for (int at = 32; at < data.length; at += 32) {
            if (!Arrays.equals(data, at, at + 32, key.publicData, 0, 32)) {
                throw new MalformedException("key: Ed25519 with a public half that is not its own");
            }
        }
        return key;
    }

    @Override
    public PublicKey publicKey() {
        return publicKey;
    }

    @Override
    public byte[] sign(byte[] message) {
        byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
        Ed25519.sign(seed, 0, publicData, 0, message, 0, message.length, signature, 0);
        return signature;
    }

    @Override
    public byte[] data() {
        byte[] data = Arrays.copyOf(seed, 64);
        System.arraycopy(publicData, 0, data, 32, 32);
        return data;
    }

    @Override
    public String toString() {
        return "private key of " + publicKey;
    }
}
