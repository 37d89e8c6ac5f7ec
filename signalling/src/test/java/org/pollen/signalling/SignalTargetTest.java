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
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PrivateKey;

/// B, step by step.
class SignalTargetTest {
    private final Scene b = new Scene(B_KEY).connect(S).certified(A_KEY, "/ip4/8.8.8.8/tcp/4001");

    private static byte[] attested(PrivateKey relay, byte[] request, long at, int via, int match) {
        var said =
                new RelayAttestation(
                        relay.publicKey().peerId(), request, at, 80, new byte[8], via, match);
        return Identity.of(relay).seal(SignedObject.RELAY, said.toByteArray());
    }

    @Test
    @DisplayName(
            "S-22 a good request is accepted, and its source punched at the address known of it")
    void accepted() {
        SignalStatus status = b.deliver(S, Vectors.relayEnvelope());

        assertThat(status.code()).isEqualTo(SignalCode.ACCEPTED);
        assertThat(b.dials).hasSize(1);
        assertThat(b.dials.getFirst().expected()).isEqualTo(A);
        assertThat(b.dials.getFirst().address().multiaddr()).hasToString("/ip4/8.8.8.8/tcp/4001");
        assertThat(b.queried).isEmpty();
        assertThat(b.node.target().audit().entries()).hasSize(1);
        assertThat(b.node.metrics().signaturesChecked()).isEqualTo(2);
    }

    @Test
    @DisplayName("S-23 who passes it on has to be the relay it names")
    void relayMismatch() {
        assertThat(b.deliver(C, Vectors.relayEnvelope()).code())
                .isEqualTo(SignalCode.RELAY_MISMATCH);
        assertThat(b.node.standing().score(C, b.now.nanos())).isEqualTo(-10);
        assertThat(b.node.metrics().signaturesChecked()).isZero();
    }

    @Test
    @DisplayName("S-24 again is a replay, without a second punch")
    void replay() {
        b.deliver(S, Vectors.relayEnvelope());

        assertThat(b.deliver(S, Vectors.relayEnvelope()).code()).isEqualTo(SignalCode.REPLAY);
        assertThat(b.dials).hasSize(1);
    }

    @Test
    @DisplayName("S-25 another relay cannot use the request")
    void otherRelay() {
        byte[] wrapped = attested(C_KEY, Vectors.envelope(), T0 + 120, 1, 0);

        assertThat(b.deliver(C, wrapped).code()).isEqualTo(SignalCode.WRONG_RELAY);
        assertThat(b.dials).isEmpty();
    }

    @Test
    @DisplayName("S-26 nor can it go to another target")
    void otherTarget() {
        var c = new Scene(C_KEY).connect(S).certified(A_KEY, "/ip4/8.8.8.8/tcp/4001");

        assertThat(c.deliver(S, Vectors.relayEnvelope()).code()).isEqualTo(SignalCode.BAD_TARGET);
        assertThat(c.dials).isEmpty();
    }

    @Test
    @DisplayName("S-27 a request that the relay made up costs it twenty points")
    void forgedRequest() {
        byte[] forged = attested(S_KEY, Vectors.signed(S_KEY, Vectors.request()), T0 + 120, 1, 0);

        assertThat(b.deliver(S, forged).code()).isEqualTo(SignalCode.BAD_REQUEST_SIGNATURE);
        assertThat(b.node.standing().score(S, b.now.nanos())).isEqualTo(-20);
        b.deliver(S, forged);
        assertThat(b.deliver(S, forged).code()).isEqualTo(SignalCode.BANNED);
    }

    @Test
    @DisplayName("a relay's wrong signature costs it as much")
    void forgedRelay() {
        byte[] envelope = Vectors.relayEnvelope();
        envelope[envelope.length - 1] ^= 1;

        assertThat(b.deliver(S, envelope).code()).isEqualTo(SignalCode.BAD_RELAY_SIGNATURE);
        assertThat(b.node.standing().score(S, b.now.nanos())).isEqualTo(-20);
    }

    @Test
    @DisplayName("S-28 an address that does not match ends it")
    void addressMismatch() {
        byte[] envelope = attested(S_KEY, Vectors.envelope(), T0 + 120, 1, 2);

        assertThat(b.deliver(S, envelope).code()).isEqualTo(SignalCode.ADDRESS_MISMATCH);
        assertThat(b.dials).isEmpty();
    }

    @Test
    @DisplayName("S-29 so does a connection that is there already")
    void alreadyConnected() {
        b.connect(A);

        assertThat(b.deliver(S, Vectors.relayEnvelope()).code())
                .isEqualTo(SignalCode.ALREADY_CONNECTED);
        assertThat(b.dials).isEmpty();
    }

    @Test
    @DisplayName("what a relay says has to be of now, and over a stream")
    void attestation() {
        byte[] late = attested(S_KEY, Vectors.envelope(), b.now.epochMillis() - 10_001, 1, 0);
        byte[] gossip = attested(S_KEY, Vectors.envelope(), T0 + 120, 2, 0);

        assertThat(b.deliver(S, late).code()).isEqualTo(SignalCode.EXPIRED);
        assertThat(b.deliver(S, gossip).code()).isEqualTo(SignalCode.MALFORMED);
        assertThat(b.deliver(S, new byte[] {1}).code()).isEqualTo(SignalCode.MALFORMED);
    }

    @Test
    @DisplayName("the request has to be of now as well")
    void times() {
        b.now = new Instants(0, T0 + 25_001);
        byte[] late = attested(S_KEY, Vectors.envelope(), T0 + 25_000, 1, 0);
        assertThat(b.deliver(S, late).code()).isEqualTo(SignalCode.EXPIRED);

        SignalRequest v = Vectors.request();
        var longLived = new SignalRequest(A, B, S, v.nonce(), T0 + 25_000, T0 + 60_000, 1, 0, null);
        byte[] envelope = attested(S_KEY, Vectors.signed(A_KEY, longLived), T0 + 25_000, 1, 0);
        assertThat(b.deliver(S, envelope).code()).isEqualTo(SignalCode.MALFORMED);
    }

    @Test
    @DisplayName("A7.3 a relay has twenty deliveries and then five a second, a source five")
    void buckets() {
        var codes = new ArrayList<SignalCode>();
        for (int i = 0; i < 22; i++) {
            var request =
                    new SignalRequest(A, B, S, Vectors.nonce(50 + i), T0, T0 + 15_000, 1, 0, null);
            byte[] envelope = attested(S_KEY, Vectors.signed(A_KEY, request), T0 + 120, 1, 0);
            codes.add(b.deliver(S, envelope).code());
        }

        assertThat(codes.subList(0, 5)).containsOnly(SignalCode.ACCEPTED);
        assertThat(codes.subList(5, 22)).containsOnly(SignalCode.RATE_LIMITED);
        assertThat(b.node.metrics().deliveries(SignalCode.ACCEPTED)).isEqualTo(5);
        assertThat(b.node.metrics().signaturesChecked()).isEqualTo(40);
    }

    @Test
    @DisplayName("A5.3 equivocation bans the source, and the relay is not blamed")
    void equivocation() {
        b.deliver(S, Vectors.relayEnvelope());
        SignalRequest v = Vectors.request();
        var other = new SignalRequest(A, B, S, v.nonce(), T0 + 1, T0 + 15_000, 1, 0, null);

        assertThat(
                        b.deliver(S, attested(S_KEY, Vectors.signed(A_KEY, other), T0 + 120, 1, 0))
                                .code())
                .isEqualTo(SignalCode.EQUIVOCATION);
        assertThat(b.node.standing().banned(A, b.now.nanos())).isTrue();
        assertThat(b.node.standing().score(S, b.now.nanos())).isZero();
        var third = new SignalRequest(A, B, S, Vectors.nonce(9), T0, T0 + 15_000, 1, 0, null);
        byte[] envelope = attested(S_KEY, Vectors.signed(A_KEY, third), T0 + 120, 1, 0);
        assertThat(b.deliver(S, envelope).code()).isEqualTo(SignalCode.BANNED);
    }

    @Test
    @DisplayName("A5.5 work that the target asks for is told to the source")
    void workNotice() throws MalformedException {
        var busy = new Scene(B_KEY, SignalConfig.DEFAULTS.withPow(10, 16, 22)).connect(S);

        assertThat(busy.deliver(S, Vectors.relayEnvelope()).code())
                .isEqualTo(SignalCode.POW_REQUIRED);
        assertThat(busy.sent("notice")).hasSize(1);
        var frame = (SignalFrame.Notice) SignalFrame.parse(busy.sent("notice").getFirst().frame());
        SignalNotice notice =
                SignalNotice.parse(SignedObject.NOTICE.open(frame.noticeEnvelope()).payload());
        assertThat(notice.code()).isEqualTo(SignalCode.POW_REQUIRED);
        assertThat(notice.to()).isEqualTo(A);
        assertThat(java.util.Objects.requireNonNull(notice.challenge()).difficulty()).isEqualTo(10);
    }

    @Test
    @DisplayName("S-64 no message holds an address, whatever the node listens on")
    void noAddresses() {
        b.listening.add(org.pollen.peer.Multiaddr.parse("/ip4/203.0.113.77/tcp/40123"));
        b.ips.put(S, new byte[] {9, 9, 9, 77});
        var challenge = new Challenge(Vectors.nonce(0), 12, T0, Vectors.nonce(1), B);
        var status =
                new SignalStatus(
                        SignalCode.POW_REQUIRED, 7, challenge, 3, new byte[16], "slow down");
        List<byte[]> messages =
                List.of(
                        new SignalFrame.Submit(Vectors.envelope()).toWire(),
                        new SignalFrame.Deliver(Vectors.relayEnvelope()).toWire(),
                        new SignalFrame.Status(status).toWire(),
                        new SignalFrame.Notice(
                                        Identity.of(B_KEY)
                                                .seal(
                                                        SignedObject.NOTICE,
                                                        Vectors.notice().toByteArray()))
                                .toWire(),
                        new GossipSignal(1, Vectors.envelope()).toByteArray());
        for (byte[] message : messages) {
            String hex = Vectors.hex(message);
            assertThat(hex)
                    .doesNotContain("cb00714d") // the address
                    .doesNotContain("09" + "09" + "09" + "4d")
                    .doesNotContain("06" + "9cbb") // the port
                    .doesNotContain(
                            Vectors.hex(
                                    "203.0.113.77"
                                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        }
        assertThat(List.of(SignalRequest.class, RelayAttestation.class, SignalNotice.class))
                .allSatisfy(type -> {
                    for (var part : type.getRecordComponents()) {
                        assertThat(part.getType())
                                .isNotIn(org.pollen.peer.Multiaddr.class, PunchAddress.class);
                    }
                });
    }
}
