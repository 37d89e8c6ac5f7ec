package org.pollen.scoring;

import java.time.Duration;

/// Parameter sets: our own and those of networks in production.
///
/// Sets of other networks are kept as they are, mistakes included; `ScoreParamsLint` says what they
/// are. Topics have short keys here; [PeerScoreParams#toBuilder()] gives them the keys of a
/// network.
public final class ScorePresets {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
    private static final Duration HOUR = Duration.ofHours(1);

    private static final double HOUR_DECAY = ScoreDecay.factor(HOUR);
    private static final double TEN_MINUTES_DECAY = ScoreDecay.factor(TEN_MINUTES);

    // Filecoin, 2024. Its P1 is 0.00027 after one second, whatever the comments there say: the cap
    // counts quanta. P3 is off on purpose, as low rates make honest peers look like free-riders.

    /// Filecoin blocks.
    public static final TopicScoreParams LOTUS_BLOCKS =
            lotusTopic(0.1, 0.00027).firstMessageDeliveries(5, HOUR_DECAY, 100).build();

    /// Filecoin messages.
    public static final TopicScoreParams LOTUS_MESSAGES =
            lotusTopic(0.1, 0.0002778).firstMessageDeliveries(0.5, TEN_MINUTES_DECAY, 100).build();

    /// The random beacon of Filecoin.
    public static final TopicScoreParams LOTUS_BEACON =
            lotusTopic(0.5, 0.00027).firstMessageDeliveries(5, HOUR_DECAY, 25).build();

    /// Filecoin: topics `blocks`, `messages` and `beacon`.
    public static final PeerScoreParams LOTUS =
            PeerScoreParams.builder()
                    .topic("blocks", LOTUS_BLOCKS)
                    .topic("messages", LOTUS_MESSAGES)
                    .topic("beacon", LOTUS_BEACON)
                    .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 1)
                    .ipColocationFactor(-100, 5)
                    .behaviourPenalty(-10, 6, HOUR_DECAY)
                    .decay(SECOND, 0.01)
                    .retainScore(Duration.ofHours(6))
                    .build();

    /// Filecoin.
    public static final PeerScoreThresholds LOTUS_THRESHOLDS =
            PeerScoreThresholds.builder()
                    .limits(-500, -1000, -2500)
                    .acceptPX(1000)
                    .opportunisticGraft(3.5)
                    .build();

    /// Filecoin in 2020, with P3 and e-folding decays: topics `blocks` and `messages`.
    public static final PeerScoreParams LOTUS_2020 =
            LOTUS.toBuilder()
                    .clearTopics()
                    .topic(
                            "blocks",
                            lotusTopic(0.1, 0.00027)
                                    .firstMessageDeliveries(25, 0.99972, 100)
                                    .meshMessageDeliveries(-576, 0.99972, 100, 0.41666)
                                    .meshMessageDeliveriesTimes(Duration.ofMillis(10), MINUTE)
                                    .meshFailurePenalty(-576, 0.99888)
                                    .invalidMessageDeliveries(-1000, 0.99972)
                                    .build())
                    .topic(
                            "messages",
                            lotusTopic(0.05, 0.0002778)
                                    .firstMessageDeliveries(1, 0.99833, 1000)
                                    .meshMessageDeliveries(-4, 0.99833, 1000, 5)
                                    .meshMessageDeliveriesTimes(Duration.ofMillis(10), MINUTE)
                                    .meshFailurePenalty(-4, 0.99666)
                                    .invalidMessageDeliveries(-1000, 0.99972)
                                    .build())
                    .ipColocationFactor(-100, 1)
                    .build();

    /// Filecoin in 2020.
    public static final PeerScoreThresholds LOTUS_2020_THRESHOLDS =
            LOTUS_THRESHOLDS.toBuilder().opportunisticGraft(2.5).build();

    /// Quilibrium 2.0: only the application score matters.
    public static final PeerScoreParams QUILIBRIUM_20 =
            PeerScoreParams.builder()
                    .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 10)
                    .ipColocationFactor(0, 6)
                    .behaviourPenalty(0, 100, 0.5)
                    .decay(Duration.ofSeconds(10), 0.1)
                    .retainScore(HOUR)
                    .build();

    /// Quilibrium 2.0.
    public static final PeerScoreThresholds QUILIBRIUM_20_THRESHOLDS =
            PeerScoreThresholds.builder()
                    .limits(-2000, -5000, -10000)
                    .acceptPX(1)
                    .opportunisticGraft(2)
                    .build();

    /// Each slice of Quilibrium 2.1. Its factors are meant for a step each second but are applied
    /// every ten minutes, so that a single invalid message lingers for 12 days.
    public static final TopicScoreParams QUILIBRIUM_21_SLICE =
            TopicScoreParams.builder()
                    .topicWeight(0.1)
                    .timeInMesh(0.00027, SECOND, 1)
                    .firstMessageDeliveries(5, TEN_MINUTES_DECAY, 10000)
                    .invalidMessageDeliveries(-1000, HOUR_DECAY)
                    .build();

    /// Quilibrium 2.1: every subscribed slice counts.
    public static final PeerScoreParams QUILIBRIUM_21 =
            PeerScoreParams.builder()
                    .defaultTopicParams(QUILIBRIUM_21_SLICE)
                    .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 10)
                    .ipColocationFactor(-100, 6)
                    .behaviourPenalty(-10, 6, 0.5)
                    .decay(TEN_MINUTES, 0.1)
                    .retainScore(HOUR)
                    .build();

    /// Quilibrium 2.1.
    public static final PeerScoreThresholds QUILIBRIUM_21_THRESHOLDS =
            PeerScoreThresholds.builder()
                    .limits(-500, -1000, -2500)
                    .acceptPX(1000)
                    .opportunisticGraft(3.5)
                    .build();

    /// The topic of the gossipsub-hardening test-bed, for 120 messages a second of 2 KiB.
    public static final TopicScoreParams HARDENING_TESTBED_TOPIC =
            TopicScoreParams.builder()
                    .topicWeight(0.25)
                    .timeInMesh(0.0027, SECOND, 3600)
                    .firstMessageDeliveries(0.664, 0.9916, 1500)
                    .meshMessageDeliveries(-0.25, 0.97, 400, 100)
                    .meshMessageDeliveriesTimes(Duration.ofMillis(5), Duration.ofSeconds(30))
                    .meshFailurePenalty(-0.25, 0.997)
                    .invalidMessageDeliveries(-99, 0.9994)
                    .build();

    /// The gossipsub-hardening test-bed.
    public static final PeerScoreParams HARDENING_TESTBED =
            PeerScoreParams.builder()
                    .defaultTopicParams(HARDENING_TESTBED_TOPIC)
                    .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 0)
                    .ipColocationFactor(0, 1)
                    .decay(Duration.ofSeconds(5), 0.01)
                    .retainScore(Duration.ofSeconds(30))
                    .build();

    /// The gossipsub-hardening test-bed.
    public static final PeerScoreThresholds HARDENING_TESTBED_THRESHOLDS =
            PeerScoreThresholds.builder().limits(-4000, -5000, -10000).build();

    /// Our set for topics with few messages, such as signalling: no P3.
    public static final TopicScoreParams RECOMMENDED_RARE_TOPIC =
            recommendedTopic().firstMessageDeliveries(0.5, TEN_MINUTES_DECAY, 20).build();

    /// Our set. Topics without an entry are taken for rare ones; transaction topics need
    /// [#recommendedTopic(double)].
    public static final PeerScoreParams RECOMMENDED =
            PeerScoreParams.builder()
                    .defaultTopicParams(RECOMMENDED_RARE_TOPIC)
                    .topicScoreCap(20, CapMode.POSITIVE_PARTS)
                    .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 1)
                    .ipColocationFactor(-10, 5)
                    .behaviourPenalty(-10, 6, TEN_MINUTES_DECAY)
                    .decay(SECOND, 0.01)
                    .retainScore(Duration.ofHours(6))
                    .build();

    /// Our set, for nodes with so many topics that the cap of 20 can be reached. With fewer, see
    /// [#recommendedThresholds(double)].
    public static final PeerScoreThresholds RECOMMENDED_THRESHOLDS = recommendedThresholds(20);

    private ScorePresets() {}

    private static TopicScoreParams.Builder lotusTopic(double weight, double timeWeight) {
        return TopicScoreParams.builder()
                .topicWeight(weight)
                .timeInMesh(timeWeight, SECOND, 1)
                .invalidMessageDeliveries(-1000, HOUR_DECAY);
    }

    private static TopicScoreParams.Builder recommendedTopic() {
        return TopicScoreParams.builder()
                .topicWeight(0.25)
                .timeInMesh(0.001, SECOND, 1000)
                .invalidMessageDeliveries(-200, HOUR_DECAY);
    }

    /// Our set for a topic with at least a message a second.
    ///
    /// A member of the mesh must deliver, first or soon after, a fiftieth of what is expected; not
    /// delivering at all costs one and a half times what a perfect peer can earn in the topic, and
    /// half of that is the floor.
    ///
    /// @param messagesPerSecond how many are expected in the topic
    /// @throws IllegalArgumentException unless it is positive
    public static TopicScoreParams recommendedTopic(double messagesPerSecond) {
        double threshold = ScoreDecay.converge(TEN_MINUTES_DECAY, messagesPerSecond) / 50;
        double weight = -16.5 / (threshold * threshold);
        TopicScoreParams params =
                recommendedTopic()
                        .firstMessageDeliveries(0.1, TEN_MINUTES_DECAY, 100)
                        .meshMessageDeliveries(weight, TEN_MINUTES_DECAY, 4 * threshold, threshold)
                        .meshMessageDeliveriesTimes(Duration.ofMillis(200), Duration.ofMinutes(2))
                        .meshFailurePenalty(weight, ScoreDecay.factor(Duration.ofMinutes(15)))
                        .build();
        return params.toBuilder().topicPruneThreshold(params.recommendedFloor()).build();
    }

    /// Our thresholds for a node whose peers can earn at most `bestScore` in all topics together:
    /// opportunistic grafting must be in reach.
    public static PeerScoreThresholds recommendedThresholds(double bestScore) {
        return PeerScoreThresholds.builder()
                .limits(-100, -200, -500)
                .acceptPX(50)
                .opportunisticGraft(Math.min(2, bestScore / 4))
                .build();
    }
}
