package org.pollen.peer;

import java.math.BigInteger;
import java.util.random.RandomGenerator;

/// An identity's private key. `toString` never shows it.
///
/// Source: peer-ids specification; host.md 3.
public sealed interface PrivateKey
        permits Ed25519PrivateKey, Secp256k1PrivateKey, EcdsaPrivateKey, RsaPrivateKey {
    /// Longest protobuf form that is read, in bytes: an RSA-8192 key has about 5 KiB.
    int PROTOBUF_BYTES_MAX = 8192;

    /// Its public half.
    PublicKey publicKey();

    /// Signs a message as [PublicKey#verify] expects it.
    byte[] sign(byte[] message);

    /// The key as its kind encodes it. A copy.
    byte[] data();

    /// The canonical protobuf.
    default byte[] toProtobuf() {
        return new ProtoWriter(64)
                .varint(1, publicKey().type().number())
                .bytes(2, data())
                .toByteArray();
    }

    /// Reads a canonical protobuf.
    ///
    /// @throws MalformedException for an unknown type, a key that is none, or any other encoding
    ///   than the canonical one
    static PrivateKey fromProtobuf(byte[] protobuf) throws MalformedException {
        KeyProtobuf parts = KeyProtobuf.read(protobuf, PROTOBUF_BYTES_MAX);
        return switch (parts.type()) {
            case ED25519 -> Ed25519PrivateKey.of(parts.data());
            case SECP256K1 -> secp256k1(parts.data());
            case ECDSA -> EcdsaPrivateKey.of(parts.data());
            case RSA -> RsaPrivateKey.of(parts.data());
        };
    }

    /// The key of a seed.
    ///
    /// @param seed 32 bytes
    static PrivateKey ed25519(byte[] seed) {
        return Ed25519PrivateKey.ofSeed(seed);
    }

    /// The key of a scalar.
    ///
    /// @param scalar 32 bytes, from 1 to the order of the curve - 1
    /// @throws MalformedException if it is none
    static PrivateKey secp256k1(byte[] scalar) throws MalformedException {
        if (scalar.length != 32) {
            throw new MalformedException("key: secp256k1 scalar of " + scalar.length + " bytes");
        }
        var number = new BigInteger(1, scalar);
        if (number.signum() == 0 || number.compareTo(Secp256k1PublicKey.CURVE.getN()) >= 0) {
            throw new MalformedException("key: secp256k1 scalar out of range");
        }
        return new Secp256k1PrivateKey(number);
    }

    /// A new Ed25519 key.
    ///
    /// @param random a `SecureRandom` outside tests
    static PrivateKey generateEd25519(RandomGenerator random) {
        byte[] seed = new byte[32];
        random.nextBytes(seed);
        return ed25519(seed);
    }

    /// A new secp256k1 key.
    ///
    /// @param random a `SecureRandom` outside tests
    static PrivateKey generateSecp256k1(RandomGenerator random) {
        byte[] scalar = new byte[32];
        while (true) {
            random.nextBytes(scalar);
            try {
                return secp256k1(scalar);
            } catch (MalformedException _) {
                // one in 2^128: draw again
            }
        }
    }
}
