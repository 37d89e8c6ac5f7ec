package org.pollen.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// How one topic contributes to the score of a peer.
///
/// Weights of good behaviour (P1, P2) are positive, of bad behaviour (P3, P3b, P4) negative; a
/// weight of zero switches a component off. Made by [#builder()], which checks the rules K1 to K17;
/// the engine itself trusts what it is given.
///
/// @param skipAtomicValidation whether groups left at zero are not checked; not inherited from the
///   peer parameters around it
/// @param topicWeight what the sum of this topic is multiplied with
/// @param timeInMeshWeight P1: weight of the time in the mesh
/// @param timeInMeshQuantum P1: the time that counts one; fractions do not count
/// @param timeInMeshCap P1: the most quanta that count
/// @param firstMessageDeliveriesWeight P2: weight of messages the peer was first to deliver
/// @param firstMessageDeliveriesDecay P2: factor per decay interval
/// @param firstMessageDeliveriesCap P2: the highest value of the counter
/// @param meshMessageDeliveriesWeight P3: weight of the squared deficit of deliveries in the mesh
/// @param meshMessageDeliveriesDecay P3: factor per decay interval
/// @param meshMessageDeliveriesCap P3: the highest value of the counter
/// @param meshMessageDeliveriesThreshold P3: the value below which there is a deficit
/// @param meshMessageDeliveriesWindow P3: how long after validation a copy still counts
/// @param meshMessageDeliveriesActivation P3: the time in the mesh before anything is charged
/// @param meshFailurePenaltyWeight P3b: weight of the squared deficits left at prune
/// @param meshFailurePenaltyDecay P3b: factor per decay interval
/// @param invalidMessageDeliveriesWeight P4: weight of the squared count of invalid messages
/// @param invalidMessageDeliveriesDecay P4: factor per decay interval
/// @param topicPruneThreshold the score within this topic, before the topic weight, below which a
///   peer is pruned from this topic even though its total is not negative; negative infinity
///   switches it off
public record TopicScoreParams(
        boolean skipAtomicValidation,
        double topicWeight,
        double timeInMeshWeight,
        Duration timeInMeshQuantum,
        double timeInMeshCap,
        double firstMessageDeliveriesWeight,
        double firstMessageDeliveriesDecay,
        double firstMessageDeliveriesCap,
        double meshMessageDeliveriesWeight,
        double meshMessageDeliveriesDecay,
        double meshMessageDeliveriesCap,
        double meshMessageDeliveriesThreshold,
        Duration meshMessageDeliveriesWindow,
        Duration meshMessageDeliveriesActivation,
        double meshFailurePenaltyWeight,
        double meshFailurePenaltyDecay,
        double invalidMessageDeliveriesWeight,
        double invalidMessageDeliveriesDecay,
        double topicPruneThreshold) {

    /// Everything that is wrong, in the order K1 to K17; empty if nothing is.
    public List<String> problems() {
        var problems = new ArrayList<String>();
        var check = new Checks(problems);
        check.notNegative("topicWeight", topicWeight);
        if (Checks.applies(skipAtomicValidation, this::timeInMeshIsZero)) checkTimeInMesh(check);
        if (Checks.applies(skipAtomicValidation, this::firstMessageDeliveriesAreZero))
            checkFirstMessageDeliveries(check);
        if (Checks.applies(skipAtomicValidation, this::meshMessageDeliveriesAreZero))
            checkMeshMessageDeliveries(check);
        if (Checks.applies(skipAtomicValidation, this::meshFailurePenaltyIsZero))
            checkMeshFailurePenalty(check);
        if (Checks.applies(skipAtomicValidation, this::invalidMessageDeliveriesAreZero))
            checkInvalidMessageDeliveries(check);
        check.rule(
                topicPruneThreshold <= 0,
                "topicPruneThreshold",
                topicPruneThreshold,
                "it must be zero or less, or -Infinity for none");
        return problems;
    }

    /// Refuses parameters that break a rule.
    ///
    /// @throws IllegalArgumentException with the first of [#problems()]
    public void validate() {
        Checks.refuse(problems());
    }

    private boolean timeInMeshIsZero() {
        return timeInMeshWeight == 0 && timeInMeshQuantum.isZero() && timeInMeshCap == 0;
    }

    private void checkTimeInMesh(Checks check) {
        boolean used = timeInMeshWeight != 0;
        check.notNegative("timeInMeshWeight", timeInMeshWeight);
        check.rule(
                used ? timeInMeshQuantum.isPositive() : !timeInMeshQuantum.isZero(),
                "timeInMeshQuantum",
                timeInMeshQuantum,
                "it must be more than zero");
        if (used) check.positive("timeInMeshCap", timeInMeshCap);
    }

    private boolean firstMessageDeliveriesAreZero() {
        return firstMessageDeliveriesWeight == 0
                && firstMessageDeliveriesDecay == 0
                && firstMessageDeliveriesCap == 0;
    }

    private void checkFirstMessageDeliveries(Checks check) {
        check.notNegative("firstMessageDeliveriesWeight", firstMessageDeliveriesWeight);
        if (firstMessageDeliveriesWeight == 0) return;
        check.fraction("firstMessageDeliveriesDecay", firstMessageDeliveriesDecay);
        check.positive("firstMessageDeliveriesCap", firstMessageDeliveriesCap);
    }

    private boolean meshMessageDeliveriesAreZero() {
        return meshMessageDeliveriesWeight == 0
                && meshMessageDeliveriesDecay == 0
                && meshMessageDeliveriesCap == 0
                && meshMessageDeliveriesThreshold == 0
                && meshMessageDeliveriesWindow.isZero()
                && meshMessageDeliveriesActivation.isZero();
    }

    private void checkMeshMessageDeliveries(Checks check) {
        boolean used = meshMessageDeliveriesWeight != 0;
        check.notPositive("meshMessageDeliveriesWeight", meshMessageDeliveriesWeight);
        if (used) {
            check.fraction("meshMessageDeliveriesDecay", meshMessageDeliveriesDecay);
            check.positive("meshMessageDeliveriesCap", meshMessageDeliveriesCap);
            check.positive("meshMessageDeliveriesThreshold", meshMessageDeliveriesThreshold);
        }
        check.notNegative("meshMessageDeliveriesWindow", meshMessageDeliveriesWindow);
        if (used)
            check.atLeastSecond("meshMessageDeliveriesActivation", meshMessageDeliveriesActivation);
    }

    private boolean meshFailurePenaltyIsZero() {
        return meshFailurePenaltyWeight == 0 && meshFailurePenaltyDecay == 0;
    }

    private void checkMeshFailurePenalty(Checks check) {
        check.notPositive("meshFailurePenaltyWeight", meshFailurePenaltyWeight);
        if (meshFailurePenaltyWeight != 0)
            check.fraction("meshFailurePenaltyDecay", meshFailurePenaltyDecay);
    }

    private boolean invalidMessageDeliveriesAreZero() {
        return invalidMessageDeliveriesWeight == 0 && invalidMessageDeliveriesDecay == 0;
    }

    private void checkInvalidMessageDeliveries(Checks check) {
        check.notPositive("invalidMessageDeliveriesWeight", invalidMessageDeliveriesWeight);
        check.fraction("invalidMessageDeliveriesDecay", invalidMessageDeliveriesDecay);
    }

    /// The most this topic can add to a score, topic weight included.
    public double bestContribution() {
        return topicWeight
                * (timeInMeshWeight * timeInMeshCap
                        + firstMessageDeliveriesWeight * firstMessageDeliveriesCap);
    }

    /// What a member of the mesh that delivers nothing loses in this topic, topic weight included;
    /// zero or more.
    public double fullDeficit() {
        return Math.abs(topicWeight * meshMessageDeliveriesWeight)
                * meshMessageDeliveriesThreshold
                * meshMessageDeliveriesThreshold;
    }

    /// The floor recommended with these parameters: half of the full deficit, before the topic
    /// weight; negative infinity if P3 is off.
    public double recommendedFloor() {
        double deficit =
                Math.abs(meshMessageDeliveriesWeight)
                        * meshMessageDeliveriesThreshold
                        * meshMessageDeliveriesThreshold;
        return deficit == 0 ? Double.NEGATIVE_INFINITY : -deficit / 2;
    }

    /// A builder with everything at zero, no floor and atomic validation.
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
        private double topicWeight;
        private double timeInMeshWeight;
        private Duration timeInMeshQuantum = Duration.ZERO;
        private double timeInMeshCap;
        private double firstMessageDeliveriesWeight;
        private double firstMessageDeliveriesDecay;
        private double firstMessageDeliveriesCap;
        private double meshMessageDeliveriesWeight;
        private double meshMessageDeliveriesDecay;
        private double meshMessageDeliveriesCap;
        private double meshMessageDeliveriesThreshold;
        private Duration meshMessageDeliveriesWindow = Duration.ZERO;
        private Duration meshMessageDeliveriesActivation = Duration.ZERO;
        private double meshFailurePenaltyWeight;
        private double meshFailurePenaltyDecay;
        private double invalidMessageDeliveriesWeight;
        private double invalidMessageDeliveriesDecay;
        private double topicPruneThreshold = Double.NEGATIVE_INFINITY;

        private Builder() {}

        private Builder(TopicScoreParams from) {
            skipAtomicValidation = from.skipAtomicValidation;
            topicWeight = from.topicWeight;
            timeInMesh(from.timeInMeshWeight, from.timeInMeshQuantum, from.timeInMeshCap);
            firstMessageDeliveries(
                    from.firstMessageDeliveriesWeight,
                    from.firstMessageDeliveriesDecay,
                    from.firstMessageDeliveriesCap);
            meshMessageDeliveries(
                    from.meshMessageDeliveriesWeight,
                    from.meshMessageDeliveriesDecay,
                    from.meshMessageDeliveriesCap,
                    from.meshMessageDeliveriesThreshold);
            meshMessageDeliveriesTimes(
                    from.meshMessageDeliveriesWindow, from.meshMessageDeliveriesActivation);
            meshFailurePenalty(from.meshFailurePenaltyWeight, from.meshFailurePenaltyDecay);
            invalidMessageDeliveries(
                    from.invalidMessageDeliveriesWeight, from.invalidMessageDeliveriesDecay);
            topicPruneThreshold = from.topicPruneThreshold;
        }

        /// Selects the selective mode of validation.
        public Builder skipAtomicValidation(boolean skip) {
            skipAtomicValidation = skip;
            return this;
        }

        /// Sets the weight of the topic.
        public Builder topicWeight(double weight) {
            topicWeight = weight;
            return this;
        }

        /// Sets P1.
        public Builder timeInMesh(double weight, Duration quantum, double cap) {
            timeInMeshWeight = weight;
            timeInMeshQuantum = quantum;
            timeInMeshCap = cap;
            return this;
        }

        /// Sets P2.
        public Builder firstMessageDeliveries(double weight, double decay, double cap) {
            firstMessageDeliveriesWeight = weight;
            firstMessageDeliveriesDecay = decay;
            firstMessageDeliveriesCap = cap;
            return this;
        }

        /// Sets the numbers of P3.
        public Builder meshMessageDeliveries(
                double weight, double decay, double cap, double threshold) {
            meshMessageDeliveriesWeight = weight;
            meshMessageDeliveriesDecay = decay;
            meshMessageDeliveriesCap = cap;
            meshMessageDeliveriesThreshold = threshold;
            return this;
        }

        /// Sets the times of P3.
        public Builder meshMessageDeliveriesTimes(Duration window, Duration activation) {
            meshMessageDeliveriesWindow = window;
            meshMessageDeliveriesActivation = activation;
            return this;
        }

        /// Sets P3b.
        public Builder meshFailurePenalty(double weight, double decay) {
            meshFailurePenaltyWeight = weight;
            meshFailurePenaltyDecay = decay;
            return this;
        }

        /// Sets P4.
        public Builder invalidMessageDeliveries(double weight, double decay) {
            invalidMessageDeliveriesWeight = weight;
            invalidMessageDeliveriesDecay = decay;
            return this;
        }

        /// Sets the floor of the topic.
        public Builder topicPruneThreshold(double threshold) {
            topicPruneThreshold = threshold;
            return this;
        }

        /// The finished parameters.
        ///
        /// @throws IllegalArgumentException naming the field, its value and the broken rule
        public TopicScoreParams build() {
            TopicScoreParams params = buildUnchecked();
            params.validate();
            return params;
        }

        /// The parameters as they are, for experiments: a decay of 1, say, which never forgets.
        public TopicScoreParams buildUnchecked() {
            return new TopicScoreParams(
                    skipAtomicValidation,
                    topicWeight,
                    timeInMeshWeight,
                    timeInMeshQuantum,
                    timeInMeshCap,
                    firstMessageDeliveriesWeight,
                    firstMessageDeliveriesDecay,
                    firstMessageDeliveriesCap,
                    meshMessageDeliveriesWeight,
                    meshMessageDeliveriesDecay,
                    meshMessageDeliveriesCap,
                    meshMessageDeliveriesThreshold,
                    meshMessageDeliveriesWindow,
                    meshMessageDeliveriesActivation,
                    meshFailurePenaltyWeight,
                    meshFailurePenaltyDecay,
                    invalidMessageDeliveriesWeight,
                    invalidMessageDeliveriesDecay,
                    topicPruneThreshold);
        }
    }
}
