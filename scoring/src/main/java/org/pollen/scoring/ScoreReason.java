package org.pollen.scoring;

/// One thing that lowers the score of a peer.
///
/// @param component what it is
/// @param topic the key of the topic; empty if it is not of one
/// @param contribution what it adds to the score; negative
/// @param text the same for people: "2 invalid messages in tx"
public record ScoreReason(
        ScoreComponent component, String topic, double contribution, String text) {}
