package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;

/// Looks every second at who is in the meshes of honest peers.
final class MeshProbe implements Simulation.Probe {
    private static final int SAMPLED_MAX = 500;

    /// One look. Means, shares and the least are no number where nobody was there to be asked, so
    /// that no gate holds by it.
    ///
    /// @param at virtual nanoseconds
    /// @param honestMean honest members of a mesh, on average
    /// @param honestLeast in the poorest mesh
    /// @param sybilShare of all members
    /// @param sybilMost in the worst mesh
    /// @param victimHonest honest members of the mesh of peer 0
    /// @param victimSybils attackers in the mesh of peer 0
    /// @param sybilScore least score of an attacker at a peer it is linked to
    record Sample(
            long at,
            double honestMean,
            double honestLeast,
            double sybilShare,
            double sybilMost,
            int victimHonest,
            int victimSybils,
            double sybilScore) {}

    final List<Sample> samples = new ArrayList<>();

    @Override
    public void sample(Simulation simulation, long now) {
        int peers = Math.min(SAMPLED_MAX, simulation.setup().honest());
        long honest = 0;
        long sybils = 0;
        int looked = 0;
        int least = Integer.MAX_VALUE;
        int most = 0;
        int victimHonest = 0;
        int victimSybils = 0;
        double score = 0;
        for (int i = 0; i < peers; i++) {
            if (!simulation.setup().follows(i, 0)) continue;
            HonestPeer peer = simulation.honestPeer(i);
            if (peer.gone()) continue;
            looked++;
            int good = 0;
            int bad = 0;
            for (int member : peer.mesh()) {
                if (simulation.honest(member)) good++;
                else bad++;
            }
            for (int a = simulation.setup().honest(); a < simulation.setup().total(); a++) {
                score = Math.min(score, peer.scoreOf(a));
            }
            honest += good;
            sybils += bad;
            least = Math.min(least, good);
            most = Math.max(most, bad);
            if (i == 0) {
                victimHonest = good;
                victimSybils = bad;
            }
        }
        double share = honest + sybils == 0 ? 0 : (double) sybils / (honest + sybils);
        if (looked == 0) share = Double.NaN;
        samples.add(
                new Sample(
                        now,
                        looked == 0 ? Double.NaN : (double) honest / looked,
                        looked == 0 ? Double.NaN : least,
                        share,
                        looked == 0 ? Double.NaN : most,
                        victimHonest,
                        victimSybils,
                        score));
    }

    Sample at(long nanos) {
        Sample last = samples.getFirst();
        for (Sample sample : samples) if (sample.at <= nanos) last = sample;
        return last;
    }

    List<Sample> from(long nanos) {
        return samples.stream().filter(sample -> sample.at >= nanos).toList();
    }
}
