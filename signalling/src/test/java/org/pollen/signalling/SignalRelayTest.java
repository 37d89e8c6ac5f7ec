package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.signalling.Vectors.A;
import static org.pollen.signalling.Vectors.A_KEY;
import static org.pollen.signalling.Vectors.B;
import static org.pollen.signalling.Vectors.B_KEY;
import static org.pollen.signalling.Vectors.C;
import static org.pollen.signalling.Vectors.C_KEY;
import static org.pollen.signalling.Vectors.S;
import static org.pollen.signalling.Vectors.S_KEY;
import static org.pollen.signalling.Vectors.T0;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.SignedEnvelope;

/// S, step by step.
class SignalRelayTest {
    private final Scene s = new Scene(S_KEY).connect(A, B);
    private int nonces;

    private SignalRequest request(
            PeerId source, PeerId target, PeerId relay, long issued, long life) {
        return new SignalRequest(
                source,
                target,
                relay,
                Vectors.nonce(1000 + nonces++),
                issued,
                issued + life,
                1,
                0,
                null);
    }

    private byte[] fresh(PrivateKey key, PeerId target) {
        return Vectors.signed(
                key, request(key.publicKey().peerId(), target, S, s.now.epochMillis(), 15_000));
    }

    private SignalCode code(PeerId from, byte[] envelope) {
        return s.submit(from, envelope).code();
    }

    @Test
    @DisplayName("S-03 a request is passed on once, under the relay's own name")
    void passedOn() throws MalformedException {
        s.rtts.put(A, 80);
        s.rtts.put(B, 300);

        SignalStatus status = s.submit(A, Vectors.envelope());

        assertThat(status.code()).isEqualTo(SignalCode.ACCEPTED);
        assertThat(status.syncDelayMillis()).isEqualTo(110);
        assertThat(s.sent("deliver")).hasSize(1);
        assertThat(s.sent("deliver").getFirst().peer()).isEqualTo(B);
        var deliver = (SignalFrame.Deliver) SignalFrame.parse(s.sent("deliver").getFirst().frame());
        SignedEnvelope outer = SignedObject.RELAY.open(deliver.relayEnvelope());
        RelayAttestation said = RelayAttestation.parse(outer.payload());
        assertThat(outer.verify(SignedObject.RELAY.domain())).isTrue();
        assertThat(said.relay()).isEqualTo(S);
        assertThat(said.requestEnvelope()).isEqualTo(Vectors.envelope());
        assertThat(said.rttMillis()).isEqualTo(80);
        assertThat(said.ipMatch()).isEqualTo(RelayAttestation.IP_UNKNOWN);
    }

    @Test
    @DisplayName("S-04 the answer does not wait for the target (it is there before the target's)")
    void answeredAtOnce() {
        assertThat(code(A, Vectors.envelope())).isEqualTo(SignalCode.ACCEPTED);
        assertThat(s.node.relay().inFlight()).isEqualTo(1);

        s.run(5_000);

        assertThat(s.node.relay().inFlight()).isZero();
        assertThat(s.node.metrics().deliveriesFailed()).isEqualTo(1);
        assertThat(s.sent("deliver")).hasSize(1);
    }

    @Test
    @DisplayName("S-05 who is not the source cannot ask in its name, nor use up its tokens")
    void otherSource() {
        assertThat(code(C, Vectors.envelope())).isEqualTo(SignalCode.SOURCE_MISMATCH);
        assertThat(s.node.relay().requesterMicro(A, s.now.nanos())).isEqualTo(20_000_000);
        assertThat(s.node.relay().requesterEntries()).isEqualTo(1);
    }

    @Test
    @DisplayName("S-06 a wrong signature of the source is told as such")
    void wrongSignature() {
        byte[] envelope = Vectors.envelope();
        envelope[envelope.length - 1] ^= 1;

        assertThat(code(A, envelope)).isEqualTo(SignalCode.BAD_REQUEST_SIGNATURE);
        assertThat(code(A, Vectors.envelope())).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName("S-06 so is the right signature of a wrong key")
    void otherKey() {
        assertThat(code(A, Vectors.signed(C_KEY, Vectors.request())))
                .isEqualTo(SignalCode.BAD_REQUEST_SIGNATURE);
    }

    @Test
    @DisplayName(
            "A10 spoilt copies of one request that was worked for do not pass its work for long")
    void spoiltCopies() {
        int passed = 0;
        for (int i = 1; i <= 10; i++) {
            byte[] envelope = fresh(A_KEY, B);
            envelope[envelope.length - i] ^= 1;
            SignalCode code = code(A, envelope);
            if (code == SignalCode.BAD_REQUEST_SIGNATURE) passed++;
            else assertThat(code).isEqualTo(SignalCode.BANNED);
        }

        assertThat(passed).isEqualTo(2);
        assertThat(s.node.metrics().signaturesChecked()).isEqualTo(2);
        assertThat(code(A, fresh(A_KEY, B))).isEqualTo(SignalCode.BANNED);
        s.pass(600_001);
        assertThat(code(A, fresh(A_KEY, B))).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName("S-07 a target that is not connected is not dialled, and the look-up is charged")
    void notConnected() {
        s.connected.remove(B);

        assertThat(code(A, Vectors.envelope())).isEqualTo(SignalCode.NOT_CONNECTED);
        assertThat(s.sent).isEmpty();
        assertThat(s.dials).isEmpty();
        assertThat(s.node.relay().requesterMicro(A, s.now.nanos())).isEqualTo(19_000_000);
    }

    @Test
    @DisplayName("S-08 neither the relay nor the source can be the target")
    void badTargets() {
        assertThat(code(A, fresh(A_KEY, S))).isEqualTo(SignalCode.BAD_TARGET);
        assertThat(code(A, fresh(A_KEY, A))).isEqualTo(SignalCode.BAD_TARGET);
    }

    @Test
    @DisplayName("S-09 a request for another relay is refused")
    void wrongRelay() {
        byte[] other = Vectors.signed(A_KEY, request(A, B, C, T0, 15_000));

        assertThat(code(A, other)).isEqualTo(SignalCode.WRONG_RELAY);
        assertThat(code(A, Vectors.signed(A_KEY, Vectors.gossipRequest())))
                .isEqualTo(SignalCode.WRONG_RELAY);
    }

    @Test
    @DisplayName("S-10, S-11 a peer has twenty requests, then ten a second")
    void requesterBucket() {
        var codes = new ArrayList<SignalCode>();
        for (int i = 0; i < 20; i++) {
            codes.add(code(A, fresh(A_KEY, Vectors.key(20 + i).publicKey().peerId())));
        }
        SignalStatus last = s.submit(A, fresh(A_KEY, B));

        assertThat(codes).containsOnly(SignalCode.NOT_CONNECTED).hasSize(20);
        assertThat(last.code()).isEqualTo(SignalCode.RATE_LIMITED);
        assertThat(last.retryAfterMillis()).isEqualTo(100);
        assertThat(passing(100)).isEqualTo(1);
        assertThat(passing(1_000)).isEqualTo(10);
    }

    private int passing(long after) {
        s.pass(after);
        int passed = 0;
        for (int i = 0; i < 15; i++) {
            PeerId target = Vectors.key(60 + nonces % 150).publicKey().peerId();
            if (code(A, fresh(A_KEY, target)) == SignalCode.NOT_CONNECTED) passed++;
        }
        return passed;
    }

    @Test
    @DisplayName("S-12 three requests of a pair, then one in five seconds")
    void pairBucket() {
        var codes = new ArrayList<SignalCode>();
        for (int i = 0; i < 3; i++) codes.add(code(A, fresh(A_KEY, B)));
        SignalStatus fourth = s.submit(A, fresh(A_KEY, B));

        assertThat(codes).containsOnly(SignalCode.ACCEPTED);
        assertThat(fourth.code()).isEqualTo(SignalCode.RATE_LIMITED);
        assertThat(fourth.retryAfterMillis()).isEqualTo(5_000);
    }

    @Test
    @DisplayName("S-13 of 201 peers at once 101 pass; the others are asked for work of 13 bits")
    void globalBucket() {
        var codes = new ArrayList<SignalCode>();
        var bits = new ArrayList<Integer>();
        for (int i = 0; i < 201; i++) {
            PrivateKey key = Vectors.key(30 + i % 200);
            if (i >= 200) key = C_KEY;
            s.connect(key.publicKey().peerId());
            SignalStatus status = s.submit(key.publicKey().peerId(), fresh(key, B));
            codes.add(status.code());
            if (status.challenge() != null) bits.add(status.challenge().difficulty());
        }

        assertThat(codes.subList(0, 101)).containsOnly(SignalCode.ACCEPTED);
        assertThat(codes.subList(101, 201)).containsOnly(SignalCode.POW_REQUIRED);
        assertThat(bits).hasSize(100).containsOnly(13);
    }

    @Test
    @DisplayName("S-14 the same request again is a replay")
    void replay() {
        code(A, Vectors.envelope());

        assertThat(code(A, Vectors.envelope())).isEqualTo(SignalCode.REPLAY);
        assertThat(s.sent("deliver")).hasSize(1);
        assertThat(s.node.standing().score(A, s.now.nanos())).isEqualTo(-5);
    }

    @Test
    @DisplayName("S-15 a nonce for two requests is equivocation: a ban of ten minutes")
    void equivocation() {
        code(A, Vectors.envelope());
        SignalRequest first = Vectors.request();
        var second =
                new SignalRequest(
                        A, C, S, first.nonce(), T0, T0 + 15_000, SignalRequest.TCP, 0, null);

        assertThat(code(A, Vectors.signed(A_KEY, second))).isEqualTo(SignalCode.EQUIVOCATION);
        assertThat(code(A, fresh(A_KEY, B))).isEqualTo(SignalCode.BANNED);
        s.pass(599_999);
        assertThat(code(A, fresh(A_KEY, B))).isEqualTo(SignalCode.BANNED);
        s.pass(1);
        assertThat(code(A, fresh(A_KEY, B))).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName("S-16 late by the skew and no more")
    void expired() {
        s.now = new Instants(0, T0 + 25_001);
        assertThat(code(A, Vectors.envelope())).isEqualTo(SignalCode.EXPIRED);
        s.now = new Instants(0, T0 + 25_000);
        assertThat(code(A, Vectors.envelope())).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName("S-17 early by the skew and no more")
    void early() {
        long now = s.now.epochMillis();

        assertThat(code(A, Vectors.signed(A_KEY, request(A, B, S, now + 10_000, 15_000))))
                .isEqualTo(SignalCode.ACCEPTED);
        assertThat(code(A, Vectors.signed(A_KEY, request(A, B, S, now + 10_001, 15_000))))
                .isEqualTo(SignalCode.NOT_YET_VALID);
    }

    @Test
    @DisplayName("S-18 lifetimes of 30000, 30001 and 0 ms")
    void lifetimes() {
        long now = s.now.epochMillis();

        assertThat(code(A, Vectors.signed(A_KEY, request(A, B, S, now, 30_000))))
                .isEqualTo(SignalCode.ACCEPTED);
        assertThat(code(A, Vectors.signed(A_KEY, request(A, B, S, now, 30_001))))
                .isEqualTo(SignalCode.MALFORMED);
        assertThat(code(A, Vectors.signed(A_KEY, request(A, B, S, now, 0))))
                .isEqualTo(SignalCode.MALFORMED);
    }

    @Test
    @DisplayName(
            "S-19 a frame of 4097 bytes resets the stream (the core's part: nothing is parsed)")
    void largeFrame() {
        byte[] large = new ProtoWriter().bytes(15, new byte[4094]).toByteArray();
        assertThat(large).hasSize(4097);

        assertThat(s.node.onFrame(A, false, large, s.now)).isNull();
        assertThat(s.node.onFrame(A, false, new byte[] {8}, s.now)).isNull();
        assertThat(s.node.relay().requesterEntries()).isZero();
    }

    @Test
    @DisplayName("S-20 an extra field under a valid signature is malformed")
    void extraField() {
        byte[] payload =
                new ProtoWriter()
                        .raw(Vectors.request().toByteArray(), 0, 156)
                        .varint(15, 1)
                        .toByteArray();

        assertThat(code(A, Identity.of(A_KEY).seal(SignedObject.REQUEST, payload)))
                .isEqualTo(SignalCode.MALFORMED);
        assertThat(s.node.standing().score(A, s.now.nanos())).isEqualTo(-2);
    }

    @Test
    @DisplayName("S-21 so is a nonce of 15 bytes")
    void shortNonce() {
        byte[] payload =
                new SignalRequest(A, B, S, new byte[15], T0, T0 + 15_000, 1, 0, null).toByteArray();

        assertThat(code(A, Identity.of(A_KEY).seal(SignedObject.REQUEST, payload)))
                .isEqualTo(SignalCode.MALFORMED);
    }

    @Test
    @DisplayName("A5.2 no requests over a relayed connection")
    void relayed() {
        SignalStatus status =
                s.node.onFrame(
                        A, true, new SignalFrame.Submit(Vectors.envelope()).toByteArray(), s.now);

        assertThat(java.util.Objects.requireNonNull(status).code())
                .isEqualTo(SignalCode.WRONG_TRANSPORT);
    }

    @Test
    @DisplayName("S-44 a challenge that is too old is asked for again; S-43 one changed is none")
    void challenges() {
        var config = SignalConfig.DEFAULTS.withPow(4, 16, 22);
        var relay = new Scene(S_KEY, config).connect(A, B);
        SignalStatus asked = relay.submit(A, Vectors.envelope());
        Challenge challenge = java.util.Objects.requireNonNull(asked.challenge());
        assertThat(asked.code()).isEqualTo(SignalCode.POW_REQUIRED);
        assertThat(challenge.difficulty()).isEqualTo(4);

        byte[] wrong = challenge.mac().clone();
        wrong[0] ^= 1;
        var forged = new Challenge(challenge.seed(), 4, challenge.expiresMillis(), wrong, S);
        assertThat(relay.submit(A, answer(relay, forged)).code()).isEqualTo(SignalCode.POW_INVALID);
        relay.pass(60_000);
        assertThat(relay.submit(A, answer(relay, challenge)).code()).isEqualTo(SignalCode.ACCEPTED);
        relay.pass(1);
        SignalStatus old = relay.submit(A, answer(relay, challenge));
        assertThat(old.code()).isEqualTo(SignalCode.POW_REQUIRED);
        assertThat(old.challenge()).isNotNull();
        relay.pass(1_200_000);
        assertThat(relay.submit(A, answer(relay, challenge)).code())
                .isEqualTo(SignalCode.POW_INVALID);
    }

    private byte[] answer(Scene relay, Challenge challenge) {
        SignalRequest plain = request(A, B, S, relay.now.epochMillis(), 15_000);
        byte[] prefix = ProofOfWork.prefix(plain, challenge.seed());
        long counter = ProofOfWork.solve(prefix, challenge.difficulty(), 0, 1 << 20);
        return Vectors.signed(A_KEY, plain.withPow(Pow.answer(challenge, counter)));
    }

    @Test
    @DisplayName("A6.3 valid work of too few bits is asked for more, invalid work is refused")
    void littleWork() {
        var relay = new Scene(S_KEY, SignalConfig.DEFAULTS.withPow(8, 16, 22)).connect(A, B);
        SignalRequest plain = request(A, B, S, relay.now.epochMillis(), 15_000);
        long counter = ProofOfWork.solve(ProofOfWork.prefix(plain, Fields.NONE), 8, 0, 1 << 20);

        byte[] few = Vectors.signed(A_KEY, plain.withPow(Pow.unsolicited(7, counter)));
        byte[] lie = Vectors.signed(A_KEY, plain.withPow(Pow.unsolicited(200, counter)));
        byte[] good = Vectors.signed(A_KEY, plain.withPow(Pow.unsolicited(8, counter)));

        assertThat(relay.submit(A, few).code()).isEqualTo(SignalCode.POW_REQUIRED);
        assertThat(relay.submit(A, lie).code()).isEqualTo(SignalCode.POW_INVALID);
        assertThat(relay.submit(A, good).code()).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName("A6.3 an empty bucket: refused without work, a reserve for the most work")
    void empty() {
        BucketParams one = BucketParams.of(1, 1, 60, 60);
        var config = SignalConfig.DEFAULTS.withBucket("relay.global", one);
        var none = new Scene(S_KEY, config.withPow(0, 16, 0)).connect(A, B);
        assertThat(none.submit(A, fresh(A_KEY, B)).code()).isEqualTo(SignalCode.ACCEPTED);
        SignalStatus limited = none.submit(A, fresh(A_KEY, B));
        assertThat(limited.code()).isEqualTo(SignalCode.RATE_LIMITED);
        assertThat(limited.retryAfterMillis()).isEqualTo(60_000);

        var relay = new Scene(S_KEY, config.withPow(0, 16, 6)).connect(A, B);
        assertThat(relay.submit(A, fresh(A_KEY, B)).code()).isEqualTo(SignalCode.ACCEPTED);
        SignalStatus asked = relay.submit(A, fresh(A_KEY, B));
        assertThat(asked.code()).isEqualTo(SignalCode.POW_REQUIRED);
        Challenge challenge = java.util.Objects.requireNonNull(asked.challenge());
        assertThat(challenge.difficulty()).isEqualTo(6);
        for (int i = 0; i < 5; i++) {
            SignalCode code = relay.submit(A, answer(relay, challenge)).code();
            assertThat(code).isIn(SignalCode.ACCEPTED, SignalCode.RATE_LIMITED); // the pair's
        }
        SignalStatus closed = relay.submit(A, answer(relay, challenge));
        assertThat(closed.code()).isEqualTo(SignalCode.POW_REQUIRED);
        assertThat(closed.challenge()).isNull();
        assertThat(closed.retryAfterMillis()).isEqualTo(200);
    }

    @Test
    @DisplayName("the relay says whether the source's address is one it certifies")
    void ipMatch() throws MalformedException {
        s.certified(A_KEY, "/ip4/8.8.8.8/tcp/4001");
        s.ips.put(A, new byte[] {8, 8, 8, 8});
        code(A, fresh(A_KEY, B));
        s.ips.put(A, new byte[] {8, 8, 4, 4});
        code(A, fresh(A_KEY, B));

        var matches = new ArrayList<Integer>();
        for (Scene.Sent each : s.sent("deliver")) {
            var deliver = (SignalFrame.Deliver) SignalFrame.parse(each.frame());
            matches.add(
                    RelayAttestation.parse(
                                    SignedObject.RELAY.open(deliver.relayEnvelope()).payload())
                            .ipMatch());
        }
        assertThat(matches).containsExactly(1, 2);
    }

    @Test
    @DisplayName("A4.4 a full replay cache refuses, and takes new ones when old ones are over")
    void fullReplayCache() {
        var relay = new Scene(S_KEY, SignalConfig.DEFAULTS.withReplayCapacity(2)).connect(A, B, C);
        var codes = new ArrayList<SignalCode>();
        for (PeerId target : List.of(B, B, B))
            codes.add(relay.submit(A, fresh(A_KEY, target)).code());

        assertThat(codes)
                .containsExactly(SignalCode.ACCEPTED, SignalCode.ACCEPTED, SignalCode.OVERLOADED);
        assertThat(relay.node.relay().replayEntries()).isEqualTo(2);
        relay.pass(35_001);
        byte[] later = Vectors.signed(A_KEY, request(A, B, S, relay.now.epochMillis(), 15_000));
        assertThat(relay.submit(A, later).code()).isEqualTo(SignalCode.ACCEPTED);
        assertThat(relay.node.relay().replayEntries()).isEqualTo(1);
    }

    @Test
    @DisplayName("a relay that was told to wait by the target waits")
    void told() {
        code(A, Vectors.envelope());
        s.node.onDeliverAnswer(
                s.sent("deliver").getFirst().number(), SignalStatus.limited(2_000), s.now);

        SignalStatus refused = s.submit(A, fresh(A_KEY, B));
        assertThat(refused.code()).isEqualTo(SignalCode.RATE_LIMITED);
        assertThat(refused.retryAfterMillis()).isEqualTo(2_000);
        s.run(2_000);
        assertThat(code(A, fresh(A_KEY, B))).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName("A5.1 no more than 256 deliveries at a time")
    void inFlight() {
        var config =
                SignalConfig.DEFAULTS
                        .withPow(0, 16, 0)
                        .withBucket("relay.requester", BucketParams.of(1000, 1000, 1, 60))
                        .withBucket("relay.pair", BucketParams.of(1000, 1000, 1, 60))
                        .withBucket("relay.global", BucketParams.of(1000, 1000, 1, 60));
        var relay = new Scene(S_KEY, config).connect(A, B);
        var codes = new ArrayList<SignalCode>();
        for (int i = 0; i < 257; i++) {
            var nonce = new byte[16];
            nonce[0] = (byte) i;
            nonce[1] = (byte) (i >> 8);
            var request = new SignalRequest(A, B, S, nonce, T0, T0 + 15_000, 1, 0, null);
            codes.add(relay.submit(A, Vectors.signed(A_KEY, request)).code());
        }

        assertThat(Collections.frequency(codes, SignalCode.ACCEPTED)).isEqualTo(256);
        assertThat(codes.getLast()).isEqualTo(SignalCode.OVERLOADED);
    }

    @Test
    @DisplayName("A5.5 a notice goes to who asked, once")
    void notices() {
        code(A, Vectors.envelope());
        byte[] notice =
                Identity.of(B_KEY).seal(SignedObject.NOTICE, Vectors.notice().toByteArray());

        assertThat(s.frame(C, new SignalFrame.Notice(notice)).code())
                .isEqualTo(SignalCode.BAD_TARGET);
        assertThat(s.frame(B, new SignalFrame.Notice(notice)).code())
                .isEqualTo(SignalCode.ACCEPTED);
        assertThat(s.frame(B, new SignalFrame.Notice(notice)).code())
                .isEqualTo(SignalCode.BAD_TARGET);
        assertThat(s.sent("notice")).hasSize(1);
        assertThat(s.sent("notice").getFirst().peer()).isEqualTo(A);
        assertThat(s.node.metrics().notices()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "A7.3 relay.notice: twenty notices of a peer, whoever they are for and whatever they say")
    void noticesAreCharged() {
        var forMe = new SignalNotice(B, S, new byte[16], SignalCode.NO_ADDRESS, null);
        byte[] mine = Identity.of(B_KEY).seal(SignedObject.NOTICE, forMe.toByteArray());
        byte[] other = Identity.of(B_KEY).seal(SignedObject.NOTICE, Vectors.notice().toByteArray());
        for (int i = 0; i < 20; i++) {
            assertThat(s.frame(B, new SignalFrame.Notice(i % 2 == 0 ? mine : other)).code())
                    .isEqualTo(SignalCode.BAD_TARGET);
        }

        assertThat(s.frame(B, new SignalFrame.Notice(mine)).code())
                .isEqualTo(SignalCode.RATE_LIMITED);
        assertThat(s.frame(B, new SignalFrame.Notice(new byte[] {1})).code())
                .isEqualTo(SignalCode.RATE_LIMITED);
        assertThat(s.frame(C, new SignalFrame.Notice(mine)).code())
                .isEqualTo(SignalCode.BAD_TARGET);
    }

    @Test
    @DisplayName("A10 ten refusals cost a point, forty points a ban")
    void limitedOften() {
        byte[] harmless = Vectors.signed(A_KEY, Vectors.gossipRequest());
        for (int i = 0; i < 20 + 399; i++) code(A, harmless);
        assertThat(code(A, harmless)).isEqualTo(SignalCode.RATE_LIMITED);

        assertThat(code(A, fresh(A_KEY, B))).isEqualTo(SignalCode.BANNED);
    }

    @Test
    @DisplayName("a relay may wrap what a peer wants to be gossiped, of that peer only")
    void wraps() {
        byte[] envelope = Vectors.signed(A_KEY, Vectors.gossipRequest());

        assertThat(s.node.relay().wrap(A, envelope, s.now)).isNotNull();
        assertThat(s.node.relay().wrap(C, envelope, s.now)).isNull();
        assertThat(s.node.relay().wrap(A, new byte[3], s.now)).isNull();
    }
}
