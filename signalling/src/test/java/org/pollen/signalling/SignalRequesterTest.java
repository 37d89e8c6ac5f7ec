package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.signalling.Vectors.A;
import static org.pollen.signalling.Vectors.A_KEY;
import static org.pollen.signalling.Vectors.B;
import static org.pollen.signalling.Vectors.B_KEY;
import static org.pollen.signalling.Vectors.C;
import static org.pollen.signalling.Vectors.S;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// A: relays, work, notices and the dial.
class SignalRequesterTest {
    private static final String ADDRESS = "/ip4/8.8.8.8/tcp/4001";
    private final Scene a = new Scene(A_KEY).connect(S).certified(B_KEY, ADDRESS);

    private SignalRequest last() {
        try {
            var submits = a.sent("submit");
            var frame = (SignalFrame.Submit) SignalFrame.parse(submits.getLast().frame());
            return Shared.Opened.read(frame.requestEnvelope()).request();
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    private RequestId id() {
        return RequestId.of(last().toByteArray());
    }

    private static SignalStatus accepted(int delay) {
        return new SignalStatus(SignalCode.ACCEPTED, 0, null, delay, Fields.NONE, "");
    }

    private boolean notice(SignalCode code, RequestId id, @Nullable Challenge challenge) {
        var notice = new SignalNotice(B, A, id.bytes(), code, challenge);
        byte[] envelope = Identity.of(B_KEY).seal(SignedObject.NOTICE, notice.toByteArray());
        return a.frame(S, new SignalFrame.Notice(envelope)).code() == SignalCode.ACCEPTED;
    }

    @Test
    @DisplayName("S-63 the first dial is when the relay says")
    void syncDelay() {
        a.node.request(B, false, a.now);
        a.node.onSubmitAnswer(id(), accepted(40), a.now);
        a.run(39);
        assertThat(a.dials).isEmpty();
        a.run(1);

        assertThat(a.dialTimes()).containsExactly(40L);
        a.node.onDialed(a.dials.getFirst().id(), B, false, a.now);
        assertThat(a.punched).containsEntry(B, SignalCode.PUNCH_OK);
        assertThat(a.node.requester().outgoing()).isZero();
    }

    @Test
    @DisplayName("S-62 the target's notice ends the request; one of another request is dropped")
    void notices() {
        a.node.request(B, false, a.now);
        a.node.onSubmitAnswer(id(), accepted(40), a.now);

        assertThat(notice(SignalCode.NO_ADDRESS, new RequestId(new byte[16]), null)).isFalse();
        assertThat(a.failed).isEmpty();
        assertThat(notice(SignalCode.NO_ADDRESS, id(), null)).isTrue();
        assertThat(a.failed).containsEntry(B, SignalCode.NO_ADDRESS);
        assertThat(notice(SignalCode.NO_ADDRESS, id(), null)).isFalse();
    }

    @Test
    @DisplayName("work for the relay answers its challenge, and is offered again until it is taken")
    void work() {
        a.node.request(B, false, a.now);
        a.node.request(B, false, a.now); // under way already
        assertThat(a.sent("submit")).hasSize(1);
        var challenge =
                new Challenge(
                        Vectors.nonce(1), 8, a.now.epochMillis() + 60_000, Vectors.nonce(2), S);
        a.node.onSubmitAnswer(id(), SignalStatus.challenge(challenge, 0), a.now);
        assertThat(a.difficulties).containsExactly(8);
        long counter = ProofOfWork.solve(a.prefixes.getLast(), 8, 0, 1 << 20);
        a.node.onSolved(a.sent("solve").getLast().number(), counter, a.now);

        assertThat(a.sent("submit")).hasSize(2);
        Pow pow = Objects.requireNonNull(last().pow());
        assertThat(pow.seed()).isEqualTo(challenge.seed());
        assertThat(
                        ProofOfWork.Check.SHA256.holds(
                                ProofOfWork.prefix(last(), pow.seed()), counter, 8))
                .isTrue();
        RequestId same = id();
        a.node.onSubmitAnswer(same, SignalStatus.challenge(challenge, 200), a.now);
        a.run(200);
        assertThat(a.sent("submit")).hasSize(3);
        assertThat(id()).isEqualTo(same);
        a.node.onSubmitAnswer(same, accepted(0), a.now);
        a.run(0);
        assertThat(a.dials).hasSize(1);
    }

    @Test
    @DisplayName("work for the target has a nonce of its own; there is an end to it")
    void workForTheTarget() {
        a.node.request(B, false, a.now);
        SignalRequest first = last();
        a.node.onSubmitAnswer(id(), accepted(0), a.now);
        var challenge =
                new Challenge(
                        Vectors.nonce(1), 4, a.now.epochMillis() + 60_000, Vectors.nonce(2), B);
        a.run(10);
        assertThat(a.dials).hasSize(1);
        assertThat(notice(SignalCode.POW_REQUIRED, id(), challenge)).isTrue();
        assertThat(a.cancelled).hasSize(1);
        a.run(6_000);
        assertThat(a.punched).isEmpty();
        long counter = ProofOfWork.solve(a.prefixes.getLast(), 4, 0, 1 << 20);
        a.node.onSolved(a.sent("solve").getLast().number(), counter, a.now);

        assertThat(last().nonce()).isNotEqualTo(first.nonce());
        assertThat(Objects.requireNonNull(last().pow()).solicited()).isFalse();
        a.node.onSolved(77, 1, a.now);
        var hard = new Challenge(Vectors.nonce(1), 25, 0, Vectors.nonce(2), B);
        notice(SignalCode.POW_REQUIRED, id(), hard);
        assertThat(a.failed).containsEntry(B, SignalCode.POW_REQUIRED);
    }

    @Test
    @DisplayName("work that nobody finds ends the request")
    void noWork() {
        a.node.request(B, false, a.now);
        a.node.onSubmitAnswer(
                id(),
                new SignalStatus(SignalCode.POW_REQUIRED, 5, null, 0, Fields.NONE, ""),
                a.now);
        assertThat(a.difficulties).containsExactly(22);
        a.node.onSolved(a.sent("solve").getLast().number(), -1, a.now);
        assertThat(a.failed).containsEntry(B, SignalCode.POW_REQUIRED);

        a.failed.clear();
        a.node.request(B, false, a.now);
        a.node.onSubmitAnswer(
                id(),
                new SignalStatus(SignalCode.POW_REQUIRED, 5, null, 0, Fields.NONE, ""),
                a.now);
        a.run(30_000);
        assertThat(a.failed).containsEntry(B, SignalCode.POW_REQUIRED);
        assertThat(a.sent("cancelSolve")).hasSize(1);
    }

    @Test
    @DisplayName("three relays are tried, the one that the target names first, then gossip")
    void relays() {
        PeerId d = Vectors.key(9).publicKey().peerId();
        PeerId e = Vectors.key(10).publicKey().peerId();
        a.connect(C, d, e, B);
        a.certified(B_KEY, "/p2p/" + d + "/p2p-circuit", ADDRESS);
        a.node.request(B, true, a.now);
        assertThat(a.sent("submit").getFirst().peer()).isEqualTo(d);
        a.node.onSubmitAnswer(id(), SignalStatus.of(SignalCode.NOT_CONNECTED), a.now);
        a.node.onSubmitAnswer(id(), null, a.now);
        a.run(5_000); // the third never answers

        assertThat(a.sent("submit").stream().map(Scene.Sent::peer).distinct()).hasSize(3);
        assertThat(last().attempt()).isEqualTo(2);
        assertThat(a.difficulties).containsExactly(16);
        long counter = ProofOfWork.solve(a.prefixes.getLast(), 16, 0, 1 << 24);
        a.node.onSolved(a.sent("solve").getLast().number(), counter, a.now);
        byte[] data = a.sent("publish 2000").getFirst().frame();
        var b = new Scene(B_KEY).certified(A_KEY, ADDRESS);
        b.now = a.now;
        assertThat(b.node.onGossip(C, SignalMask.of(B), data, b.now).verdict())
                .isEqualTo(SignalVerdict.ACCEPT);
        assertThat(b.dials).hasSize(1);
        a.run(0);
        assertThat(a.dials).hasSize(1);
    }

    @Test
    @DisplayName("without gossip it gives up, and says why")
    void givesUp() {
        a.node.request(B, false, a.now);
        a.node.onSubmitAnswer(id(), SignalStatus.of(SignalCode.NOT_CONNECTED), a.now);
        assertThat(a.failed).containsEntry(B, SignalCode.NOT_CONNECTED);

        var alone = new Scene(A_KEY);
        alone.node.request(B, false, alone.now);
        assertThat(alone.failed).containsEntry(B, SignalCode.NOT_CONNECTED);
        alone.node.request(A, false, alone.now);
        assertThat(alone.failed).hasSize(1);
    }

    @Test
    @DisplayName("the only relay that says wait is asked again then, with a new nonce")
    void waits() {
        a.node.request(B, false, a.now);
        SignalRequest first = last();
        a.node.onSubmitAnswer(id(), SignalStatus.limited(300), a.now);
        a.run(299);
        assertThat(a.sent("submit")).hasSize(1);
        a.run(1);

        assertThat(a.sent("submit")).hasSize(2);
        assertThat(last().nonce()).isNotEqualTo(first.nonce());
        assertThat(last().attempt()).isEqualTo(1);
    }

    @Test
    @DisplayName("a stop forgets requests")
    void stops() {
        a.node.request(B, false, a.now);
        a.node.stop(a.now);

        assertThat(a.node.requester().outgoing()).isZero();
        assertThat(a.node.nextTickAt()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    @DisplayName("a notice has to be of the target, for this node, and signed by it")
    void forgedNotice() {
        a.node.request(B, false, a.now);
        var forged = new SignalNotice(B, A, id().bytes(), SignalCode.NO_ADDRESS, null);
        byte[] envelope =
                Identity.of(Vectors.C_KEY).seal(SignedObject.NOTICE, forged.toByteArray());

        assertThat(a.frame(S, new SignalFrame.Notice(envelope)).code())
                .isEqualTo(SignalCode.BAD_TARGET);
        assertThat(a.frame(S, new SignalFrame.Notice(new byte[] {1})).code())
                .isEqualTo(SignalCode.MALFORMED);
        assertThat(a.failed).isEmpty();
    }
}
