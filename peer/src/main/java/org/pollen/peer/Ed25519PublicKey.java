package org.pollen.peer;

import java.util.Arrays;

/// An Ed25519 key. Native code verifies where there is some for the machine, else Bouncy Castle:
/// the JDK's provider takes seven times as long as that.
public final class Ed25519PublicKey implements PublicKey {
    private static final int SIGNATURE_BYTES = 64;

    private final byte[] data;

    private Ed25519PublicKey(byte[] data) {
        this.data = data;
    }

    /// @param data kept
    static Ed25519PublicKey of(byte[] data) throws MalformedException {
        if (data.length != 32) {
            throw new MalformedException("key: Ed25519 of " + data.length + " bytes, not 32");
        }
        return new Ed25519PublicKey(data);
    }

    @Override
    public KeyType type() {
        return KeyType.ED25519;
    }

    @Override
    public byte[] data() {
        return data.clone();
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        return signature.length == SIGNATURE_BYTES
                && Ed25519Verification.best().verify(data, message, signature);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ed25519PublicKey key && Arrays.equals(key.data, data);
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
