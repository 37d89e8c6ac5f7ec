package org.pollen.peer;

/// The kinds of identity key, with their number on the wire.
///
/// Source: peer-ids specification; host.md 3.
public enum KeyType {
    /// Modulus of 2048 to 8192 bits.
    RSA(0),
    /// The default.
    ED25519(1),
    /// As Ethereum nodes use.
    SECP256K1(2),
    /// P-256.
    ECDSA(3);

    private final int number;

    KeyType(int number) {
        this.number = number;
    }

    /// The number on the wire.
    public int number() {
        return number;
    }

    static KeyType of(int number) throws MalformedException {
        for (KeyType type : values()) if (type.number == number) return type;
        throw new MalformedException("key: type " + number + " is unknown");
    }
}
