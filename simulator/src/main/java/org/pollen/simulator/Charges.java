package org.pollen.simulator;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.pollen.scoring.PeerScoreSnapshot;

/// What honest peers charge attackers with, looked at each second: between two heartbeats, so that
/// what came since the last one is not decayed.
final class Charges implements Simulation.Probe {
    private final int peers; // the first so many are looked at
    private final long from;
    private final Map<Long, Double> behaviour = new LinkedHashMap<>(); // most, by pair
    private final Set<Long> members = new LinkedHashSet<>(); // pairs that were in the mesh
    private double part;
    private double score;

    /// @param peers how many of the honest ones are looked at
    /// @param from when that begins, virtual nanoseconds
    Charges(int peers, long from) {
        this.peers = peers;
        this.from = from;
    }

    @Override
    public void sample(Simulation simulation, long now) {
        if (now < from) return;
        for (int i = 0; i < peers; i++) look(simulation.honestPeer(i), now);
    }

    private void look(HonestPeer peer, long now) {
        for (int member : peer.mesh()) members.add(pair(peer, member));
        for (int remote : peer.remotes()) {
            if (peer.simulation.honest(remote)) continue;
            PeerScoreSnapshot snapshot = peer.snapshotOf(remote, now);
            behaviour.merge(pair(peer, remote), snapshot.behaviourPenalty(), Math::max);
            part = Math.min(part, snapshot.behaviourContribution());
            score = Math.min(score, snapshot.score());
        }
    }

    private static long pair(HonestPeer peer, int remote) {
        return ((long) peer.index << 32) | remote;
    }

    /// Most that the counter of P7 came to.
    double behaviourMost() {
        return behaviour.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /// The least that P7 contributed to a score.
    double partLeast() {
        return part;
    }

    /// The least score.
    double scoreLeast() {
        return score;
    }

    /// Pairs of an honest peer and an attacker that never was in its mesh, whose counter of P7 came
    /// to no more than this.
    long refusedUpTo(double counter) {
        return behaviour.entrySet().stream()
                .filter(pair -> !members.contains(pair.getKey()) && pair.getValue() <= counter)
                .count();
    }

    /// Pairs of an honest peer and an attacker that never was in its mesh.
    long refused() {
        return behaviour.keySet().stream().filter(pair -> !members.contains(pair)).count();
    }
}
