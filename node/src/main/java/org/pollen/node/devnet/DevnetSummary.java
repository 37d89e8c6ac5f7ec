package org.pollen.node.devnet;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.node.NodeRuntime;
import org.pollen.node.gossip.GossipView;

/// How a devnet run went.
///
/// @param txSubmitted transactions given to nodes
/// @param txPublished those that became executable and were gossiped
/// @param txDelivered those that every node received
/// @param deliveryRatio copies that arrived, of one for each published transaction and other node
/// @param reinjected transactions of abandoned blocks that went back into the first node's pool
/// @param problems where a pool disagrees with the chain
record DevnetSummary(
        int nodes,
        double seconds,
        long meshFormedMillis,
        long txSubmitted,
        long txRefused,
        long txPublished,
        long txDelivered,
        double deliveryRatio,
        double p50,
        double p99,
        long blocks,
        long reorgs,
        long reinjected,
        int poolPending,
        int poolQueued,
        double duplicates,
        Scores scores,
        List<String> problems) {
    /// Names that `--assert` knows.
    static final List<String> NAMES =
            List.of(
                    "delivery",
                    "deliveryRatio",
                    "p50",
                    "p99",
                    "blocks",
                    "reorgs",
                    "reinjected",
                    "txSubmitted",
                    "txDelivered",
                    "poolPending",
                    "poolQueued",
                    "poolsConsistent",
                    "meshFormedMs",
                    "scoreMin",
                    "scoreP50",
                    "duplicates");

    /// The scores that all nodes give each other.
    record Scores(double min, double p50, double max) {
        static Scores of(List<NodeRuntime> nodes) {
            double[] all =
                    nodes.stream()
                            .flatMap(node -> Devnet.peers(node).stream())
                            .mapToDouble(peer -> peer.score().score())
                            .sorted()
                            .toArray();
            if (all.length == 0) return new Scores(0, 0, 0);
            return new Scores(all[0], all[all.length / 2], all[all.length - 1]);
        }
    }

    static DevnetSummary of(
            List<NodeRuntime> nodes,
            DeliveryTracker tracker,
            LoadDriver load,
            long blocks,
            long reorgs,
            long reinjected,
            long meshFormedMillis,
            double seconds,
            List<String> problems) {
        PoolSnapshot pool = java.util.Objects.requireNonNull(nodes.getFirst().pool()).snapshot();
        return new DevnetSummary(
                nodes.size(),
                seconds,
                meshFormedMillis,
                load.submitted(),
                load.refused(),
                tracker.published(),
                tracker.complete(),
                tracker.ratio(),
                tracker.percentileMillis(50),
                tracker.percentileMillis(99),
                blocks,
                reorgs,
                reinjected,
                pool.pending(),
                pool.queued(),
                duplicates(nodes),
                Scores.of(nodes),
                problems);
    }

    /// Copies of a message that a node receives, on average.
    static double duplicates(List<NodeRuntime> nodes) {
        double first = 0;
        double more = 0;
        for (NodeRuntime node : nodes) {
            GossipView view = node.gossip().view();
            if (view == null) continue;
            first += view.total("gossipsub_messages_received_total");
            more += view.total("gossipsub_messages_duplicate_total");
        }
        return first == 0 ? 1 : 1 + more / first;
    }

    Map<String, Double> values() {
        var values = new LinkedHashMap<String, Double>();
        values.put("delivery", deliveryRatio);
        values.put("deliveryRatio", deliveryRatio);
        values.put("p50", p50);
        values.put("p99", p99);
        values.put("blocks", (double) blocks);
        values.put("reorgs", (double) reorgs);
        values.put("reinjected", (double) reinjected);
        values.put("txSubmitted", (double) txSubmitted);
        values.put("txDelivered", (double) txDelivered);
        values.put("poolPending", (double) poolPending);
        values.put("poolQueued", (double) poolQueued);
        values.put("poolsConsistent", problems.isEmpty() ? 1.0 : 0.0);
        values.put("meshFormedMs", (double) meshFormedMillis);
        values.put("scoreMin", scores.min);
        values.put("scoreP50", scores.p50);
        values.put("duplicates", duplicates);
        return values;
    }

    String toJson() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("schema", 1)
                .put("nodes", nodes)
                .put("seconds", round(seconds))
                .put("meshFormedMs", meshFormedMillis)
                .put("txSubmitted", txSubmitted)
                .put("txRefused", txRefused)
                .put("txPublished", txPublished)
                .put("txDelivered", txDelivered)
                .put("deliveryRatio", deliveryRatio);
        root.putObject("latencyMs").put("p50", round(p50)).put("p99", round(p99));
        root.put("blocks", blocks)
                .put("reorgs", reorgs)
                .put("reinjected", reinjected)
                .put("poolPending", poolPending)
                .put("poolQueued", poolQueued)
                .put("duplicates", round(duplicates));
        root.putObject("scores")
                .put("min", round(scores.min))
                .put("p50", round(scores.p50))
                .put("max", round(scores.max));
        root.put("poolsConsistent", problems.isEmpty());
        ArrayNode list = root.putArray("problems");
        problems.forEach(list::add);
        return root.toString();
    }

    /// Three lines for people.
    String toText() {
        return """
        delivered %d of %d published transactions to all %d nodes: ratio %.5f, p50 %.0f ms, p99 %.0f ms, %.1f copies each
        chain     %d blocks, %d reorganisations survived, %d transactions back in the pool; %d pending, %d queued
        checked   pools %s; scores %.2f to %.2f, median %.2f\
        """
                .formatted(
                        txDelivered,
                        txPublished,
                        nodes,
                        deliveryRatio,
                        p50,
                        p99,
                        duplicates,
                        blocks,
                        reorgs,
                        reinjected,
                        poolPending,
                        poolQueued,
                        problems.isEmpty()
                                ? "agree with the chain and each other"
                                : "DISAGREE: " + String.join("; ", problems),
                        scores.min,
                        scores.max,
                        scores.p50);
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
