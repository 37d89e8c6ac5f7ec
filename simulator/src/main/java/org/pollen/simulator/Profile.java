package org.pollen.simulator;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterParams;
import org.pollen.router.SigningPolicy;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScorePresets;
import org.pollen.scoring.TopicScoreParams;

/// How honest peers are configured.
///
/// @param name as in scenario files
/// @param params of the router
/// @param scores null for no scoring
/// @param thresholds of scores
/// @param protocol what they speak
public record Profile(
        String name,
        RouterParams params,
        @Nullable PeerScoreParams scores,
        PeerScoreThresholds thresholds,
        PubsubProtocol protocol) {

    /// The saved set of the Protocol Labs test-bed. Source: simulator specification 3.1.
    public static final Profile H0 = testBed("H0", 0.664, 1500, 0.997, 400, 10, 60);

    /// H0 for a tenth of the load: the same shapes of scores.
    public static final Profile H0_QUICK = testBed("H0-quick", 0.664, 150, 0.997, 40, 1, 60);

    /// The template of the same repository.
    public static final Profile H0S = testBed("H0s", 0.664, 1500, 0.97, 400, 100, 30);

    /// H0s for a tenth of the load.
    public static final Profile H0S_QUICK = testBed("H0s-quick", 0.664, 150, 0.97, 40, 10, 30);

    /// H0 for a tenth of the load, with opportunistic grafting.
    public static final Profile H0O_QUICK =
            new Profile(
                    "H0o-quick",
                    hardened().opportunisticGraftTicks(10).build(),
                    H0_QUICK.scores,
                    PeerScoreThresholds.builder()
                            .limits(-4000, -5000, -10000)
                            .opportunisticGraft(1)
                            .build(),
                    PubsubProtocol.MESHSUB_1_1);

    /// Vanilla gossipsub 1.0: nothing of 1.1.
    public static final Profile V10 =
            new Profile(
                    "V10",
                    hardened().floodPublish(false).meshOutbound(0).gossipLazy(8).build(),
                    null,
                    PeerScoreThresholds.NEUTRAL,
                    PubsubProtocol.MESHSUB_1_0);

    /// The project's own set, for a topic with 12 messages a second.
    public static final Profile H1 =
            new Profile(
                    "H1",
                    base().build(),
                    ScorePresets.RECOMMENDED.toBuilder()
                            .defaultTopicParams(ScorePresets.recommendedTopic(12))
                            .build(),
                    ScorePresets.recommendedThresholds(10),
                    PubsubProtocol.MESHSUB_1_2);

    /// No scoring, D 8: what the reference model of the specification has.
    public static final Profile PLAIN =
            new Profile(
                    "plain",
                    base().floodPublish(false).build(),
                    null,
                    PeerScoreThresholds.NEUTRAL,
                    PubsubProtocol.MESHSUB_1_2);

    private static final Profile[] ALL = {H0, H0_QUICK, H0S, H0S_QUICK, H0O_QUICK, V10, H1, PLAIN};

    /// The profile with a name.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Profile named(String name) {
        for (Profile profile : ALL) if (profile.name.equals(name)) return profile;
        throw new IllegalArgumentException(
                "profile %s: one of H0, H0-quick, H0s, H0s-quick, H0o-quick, V10, H1, plain"
                        .formatted(name));
    }

    /// The profile with other router parameters.
    public Profile with(RouterParams other) {
        return new Profile(name, other, scores, thresholds, protocol);
    }

    /// The profile with other scores.
    public Profile with(PeerScoreParams other, PeerScoreThresholds limits) {
        return new Profile(name, params, other, limits, protocol);
    }

    private static RouterParams.Builder base() {
        return RouterParams.GOSSIPSUB_GO.toBuilder()
                .meshTarget(8)
                .meshLow(6)
                .meshHigh(12)
                .meshScore(6)
                .meshOutbound(2)
                .gossipLazy(8)
                .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                .messageIds(MessageIdScheme.SHA256);
    }

    private static RouterParams.Builder hardened() {
        // The experiment's code pruned above Dhi, not at it: at Dhi, members beyond Dscore give way
        // to sybils that graft again.
        return base().pruneAtHigh(false)
                .gossipLazy(12)
                .floodPublish(true)
                .opportunisticGraftTicks(60);
    }

    private static Profile testBed(
            String name,
            double first,
            double firstCap,
            double decay,
            double cap,
            double threshold,
            long activationSeconds) {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .topicWeight(0.25)
                        .timeInMesh(0.0027, Duration.ofSeconds(1), 3600)
                        .firstMessageDeliveries(first, 0.9916, firstCap)
                        .meshMessageDeliveries(-0.25, decay, cap, threshold)
                        .meshMessageDeliveriesTimes(
                                Duration.ofMillis(5), Duration.ofSeconds(activationSeconds))
                        .meshFailurePenalty(-0.25, 0.997)
                        .invalidMessageDeliveries(-99, 0.9994)
                        .build();
        PeerScoreParams scores =
                PeerScoreParams.builder()
                        .defaultTopicParams(topic)
                        .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 0)
                        .ipColocationFactor(0, 1)
                        .decay(Duration.ofSeconds(1), 0.01)
                        .retainScore(Duration.ofSeconds(30))
                        .build();
        return new Profile(
                name,
                hardened().build(),
                scores,
                ScorePresets.HARDENING_TESTBED_THRESHOLDS,
                PubsubProtocol.MESHSUB_1_1);
    }
}
