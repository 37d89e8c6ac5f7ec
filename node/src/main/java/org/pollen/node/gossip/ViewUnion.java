package org.pollen.node.gossip;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.pollen.peer.PeerId;
import org.pollen.router.Dialect;
import org.pollen.router.Distribution;
import org.pollen.router.Mask;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterSnapshot;
import org.pollen.router.RpcClass;
import org.pollen.scoring.PeerScoreSnapshot;
import org.pollen.scoring.ScoreOffence;
import org.pollen.scoring.TopicScoreSnapshot;

/// The views of a node's two routers as one: a topic of the second gets its mask in the first,
/// meshes are united and counters added. A peer is in one of the two.
final class ViewUnion {
    /// A counter or histogram, whatever its value.
    private record Series(String name, List<String> labels) {}

    private final Map<Mask, Mask> masks;
    private final Map<String, String> keys = new HashMap<>();

    /// @param masks from topics of the second dialect to those of the first
    /// @param first the first dialect
    ViewUnion(Map<Mask, Mask> masks, Dialect first, Dialect second) {
        this.masks = masks;
        masks.forEach((from, to) -> keys.put(from.display(second), to.display(first)));
    }

    /// Both views as one; histograms of heartbeats are of the node, and equal in both.
    GossipView of(GossipView one, GossipView two) {
        var queued = new EnumMap<RpcClass, Long>(one.queued());
        two.queued().forEach((rpcClass, bytes) -> queued.merge(rpcClass, bytes, Long::sum));
        return new GossipView(
                snapshot(one.snapshot(), two.snapshot()),
                samples(one.samples(), two.samples()),
                histograms(one.histograms(), two.histograms()),
                one.heartbeats(),
                one.refreshes(),
                queued,
                Math.max(one.at(), two.at()));
    }

    private RouterSnapshot snapshot(RouterSnapshot one, RouterSnapshot two) {
        var composites = new ArrayList<>(one.composites());
        composites.addAll(two.composites());
        var fanouts = new ArrayList<>(one.fanouts());
        fanouts.addAll(two.fanouts());
        var peers = new ArrayList<>(one.peers());
        two.peers().forEach(peer -> peers.add(renamed(peer)));
        var direct = new LinkedHashSet<PeerId>(one.directPeers());
        direct.addAll(two.directPeers());
        var queueBytes = new ArrayList<Long>();
        for (int i = 0; i < one.queueBytes().size(); i++) {
            queueBytes.add(one.queueBytes().get(i) + two.queueBytes().get(i));
        }
        return new RouterSnapshot(
                one.self(),
                one.ticks(),
                topics(one, two),
                composites,
                fanouts,
                peers,
                List.copyOf(direct),
                one.remoteTopics() + two.remoteTopics(),
                one.backoffs() + two.backoffs(),
                one.seenEntries(), // the cache is one
                one.cachedMessages() + two.cachedMessages(),
                one.cachedBytes() + two.cachedBytes(),
                one.validating() + two.validating(),
                one.promises() + two.promises(),
                one.retainedPeers() + two.retainedPeers(),
                one.deliveryRecords() + two.deliveryRecords(),
                queueBytes);
    }

    private List<RouterSnapshot.Topic> topics(RouterSnapshot one, RouterSnapshot two) {
        var topics = new LinkedHashMap<Mask, RouterSnapshot.Topic>();
        for (RouterSnapshot.Topic topic : one.topics()) topics.put(topic.mask(), topic);
        for (RouterSnapshot.Topic topic : two.topics()) {
            Mask mask = masks.getOrDefault(topic.mask(), topic.mask());
            topics.merge(mask, topic, ViewUnion::united);
        }
        return List.copyOf(topics.values());
    }

    private static RouterSnapshot.Topic united(RouterSnapshot.Topic one, RouterSnapshot.Topic two) {
        var mesh = new ArrayList<>(one.mesh());
        mesh.addAll(two.mesh());
        return new RouterSnapshot.Topic(
                one.mask(),
                one.name(),
                mesh,
                one.outbound() + two.outbound(),
                one.subscribers() + two.subscribers(),
                Math.max(one.maxPerPrefix(), two.maxPerPrefix()));
    }

    private String renamed(String key) {
        return keys.getOrDefault(key, key);
    }

    private RouterSnapshot.PeerView renamed(RouterSnapshot.PeerView peer) {
        return new RouterSnapshot.PeerView(
                peer.id(),
                peer.protocol(),
                peer.outbound(),
                peer.direct(),
                peer.subscriptions(),
                peer.meshes(),
                peer.queued(),
                peer.queuedBytes(),
                renamed(peer.score()));
    }

    private PeerScoreSnapshot renamed(PeerScoreSnapshot score) {
        return new PeerScoreSnapshot(
                score.peer(),
                score.known(),
                score.connected(),
                score.score(),
                score.topics().stream().map(this::renamed).toList(),
                score.topicsSum(),
                score.topicsCapped(),
                score.appSpecificScore(),
                score.appContribution(),
                score.ipColocationFactor(),
                score.ipColocationContribution(),
                score.addresses(),
                score.behaviourPenalty(),
                score.behaviourContribution(),
                score.penalties(),
                score.slowPeerPenalty(),
                score.slowPeerContribution(),
                score.negativeSinceNanos(),
                score.retainedUntilNanos(),
                score.offences().stream().map(this::renamed).toList(),
                score.atNanos());
    }

    private TopicScoreSnapshot renamed(TopicScoreSnapshot topic) {
        return new TopicScoreSnapshot(
                topic.topic(),
                renamed(topic.key()),
                topic.params(),
                topic.inMesh(),
                topic.active(),
                topic.timeInMeshNanos(),
                topic.firstMessageDeliveries(),
                topic.meshMessageDeliveries(),
                topic.meshFailurePenalty(),
                topic.invalidMessageDeliveries(),
                topic.score());
    }

    private ScoreOffence renamed(ScoreOffence offence) {
        return new ScoreOffence(
                offence.atNanos(),
                offence.component(),
                renamed(offence.topic()),
                offence.amount(),
                offence.messageHigh(),
                offence.messageLow(),
                offence.penalty());
    }

    private List<String> renamed(List<String> labels) {
        var renamed = new ArrayList<>(labels);
        for (int i = 0; i + 1 < renamed.size(); i += 2) {
            if (renamed.get(i).equals("topic")) renamed.set(i + 1, renamed(renamed.get(i + 1)));
        }
        return renamed;
    }

    private List<RouterMetrics.Sample> samples(
            List<RouterMetrics.Sample> one, List<RouterMetrics.Sample> two) {
        var sums = new LinkedHashMap<Series, Long>();
        for (var sample : one) sums.put(new Series(sample.name(), sample.labels()), sample.value());
        for (var sample : two) {
            sums.merge(
                    new Series(sample.name(), renamed(sample.labels())), sample.value(), Long::sum);
        }
        var samples = new ArrayList<RouterMetrics.Sample>();
        sums.forEach((series, value) ->
                samples.add(new RouterMetrics.Sample(series.name, series.labels, value)));
        return samples;
    }

    private List<RouterMetrics.HistogramSample> histograms(
            List<RouterMetrics.HistogramSample> one, List<RouterMetrics.HistogramSample> two) {
        var sums = new LinkedHashMap<Series, Distribution.Counts>();
        for (var sample : one) {
            sums.put(new Series(sample.name(), sample.labels()), sample.counts());
        }
        for (var sample : two) {
            sums.merge(
                    new Series(sample.name(), renamed(sample.labels())),
                    sample.counts(),
                    (a, b) -> Distribution.Counts.sum(List.of(a, b)));
        }
        var samples = new ArrayList<RouterMetrics.HistogramSample>();
        sums.forEach((series, counts) ->
                samples.add(new RouterMetrics.HistogramSample(series.name, series.labels, counts)));
        return samples;
    }
}
