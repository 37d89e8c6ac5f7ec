package org.pollen.scoring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// The score of a peer at one moment, taken apart: raw counters, what each contributes, and what
/// made it negative. Immutable; any thread may read it.
///
/// The contributions of all components add up to the score, but for rounding.
///
/// @param peer the handle
/// @param known whether there is a record; if not, everything is zero
/// @param connected whether the peer is here, rather than retained
/// @param score the score
/// @param topics the topics with counters
/// @param topicsSum what they add up to
/// @param topicsCapped what is left of it after the cap
/// @param appSpecificScore P5: unweighted
/// @param appContribution P5: weighted
/// @param ipColocationFactor P6: unweighted
/// @param ipColocationContribution P6: weighted
/// @param addresses P6: the addresses counted
/// @param behaviourPenalty P7: the counter
/// @param behaviourContribution P7: weighted
/// @param penalties P7: what was added by kind since the record exists, not decayed
/// @param slowPeerPenalty slow peer: the counter
/// @param slowPeerContribution slow peer: weighted
/// @param negativeSinceNanos since when the score has been found negative without a break
/// @param retainedUntilNanos until when the record of a peer that left is kept
/// @param offences the last things that went to P3b, P4 or P7, newest first
/// @param atNanos when the snapshot was taken
public record PeerScoreSnapshot(
        int peer,
        boolean known,
        boolean connected,
        double score,
        List<TopicScoreSnapshot> topics,
        double topicsSum,
        double topicsCapped,
        double appSpecificScore,
        double appContribution,
        double ipColocationFactor,
        double ipColocationContribution,
        List<SharedAddress> addresses,
        double behaviourPenalty,
        double behaviourContribution,
        Map<BehaviourPenalty, Double> penalties,
        double slowPeerPenalty,
        double slowPeerContribution,
        OptionalLong negativeSinceNanos,
        OptionalLong retainedUntilNanos,
        List<ScoreOffence> offences,
        long atNanos) {

    /// The snapshot of a peer that nothing is known about.
    static PeerScoreSnapshot unknown(int peer, long now) {
        return new PeerScoreSnapshot(
                peer,
                false,
                false,
                0,
                List.of(),
                0,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                0,
                0,
                Map.of(),
                0,
                0,
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                now);
    }

    /// What a component adds to the score, all weights included, over all topics.
    public double contribution(ScoreComponent component) {
        return switch (component) {
            case P1, P2, P3, P3B, P4 -> {
                double sum = 0;
                for (TopicScoreSnapshot topic : topics) sum += topic.contribution(component);
                yield sum;
            }
            case P5 -> appContribution;
            case P6 -> ipColocationContribution;
            case P7 -> behaviourContribution;
            case SLOW -> slowPeerContribution;
            case CAP -> topicsCapped - topicsSum;
        };
    }

    /// What lowers the score, worst first; empty if nothing does. The cap is no reason: it only
    /// limits what is good.
    public List<ScoreReason> reasons() {
        var reasons = new ArrayList<ScoreReason>();
        for (TopicScoreSnapshot topic : topics) {
            add(reasons, ScoreComponent.P3, topic, deficitText(topic));
            add(reasons, ScoreComponent.P3B, topic, failureText(topic));
            add(reasons, ScoreComponent.P4, topic, invalidText(topic));
        }
        add(reasons, ScoreComponent.P5, "application score " + Texts.number(appSpecificScore));
        add(reasons, ScoreComponent.P6, sharedText());
        add(reasons, ScoreComponent.P7, behaviourText());
        add(
                reasons,
                ScoreComponent.SLOW,
                Texts.number(slowPeerPenalty) + " messages dropped, the peer reads too slowly");
        reasons.sort(Comparator.comparingDouble(ScoreReason::contribution));
        return List.copyOf(reasons);
    }

    private void add(
            List<ScoreReason> reasons, ScoreComponent what, TopicScoreSnapshot topic, String text) {
        double contribution = topic.contribution(what);
        if (contribution < 0)
            reasons.add(
                    new ScoreReason(what, topic.key(), contribution, text + " in " + topic.key()));
    }

    private void add(List<ScoreReason> reasons, ScoreComponent what, String text) {
        double contribution = contribution(what);
        if (contribution < 0) reasons.add(new ScoreReason(what, "", contribution, text));
    }

    private static String deficitText(TopicScoreSnapshot topic) {
        return "delivered "
                + Texts.number(topic.meshMessageDeliveries())
                + " of "
                + Texts.number(topic.params().meshMessageDeliveriesThreshold());
    }

    private static String failureText(TopicScoreSnapshot topic) {
        return "left the mesh with a deficit, "
                + Texts.number(topic.meshFailurePenalty())
                + " of it unforgotten";
    }

    private static String invalidText(TopicScoreSnapshot topic) {
        return Texts.number(topic.invalidMessageDeliveries()) + " invalid messages";
    }

    private String sharedText() {
        var text = new StringBuilder();
        for (SharedAddress shared : addresses) {
            if (shared.factor() == 0) continue;
            if (!text.isEmpty()) text.append(", ");
            text.append(shared.peers()).append(" peers share ").append(shared.address());
        }
        return text.toString();
    }

    private String behaviourText() {
        var text = new StringBuilder("behaviour penalty ").append(Texts.number(behaviourPenalty));
        penalties.forEach((penalty, count) ->
                text.append(", ").append(penalty.text()).append(' ').append(Texts.number(count)));
        return text.toString();
    }

    /// The arithmetic, one line for each part that is not zero, then the total.
    public List<String> explain() {
        var lines = new ArrayList<String>();
        for (TopicScoreSnapshot topic : topics) explain(lines, topic);
        line(lines, "cap on topics", contribution(ScoreComponent.CAP));
        line(lines, "P5 application score " + Texts.number(appSpecificScore), appContribution);
        line(
                lines,
                "P6 " + sharedText() + ", factor " + Texts.number(ipColocationFactor),
                ipColocationContribution);
        line(lines, "P7 " + behaviourText(), behaviourContribution);
        line(lines, "slow peer " + Texts.number(slowPeerPenalty), slowPeerContribution);
        lines.add("total = " + score);
        return List.copyOf(lines);
    }

    private static void explain(List<String> lines, TopicScoreSnapshot topic) {
        TopicScoreParams p = topic.params();
        explain(lines, topic, ScoreComponent.P1, topic.timeInMesh(), p.timeInMeshWeight(), "");
        explain(
                lines,
                topic,
                ScoreComponent.P2,
                topic.firstMessageDeliveries(),
                p.firstMessageDeliveriesWeight(),
                "");
        explain(
                lines,
                topic,
                ScoreComponent.P3,
                topic.deficit(),
                p.meshMessageDeliveriesWeight(),
                "^2");
        explain(
                lines,
                topic,
                ScoreComponent.P3B,
                topic.meshFailurePenalty(),
                p.meshFailurePenaltyWeight(),
                "");
        explain(
                lines,
                topic,
                ScoreComponent.P4,
                topic.invalidMessageDeliveries(),
                p.invalidMessageDeliveriesWeight(),
                "^2");
    }

    private static void explain(
            List<String> lines,
            TopicScoreSnapshot topic,
            ScoreComponent component,
            double counter,
            double weight,
            String power) {
        String arithmetic =
                component.symbol()
                        + " "
                        + topic.key()
                        + " "
                        + topic.params().topicWeight()
                        + " x "
                        + weight
                        + " x "
                        + counter
                        + power;
        line(lines, arithmetic, topic.contribution(component));
    }

    private static void line(List<String> lines, String text, double contribution) {
        if (contribution != 0) lines.add(text + " = " + contribution);
    }
}
