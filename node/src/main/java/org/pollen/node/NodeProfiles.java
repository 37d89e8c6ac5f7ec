package org.pollen.node;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterParams;
import org.pollen.router.SigningPolicy;
import org.pollen.scoring.LintContext;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScoreParamsLint;
import org.pollen.scoring.ScorePresets;
import org.pollen.scoring.TopicScoreParams;

/// The parameter sets that a node starts from.
public final class NodeProfiles {
    /// Router and score parameters that fit each other.
    ///
    /// @param protocols offered to peers, best first; of both dialects if there is a second
    /// @param second the other dialect of a node that speaks both, or null
    public record Gossip(
            List<String> protocols,
            RouterParams router,
            PeerScoreParams scores,
            PeerScoreThresholds thresholds,
            @Nullable Gossip second) {}

    /// What all topic weights add up to: that of the transaction topic, as the scoring guide says.
    public static final double TOPIC_WEIGHT = 0.25;

    private NodeProfiles() {}

    /// Gossip of transactions: not signed, since a transaction signs itself; ids are transaction
    /// hashes.
    ///
    /// @param dialect blossom-2.0, blossom-2.1, meshsub or both: the latest of each
    /// @param messagesPerSecond expected on the transaction topic
    public static Gossip gossip(String dialect, double messagesPerSecond) {
        if (dialect.equals("both")) {
            Gossip blossom = gossip("blossom-2.1", messagesPerSecond);
            Gossip meshsub = gossip("meshsub", messagesPerSecond);
            List<String> all =
                    java.util.Arrays.stream(PubsubProtocol.values())
                            .map(PubsubProtocol::id)
                            .toList();
            return new Gossip(all, blossom.router, blossom.scores, blossom.thresholds, meshsub);
        }
        RouterParams base =
                switch (dialect) {
                    case "blossom-2.0" -> RouterParams.BLOSSOM_20;
                    case "blossom-2.1" -> RouterParams.BLOSSOM_21;
                    case "meshsub" -> RouterParams.GOSSIPSUB_GO;
                    default ->
                            throw new OperatorException(
                                    ErrorCode.CFG_003,
                                    "dialect is \"" + dialect + "\"",
                                    "it must be one of blossom-2.0, blossom-2.1, meshsub, both");
                };
        RouterParams router =
                base.toBuilder()
                        .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                        .messageIds(Topics.IDS)
                        .floodPublish(true)
                        .seenTtl(Duration.ofMinutes(2))
                        .build();
        Mask mask = Topics.mask(Topics.TRANSACTIONS, router.dialect());
        // Where hardly anything is sent, nobody can be told to deliver too little.
        TopicScoreParams topic =
                messagesPerSecond < 1
                        ? ScorePresets.RECOMMENDED_RARE_TOPIC
                        : ScorePresets.recommendedTopic(messagesPerSecond);
        PeerScoreParams scores =
                ScorePresets.RECOMMENDED.toBuilder()
                        .topic(mask.display(router.dialect()), topic)
                        .ipColocationCountsLoopback(
                                true) // nodes of a devnet have addresses of their own
                        .build();
        PeerScoreThresholds thresholds =
                ScorePresets.recommendedThresholds(topic.bestContribution());
        return new Gossip(protocols(dialect), router, scores, thresholds, null);
    }

    private static List<String> protocols(String dialect) {
        Dialect wanted = dialect.equals("meshsub") ? Dialect.MESHSUB : Dialect.BLOSSOM;
        return java.util.Arrays.stream(PubsubProtocol.values())
                .filter(protocol -> protocol.dialect() == wanted)
                .filter(protocol -> !dialect.equals("blossom-2.0") || !protocol.idontwant())
                .map(PubsubProtocol::id)
                .toList();
    }

    /// What the lint says of a parameter set with the transaction topic.
    public static List<ScoreParamsLint.Finding> lint(
            Gossip gossip, double messagesPerSecond, boolean strict) {
        String key =
                Topics.mask(Topics.TRANSACTIONS, gossip.router.dialect())
                        .display(gossip.router.dialect());
        LintContext context =
                LintContext.builder()
                        .router(
                                gossip.router.heartbeatInterval(),
                                gossip.router.meshTarget(),
                                gossip.router.seenTtl())
                        .defaultTopics(0)
                        .messagesPerSecond(key, messagesPerSecond)
                        .documentedTopicWeight(TOPIC_WEIGHT)
                        .build();
        return ScoreParamsLint.check(gossip.scores, gossip.thresholds, context, strict);
    }
}
