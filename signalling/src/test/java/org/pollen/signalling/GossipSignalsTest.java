package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.signalling.Vectors.A;
import static org.pollen.signalling.Vectors.A_KEY;
import static org.pollen.signalling.Vectors.B;
import static org.pollen.signalling.Vectors.B_KEY;
import static org.pollen.signalling.Vectors.C_KEY;
import static org.pollen.signalling.Vectors.S;
import static org.pollen.signalling.Vectors.S_KEY;
import static org.pollen.signalling.Vectors.T0;

import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.signalling.GossipSignals.Judgement;

/// Requests as gossip, at the target and on the path.
class GossipSignalsTest {
    private static final byte[] B_MASK = SignalMask.of(B);
    private final Scene b = new Scene(B_KEY).certified(A_KEY, "/ip4/8.8.8.8/tcp/4001");
    private final Scene c = new Scene(C_KEY).certified(A_KEY, "/ip4/8.8.8.8/tcp/4001");

    private static byte[] message(byte[] envelope) {
        return new GossipSignal(GossipSignal.REQUEST, envelope).toByteArray();
    }

    private static byte[] vector() {
        return message(Vectors.signed(A_KEY, Vectors.gossipRequest()));
    }

    private static SignalRequest request(
            PrivateKey key, @Nullable PeerId relay, int nonce, long issued) {
        return new SignalRequest(
                key.publicKey().peerId(),
                B,
                relay,
                Vectors.nonce(nonce),
                issued,
                issued + 15_000,
                1,
                0,
                null);
    }

    private static SignalRequest worked(SignalRequest plain, int bits) {
        long counter = ProofOfWork.solve(ProofOfWork.prefix(plain, Fields.NONE), bits, 0, 1 << 24);
        return plain.withPow(Pow.unsolicited(bits, counter));
    }

    private static Judgement judge(Scene at, byte[] mask, byte[] data) {
        return at.node.onGossip(S, mask, data, at.now);
    }

    @Test
    @DisplayName("S-54 a good request is passed on by all, and only its target punches")
    void accepted() {
        assertThat(judge(b, B_MASK, vector()).verdict()).isEqualTo(SignalVerdict.ACCEPT);
        assertThat(judge(c, B_MASK, vector()).verdict()).isEqualTo(SignalVerdict.ACCEPT);
        assertThat(b.dials).hasSize(1);
        assertThat(c.dials).isEmpty();
    }

    @Test
    @DisplayName("a stopped node judges no gossip, and reacts to none")
    void stopped() {
        b.node.stop(b.now);

        assertThat(judge(b, B_MASK, vector()))
                .isEqualTo(new Judgement(SignalVerdict.IGNORE, "stopped"));
        assertThat(b.dials).isEmpty();
        assertThat(b.node.punches().active()).isZero();
    }

    @Test
    @DisplayName("S-55 on another's mask it is rejected")
    void otherMask() {
        assertThat(judge(b, SignalMask.of(A), vector()))
                .isEqualTo(new Judgement(SignalVerdict.REJECT, "mask"));
    }

    @Test
    @DisplayName("S-56 with a relay it is rejected")
    void withRelay() {
        byte[] data = message(Vectors.signed(A_KEY, worked(request(A_KEY, S, 1, T0), 16)));

        assertThat(judge(b, B_MASK, data).verdict()).isEqualTo(SignalVerdict.REJECT);
    }

    @Test
    @DisplayName("S-57 without work, with 15 bits, or with work that is none it is rejected")
    void work() {
        SignalRequest plain = request(A_KEY, null, 1, T0);
        for (SignalRequest each :
                new SignalRequest[] {
                    plain, worked(plain, 15), plain.withPow(Pow.unsolicited(16, 0))
                }) {
            assertThat(judge(b, B_MASK, message(Vectors.signed(A_KEY, each))))
                    .isEqualTo(new Judgement(SignalVerdict.REJECT, "work"));
        }
        assertThat(b.node.metrics().signaturesChecked()).isZero();
    }

    @Test
    @DisplayName("S-58 wrapped by a relay it is the same message, and not passed on again")
    void wrapped() {
        var s = new Scene(S_KEY);
        byte[] envelope = Vectors.signed(A_KEY, Vectors.gossipRequest());
        byte[] wrapped = Objects.requireNonNull(s.node.relay().wrap(A, envelope, s.now));
        assertThat(SignalMask.messageId(wrapped)).isEqualTo(SignalMask.messageId(vector()));

        assertThat(judge(b, B_MASK, vector()).verdict()).isEqualTo(SignalVerdict.ACCEPT);
        assertThat(judge(b, B_MASK, wrapped))
                .isEqualTo(new Judgement(SignalVerdict.IGNORE, "replay"));
        assertThat(judge(c, B_MASK, wrapped).verdict()).isEqualTo(SignalVerdict.ACCEPT);
        byte[] forged = wrapped.clone();
        forged[forged.length - 1] ^= 1;
        var other = new Scene(Vectors.key(9));
        assertThat(judge(other, B_MASK, forged))
                .isEqualTo(new Judgement(SignalVerdict.REJECT, "relay signature"));
    }

    @Test
    @DisplayName("S-59 too late by 10001 ms it is ignored, and nobody is blamed")
    void late() {
        b.now = new Instants(0, T0 + 15_000 + 10_001);

        assertThat(judge(b, B_MASK, vector()))
                .isEqualTo(new Judgement(SignalVerdict.IGNORE, "time"));
        assertThat(b.node.standing().score(S, b.now.nanos())).isZero();
    }

    @Test
    @DisplayName("S-60 forty messages of a forwarder at once; the next is ignored")
    void forwarder() {
        var config = SignalConfig.DEFAULTS.withPow(0, 4, 22);
        var node = new Scene(C_KEY, config);
        var verdicts = new ArrayList<SignalVerdict>();
        for (int i = 0; i < 41; i++) {
            PrivateKey key = Vectors.key(30 + i);
            SignalRequest request = worked(request(key, null, i, T0), 4);
            verdicts.add(judge(node, B_MASK, message(Vectors.signed(key, request))).verdict());
        }

        assertThat(verdicts.subList(0, 40)).containsOnly(SignalVerdict.ACCEPT);
        assertThat(verdicts.getLast()).isEqualTo(SignalVerdict.IGNORE);
        assertThat(node.node.metrics().gossip())
                .containsEntry("ACCEPT valid", 40L)
                .containsEntry("IGNORE forwarder", 1L);
    }

    @Test
    @DisplayName("A9 a source has three, a signature has to be right, size and form too")
    void others() {
        var node = new Scene(C_KEY, SignalConfig.DEFAULTS.withPow(0, 4, 22));
        for (int i = 0; i < 3; i++) {
            SignalRequest request = worked(request(A_KEY, null, i, T0), 4);
            assertThat(judge(node, B_MASK, message(Vectors.signed(A_KEY, request))).verdict())
                    .isEqualTo(SignalVerdict.ACCEPT);
        }
        SignalRequest fourth = worked(request(A_KEY, null, 3, T0), 4);
        assertThat(judge(node, B_MASK, message(Vectors.signed(A_KEY, fourth))).reason())
                .isEqualTo("source");
        assertThat(judge(node, B_MASK, message(Vectors.signed(C_KEY, fourth))))
                .isEqualTo(new Judgement(SignalVerdict.REJECT, "request signature"));
        assertThat(judge(node, B_MASK, new byte[1025]).reason()).isEqualTo("size");
        assertThat(judge(node, B_MASK, new byte[] {1, 2}).reason()).isEqualTo("malformed");
        assertThat(judge(node, B_MASK, new GossipSignal(3, new byte[9]).toByteArray()).reason())
                .isEqualTo("malformed");
        SignalRequest life =
                new SignalRequest(A, B, null, Vectors.nonce(7), T0, T0 + 30_001, 1, 0, null);
        assertThat(judge(node, B_MASK, message(Vectors.signed(A_KEY, life))).reason())
                .isEqualTo("lifetime");
    }

    @Test
    @DisplayName("A9 all together have two hundred; a full replay cache takes no more")
    void global() {
        var few =
                SignalConfig.DEFAULTS
                        .withPow(0, 4, 22)
                        .withBucket("gossip.global", BucketParams.of(1, 1, 1, 60));
        var node = new Scene(C_KEY, few);
        judge(node, B_MASK, vector());
        SignalRequest second = worked(request(A_KEY, null, 3, T0), 4);
        byte[] data = message(Vectors.signed(A_KEY, second));
        assertThat(judge(node, B_MASK, data).reason()).isEqualTo("global");

        var full = new Scene(C_KEY, SignalConfig.DEFAULTS.withPow(0, 4, 22).withReplayCapacity(1));
        judge(full, B_MASK, vector());
        assertThat(judge(full, B_MASK, data).reason()).isEqualTo("overloaded");
    }

    @Test
    @DisplayName(
            "a nonce for two requests bans the source; who passes it on is not blamed (ADR 96)")
    void equivocation() {
        judge(b, B_MASK, vector());
        SignalRequest other = worked(request(A_KEY, null, 0, T0 + 1), 16);
        byte[] data = message(Vectors.signed(A_KEY, other));

        assertThat(judge(b, B_MASK, data))
                .isEqualTo(new Judgement(SignalVerdict.IGNORE, "equivocation"));
        assertThat(b.node.standing().banned(A, b.now.nanos())).isTrue();
        assertThat(b.node.standing().score(S, b.now.nanos())).isZero();
        assertThat(judge(b, B_MASK, data).reason()).isEqualTo("banned");
        assertThat(SignalMask.messageId(data)).isNotEqualTo(SignalMask.messageId(vector()));
        assertThat(SignalMask.messageId(new byte[3])).hasSize(20);
    }
}
