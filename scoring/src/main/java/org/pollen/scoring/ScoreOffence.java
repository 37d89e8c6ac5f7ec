package org.pollen.scoring;

import org.jspecify.annotations.Nullable;

/// One thing a peer did that cost it score.
///
/// @param atNanos when, on the engine's clock
/// @param component which counter it went to: P3b, P4 or P7
/// @param topic the key of the topic; empty for P7
/// @param amount what it added to the counter
/// @param messageHigh the first half of the hash of the message, for P4; zero otherwise
/// @param messageLow the other half
/// @param penalty what it was, for P7
public record ScoreOffence(
        long atNanos,
        ScoreComponent component,
        String topic,
        double amount,
        long messageHigh,
        long messageLow,
        @Nullable BehaviourPenalty penalty) {}
