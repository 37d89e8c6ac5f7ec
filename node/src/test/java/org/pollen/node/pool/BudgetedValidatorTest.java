package org.pollen.node.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.mempool.GossipBudget;
import org.pollen.node.NodeProfiles;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.MessageSigner;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;
import org.pollen.router.Verdict;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.ScoreEngine;

/// What a node does about peers whose messages lead to nothing. Source: mempool.md 8.4.
class BudgetedValidatorTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int TOPIC = 0;

    private final PeerId peer = PrivateKey.ed25519(new byte[32]).publicKey().peerId();
    private final List<PeerId> charged = new ArrayList<>();
    private final List<Verdict> answers = new ArrayList<>();
    private final RpcMessage message = message();
    private long now;
    private Verdict verdict = Verdict.IGNORE;
    private boolean ours;
    private boolean room = true;

    private final BudgetedValidator validator =
            new BudgetedValidator(
                    (_, answer, excuse) -> {
                        if (!room) return false;
                        if (ours) excuse.run();
                        answer.accept(verdict);
                        return true;
                    },
                    () -> now,
                    charged::add);

    private static RpcMessage message() {
        return new MessageSigner(
                        Dialect.MESHSUB,
                        SigningPolicy.STRICT_NO_SIGN,
                        null,
                        null,
                        0,
                        new MessageIdentifier(
                                NodeProfiles.gossip("meshsub", 10).router().messageIds(),
                                new MessageKeyHasher(1, 2)))
                .compose(Mask.topic("t"), new byte[] {1});
    }

    private int judge(int messages) {
        int taken = 0;
        for (int i = 0; i < messages; i++) {
            now += SECOND / 100;
            if (validator.validate(message, peer, answers::add)) taken++;
        }
        return taken;
    }

    @Test
    @DisplayName(
            "8.4 more than three quarters of a thousand ignored: charged, once for each thousand")
    void aPeerWhoseMessagesLeadToNothingIsCharged() {
        assertThat(judge(GossipBudget.WINDOW)).isEqualTo(GossipBudget.WINDOW);
        assertThat(charged).containsExactly(peer);
        assertThat(judge(GossipBudget.WINDOW - 1)).isPositive();
        assertThat(charged).hasSize(1);
        assertThat(judge(1)).isEqualTo(1);
        assertThat(charged).hasSize(2);
        assertThat(validator.worthless()).isEqualTo(2);
    }

    @Test
    void aQuarterThatIsGoodIsEnough() {
        for (int i = 0; i < GossipBudget.WINDOW; i++) {
            verdict = i % 4 == 0 ? Verdict.ACCEPT : Verdict.IGNORE;
            judge(1);
        }
        assertThat(charged).isEmpty();
        assertThat(answers).hasSize(GossipBudget.WINDOW);
    }

    @Test
    @DisplayName("8.4 not synced, overload, a silent chain: never the peer's fault")
    void whatIsIgnoredForOurReasonsIsNobodysFault() {
        ours = true;
        assertThat(judge(5 * GossipBudget.WINDOW)).isEqualTo(5 * GossipBudget.WINDOW);
        room = false;
        judge(GossipBudget.WINDOW);
        assertThat(charged).isEmpty();
        assertThat(validator.refused()).isZero();
        ours = false;
        room = true;
        verdict = Verdict.REJECT;
        now += 60 * SECOND; // its budget is whole
        for (int i = 0; i < GossipBudget.RECOVERIES_BURST; i++) {
            assertThat(validator.validate(message, peer, answers::add)).isTrue();
        }
        assertThat(validator.validate(message, peer, answers::add)).isFalse();
        assertThat(validator.refused()).isEqualTo(1);
        assertThat(validator.validate(message, answers::add)).isTrue(); // our own
    }

    @ParameterizedTest
    @ValueSource(strings = {"blossom-2.1", "meshsub"})
    @DisplayName(
            "8.4 one charge takes a peer that behaved well out of the meshes, the next ones more")
    void theChargeIsEnoughToBePruned(String dialect) {
        NodeProfiles.Gossip gossip = NodeProfiles.gossip(dialect, 10);
        var scores = new ScoreEngine(gossip.scores(), _ -> {}, 0);
        scores.registerTopic(TOPIC, gossip.scores().topics().keySet().iterator().next());
        scores.addPeer(1, 0);
        scores.graft(1, TOPIC, 0);
        long at = 0;
        for (int i = 0; i < 3600; i++) {
            at += SECOND;
            for (int j = 0; j < 10; j++) {
                scores.validate(i, j, at);
                scores.deliver(1, i, j, new int[] {TOPIC}, at);
            }
            scores.refreshScores(at);
        }
        assertThat(scores.score(1)).isPositive();
        scores.addPenalty(1, BudgetedValidator.PENALTY, BehaviourPenalty.APPLICATION);
        assertThat(scores.score(1)).isNegative();
        scores.addPenalty(1, BudgetedValidator.PENALTY, BehaviourPenalty.APPLICATION);
        assertThat(scores.score(1)).isLessThan(gossip.thresholds().graylistThreshold());
    }
}
