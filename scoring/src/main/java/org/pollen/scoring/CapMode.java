package org.pollen.scoring;

/// What [PeerScoreParams#topicScoreCap()] limits.
public enum CapMode {
    /// The sum over all topics, good and bad, as the reference does: a topic in which the peer is
    /// good hides one in which it is bad, even above the cap.
    SUM,

    /// The sum of the topics with a positive score only; the negative ones are added afterwards and
    /// always hurt.
    POSITIVE_PARTS
}
