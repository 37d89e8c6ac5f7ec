package org.pollen.node.gossip;

import java.util.List;
import org.pollen.router.Distribution;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterSnapshot;

/// What the router looked like after its last heartbeat, for readers on any thread.
///
/// @param snapshot meshes, peers and scores
/// @param samples its counters
/// @param histograms its histograms
/// @param heartbeats seconds that heartbeats took
/// @param at monotonic nanoseconds
public record GossipView(
        RouterSnapshot snapshot,
        List<RouterMetrics.Sample> samples,
        List<RouterMetrics.HistogramSample> histograms,
        Distribution.Counts heartbeats,
        long at) {
    /// Copies the lists.
    public GossipView {
        samples = List.copyOf(samples);
        histograms = List.copyOf(histograms);
    }

    /// The sum of a counter over all its labels.
    public double total(String name) {
        double sum = 0;
        for (RouterMetrics.Sample sample : samples) {
            if (sample.name().equals(name)) sum += sample.value();
        }
        return sum;
    }
}
