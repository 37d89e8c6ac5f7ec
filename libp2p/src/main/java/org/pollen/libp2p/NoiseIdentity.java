package org.pollen.libp2p;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;

/// What a host shows in every Noise handshake: one static key, made at start and never stored, and
/// the identity's signature over it, made once.
final class NoiseIdentity {
    private static final String SIGNATURE_PREFIX = "noise-libp2p-static-key:";

    private final PeerId peerId;
    private final byte[] staticPrivate;
    private final byte[] staticPublic;
    private final byte[] payload;
    private final int signatures;

    private NoiseIdentity(PrivateKey identity, byte[] staticPrivate, List<String> muxers) {
        this.peerId = identity.publicKey().peerId();
        this.staticPrivate = staticPrivate;
        this.staticPublic = publicKey(staticPrivate);
        byte[] signature = identity.sign(signed(staticPublic));
        this.signatures = 1;
        var message =
                new ProtoWriter().bytes(1, identity.publicKey().toProtobuf()).bytes(2, signature);
        if (!muxers.isEmpty()) {
            var extensions = new ProtoWriter();
            muxers.forEach(muxer -> extensions.string(2, muxer));
            message.message(4, extensions);
        }
        this.payload = message.toByteArray();
    }

    static NoiseIdentity create(PrivateKey identity, SecureRandom random, List<String> muxers) {
        return of(identity, newPrivateKey(random), muxers);
    }

    static NoiseIdentity of(PrivateKey identity, byte[] staticPrivate, List<String> muxers) {
        return new NoiseIdentity(identity, staticPrivate, muxers);
    }

    static byte[] newPrivateKey(SecureRandom random) {
        byte[] key = new byte[X25519.SCALAR_SIZE];
        X25519.generatePrivateKey(random, key);
        return key;
    }

    static byte[] publicKey(byte[] privateKey) {
        byte[] key = new byte[X25519.POINT_SIZE];
        X25519.generatePublicKey(privateKey, 0, key, 0);
        return key;
    }

    /// The bytes an identity signs for a static key.
    static byte[] signed(byte[] staticPublic) {
        byte[] prefix = SIGNATURE_PREFIX.getBytes(StandardCharsets.US_ASCII);
        byte[] message = new byte[prefix.length + staticPublic.length];
        System.arraycopy(prefix, 0, message, 0, prefix.length);
        System.arraycopy(staticPublic, 0, message, prefix.length, staticPublic.length);
        return message;
    }

    PeerId peerId() {
        return peerId;
    }

    byte[] staticPrivate() {
        return staticPrivate;
    }

    byte[] staticPublic() {
        return staticPublic;
    }

    /// `NoiseHandshakePayload`; not to be modified.
    byte[] payload() {
        return payload;
    }

    /// How often the identity key was asked to sign.
    int signatures() {
        return signatures;
    }
}
