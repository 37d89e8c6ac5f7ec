package org.pollen.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds parameters that are valid but let attackers win or punish the honest.
///
/// The rules L1 to L18 come from the formal analysis of gossipsub (Kumar, von Hippel, Manolios,
/// Nita-Rotaru; CVE-2022-47547) and from mistakes seen in production. They are a pure calculation:
/// run them again whenever a topic is added.
///
/// Below, M is the best a peer can earn in a topic, and S' the best in all topics together, the cap
/// included.
public final class ScoreParamsLint {
    /// How bad a finding is.
    public enum Severity {
        /// The node runs.
        WARNING,
        /// The node refuses to start.
        ERROR
    }

    /// One broken rule.
    ///
    /// @param id `L1` to `L18`
    /// @param severity error in the strict mode, else warning
    /// @param topic the key of the topic; empty if it is not about one; `*` for the default
    /// @param message what is wrong, with values
    public record Finding(String id, Severity severity, String topic, String message) {
        @Override
        public String toString() {
            return id + (topic.isEmpty() ? "" : " " + topic) + ": " + message;
        }
    }

    /// The name of the topics that use the default parameters.
    public static final String DEFAULT_TOPIC = "*";

    private static final Duration HALF_LIFE_MIN = Duration.ofSeconds(10);
    private static final Duration HALF_LIFE_MAX = Duration.ofHours(24);

    /// Where a counter without a cap is taken to start from when its decay is judged.
    private static final double UNCAPPED = 100;

    private static final int BAD_ACTS_MAX = 20;
    private static final double WEIGHT_TOLERANCE = 1e-9;

    private final PeerScoreParams params;
    private final PeerScoreThresholds thresholds;
    private final LintContext context;
    private final Severity severity;
    private final Map<String, TopicScoreParams> topics;
    private final double intervalSeconds;
    private final double best;
    private final List<Finding> findings = new ArrayList<>();

    private ScoreParamsLint(
            PeerScoreParams params,
            PeerScoreThresholds thresholds,
            LintContext context,
            boolean strict) {
        this.params = params;
        this.thresholds = thresholds;
        this.context = context;
        severity = strict ? Severity.ERROR : Severity.WARNING;
        topics = new LinkedHashMap<>(params.topics());
        TopicScoreParams defaults = params.defaultTopicParams();
        if (defaults != null && context.defaultTopics() > 0) topics.put(DEFAULT_TOPIC, defaults);
        intervalSeconds = seconds(params.decayIntervalInUse());
        best = bestScore(params, context);
    }

    /// What is wrong, by rule.
    ///
    /// @param strict whether findings are errors
    public static List<Finding> check(
            PeerScoreParams params,
            PeerScoreThresholds thresholds,
            LintContext context,
            boolean strict) {
        var lint = new ScoreParamsLint(params, thresholds, context, strict);
        lint.run();
        return List.copyOf(lint.findings);
    }

    /// The best score a peer can have by its messages: S'.
    public static double bestScore(PeerScoreParams params, LintContext context) {
        double sum = 0;
        for (TopicScoreParams topic : params.topics().values()) sum += topic.bestContribution();
        TopicScoreParams defaults = params.defaultTopicParams();
        if (defaults != null) sum += context.defaultTopics() * defaults.bestContribution();
        double cap = params.topicScoreCap();
        return cap > 0 ? Math.min(sum, cap) : sum;
    }

    /// What all topic weights add up to, for the documentation that L18 asks for.
    public static double topicWeightSum(PeerScoreParams params, LintContext context) {
        double sum = 0;
        for (TopicScoreParams topic : params.topics().values()) sum += topic.topicWeight();
        TopicScoreParams defaults = params.defaultTopicParams();
        if (defaults != null) sum += context.defaultTopics() * defaults.topicWeight();
        return sum;
    }

    private void run() {
        topics.forEach(this::meshCap);
        topics.forEach(this::freeRidingInOneTopic);
        topics.forEach(this::freeRidingPaidByOthers);
        topics.forEach(this::invalidMessages);
        behaviour();
        eachDecay(this::halfLife);
        eachDecay(this::forgottenWithinRetention);
        opportunisticGrafting();
        peerExchange();
        cap();
        ban();
        topics.forEach(this::firstDeliveriesCap);
        topics.forEach(this::window);
        topics.forEach(this::activation);
        topics.forEach(this::reachableThreshold);
        seenTtl();
        topics.forEach(this::squatters);
        topicWeights();
    }

    private void find(String id, String topic, String message) {
        findings.add(new Finding(id, severity, topic, message));
    }

    private static boolean hasMeshDeliveries(TopicScoreParams p) {
        return p.meshMessageDeliveriesWeight() != 0;
    }

    private void meshCap(String key, TopicScoreParams p) {
        double cap = p.meshMessageDeliveriesCap();
        double threshold = p.meshMessageDeliveriesThreshold();
        if (hasMeshDeliveries(p) && !(cap >= threshold))
            find(
                    "L1",
                    key,
                    "meshMessageDeliveriesCap is %s, below the threshold of %s: even a perfect peer is punished for ever"
                            .formatted(cap, threshold));
    }

    private void freeRidingInOneTopic(String key, TopicScoreParams p) {
        if (hasMeshDeliveries(p) && !(p.fullDeficit() > p.bestContribution()))
            find(
                    "L2",
                    key,
                    "delivering nothing costs %s, and the topic pays up to %s: free-riding pays"
                            .formatted(p.fullDeficit(), p.bestContribution()));
    }

    private void freeRidingPaidByOthers(String key, TopicScoreParams p) {
        if (!hasMeshDeliveries(p) || p.topicPruneThreshold() > Double.NEGATIVE_INFINITY) return;
        double stillEarned =
                best
                        - p.bestContribution()
                        + p.topicWeight() * p.timeInMeshWeight() * p.timeInMeshCap();
        if (!(p.fullDeficit() >= stillEarned))
            find(
                    "L3",
                    key,
                    "delivering nothing costs %s, and other topics pay up to %s: set topicPruneThreshold (%s)"
                            .formatted(p.fullDeficit(), stillEarned, p.recommendedFloor()));
    }

    private void invalidMessages(String key, TopicScoreParams p) {
        double cost = Math.abs(p.topicWeight() * p.invalidMessageDeliveriesWeight());
        if (cost >= best) return;
        double tolerated = Math.floor(Math.sqrt(best / cost));
        if (!(tolerated <= context.toleratedInvalid()))
            find(
                    "L4",
                    key,
                    "an invalid message costs %s, and good behaviour pays up to %s: %s of them go unpunished"
                            .formatted(cost, best, Texts.number(tolerated)));
    }

    private void behaviour() {
        double weight = Math.abs(params.behaviourPenaltyWeight());
        double free = params.behaviourPenaltyThreshold();
        double surplus = Math.max(0, BAD_ACTS_MAX - free);
        double reached = -weight * surplus * surplus;
        if (weight > 0 && free >= 1 && reached <= thresholds.gossipThreshold()) return;
        find(
                "L5",
                "",
                "behaviourPenaltyWeight is %s and behaviourPenaltyThreshold %s: the weight must not be zero, the threshold 1 or more, and %d bad acts, now %s, must reach the gossip threshold of %s"
                        .formatted(
                                params.behaviourPenaltyWeight(),
                                free,
                                BAD_ACTS_MAX,
                                reached,
                                thresholds.gossipThreshold()));
    }

    @FunctionalInterface
    private interface DecayRule {
        void check(String topic, String field, double factor, double highest);
    }

    private void eachDecay(DecayRule rule) {
        topics.forEach((key, p) -> {
            if (p.firstMessageDeliveriesWeight() != 0)
                rule.check(
                        key,
                        "firstMessageDeliveriesDecay",
                        p.firstMessageDeliveriesDecay(),
                        p.firstMessageDeliveriesCap());
            if (hasMeshDeliveries(p))
                rule.check(
                        key,
                        "meshMessageDeliveriesDecay",
                        p.meshMessageDeliveriesDecay(),
                        p.meshMessageDeliveriesCap());
            if (p.meshFailurePenaltyWeight() != 0)
                rule.check(key, "meshFailurePenaltyDecay", p.meshFailurePenaltyDecay(), UNCAPPED);
            if (p.invalidMessageDeliveriesWeight() != 0)
                rule.check(
                        key,
                        "invalidMessageDeliveriesDecay",
                        p.invalidMessageDeliveriesDecay(),
                        UNCAPPED);
        });
        if (params.behaviourPenaltyWeight() != 0)
            rule.check("", "behaviourPenaltyDecay", params.behaviourPenaltyDecay(), UNCAPPED);
        if (params.slowPeerWeight() != 0)
            rule.check("", "slowPeerDecay", params.slowPeerDecay(), UNCAPPED);
    }

    private void halfLife(String key, String field, double factor, double highest) {
        double halfLife = Math.log(0.5) / Math.log(factor) * intervalSeconds;
        if (!(halfLife >= seconds(HALF_LIFE_MIN) && halfLife <= seconds(HALF_LIFE_MAX)))
            find(
                    "L6",
                    key,
                    "%s is %s, a half-life of %s s at a step each %s s: it must be 10 s to 24 h"
                            .formatted(field, factor, Texts.number(halfLife), intervalSeconds));
    }

    private void forgottenWithinRetention(String key, String field, double factor, double highest) {
        double toZero = params.decayToZeroInUse();
        double steps = Math.log(toZero / highest) / Math.log(factor);
        double needed = Math.max(0, steps) * intervalSeconds;
        if (!(needed <= seconds(params.retainScore())))
            find(
                    "L7",
                    key,
                    "%s is %s: from %s to %s takes %s s, longer than retainScore (%s s)"
                            .formatted(
                                    field,
                                    factor,
                                    highest,
                                    toZero,
                                    Texts.number(needed),
                                    seconds(params.retainScore())));
    }

    private void opportunisticGrafting() {
        double threshold = thresholds.opportunisticGraftThreshold();
        if (!(threshold > 0 && threshold <= best / 4))
            find(
                    "L8",
                    "",
                    "opportunisticGraftThreshold is %s: it must be more than 0 and at most %s, a quarter of the best score"
                            .formatted(threshold, best / 4));
    }

    private void peerExchange() {
        double threshold = thresholds.acceptPXThreshold();
        if (!(threshold > best))
            find(
                    "L9",
                    "",
                    "acceptPXThreshold is %s: it must be above the best score of %s, so that only the application decides whose peers we trust"
                            .formatted(threshold, best));
    }

    private void cap() {
        if (!(params.topicScoreCap() > 0))
            find("L10", "", "topicScoreCap is 0: what a peer can earn must have an end");
    }

    private void ban() {
        double banned = context.banAppScore() * params.appSpecificWeight();
        if (!(banned <= thresholds.graylistThreshold()))
            find(
                    "L11",
                    "",
                    "a banned peer scores %s x %s, above the graylist threshold of %s: it goes on gossiping"
                            .formatted(
                                    context.banAppScore(),
                                    params.appSpecificWeight(),
                                    thresholds.graylistThreshold()));
    }

    private void firstDeliveriesCap(String key, TopicScoreParams p) {
        if (p.firstMessageDeliveriesWeight() == 0) return;
        double perInterval = context.rate(key) * intervalSeconds;
        double most = 2 * ScoreDecay.converge(p.firstMessageDeliveriesDecay(), perInterval);
        if (!(p.firstMessageDeliveriesCap() <= most))
            find(
                    "L12",
                    key,
                    "firstMessageDeliveriesCap is %s: a peer that delivers everything first gets to %s, so it must be at most twice that"
                            .formatted(p.firstMessageDeliveriesCap(), most / 2));
    }

    private void window(String key, TopicScoreParams p) {
        Duration window = p.meshMessageDeliveriesWindow();
        boolean fits =
                window.compareTo(Duration.ofMillis(1)) >= 0
                        && window.compareTo(context.heartbeatInterval()) <= 0;
        if (hasMeshDeliveries(p) && !fits)
            find(
                    "L13",
                    key,
                    "meshMessageDeliveriesWindow is %s: it must be 1 ms to a heartbeat (%s)"
                            .formatted(window, context.heartbeatInterval()));
    }

    private void activation(String key, TopicScoreParams p) {
        Duration activation = p.meshMessageDeliveriesActivation();
        Duration steps = params.decayIntervalInUse().multipliedBy(2);
        Duration heartbeats = context.heartbeatInterval().multipliedBy(5);
        Duration least = steps.compareTo(heartbeats) > 0 ? steps : heartbeats;
        if (hasMeshDeliveries(p) && activation.compareTo(least) < 0)
            find(
                    "L14",
                    key,
                    "meshMessageDeliveriesActivation is %s: it must be at least %s, two decay steps and five heartbeats"
                            .formatted(activation, least));
    }

    private void reachableThreshold(String key, TopicScoreParams p) {
        double perMember = context.rate(key) * 60 / context.target();
        if (hasMeshDeliveries(p) && !(perMember >= p.meshMessageDeliveriesThreshold()))
            find(
                    "L15",
                    key,
                    "meshMessageDeliveriesThreshold is %s: a fair member of the mesh delivers %s in a minute"
                            .formatted(p.meshMessageDeliveriesThreshold(), perMember));
    }

    private void seenTtl() {
        Duration ttl = params.seenMsgTTLInUse();
        if (ttl.compareTo(context.seenTTL()) < 0)
            find(
                    "L16",
                    "",
                    "seenMsgTTL is %s: it must be at least the seen time of the router (%s)"
                            .formatted(ttl, context.seenTTL()));
    }

    private void squatters(String key, TopicScoreParams p) {
        double time = p.timeInMeshWeight() * p.timeInMeshCap();
        double first = p.firstMessageDeliveriesWeight() * p.firstMessageDeliveriesCap();
        if (!(time <= first))
            find(
                    "L17",
                    key,
                    "staying pays up to %s and delivering up to %s: squatters look best"
                            .formatted(time, first));
    }

    private void topicWeights() {
        double sum = topicWeightSum(params, context);
        if (context.documentedTopicWeight().isEmpty())
            find("L18", "", "topic weights add up to %s: this must be documented".formatted(sum));
        else if (!(Math.abs(context.documentedTopicWeight().getAsDouble() - sum)
                <= WEIGHT_TOLERANCE))
            find(
                    "L18",
                    "",
                    "topic weights add up to %s: the documentation says %s"
                            .formatted(sum, context.documentedTopicWeight().getAsDouble()));
    }

    private static double seconds(Duration duration) {
        return Nanos.of(duration) / 1e9;
    }
}
