package org.pollen.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// How the score of a peer is computed.
///
/// Made by [#builder()], which checks the rules G0 to G13; the engine itself trusts what it is
/// given. Weights of penalties (P6, P7, slow peers) are negative; zero switches them off.
///
/// @param skipAtomicValidation whether groups left at zero are not checked
/// @param topics the parameters of each topic by its key: a topic string, or a mask in hex
/// @param defaultTopicParams for each subscribed topic without an entry of its own, or null
/// @param topicScoreCap the most all topics together can add; 0 for no cap
/// @param capMode what the cap limits
/// @param appSpecificScore P5: the opinion of the application about a peer handle, asked at each
///   evaluation; null for none
/// @param appSpecificWeight P5: its weight, of either sign
/// @param ipColocationFactorWeight P6: weight of the squared surplus of peers on one address
/// @param ipColocationFactorThreshold P6: how many peers may share an address
/// @param ipColocationFactorWhitelist P6: addresses that never count
/// @param ipv6SubnetOnly P6: count the subnet of an IPv6 address only; the reference counts the
///   address too, so that peers on one address are charged twice
/// @param ipv6PrefixBits P6: the length of that subnet
/// @param ipColocationCountsLoopback P6: whether loopback addresses count, for local test networks
/// @param behaviourPenaltyWeight P7: weight of the squared surplus of the counter
/// @param behaviourPenaltyThreshold P7: what is forgiven
/// @param behaviourPenaltyDecay P7: factor per decay interval
/// @param slowPeerWeight weight of messages dropped because the peer does not read them; linear
/// @param slowPeerThreshold what is forgiven
/// @param slowPeerDecay factor per decay interval
/// @param decayInterval the time between two decay steps
/// @param decayToZero the value below which a counter becomes zero
/// @param retainScore how long the record of a peer without a positive score is kept after it left
/// @param retainedPeersMax the most such records; beyond it the oldest goes early, neutral ones
///   first
/// @param seenMsgTTL how long delivery records are kept, at least the seen time of the router; 0
///   for 120 s
/// @param deliveryRecordsMax the most delivery records; beyond it the oldest goes early
/// @param scoreKeyPolicy which counters messages on several bits touch
/// @param strictReferencePrune for parity tests only: charge P3b for prunes of peers that are not
///   in the mesh, and go on charging P3 after it, as the reference does
/// @param suppressP3WhenIdle whether topics without an accepted message for ten decay intervals
///   charge no P3, until the activation time after the next message
/// @param malformedRpcPenalty what an undecodable RPC adds to P7
/// @param subscriptionLimitPenalty what too many subscriptions add to P7
/// @param unsubscribedMessagesPerPenalty how many messages for topics we are not subscribed to add
///   one to P7; 0 for never
public record PeerScoreParams(
        boolean skipAtomicValidation,
        Map<String, TopicScoreParams> topics,
        @Nullable TopicScoreParams defaultTopicParams,
        double topicScoreCap,
        CapMode capMode,
        @Nullable IntToDoubleFunction appSpecificScore,
        double appSpecificWeight,
        double ipColocationFactorWeight,
        int ipColocationFactorThreshold,
        List<IpBlock> ipColocationFactorWhitelist,
        boolean ipv6SubnetOnly,
        int ipv6PrefixBits,
        boolean ipColocationCountsLoopback,
        double behaviourPenaltyWeight,
        double behaviourPenaltyThreshold,
        double behaviourPenaltyDecay,
        double slowPeerWeight,
        double slowPeerThreshold,
        double slowPeerDecay,
        Duration decayInterval,
        double decayToZero,
        Duration retainScore,
        int retainedPeersMax,
        Duration seenMsgTTL,
        int deliveryRecordsMax,
        ScoreKeyPolicy scoreKeyPolicy,
        boolean strictReferencePrune,
        boolean suppressP3WhenIdle,
        double malformedRpcPenalty,
        double subscriptionLimitPenalty,
        int unsubscribedMessagesPerPenalty) {

    /// The application score function of who has none.
    public static final IntToDoubleFunction NO_APP_SCORE = _ -> 0;

    private static final Duration SEEN_TTL_DEFAULT = Duration.ofMinutes(2);

    /// Copies the collections; checks nothing.
    public PeerScoreParams {
        topics = Collections.unmodifiableMap(new LinkedHashMap<>(topics));
        ipColocationFactorWhitelist = List.copyOf(ipColocationFactorWhitelist);
    }

    /// Everything that is wrong, in the order topics, G1 to G13, then our own additions; empty if
    /// nothing is. What is wrong with a topic starts with its key.
    public List<String> problems() {
        var problems = new ArrayList<String>();
        var check = new Checks(problems);
        topics.forEach((key, topic) -> addTopicProblems(problems, "topic " + key, topic));
        if (defaultTopicParams != null)
            addTopicProblems(problems, "defaultTopicParams", defaultTopicParams);
        if (Checks.applies(skipAtomicValidation, () -> topicScoreCap == 0))
            check.notNegative("topicScoreCap", topicScoreCap);
        if (appSpecificScore == null && !skipAtomicValidation)
            problems.add(
                    "appSpecificScore is missing: it must be a function, if only NO_APP_SCORE");
        check.number("appSpecificWeight", appSpecificWeight);
        checkColocation(check);
        checkBehaviour(check);
        boolean decayIsZero = decayInterval.isZero() && decayToZero == 0;
        if (Checks.applies(skipAtomicValidation, () -> decayIsZero)) {
            check.atLeastSecond("decayInterval", decayInterval);
            check.fraction("decayToZero", decayToZero);
        }
        check.notNegative("retainScore", retainScore);
        check.notNegative("seenMsgTTL", seenMsgTTL);
        checkAdditions(check);
        return problems;
    }

    private static void addTopicProblems(
            List<String> problems, String name, TopicScoreParams topic) {
        for (String problem : topic.problems()) problems.add(name + ": " + problem);
    }

    private void checkColocation(Checks check) {
        if (ipColocationFactorWeight == 0 && skipAtomicValidation) return;
        check.notPositive("ipColocationFactorWeight", ipColocationFactorWeight);
        if (ipColocationFactorWeight != 0)
            check.rule(
                    ipColocationFactorThreshold >= 1,
                    "ipColocationFactorThreshold",
                    ipColocationFactorThreshold,
                    "it must be one or more");
    }

    private void checkBehaviour(Checks check) {
        boolean leftAlone = behaviourPenaltyWeight == 0 && behaviourPenaltyThreshold == 0;
        if (leftAlone && skipAtomicValidation) return;
        check.notPositive("behaviourPenaltyWeight", behaviourPenaltyWeight);
        if (behaviourPenaltyWeight != 0)
            check.fraction("behaviourPenaltyDecay", behaviourPenaltyDecay);
        check.notNegative("behaviourPenaltyThreshold", behaviourPenaltyThreshold);
    }

    private void checkAdditions(Checks check) {
        check.notPositive("slowPeerWeight", slowPeerWeight);
        check.notNegative("slowPeerThreshold", slowPeerThreshold);
        if (slowPeerWeight != 0) check.fraction("slowPeerDecay", slowPeerDecay);
        check.rule(
                ipv6PrefixBits >= 1 && ipv6PrefixBits <= 128,
                "ipv6PrefixBits",
                ipv6PrefixBits,
                "it must be 1 to 128");
        check.rule(
                retainedPeersMax >= 0,
                "retainedPeersMax",
                retainedPeersMax,
                "it must be zero or more");
        check.rule(
                deliveryRecordsMax >= 1,
                "deliveryRecordsMax",
                deliveryRecordsMax,
                "it must be one or more");
        check.notNegative("malformedRpcPenalty", malformedRpcPenalty);
        check.notNegative("subscriptionLimitPenalty", subscriptionLimitPenalty);
        check.rule(
                unsubscribedMessagesPerPenalty >= 0,
                "unsubscribedMessagesPerPenalty",
                unsubscribedMessagesPerPenalty,
                "it must be zero or more");
    }

    /// Refuses parameters that break a rule.
    ///
    /// @throws IllegalArgumentException with the first of [#problems()]
    public void validate() {
        Checks.refuse(problems());
    }

    /// The parameters of the topic with this key: its own, or else those for all.
    public Optional<TopicScoreParams> topic(String key) {
        TopicScoreParams own = topics.get(key);
        return Optional.ofNullable(own != null ? own : defaultTopicParams);
    }

    /// The decay interval in use: one second if it was left at zero.
    public Duration decayIntervalInUse() {
        return decayInterval.isZero() ? ScoreDecay.DEFAULT_INTERVAL : decayInterval;
    }

    /// The zero limit in use: 0.01 if both it and the interval were left at zero.
    public double decayToZeroInUse() {
        boolean leftAlone = decayInterval.isZero() && decayToZero == 0;
        return leftAlone ? ScoreDecay.DEFAULT_TO_ZERO : decayToZero;
    }

    /// The life of delivery records in use: 120 s if it was left at zero.
    public Duration seenMsgTTLInUse() {
        return seenMsgTTL.isZero() ? SEEN_TTL_DEFAULT : seenMsgTTL;
    }

    /// A builder with everything switched off and atomic validation.
    public static Builder builder() {
        return new Builder();
    }

    /// A builder that starts from these values, to change some of them.
    public Builder toBuilder() {
        return new Builder(this);
    }

    /// Collects parameters by group; nothing is checked before [#build()].
    public static final class Builder {
        private boolean skipAtomicValidation;
        private final Map<String, TopicScoreParams> topics = new LinkedHashMap<>();
        private @Nullable TopicScoreParams defaultTopicParams;
        private double topicScoreCap;
        private CapMode capMode = CapMode.SUM;
        private @Nullable IntToDoubleFunction appSpecificScore;
        private double appSpecificWeight;
        private double ipColocationFactorWeight;
        private int ipColocationFactorThreshold;
        private List<IpBlock> ipColocationFactorWhitelist = List.of();
        private boolean ipv6SubnetOnly;
        private int ipv6PrefixBits = 64;
        private boolean ipColocationCountsLoopback;
        private double behaviourPenaltyWeight;
        private double behaviourPenaltyThreshold;
        private double behaviourPenaltyDecay;
        private double slowPeerWeight;
        private double slowPeerThreshold;
        private double slowPeerDecay;
        private Duration decayInterval = Duration.ZERO;
        private double decayToZero;
        private Duration retainScore = Duration.ZERO;
        private int retainedPeersMax = 100_000;
        private Duration seenMsgTTL = Duration.ZERO;
        private int deliveryRecordsMax = 1 << 20;
        private ScoreKeyPolicy scoreKeyPolicy = ScoreKeyPolicy.PER_SLICE;
        private boolean strictReferencePrune;
        private boolean suppressP3WhenIdle;
        private double malformedRpcPenalty = 1;
        private double subscriptionLimitPenalty = 1;
        private int unsubscribedMessagesPerPenalty = 100;

        private Builder() {}

        private Builder(PeerScoreParams from) {
            skipAtomicValidation = from.skipAtomicValidation;
            topics.putAll(from.topics);
            defaultTopicParams = from.defaultTopicParams;
            topicScoreCap(from.topicScoreCap, from.capMode);
            appSpecificScore = from.appSpecificScore;
            appSpecificWeight = from.appSpecificWeight;
            ipColocationFactor(from.ipColocationFactorWeight, from.ipColocationFactorThreshold);
            ipColocationFactorWhitelist = from.ipColocationFactorWhitelist;
            ipv6SubnetOnly = from.ipv6SubnetOnly;
            ipv6PrefixBits = from.ipv6PrefixBits;
            ipColocationCountsLoopback = from.ipColocationCountsLoopback;
            behaviourPenalty(
                    from.behaviourPenaltyWeight,
                    from.behaviourPenaltyThreshold,
                    from.behaviourPenaltyDecay);
            slowPeer(from.slowPeerWeight, from.slowPeerThreshold, from.slowPeerDecay);
            decay(from.decayInterval, from.decayToZero);
            retainScore = from.retainScore;
            retainedPeersMax = from.retainedPeersMax;
            seenMsgTTL = from.seenMsgTTL;
            deliveryRecordsMax = from.deliveryRecordsMax;
            scoreKeyPolicy = from.scoreKeyPolicy;
            strictReferencePrune = from.strictReferencePrune;
            suppressP3WhenIdle = from.suppressP3WhenIdle;
            malformedRpcPenalty = from.malformedRpcPenalty;
            subscriptionLimitPenalty = from.subscriptionLimitPenalty;
            unsubscribedMessagesPerPenalty = from.unsubscribedMessagesPerPenalty;
        }

        /// Selects the selective mode of validation.
        public Builder skipAtomicValidation(boolean skip) {
            skipAtomicValidation = skip;
            return this;
        }

        /// Sets the parameters of one topic.
        public Builder topic(String key, TopicScoreParams params) {
            topics.put(key, params);
            return this;
        }

        /// Removes the parameters of all topics.
        public Builder clearTopics() {
            topics.clear();
            return this;
        }

        /// Sets the parameters of every subscribed topic without its own.
        public Builder defaultTopicParams(@Nullable TopicScoreParams params) {
            defaultTopicParams = params;
            return this;
        }

        /// Sets the cap, in the mode of the reference.
        public Builder topicScoreCap(double cap) {
            return topicScoreCap(cap, capMode);
        }

        /// Sets the cap and what it limits.
        public Builder topicScoreCap(double cap, CapMode mode) {
            topicScoreCap = cap;
            capMode = mode;
            return this;
        }

        /// Sets P5.
        public Builder appSpecificScore(@Nullable IntToDoubleFunction score, double weight) {
            appSpecificScore = score;
            appSpecificWeight = weight;
            return this;
        }

        /// Sets P6.
        public Builder ipColocationFactor(double weight, int threshold) {
            ipColocationFactorWeight = weight;
            ipColocationFactorThreshold = threshold;
            return this;
        }

        /// Sets the addresses that P6 never counts.
        public Builder ipColocationFactorWhitelist(List<IpBlock> blocks) {
            ipColocationFactorWhitelist = blocks;
            return this;
        }

        /// Sets which parts of an IPv6 address P6 counts.
        public Builder ipv6(boolean subnetOnly, int prefixBits) {
            ipv6SubnetOnly = subnetOnly;
            ipv6PrefixBits = prefixBits;
            return this;
        }

        /// Makes P6 count loopback addresses.
        public Builder ipColocationCountsLoopback(boolean counts) {
            ipColocationCountsLoopback = counts;
            return this;
        }

        /// Sets P7.
        public Builder behaviourPenalty(double weight, double threshold, double decay) {
            behaviourPenaltyWeight = weight;
            behaviourPenaltyThreshold = threshold;
            behaviourPenaltyDecay = decay;
            return this;
        }

        /// Sets the penalty of slow peers.
        public Builder slowPeer(double weight, double threshold, double decay) {
            slowPeerWeight = weight;
            slowPeerThreshold = threshold;
            slowPeerDecay = decay;
            return this;
        }

        /// Sets the time between decay steps and the value that counts as zero.
        public Builder decay(Duration interval, double toZero) {
            decayInterval = interval;
            decayToZero = toZero;
            return this;
        }

        /// Sets how long bad records are kept after the peer left.
        public Builder retainScore(Duration time) {
            retainScore = time;
            return this;
        }

        /// Sets the most records of peers that left.
        public Builder retainedPeersMax(int count) {
            retainedPeersMax = count;
            return this;
        }

        /// Sets how long delivery records are kept.
        public Builder seenMsgTTL(Duration time) {
            seenMsgTTL = time;
            return this;
        }

        /// Sets the most delivery records.
        public Builder deliveryRecordsMax(int count) {
            deliveryRecordsMax = count;
            return this;
        }

        /// Sets which counters messages on several bits touch.
        public Builder scoreKeyPolicy(ScoreKeyPolicy policy) {
            scoreKeyPolicy = policy;
            return this;
        }

        /// Reproduces the prunes of the reference.
        public Builder strictReferencePrune(boolean strict) {
            strictReferencePrune = strict;
            return this;
        }

        /// Suspends P3 in topics where nothing happens.
        public Builder suppressP3WhenIdle(boolean suppress) {
            suppressP3WhenIdle = suppress;
            return this;
        }

        /// Sets what undecodable RPCs and too many subscriptions add to P7; 0 for nothing.
        public Builder minorPenalties(double malformedRpc, double subscriptionLimit) {
            malformedRpcPenalty = malformedRpc;
            subscriptionLimitPenalty = subscriptionLimit;
            return this;
        }

        /// Sets how many messages for topics we are not subscribed to add one to P7; 0 for never.
        public Builder unsubscribedMessagesPerPenalty(int count) {
            unsubscribedMessagesPerPenalty = count;
            return this;
        }

        /// The finished parameters.
        ///
        /// In the selective mode a missing application score function becomes [#NO_APP_SCORE].
        ///
        /// @throws IllegalArgumentException naming the topic, if it is in one, the field, its value
        ///   and the broken rule
        public PeerScoreParams build() {
            if (skipAtomicValidation && appSpecificScore == null) appSpecificScore = NO_APP_SCORE;
            PeerScoreParams params = buildUnchecked();
            params.validate();
            return params;
        }

        /// The parameters as they are, for experiments.
        public PeerScoreParams buildUnchecked() {
            return new PeerScoreParams(
                    skipAtomicValidation,
                    topics,
                    defaultTopicParams,
                    topicScoreCap,
                    capMode,
                    appSpecificScore,
                    appSpecificWeight,
                    ipColocationFactorWeight,
                    ipColocationFactorThreshold,
                    ipColocationFactorWhitelist,
                    ipv6SubnetOnly,
                    ipv6PrefixBits,
                    ipColocationCountsLoopback,
                    behaviourPenaltyWeight,
                    behaviourPenaltyThreshold,
                    behaviourPenaltyDecay,
                    slowPeerWeight,
                    slowPeerThreshold,
                    slowPeerDecay,
                    decayInterval,
                    decayToZero,
                    retainScore,
                    retainedPeersMax,
                    seenMsgTTL,
                    deliveryRecordsMax,
                    scoreKeyPolicy,
                    strictReferencePrune,
                    suppressP3WhenIdle,
                    malformedRpcPenalty,
                    subscriptionLimitPenalty,
                    unsubscribedMessagesPerPenalty);
        }
    }
}
