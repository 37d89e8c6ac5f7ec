package org.pollen.router;

import java.util.Arrays;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScoreEngine;

/// The router's questions to the score engine: a score compared with a threshold.
///
/// During a heartbeat each score is read once and then kept, so that one peer has one score in all
/// its steps whatever they do to it.
final class Scores {
    final ScoreEngine engine;
    final PeerScoreThresholds thresholds;
    private final RouterMetrics metrics;
    private double[] kept = new double[16];
    private long[] keptAt = new long[16];
    private long heartbeat;
    private boolean inHeartbeat;

    Scores(ScoreEngine engine, PeerScoreThresholds thresholds, RouterMetrics metrics) {
        this.engine = engine;
        this.thresholds = thresholds;
        this.metrics = metrics;
    }

    void beginHeartbeat() {
        heartbeat++;
        inHeartbeat = true;
    }

    void endHeartbeat() {
        inHeartbeat = false;
    }

    /// The score of a peer; the one first read during a heartbeat.
    double of(int peer) {
        if (!inHeartbeat) return engine.score(peer);
        if (peer >= kept.length) {
            int length = Math.max(peer + 1, kept.length * 2);
            kept = Arrays.copyOf(kept, length);
            keptAt = Arrays.copyOf(keptAt, length);
        }
        if (keptAt[peer] != heartbeat) {
            keptAt[peer] = heartbeat;
            kept[peer] = engine.score(peer);
        }
        return kept[peer];
    }

    // Written so that a score that is no number falls on the refusing side.

    boolean notNegative(int peer) {
        return of(peer) >= 0;
    }

    boolean canGossip(int peer) {
        return of(peer) >= thresholds.gossipThreshold();
    }

    boolean canPublish(int peer) {
        return of(peer) >= thresholds.publishThreshold();
    }

    boolean graylisted(int peer) {
        return !(of(peer) >= thresholds.graylistThreshold());
    }

    boolean canExchange(int peer) {
        return of(peer) >= thresholds.acceptPXThreshold();
    }

    void penalize(int peer, BehaviourPenalty reason) {
        metrics.penalties.add(reason);
        engine.addPenalty(peer, reason);
    }

    void penalize(int peer, int count, BehaviourPenalty reason) {
        metrics.penalties.add(reason, count);
        engine.addPenalty(peer, count, reason);
    }
}
