package org.pollen.scoring;

/// What one topic adds to the score of a peer, and from which counters.
///
/// @param topic the handle of the topic
/// @param key its key
/// @param params its parameters at the time
/// @param inMesh whether the peer is in our mesh of it
/// @param active whether a deficit of mesh deliveries is charged
/// @param timeInMeshNanos P1: as of the last decay step; 0 outside the mesh
/// @param firstMessageDeliveries P2: the counter
/// @param meshMessageDeliveries P3: the counter
/// @param meshFailurePenalty P3b: the counter
/// @param invalidMessageDeliveries P4: the counter
/// @param score the score within the topic, before the topic weight
public record TopicScoreSnapshot(
        int topic,
        String key,
        TopicScoreParams params,
        boolean inMesh,
        boolean active,
        long timeInMeshNanos,
        double firstMessageDeliveries,
        double meshMessageDeliveries,
        double meshFailurePenalty,
        double invalidMessageDeliveries,
        double score) {

    /// The quanta that count for P1.
    public double timeInMesh() {
        long quantum = Nanos.of(params.timeInMeshQuantum());
        if (!inMesh || quantum == 0) return 0;
        long quanta = timeInMeshNanos / quantum;
        return Math.min((double) quanta, params.timeInMeshCap());
    }

    /// How many deliveries are missing for P3; 0 if none are or nothing is charged.
    public double deficit() {
        if (!active) return 0;
        return Math.max(0, params.meshMessageDeliveriesThreshold() - meshMessageDeliveries);
    }

    /// What a component adds to the score of the peer, all weights included; 0 for those that are
    /// not of a topic.
    public double contribution(ScoreComponent component) {
        double value =
                switch (component) {
                    case P1 -> timeInMesh() * params.timeInMeshWeight();
                    case P2 -> firstMessageDeliveries * params.firstMessageDeliveriesWeight();
                    case P3 -> deficit() * deficit() * params.meshMessageDeliveriesWeight();
                    case P3B -> meshFailurePenalty * params.meshFailurePenaltyWeight();
                    case P4 ->
                            invalidMessageDeliveries
                                    * invalidMessageDeliveries
                                    * params.invalidMessageDeliveriesWeight();
                    case P5, P6, P7, SLOW, CAP -> 0;
                };
        return params.topicWeight() * value;
    }

    /// What the topic adds to the score of the peer, before the cap.
    public double contribution() {
        return params.topicWeight() * score;
    }

    /// Whether the score is below the floor of the topic.
    public boolean belowFloor() {
        return score < params.topicPruneThreshold();
    }
}
