package org.pollen.signalling;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.pollen.peer.KeyType;
import org.pollen.peer.MalformedException;
import org.pollen.peer.SignedEnvelope;

/// The three things that are signed, each for its own purpose: a signature on one is none on
/// another.
///
/// Source: A4.2.
public enum SignedObject {
    /// [SignalRequest], by A.
    REQUEST("request"),
    /// [RelayAttestation], by S.
    RELAY("relay"),
    /// [SignalNotice], by B.
    NOTICE("notice");

    private static final BigInteger HALF_ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
                    .shiftRight(1);

    private final String domain;
    private final String type;

    SignedObject(String name) {
        domain = "p2p-signal-" + name + "-v1";
        type = "/p2p-signal/" + name + "/1";
    }

    /// What keeps its signatures apart.
    public String domain() {
        return domain;
    }

    /// What its envelopes say they hold.
    public byte[] payloadType() {
        return type.getBytes(StandardCharsets.UTF_8);
    }

    /// Reads an envelope of this kind; the signature is not checked yet.
    ///
    /// Only the encoding that we would write is taken, so that nobody can make a second envelope of
    /// the same signature. RSA keys would make messages long and checks slow.
    ///
    /// @throws MalformedException if it is none, or its key is neither Ed25519 nor secp256k1
    SignedEnvelope open(byte[] bytes) throws MalformedException {
        SignedEnvelope envelope = SignedEnvelope.parse(bytes);
        Fields.require(
                Arrays.equals(envelope.payloadType(), payloadType()), "another payload type");
        KeyType key = envelope.publicKey().type();
        Fields.require(key == KeyType.ED25519 || key == KeyType.SECP256K1, "key of type " + key);
        Fields.require(
                key == KeyType.ED25519 || isLowS(envelope.signature()), "signature with a high S");
        Fields.require(Arrays.equals(envelope.toByteArray(), bytes), "envelope is not canonical");
        return envelope;
    }

    /// Of a DER signature, whose lengths take one byte each; one that is none fails later.
    private static boolean isLowS(byte[] der) {
        int s = der.length > 4 ? 4 + (der[3] & 0xff) : der.length;
        if (s + 2 > der.length) return false;
        return new BigInteger(1, Arrays.copyOfRange(der, s + 2, der.length)).compareTo(HALF_ORDER)
                <= 0;
    }
}
