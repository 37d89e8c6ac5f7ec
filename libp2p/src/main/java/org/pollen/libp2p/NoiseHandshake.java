package org.pollen.libp2p;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.PublicKey;

/// `Noise_XX_25519_ChaChaPoly_SHA256` with an empty prologue, either role, on plain arrays: `-> e`,
/// `<- e, ee, s, es`, `-> s, se`. Messages carry their two-byte length.
///
/// Not thread-safe; its steps are public-key work, and [LoopShare] says where they run. After a
/// [ViolationException] it is dead.
///
/// Source: the Noise framework, revision 34; libp2p noise specification.
final class NoiseHandshake {
    static final int FRAME_BYTES_MAX = 8192;
    static final int FIRST_MESSAGE_BYTES = X25519.POINT_SIZE;

    private static final byte[] NAME =
            "Noise_XX_25519_ChaChaPoly_SHA256".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONE = {};

    /// Who the peer is, and the keys.
    ///
    /// @param muxers what the peer offered
    record Result(
            PeerId remotePeer,
            PublicKey remoteKey,
            List<String> muxers,
            byte[] sendKey,
            byte[] receiveKey,
            byte[] hash) {}

    private final NoiseIdentity identity;
    private final byte[] ephemeralPrivate;
    private final byte[] ephemeralPublic;
    private final @Nullable PeerId expected;
    private final MessageDigest sha256;
    private final Mac hmac;

    private byte[] hash;
    private byte[] chainingKey;
    private @Nullable NoiseCipher cipher;
    private byte[] remoteEphemeral = NONE;
    private @Nullable Result result;

    /// @param ephemeralPrivate fresh random bytes
    /// @param expected who must answer: the dialler knows
    NoiseHandshake(NoiseIdentity identity, byte[] ephemeralPrivate, @Nullable PeerId expected) {
        this.identity = identity;
        this.ephemeralPrivate = ephemeralPrivate;
        this.ephemeralPublic = NoiseIdentity.publicKey(ephemeralPrivate);
        this.expected = expected;
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
            this.hmac = Mac.getInstance("HmacSHA256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
        this.hash = NAME.clone(); // exactly 32 bytes: neither padded nor hashed
        this.chainingKey = NAME.clone();
        mixHash(NONE, 0, 0); // prologue
    }

    /// Initiator: `-> e`.
    byte[] firstMessage() {
        byte[] frame = frame(ephemeralPublic.length);
        System.arraycopy(ephemeralPublic, 0, frame, 2, ephemeralPublic.length);
        mixHash(ephemeralPublic, 0, ephemeralPublic.length);
        mixHash(NONE, 0, 0);
        return frame;
    }

    /// Responder: reads `-> e`, answers `<- e, ee, s, es`.
    ///
    /// @param message without its length
    byte[] answerFirst(byte[] message) throws ViolationException {
        if (message.length != FIRST_MESSAGE_BYTES) {
            throw new ViolationException(
                    Limit.L11_FIRST_MESSAGE,
                    "first message has %d bytes: it must have %d"
                            .formatted(message.length, FIRST_MESSAGE_BYTES));
        }
        remoteEphemeral = message.clone();
        mixHash(remoteEphemeral, 0, remoteEphemeral.length);
        mixHash(NONE, 0, 0);
        mixHash(ephemeralPublic, 0, ephemeralPublic.length);
        mixKey(agree(ephemeralPrivate, remoteEphemeral)); // ee
        byte[] staticKey = encrypt(identity.staticPublic());
        mixKey(agree(identity.staticPrivate(), remoteEphemeral)); // es
        byte[] payload = encrypt(identity.payload());
        return concat(ephemeralPublic, staticKey, payload);
    }

    /// Initiator: reads `<- e, ee, s, es`, answers `-> s, se` and is done.
    byte[] answerSecond(byte[] message) throws ViolationException {
        int e = X25519.POINT_SIZE;
        int s = X25519.POINT_SIZE + NoiseCipher.TAG_BYTES;
        if (message.length < e + s + NoiseCipher.TAG_BYTES) {
            throw authentication("second message is too short");
        }
        remoteEphemeral = Arrays.copyOf(message, e);
        mixHash(remoteEphemeral, 0, e);
        mixKey(agree(ephemeralPrivate, remoteEphemeral)); // ee
        byte[] remoteStatic = decrypt(message, e, s);
        mixKey(agree(ephemeralPrivate, remoteStatic)); // es
        byte[] remotePayload = decrypt(message, e + s, message.length - e - s);

        NoisePayload payload = parse(remotePayload);
        PublicKey key = authenticate(payload, remoteStatic);
        byte[] staticKey = encrypt(identity.staticPublic());
        mixKey(agree(identity.staticPrivate(), remoteEphemeral)); // se
        byte[] own = encrypt(identity.payload());
        finish(key, payload, true);
        return concat(NONE, staticKey, own);
    }

    /// Responder: reads `-> s, se` and is done.
    void readThird(byte[] message) throws ViolationException {
        int s = X25519.POINT_SIZE + NoiseCipher.TAG_BYTES;
        if (message.length < s + NoiseCipher.TAG_BYTES) {
            throw authentication("third message is too short");
        }
        byte[] remoteStatic = decrypt(message, 0, s);
        mixKey(agree(ephemeralPrivate, remoteStatic)); // se
        byte[] remotePayload = decrypt(message, s, message.length - s);
        NoisePayload payload = parse(remotePayload);
        PublicKey key = authenticate(payload, remoteStatic);
        finish(key, payload, false);
    }

    /// Who and with which keys, after the last message.
    Result result() {
        if (result == null) {
            throw new IllegalStateException("the handshake is not finished");
        }
        return result;
    }

    /// The handshake hash so far: for tests against vectors.
    byte[] hash() {
        return hash.clone();
    }

    private static NoisePayload parse(byte[] bytes) throws ViolationException {
        try {
            return NoisePayload.parse(bytes, 0, bytes.length);
        } catch (MalformedException e) {
            throw authentication("payload: " + e.getMessage());
        }
    }

    /// Key parse, expected peer, signature, in this order; nothing of the payload is used before.
    private PublicKey authenticate(NoisePayload payload, byte[] remoteStatic)
            throws ViolationException {
        PublicKey key;
        try {
            key = PublicKey.fromProtobuf(payload.identityKey());
        } catch (MalformedException e) {
            throw authentication("identity key: " + e.getMessage());
        }
        PeerId peer = key.peerId();
        if (expected != null && !expected.equals(peer)) {
            throw authentication("peer is %s, expected %s".formatted(peer, expected));
        }
        if (!key.verify(NoiseIdentity.signed(remoteStatic), payload.signature())) {
            throw authentication("identity signature of %s is wrong".formatted(peer));
        }
        return key;
    }

    private void finish(PublicKey key, NoisePayload payload, boolean initiator) {
        byte[][] keys = hkdf(NONE);
        result =
                new Result(
                        key.peerId(),
                        key,
                        payload.muxers(),
                        keys[initiator ? 0 : 1],
                        keys[initiator ? 1 : 0],
                        hash.clone());
    }

    private static ViolationException authentication(String message) {
        return new ViolationException(Limit.L12_AUTHENTICATION, message);
    }

    private static byte[] agree(byte[] privateKey, byte[] publicKey) throws ViolationException {
        byte[] secret = new byte[X25519.POINT_SIZE];
        if (!X25519.calculateAgreement(privateKey, 0, publicKey, 0, secret, 0)) {
            throw authentication("key agreement is all zero");
        }
        return secret;
    }

    private void mixHash(byte[] data, int off, int len) {
        sha256.update(hash);
        sha256.update(data, off, len);
        hash = sha256.digest();
    }

    private void mixKey(byte[] secret) {
        byte[][] keys = hkdf(secret);
        chainingKey = keys[0];
        cipher = NoiseCipher.of(keys[1]);
    }

    private byte[][] hkdf(byte[] input) {
        byte[] temporary = hmac(chainingKey, input, 0);
        byte[] first = hmac(temporary, NONE, 1);
        byte[] second = hmac(temporary, first, 2);
        return new byte[][] {first, second};
    }

    /// HMAC over `data` and, unless it is 0, one more byte.
    private byte[] hmac(byte[] key, byte[] data, int last) {
        try {
            hmac.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot compute an HMAC", e);
        }
        hmac.update(data);
        if (last != 0) {
            hmac.update((byte) last);
        }
        return hmac.doFinal();
    }

    private byte[] encrypt(byte[] plain) {
        byte[] sealed = Arrays.copyOf(plain, plain.length + NoiseCipher.TAG_BYTES);
        keyed().seal(hash, sealed, 0, plain.length);
        mixHash(sealed, 0, sealed.length);
        return sealed;
    }

    private byte[] decrypt(byte[] message, int off, int len) throws ViolationException {
        byte[] sealed = Arrays.copyOfRange(message, off, off + len);
        byte[] plain = sealed.clone();
        int n = keyed().open(hash, plain, 0, len);
        mixHash(sealed, 0, len);
        return Arrays.copyOf(plain, n);
    }

    private NoiseCipher keyed() {
        if (cipher == null) {
            throw new IllegalStateException("no key yet: steps are out of order");
        }
        return cipher;
    }

    private static byte[] frame(int length) {
        byte[] frame = new byte[2 + length];
        frame[0] = (byte) (length >> 8);
        frame[1] = (byte) length;
        return frame;
    }

    private static byte[] concat(byte[] a, byte[] b, byte[] c) {
        byte[] frame = frame(a.length + b.length + c.length);
        System.arraycopy(a, 0, frame, 2, a.length);
        System.arraycopy(b, 0, frame, 2 + a.length, b.length);
        System.arraycopy(c, 0, frame, 2 + a.length + b.length, c.length);
        return frame;
    }
}
