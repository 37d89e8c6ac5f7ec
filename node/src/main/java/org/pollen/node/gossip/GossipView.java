package org.pollen.node.gossip;

import java.util.List;
import java.util.Map;
import org.pollen.router.Distribution;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterSnapshot;
import org.pollen.router.RpcClass;

/// What the router looked like after its last heartbeat, for readers on any thread.
///
/// @param snapshot meshes, peers and scores
/// @param samples its counters
/// @param histograms its histograms
/// @param heartbeats seconds that heartbeats took
/// @param refreshes seconds that refreshing the scores took
/// @param queued bytes that wait to be sent, by class, over all peers
/// @param at monotonic nanoseconds
public record GossipView(
        RouterSnapshot snapshot,
        List<RouterMetrics.Sample> samples,
        List<RouterMetrics.HistogramSample> histograms,
        Distribution.Counts heartbeats,
        Distribution.Counts refreshes,
        Map<RpcClass, Long> queued,
        long at) {
    /// Copies the collections.
    public GossipView {
        samples = List.copyOf(samples);
        histograms = List.copyOf(histograms);
        queued = Map.copyOf(queued);
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
