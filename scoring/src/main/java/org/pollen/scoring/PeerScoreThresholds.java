package org.pollen.scoring;

import java.util.ArrayList;
import java.util.List;

/// The scores at which the router changes how it treats a peer.
///
/// `graylist <= publish <= gossip <= 0 <= acceptPX, opportunisticGraft` always holds: an instance
/// that breaks it cannot be made. Equal thresholds are legal, and so is all zero; leaving a group
/// at zero therefore gives the same answer in the atomic and in the selective mode.
///
/// @param skipAtomicValidation whether groups left at zero are not checked
/// @param gossipThreshold below it, no IHAVE is sent to the peer and none of its is answered
/// @param publishThreshold below it, the peer is left out of flood publishing and fanouts
/// @param graylistThreshold below it, everything but subscriptions is dropped unread
/// @param acceptPXThreshold at or above it, the peer's suggestions of other peers are used
/// @param opportunisticGraftThreshold the mesh is improved while its median score is below it
public record PeerScoreThresholds(
        boolean skipAtomicValidation,
        double gossipThreshold,
        double publishThreshold,
        double graylistThreshold,
        double acceptPXThreshold,
        double opportunisticGraftThreshold) {

    /// Everything at zero: scores are kept, and only their sign matters.
    public static final PeerScoreThresholds NEUTRAL = builder().build();

    /// Checks the rules T1 to T5 in this order.
    ///
    /// @throws IllegalArgumentException naming the threshold, its value and the broken rule
    public PeerScoreThresholds {
        Checks.refuse(
                problems(
                        skipAtomicValidation,
                        gossipThreshold,
                        publishThreshold,
                        graylistThreshold,
                        acceptPXThreshold,
                        opportunisticGraftThreshold));
    }

    private static List<String> problems(
            boolean selective,
            double gossip,
            double publish,
            double graylist,
            double px,
            double og) {
        var problems = new ArrayList<String>();
        var check = new Checks(problems);
        if (Checks.applies(selective, () -> gossip == 0 && publish == 0 && graylist == 0)) {
            check.atMost("gossipThreshold", gossip, "zero", 0);
            check.atMost("publishThreshold", publish, "zero", 0);
            check.atMost("publishThreshold", publish, "gossipThreshold", gossip);
            check.atMost("graylistThreshold", graylist, "zero", 0);
            check.atMost("graylistThreshold", graylist, "publishThreshold", publish);
        }
        if (Checks.applies(selective, () -> px == 0)) check.notNegative("acceptPXThreshold", px);
        if (Checks.applies(selective, () -> og == 0))
            check.notNegative("opportunisticGraftThreshold", og);
        return problems;
    }

    /// A builder that starts with everything at zero and atomic validation.
    public static Builder builder() {
        return new Builder();
    }

    /// A builder that starts from these values, to change some of them.
    public Builder toBuilder() {
        return new Builder()
                .skipAtomicValidation(skipAtomicValidation)
                .limits(gossipThreshold, publishThreshold, graylistThreshold)
                .acceptPX(acceptPXThreshold)
                .opportunisticGraft(opportunisticGraftThreshold);
    }

    /// Collects thresholds by name; nothing is checked before [#build()].
    public static final class Builder {
        private boolean skipAtomicValidation;
        private double gossip;
        private double publish;
        private double graylist;
        private double acceptPX;
        private double opportunisticGraft;

        private Builder() {}

        /// Selects the selective mode of validation.
        public Builder skipAtomicValidation(boolean skip) {
            skipAtomicValidation = skip;
            return this;
        }

        /// Sets the three negative limits, which only make sense together.
        public Builder limits(double gossip, double publish, double graylist) {
            this.gossip = gossip;
            this.publish = publish;
            this.graylist = graylist;
            return this;
        }

        /// Sets the score from which peer exchange is believed.
        public Builder acceptPX(double score) {
            acceptPX = score;
            return this;
        }

        /// Sets the median mesh score under which better peers are grafted.
        public Builder opportunisticGraft(double score) {
            opportunisticGraft = score;
            return this;
        }

        /// The finished thresholds.
        ///
        /// @throws IllegalArgumentException naming the threshold, its value and the broken rule
        public PeerScoreThresholds build() {
            return new PeerScoreThresholds(
                    skipAtomicValidation, gossip, publish, graylist, acceptPX, opportunisticGraft);
        }
    }
}
