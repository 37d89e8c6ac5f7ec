package org.pollen.scoring;

import java.time.Duration;

/// The parameters of Ethereum consensus clients, which follow from a few constants.
///
/// A peer that does everything well earns 10 in the mesh and 40 by first deliveries in each topic,
/// times the topic weight. Everything bad is measured against that sum.
///
/// Source: the formulas of Lighthouse, shared by Teku.
public final class Eth2Presets {
    /// What the time in the mesh earns at most, before the topic weight.
    public static final double IN_MESH_MAX = 10;

    /// What first deliveries earn at most, before the topic weight.
    public static final double FIRST_DELIVERIES_MAX = 40;

    /// The thresholds of all clients.
    public static final PeerScoreThresholds THRESHOLDS =
            PeerScoreThresholds.builder()
                    .limits(-4000, -8000, -16000)
                    .acceptPX(100)
                    .opportunisticGraft(5)
                    .build();

    private static final double BLOCK_WEIGHT = 0.5;
    private static final double AGGREGATE_WEIGHT = 0.5;
    private static final double RARE_WEIGHT = 0.05;
    private static final double TO_ZERO = 0.01;
    private static final int TARGET_AGGREGATORS = 16;
    private static final int TARGET_COMMITTEE_SIZE = 128;
    private static final int COMMITTEES_PER_SLOT_MAX = 64;

    private Eth2Presets() {}

    /// The network that parameters are for.
    ///
    /// @param slot the time of a slot, which is the decay interval too
    /// @param slotsPerEpoch slots in an epoch
    /// @param target D of the mesh
    /// @param attestationSubnets how many topics the attestations are spread over
    /// @param activeValidators how many there are
    /// @param currentSlot how far the chain is; P3 is off in a topic until it has advanced by the
    ///   decay of P3 there, or everybody would be punished before genesis
    public record Network(
            Duration slot,
            int slotsPerEpoch,
            int target,
            int attestationSubnets,
            int activeValidators,
            long currentSlot) {

        /// Slots of 12 s, epochs of 32 slots, D 8, 64 subnets, a chain that has long started.
        public static Network mainnet(int activeValidators) {
            return new Network(Duration.ofSeconds(12), 32, 8, 64, activeValidators, Long.MAX_VALUE);
        }

        Duration slots(long count) {
            return slot.multipliedBy(count);
        }

        Duration epochs(long count) {
            return slots(count * slotsPerEpoch);
        }

        double decay(Duration duration) {
            return ScoreDecay.factor(duration, slot, TO_ZERO);
        }

        int committeesPerSlot() {
            return Math.clamp(
                    activeValidators / slotsPerEpoch / TARGET_COMMITTEE_SIZE,
                    1,
                    COMMITTEES_PER_SLOT_MAX);
        }

        double aggregatorsPerSlot() {
            int committees = committeesPerSlot();
            int committeeSize = activeValidators / slotsPerEpoch / committees;
            int modulo = Math.max(1, committeeSize / TARGET_AGGREGATORS);
            int aggregators = committees * committeeSize / modulo;
            return aggregators;
        }
    }

    /// How P3 of a topic is set up.
    private record Mesh(int decaySlots, double capFactor, Duration activation) {}

    /// The best score a peer can have, with all attestation subnets together weighing 1.
    public static double maxPositive() {
        return (IN_MESH_MAX + FIRST_DELIVERIES_MAX)
                * (BLOCK_WEIGHT + AGGREGATE_WEIGHT + 1 + 3 * RARE_WEIGHT);
    }

    /// The cap of P2: twice what one of D peers delivers first, for ever.
    public static double firstDeliveriesCap(double decay, double messagesPerSlot, int target) {
        return ScoreDecay.converge(decay, 2 * messagesPerSlot / target);
    }

    /// The threshold of P3: a fiftieth of the expected deliveries, just after a decay step.
    public static double meshThreshold(double decay, double messagesPerSlot) {
        return ScoreDecay.converge(decay, messagesPerSlot / 50) * decay;
    }

    /// The original weight of P3, still in use by Teku: a full deficit costs as much as a peer can
    /// earn in all topics.
    public static double originalMeshWeight(double topicWeight, double threshold) {
        return -maxPositive() / (topicWeight * threshold * threshold);
    }

    /// The weight of P7 with which `perEpoch` offences in each epoch, for long enough, reach the
    /// gossip threshold exactly.
    public static double behaviourWeight(
            double decay, double perEpoch, int slotsPerEpoch, double free) {
        double converged = ScoreDecay.converge(decay, perEpoch / slotsPerEpoch);
        double surplus = converged - free;
        return THRESHOLDS.gossipThreshold() / (surplus * surplus);
    }

    /// The parameters of a network: topics `beacon_block`, `beacon_aggregate_and_proof`,
    /// `voluntary_exit`, `proposer_slashing`, `attester_slashing` and `beacon_attestation_N`.
    public static PeerScoreParams params(Network network) {
        double cap = maxPositive() / 2;
        double behaviourDecay = network.decay(network.epochs(10));
        var builder =
                PeerScoreParams.builder()
                        .topicScoreCap(cap)
                        .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 1)
                        .ipColocationFactor(-cap, 8)
                        .behaviourPenalty(
                                behaviourWeight(behaviourDecay, 10, network.slotsPerEpoch, 6),
                                6,
                                behaviourDecay)
                        .decay(network.slot, TO_ZERO)
                        .retainScore(network.epochs(100))
                        .seenMsgTTL(network.slots(network.slotsPerEpoch + 1L))
                        .topic("beacon_block", block(network))
                        .topic("beacon_aggregate_and_proof", aggregate(network))
                        .topic("voluntary_exit", rare(network, 4))
                        .topic("proposer_slashing", rare(network, 0.2))
                        .topic("attester_slashing", rare(network, 0.2));
        TopicScoreParams subnet = subnet(network);
        for (int i = 0; i < network.attestationSubnets; i++)
            builder.topic("beacon_attestation_" + i, subnet);
        return builder.build();
    }

    /// The parameters of beacon blocks, one a slot.
    public static TopicScoreParams block(Network network) {
        var mesh = new Mesh(5 * network.slotsPerEpoch, 3, network.epochs(1));
        return topic(network, BLOCK_WEIGHT, 1, network.epochs(20), mesh);
    }

    /// The parameters of aggregates.
    public static TopicScoreParams aggregate(Network network) {
        var mesh = new Mesh(2 * network.slotsPerEpoch, 4, network.epochs(1));
        double rate = network.aggregatorsPerSlot();
        return topic(network, AGGREGATE_WEIGHT, rate, network.epochs(1), mesh);
    }

    /// The parameters of one attestation subnet, which is busy once or several times an epoch.
    public static TopicScoreParams subnet(Network network) {
        boolean bursts =
                network.committeesPerSlot()
                        >= 2 * network.attestationSubnets / network.slotsPerEpoch;
        double rate =
                (double) network.activeValidators
                        / network.attestationSubnets
                        / network.slotsPerEpoch;
        var mesh =
                new Mesh(
                        network.slotsPerEpoch * (bursts ? 4 : 16),
                        16,
                        bursts ? network.slots(network.slotsPerEpoch / 2 + 1) : network.epochs(3));
        double weight = 1.0 / network.attestationSubnets;
        return topic(network, weight, rate, network.epochs(bursts ? 1 : 4), mesh);
    }

    /// The parameters of exits and slashings: no P3.
    public static TopicScoreParams rare(Network network, double messagesPerEpoch) {
        double rate = messagesPerEpoch / network.slotsPerEpoch;
        return rare(network, rate, network.epochs(100)).build();
    }

    private static TopicScoreParams.Builder rare(Network network, double rate, Duration decayTime) {
        return topic(network, RARE_WEIGHT, rate, decayTime);
    }

    private static TopicScoreParams.Builder topic(
            Network network, double weight, double messagesPerSlot, Duration firstDecayTime) {
        double timeCap = 3600.0 * 1_000_000_000 / network.slot.toNanos();
        double decay = network.decay(firstDecayTime);
        double cap = firstDeliveriesCap(decay, messagesPerSlot, network.target);
        return TopicScoreParams.builder()
                .topicWeight(weight)
                .timeInMesh(IN_MESH_MAX / timeCap, network.slot, timeCap)
                .firstMessageDeliveries(FIRST_DELIVERIES_MAX / cap, decay, cap)
                .invalidMessageDeliveries(
                        -maxPositive() / weight, network.decay(network.epochs(50)));
    }

    private static TopicScoreParams topic(
            Network network,
            double weight,
            double messagesPerSlot,
            Duration firstDecayTime,
            Mesh mesh) {
        var builder = topic(network, weight, messagesPerSlot, firstDecayTime);
        if (mesh.decaySlots >= network.currentSlot) return builder.build();
        double decay = network.decay(network.slots(mesh.decaySlots));
        double threshold = meshThreshold(decay, messagesPerSlot);
        double cap = Math.max(2, mesh.capFactor * threshold);
        return builder.meshMessageDeliveries(-weight, decay, cap, threshold)
                .meshMessageDeliveriesTimes(Duration.ofSeconds(2), mesh.activation)
                .meshFailurePenalty(-weight, decay)
                .build();
    }
}
