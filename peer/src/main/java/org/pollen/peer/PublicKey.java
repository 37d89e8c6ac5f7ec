package org.pollen.peer;

/// An identity's public key.
///
/// Source: peer-ids specification; host.md 3.
public sealed interface PublicKey
        permits Ed25519PublicKey, Secp256k1PublicKey, EcdsaPublicKey, RsaPublicKey {
    /// Longest protobuf form that is read, in bytes.
    int PROTOBUF_BYTES_MAX = 2048;

    /// Longest signature that is looked at, in bytes.
    int SIGNATURE_BYTES_MAX = 1024;

    /// Which kind.
    KeyType type();

    /// The key as its kind encodes it: 32 raw bytes, 33 bytes of a compressed point, or DER. A
    /// copy.
    byte[] data();

    /// Whether the signature was made over the message by the matching private key. Never throws
    /// for what a peer sent.
    boolean verify(byte[] message, byte[] signature);

    /// Loads what checks signatures, which takes a few tenths of a second once in a process: call
    /// it on a worker before the first signature comes.
    static void load() {
        var _ = Ed25519Verification.best();
    }

    /// The canonical protobuf, of which peer ids are made.
    default byte[] toProtobuf() {
        return new ProtoWriter(64).varint(1, type().number()).bytes(2, data()).toByteArray();
    }

    /// The id of the peer that holds the private key.
    default PeerId peerId() {
        return PeerId.of(this);
    }

    /// Reads a canonical protobuf.
    ///
    /// @throws MalformedException for an unknown type, a key that is none, or any other encoding
    ///   than the canonical one
    static PublicKey fromProtobuf(byte[] protobuf) throws MalformedException {
        KeyProtobuf parts = KeyProtobuf.read(protobuf, PROTOBUF_BYTES_MAX);
        return switch (parts.type()) {
            case ED25519 -> Ed25519PublicKey.of(parts.data());
            case SECP256K1 -> Secp256k1PublicKey.of(parts.data());
            case ECDSA -> EcdsaPublicKey.of(parts.data());
            case RSA -> RsaPublicKey.of(parts.data());
        };
    }
}
