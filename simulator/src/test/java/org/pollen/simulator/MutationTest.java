package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.pollen.router.RouterParams;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.TopicScoreParams;

/// Gates are worth something only if they fail without the defence they are about.
class MutationTest {
    private static boolean passes(String id, UnaryOperator<Profile> change) {
        var arena = new Arena(1, 1);
        arena.mutate(change);
        var script = (Attacks.Script) Attacks.named(id).script();
        return script.run(arena).stream().allMatch(Verdict.Gate::passes);
    }

    private static Profile scores(Profile profile, UnaryOperator<PeerScoreParams.Builder> change) {
        PeerScoreParams scores = Objects.requireNonNull(profile.scores());
        return profile.with(change.apply(scores.toBuilder()).build(), profile.thresholds());
    }

    private static Profile topics(Profile profile, UnaryOperator<TopicScoreParams.Builder> change) {
        PeerScoreParams scores = Objects.requireNonNull(profile.scores());
        TopicScoreParams topic = Objects.requireNonNull(scores.defaultTopicParams());
        return scores(
                profile, all -> all.defaultTopicParams(change.apply(topic.toBuilder()).build()));
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (P3): without it, sybils that deliver nothing stay in the mesh")
    void withoutMeshDeliveries() {
        assertThat(
                        passes(
                                "K-01",
                                profile ->
                                        topics(
                                                profile,
                                                topic ->
                                                        topic.meshMessageDeliveries(0, 0.9, 40, 1)
                                                                .meshFailurePenalty(0, 0.9))))
                .isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (P4): without it, invalid messages go on")
    void withoutInvalidMessages() {
        assertThat(
                        passes(
                                "K-20",
                                profile ->
                                        topics(
                                                profile,
                                                topic -> topic.invalidMessageDeliveries(0, 0.9))))
                .isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (P7): without it, GRAFT in backoff costs nothing")
    void withoutBehaviourPenalty() {
        assertThat(
                        passes(
                                "K-23",
                                profile ->
                                        scores(profile, all -> all.behaviourPenalty(0, 0, 0.99))))
                .isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (Dhi): without it, inbound sybils fill meshes")
    void withoutHighWater() {
        assertThat(
                        passes(
                                "K-17",
                                profile ->
                                        profile.with(
                                                profile.params().toBuilder().meshHigh(60).build())))
                .isFalse();
    }

    private static boolean without(String id, UnaryOperator<RouterParams.Builder> defence) {
        return passes(
                id, profile -> profile.with(defence.apply(profile.params().toBuilder()).build()));
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (Dout and flood publish): without them, a cold boot among sybils is slow")
    void withoutOutboundQuotaAndFloodPublish() {
        assertThat(without("K-08", p -> p.meshOutbound(0).floodPublish(false))).isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (backoff): without it, whoever was pruned is back at once")
    void withoutBackoff() {
        var none = Duration.ofMillis(1);
        assertThat(without("K-23", p -> p.pruneBackoff(none).graftFloodThreshold(none))).isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (IHAVE cap): without it, a peer is asked for all it claims to have")
    void withoutIHaveCap() {
        assertThat(without("K-21", p -> p.maxIHaveLength(100_000).maxIHaveMessages(1_000)))
                .isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (IWANT cap): without it, a message is sent as often as it is asked for")
    void withoutIWantCap() {
        assertThat(without("K-22", p -> p.gossipRetransmission(1_000))).isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (IDONTWANT cap): without it, a peer fills the memory of another")
    void withoutIDontWantCap() {
        int most = 1_000_000;
        assertThat(
                        without(
                                "K-27",
                                p ->
                                        p.maxIDontWantMessages(most)
                                                .maxIDontWantLength(most)
                                                .idontwantIdsPerPeerMax(most)))
                .isFalse();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    @DisplayName("S-80 (seen TTL): without it, what is replayed is delivered again")
    void withoutSeenTtl() {
        assertThat(without("K-29", p -> p.seenTtl(Duration.ofSeconds(5)))).isFalse();
    }
}
