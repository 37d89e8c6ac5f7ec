package org.pollen.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A payload with the key that signed it, for one purpose: the domain is signed along.
///
/// Source: RFC 0002 of libp2p; host.md 12.
///
/// @param publicKey who signed
/// @param payloadType what the payload is, not empty
/// @param payload the content; must not be changed
/// @param signature as the key's kind makes it
public record SignedEnvelope(
        PublicKey publicKey, byte[] payloadType, byte[] payload, byte[] signature) {
    /// Longest envelope that is read, in bytes.
    public static final int BYTES_MAX = 8192;

    /// Signs a payload.
    ///
    /// @param domain the purpose, not empty
    /// @param payloadType not empty
    public static SignedEnvelope seal(
            PrivateKey key, String domain, byte[] payloadType, byte[] payload) {
        byte[] signature = key.sign(signedBytes(domain, payloadType, payload));
        return new SignedEnvelope(key.publicKey(), payloadType, payload, signature);
    }

    /// Reads an envelope; the signature is not checked yet.
    ///
    /// @throws MalformedException if it is over [#BYTES_MAX] or a field is missing or none
    public static SignedEnvelope parse(byte[] bytes) throws MalformedException {
        if (bytes.length > BYTES_MAX) {
            throw new MalformedException("envelope: " + bytes.length + " bytes");
        }
        byte @Nullable [] key = null;
        byte[] type = {};
        byte[] payload = {};
        byte[] signature = {};
        var in = new ProtoReader(bytes);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> key = in.bytes(PublicKey.PROTOBUF_BYTES_MAX);
                case 2 -> type = in.bytes(256);
                case 3 -> payload = in.bytes(BYTES_MAX);
                case 5 -> signature = in.bytes(PublicKey.SIGNATURE_BYTES_MAX);
                default -> {}
            }
        }
        if (key == null) throw new MalformedException("envelope: no key");
        if (type.length == 0) throw new MalformedException("envelope: no payload type");
        return new SignedEnvelope(PublicKey.fromProtobuf(key), type, payload, signature);
    }

    /// Whether the signature is right for a domain.
    public boolean verify(String domain) {
        return !domain.isEmpty()
                && publicKey.verify(signedBytes(domain, payloadType, payload), signature);
    }

    /// The wire form.
    public byte[] toByteArray() {
        return new ProtoWriter(payload.length + 256)
                .bytes(1, publicKey.toProtobuf())
                .bytes(2, payloadType)
                .bytes(3, payload)
                .bytes(5, signature)
                .toByteArray();
    }

    static byte[] signedBytes(String domain, byte[] payloadType, byte[] payload) {
        byte[] purpose = domain.getBytes(StandardCharsets.UTF_8);
        if (purpose.length == 0 || payloadType.length == 0) {
            throw new IllegalArgumentException("domain and payload type must not be empty");
        }
        return new ProtoWriter(payload.length + 64)
                .rawVarint(purpose.length)
                .raw(purpose, 0, purpose.length)
                .rawVarint(payloadType.length)
                .raw(payloadType, 0, payloadType.length)
                .rawVarint(payload.length)
                .raw(payload, 0, payload.length)
                .toByteArray();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SignedEnvelope e && Arrays.equals(e.toByteArray(), toByteArray());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(signature);
    }
}
