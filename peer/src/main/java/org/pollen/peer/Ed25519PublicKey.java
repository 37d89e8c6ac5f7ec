package org.pollen.peer;

import java.util.Arrays;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// An Ed25519 key. Bouncy Castle verifies: the JDK's provider takes seven times as long.
public final class Ed25519PublicKey implements PublicKey {
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
        return signature.length == Ed25519.SIGNATURE_SIZE
                && Ed25519.verify(signature, 0, data, 0, message, 0, message.length);
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
