package org.pollen.signalling;

import java.util.Arrays;
import java.util.HexFormat;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

/// The keys and objects of the specification's vectors (A13).
final class Vectors {
    static final long T0 = 1_700_000_000_000L;
    static final PrivateKey A_KEY = key(1);
    static final PrivateKey S_KEY = key(2);
    static final PrivateKey B_KEY = key(3);
    static final PrivateKey C_KEY = key(4);
    static final PeerId A = A_KEY.publicKey().peerId();
    static final PeerId S = S_KEY.publicKey().peerId();
    static final PeerId B = B_KEY.publicKey().peerId();
    static final PeerId C = C_KEY.publicKey().peerId();

    private Vectors() {}

    static PrivateKey key(int fill) {
        var seed = new byte[32];
        Arrays.fill(seed, (byte) fill);
        return PrivateKey.ed25519(seed);
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static byte[] nonce(int from) {
        var nonce = new byte[SignalRequest.NONCE_BYTES];
        for (int i = 0; i < nonce.length; i++) nonce[i] = (byte) (from + i);
        return nonce;
    }

    static SignalRequest request() {
        return new SignalRequest(A, B, S, nonce(0), T0, T0 + 15_000, SignalRequest.TCP, 0, null);
    }

    static SignalRequest gossipRequest() {
        return new SignalRequest(
                A,
                B,
                null,
                nonce(0),
                T0,
                T0 + 15_000,
                SignalRequest.TCP,
                0,
                Pow.unsolicited(16, 28_715));
    }

    static byte[] signed(PrivateKey key, SignalRequest request) {
        return Identity.of(key).seal(SignedObject.REQUEST, request.toByteArray());
    }

    static byte[] envelope() {
        return signed(A_KEY, request());
    }

    static RelayAttestation attestation() {
        return new RelayAttestation(S, envelope(), T0 + 120, 80, hex("a0a1a2a3a4a5a6a7"), 1, 1);
    }

    static byte[] relayEnvelope() {
        return Identity.of(S_KEY).seal(SignedObject.RELAY, attestation().toByteArray());
    }

    static SignalNotice notice() {
        return new SignalNotice(
                B, A, hex("e08199bf3df9881507980a12df42e180"), SignalCode.NO_ADDRESS, null);
    }
}
