package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.signalling.Vectors.A;
import static org.pollen.signalling.Vectors.B;
import static org.pollen.signalling.Vectors.S;
import static org.pollen.signalling.Vectors.T0;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.PublicKey;

class WireTest {
    private static final Challenge CHALLENGE =
            new Challenge(Vectors.nonce(0), 14, T0 + 60_000, Vectors.nonce(20), S);

    @Test
    @DisplayName("every frame comes back as it was written")
    void frames() throws MalformedException {
        var status =
                new SignalStatus(SignalCode.POW_REQUIRED, 5, CHALLENGE, 9, new byte[16], "reserve");
        for (SignalFrame frame :
                List.of(
                        new SignalFrame.Submit(new byte[] {1}),
                        new SignalFrame.Deliver(new byte[] {2}),
                        new SignalFrame.Status(status),
                        new SignalFrame.Notice(new byte[] {3}))) {
            byte[] bytes = frame.toByteArray();
            assertThat(SignalFrame.parse(bytes).toByteArray()).isEqualTo(bytes);
            assertThat(frame.toWire())
                    .endsWith(bytes)
                    .hasSize(bytes.length + 1 + bytes.length / 128);
        }
        byte[] wire = new SignalFrame.Status(status).toByteArray();
        SignalStatus read = java.util.Objects.requireNonNull(Signalling.answer(wire));
        assertThat(new SignalFrame.Status(read).toByteArray()).isEqualTo(wire);
        assertThat(Signalling.answer(new byte[] {1})).isNull();
        assertThat(Signalling.answer(new SignalFrame.Submit(new byte[] {1}).toByteArray()))
                .isNull();
    }

    @Test
    @DisplayName("a frame has one body, with an envelope")
    void bodies() {
        byte[] one = new SignalFrame.Submit(new byte[] {1}).toByteArray();
        byte[] two =
                new ProtoWriter().raw(one, 0, one.length).raw(one, 0, one.length).toByteArray();
        byte[] unknown = new ProtoWriter().bytes(9, new byte[2]).toByteArray();
        byte[] empty = new ProtoWriter().bytes(1, new byte[0]).toByteArray();

        for (byte[] bad : List.of(two, unknown, empty, new byte[0])) {
            assertThatThrownBy(() -> SignalFrame.parse(bad)).isInstanceOf(MalformedException.class);
        }
    }

    @Test
    @DisplayName("codes keep their numbers; one from the future is a failure")
    void codes() {
        assertThat(SignalCode.of(26)).isEqualTo(SignalCode.PUNCH_OK);
        assertThat(SignalCode.of(14)).isEqualTo(SignalCode.BAD_REQUEST_SIGNATURE);
        assertThat(SignalCode.of(27)).isEqualTo(SignalCode.UNSPECIFIED);
        assertThat(SignalCode.of(-1)).isEqualTo(SignalCode.UNSPECIFIED);
        assertThatThrownBy(() ->
                        new SignalStatus(
                                SignalCode.BANNED, 0, null, 0, Fields.NONE, "x".repeat(121)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("S-65 an envelope with an RSA key is malformed")
    void rsa() throws Exception {
        var generator = java.security.KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        byte[] der = generator.generateKeyPair().getPrivate().getEncoded();
        // PKCS#1 is the last octet string of PKCS#8.
        byte[] inner = java.util.Arrays.copyOfRange(der, 26, der.length);
        PrivateKey key =
                PrivateKey.fromProtobuf(
                        new ProtoWriter(2048).varint(1, 0).bytes(2, inner).toByteArray());
        byte[] envelope = Vectors.signed(key, Vectors.request());

        assertThatThrownBy(() -> SignedObject.REQUEST.open(envelope))
                .isInstanceOf(MalformedException.class)
                .hasMessage("signal: key of type RSA");
        assertThat(new Scene(Vectors.S_KEY).connect(A, B).submit(A, envelope).code())
                .isEqualTo(SignalCode.MALFORMED);
    }

    @Test
    @DisplayName(
            "secp256k1 keys sign as well, with a low S; an envelope has one form and one purpose")
    void envelopes() throws MalformedException {
        PrivateKey key = PrivateKey.secp256k1(Vectors.hex("07".repeat(32)));
        PublicKey.load();
        byte[] envelope = Vectors.signed(key, Vectors.request());
        assertThat(Verifier.KEYS.verify(SignedObject.REQUEST.open(envelope), SignedObject.REQUEST))
                .isTrue();
        assertThat(Verifier.KEYS.verify(SignedObject.REQUEST.open(envelope), SignedObject.NOTICE))
                .isFalse();

        byte[] more =
                new ProtoWriter().raw(envelope, 0, envelope.length).varint(9, 1).toByteArray();
        byte[] other = Identity.of(key).seal(SignedObject.NOTICE, Vectors.request().toByteArray());
        byte[] highS = Vectors.hex("3026020101022100" + "ff".repeat(32) + "0101");
        byte[] high =
                new org.pollen.peer.SignedEnvelope(
                                key.publicKey(),
                                SignedObject.REQUEST.payloadType(),
                                Vectors.request().toByteArray(),
                                highS)
                        .toByteArray();
        byte[] none =
                new org.pollen.peer.SignedEnvelope(
                                key.publicKey(),
                                SignedObject.REQUEST.payloadType(),
                                Vectors.request().toByteArray(),
                                new byte[] {1, 2})
                        .toByteArray();
        for (byte[] bad : List.of(more, other, high, none)) {
            assertThatThrownBy(() -> SignedObject.REQUEST.open(bad))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    @DisplayName("what is signed has one encoding and known values")
    void strict() {
        SignalRequest v = Vectors.request();
        var badAttempt =
                new SignalRequest(A, B, S, v.nonce(), T0, T0 + 1, 1, 3, null).toByteArray();
        var badWork = v.withPow(new Pow(300, 1, Fields.NONE, Fields.NONE, 0)).toByteArray();
        var halfWork = v.withPow(new Pow(3, 1, new byte[16], Fields.NONE, 0)).toByteArray();
        var datedWork = v.withPow(new Pow(3, 1, Fields.NONE, Fields.NONE, 7)).toByteArray();
        var shortSeed = v.withPow(new Pow(3, 1, new byte[15], new byte[16], 0)).toByteArray();
        byte[] noNonce =
                new SignalRequest(A, B, S, Fields.NONE, T0, T0 + 1, 1, 0, null).toByteArray();
        byte[] version2 = v.toByteArray();
        version2[1] = 2;
        byte[] noSource = new ProtoWriter().varint(1, 1).bytes(5, v.nonce()).toByteArray();
        byte[] wide = new ProtoWriter().varint(1, 1L << 32).toByteArray();
        byte[] wideTime = new ProtoWriter().varint(6, -1).toByteArray();
        for (byte[] bad :
                List.of(
                        badAttempt,
                        badWork,
                        halfWork,
                        datedWork,
                        shortSeed,
                        noNonce,
                        version2,
                        noSource,
                        wide,
                        wideTime)) {
            assertThatThrownBy(() -> SignalRequest.parse(bad))
                    .isInstanceOf(MalformedException.class);
        }
        RelayAttestation good = Vectors.attestation();
        for (int via : new int[] {0, 3}) {
            var bad =
                    new RelayAttestation(
                            S, good.requestEnvelope(), T0, 1, good.relayNonce(), via, 0);
            assertThatThrownBy(() -> RelayAttestation.parse(bad.toByteArray()))
                    .isInstanceOf(MalformedException.class);
        }
        var match = new RelayAttestation(S, good.requestEnvelope(), T0, 1, good.relayNonce(), 1, 3);
        var nonce = new RelayAttestation(S, good.requestEnvelope(), T0, 1, Fields.NONE, 1, 1);
        for (RelayAttestation bad : List.of(match, nonce)) {
            assertThatThrownBy(() -> RelayAttestation.parse(bad.toByteArray()))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    @DisplayName("a notice with a challenge comes back; one without an id is none")
    void notices() throws MalformedException {
        var notice = new SignalNotice(B, A, new byte[16], SignalCode.POW_REQUIRED, CHALLENGE);
        assertThat(SignalNotice.parse(notice.toByteArray()).toByteArray())
                .isEqualTo(notice.toByteArray());
        var none = new SignalNotice(B, A, Fields.NONE, SignalCode.NO_ADDRESS, null);
        byte[] extra =
                new ProtoWriter()
                        .raw(notice.toByteArray(), 0, notice.toByteArray().length)
                        .varint(9, 1)
                        .toByteArray();
        for (byte[] bad : List.of(none.toByteArray(), extra, new byte[0])) {
            assertThatThrownBy(() -> SignalNotice.parse(bad))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    @DisplayName("A10 scores fade by a tenth a minute, are bounded, and ban at forty")
    void standing() {
        var standing = new Standing(2);
        for (int i = 0; i < 20; i++) standing.note(A, Standing.Deed.PUNCH_OK, 0);
        assertThat(standing.score(A, 0)).isEqualTo(10);
        assertThat(standing.score(A, 60_000_000_000L)).isEqualTo(9);
        assertThat(standing.score(A, 6_000_000_000_000L)).isZero();
        standing.note(B, Standing.Deed.FORGED_RELAY, 0);
        assertThat(standing.banned(B, 0)).isFalse();
        standing.note(B, Standing.Deed.FORGED_RELAY, 0);
        assertThat(standing.banned(B, 599_999_999_999L)).isTrue();
        assertThat(standing.banned(B, 600_000_000_000L)).isFalse();
        standing.note(S, Standing.Deed.MALFORMED, 1);
        assertThat(standing.size()).isEqualTo(2);
        assertThat(standing.score(A, 1)).isZero();
        assertThat(standing.banned(B, 1)).isTrue();
        standing.note(S, Standing.Deed.EQUIVOCATION, 1);
        standing.note(A, Standing.Deed.MALFORMED, 1);
        assertThat(standing.size()).isEqualTo(2);
    }

    @Test
    @DisplayName("A11.3 the audit keeps the last 1024")
    void audit() {
        var audit = new AuditLog();
        for (int i = 0; i < 1030; i++) {
            audit.add(new AuditLog.Entry(i, new byte[0], new RequestId(new byte[16])));
        }
        assertThat(audit.entries()).hasSize(1024).first().extracting("atMillis").isEqualTo(6L);
    }
}
