package org.pollen.node.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.mempool.GossipBudget;
import org.pollen.mempool.GossipVerdict;
import org.pollen.node.NodeProfiles;
import org.pollen.scoring.RejectReason;
import org.pollen.scoring.ScoreEngine;

/// Attack A17 of mempool.md 9 with the scores that nodes have.
class SignatureFloodTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int PEER = 0;
    private static final int TOPIC = 0;

    @ParameterizedTest
    @ValueSource(strings = {"blossom-2.1", "meshsub"})
    @DisplayName("A17: the sender of 10,000 bad signatures is graylisted within 2 s")
    void floodIsGraylisted(String dialect) {
        NodeProfiles.Gossip gossip = NodeProfiles.gossip(dialect, 10);
        var scores = new ScoreEngine(gossip.scores(), _ -> {}, 0);
        scores.registerTopic(TOPIC, gossip.scores().topics().keySet().iterator().next());
        scores.addPeer(PEER, 0);
        scores.graft(PEER, TOPIC, 0);
        // It behaved well for as long as that counts.
        long now = 0;
        for (int i = 0; i < 3600; i++) {
            now += SECOND;
            for (int j = 0; j < 10; j++) {
                scores.validate(i, j, now);
                scores.deliver(PEER, i, j, new int[] {TOPIC}, now);
            }
            scores.refreshScores(now);
        }
        assertThat(scores.score(PEER)).isPositive();

        var budget = new GossipBudget();
        long start = now;
        int recoveries = 0;
        boolean graylisted = false;
        for (int i = 0; i < 10_000 && !graylisted; i++) {
            now += SECOND / 10_000;
            if (!budget.admits(PEER, now)) continue;
            recoveries++;
            scores.validate(1L << 40, i, now);
            scores.reject(
                    PEER, 1L << 40, i, new int[] {TOPIC}, RejectReason.VALIDATION_FAILED, now);
            budget.judged(PEER, GossipVerdict.REJECT, now);
            graylisted = scores.score(PEER) < gossip.thresholds().graylistThreshold();
        }
        assertThat(graylisted).isTrue();
        assertThat(Duration.ofNanos(now - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(recoveries).isLessThanOrEqualTo(2500);
    }
}
