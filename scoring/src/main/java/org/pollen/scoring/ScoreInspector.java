package org.pollen.scoring;

import java.util.List;
import java.util.Map;

/// Someone who wants to see all scores from time to time.
///
/// Called on the owner's thread with immutable copies; an inspector that takes its time hands them
/// to a thread of its own. Retained peers are included.
public sealed interface ScoreInspector {

    /// Wants the scores.
    @FunctionalInterface
    non-sealed interface Simple extends ScoreInspector {
        /// Receives the score of each peer, by rising handle.
        void inspect(Map<Integer, Double> scores);
    }

    /// Wants the reasons too.
    @FunctionalInterface
    non-sealed interface Extended extends ScoreInspector {
        /// Receives a snapshot of each peer, by rising handle.
        void inspect(List<PeerScoreSnapshot> snapshots);
    }
}
