package org.pollen.simulator;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
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
    public static final Profile H0 = testBed("H0", 1500, -0.25, 0.997, 400, 10, 60);

    /// H0 for a tenth of the load: the same shapes of scores.
    public static final Profile H0_QUICK = testBed("H0-quick", 150, -0.25, 0.997, 40, 1, 60);

    /// The template of the same repository.
    public static final Profile H0S = testBed("H0s", 1500, -0.25, 0.97, 400, 100, 30);

    /// H0s for a tenth of the load: its scores are a tenth, too. A deficit of deliveries counts
    /// squared, so that its weight has to be ten times as much.
    public static final Profile H0S_QUICK = testBed("H0s-quick", 150, -2.5, 0.97, 40, 10, 30);

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

    /// Vanilla gossipsub 1.0: nothing of 1.1, so that gossip goes to Dlazy peers however many there
    /// are.
    public static final Profile V10 =
            new Profile(
                    "V10",
                    hardened().floodPublish(false).meshOutbound(0).gossipFactor(0).build(),
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

    /// No router at all, see [LightPeer]: for a million peers.
    public static final Profile LIGHT =
            new Profile(
                    "light",
                    base().build(),
                    null,
                    PeerScoreThresholds.NEUTRAL,
                    PubsubProtocol.FLOODSUB_1_0);

    private static final Profile[] ALL = {
        H0, H0_QUICK, H0S, H0S_QUICK, H0O_QUICK, V10, H1, PLAIN, LIGHT
    };

    /// What each is, in a line.
    static final Map<String, String> EXPLAINED = new LinkedHashMap<>();

    static {
        EXPLAINED.put("H0", "saved set of the Protocol Labs test-bed (TechRep-2020-001)");
        EXPLAINED.put("H0-quick", "H0 for a tenth of the load");
        EXPLAINED.put("H0s", "the template of the same repository: P3 decides within a minute");
        EXPLAINED.put("H0s-quick", "H0s for a tenth of the load");
        EXPLAINED.put("H0o-quick", "H0-quick with opportunistic grafting");
        EXPLAINED.put(
                "V10", "gossipsub 1.0: no scores, flood publish, outbound quota or gossip factor");
        EXPLAINED.put("H1", "Pollen's recommended set");
        EXPLAINED.put("plain", "D 8 without scores");
        EXPLAINED.put("light", "no router: peers pass first copies on; for a million of them");
    }

    /// Whether peers have a router.
    boolean routed() {
        return !name.equals(LIGHT.name);
    }

    /// The profile with a name.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Profile named(String name) {
        for (Profile profile : ALL) if (profile.name.equals(name)) return profile;
        throw new IllegalArgumentException(
                "profile %s: one of H0, H0-quick, H0s, H0s-quick, H0o-quick, V10, H1, plain, light"
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
            double firstCap,
            double deficit,
            double decay,
            double cap,
            double threshold,
            long activationSeconds) {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .topicWeight(0.25)
                        .timeInMesh(0.0027, Duration.ofSeconds(1), 3600)
                        .firstMessageDeliveries(0.664, 0.9916, firstCap)
                        .meshMessageDeliveries(deficit, decay, cap, threshold)
                        .meshMessageDeliveriesTimes(
                                Duration.ofMillis(5), Duration.ofSeconds(activationSeconds))
                        .meshFailurePenalty(deficit, 0.997)
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
