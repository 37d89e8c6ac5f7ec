package org.pollen.scoring;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The specification word for word, with maps and sets: the model that the engine must equal bit by
/// bit. Slow, and meant to be compared with the text, not with the engine.
final class NaiveScores {
    private static final class TopicStats {
        boolean inMesh;
        long graftTime;
        long meshTime;
        double first;
        double mesh;
        boolean active;
        double failure;
        double invalid;
    }

    /// One record; a peer that returns after its record was dropped is another one.
    private static final class Peer {
        boolean connected = true;
        long expire;
        final Map<Integer, TopicStats> topics = new HashMap<>();
        final Set<String> ips = new LinkedHashSet<>();
        double behaviour;
        double slow;
        double app;
    }

    private enum Status {
        UNKNOWN,
        VALID,
        INVALID,
        IGNORED,
        THROTTLED
    }

    private static final class Delivery {
        Status status = Status.UNKNOWN;
        final long firstSeen;
        long validated;
        final Set<Peer> peers = new LinkedHashSet<>();

        Delivery(long now) {
            firstSeen = now;
        }
    }

    private final PeerScoreParams params;
    private final Map<Integer, Peer> peers = new HashMap<>();
    private final Map<String, Set<Peer>> peerIps = new HashMap<>();
    private final Map<Long, Delivery> deliveries = new HashMap<>();
    private final Map<Integer, TopicScoreParams> topics = new LinkedHashMap<>();

    NaiveScores(PeerScoreParams params) {
        this.params = params;
    }

    void setTopic(int topic, TopicScoreParams p) {
        TopicScoreParams old = topics.put(topic, p);
        if (old == null) return;
        boolean lower =
                p.firstMessageDeliveriesCap() < old.firstMessageDeliveriesCap()
                        || p.meshMessageDeliveriesCap() < old.meshMessageDeliveriesCap();
        for (Peer peer : peers.values()) {
            TopicStats stats = peer.topics.get(topic);
            if (stats == null || !lower) continue;
            stats.first = Math.min(stats.first, p.firstMessageDeliveriesCap());
            stats.mesh = Math.min(stats.mesh, p.meshMessageDeliveriesCap());
        }
    }

    private TopicScoreParams topic(int topic) {
        return Objects.requireNonNull(topics.get(topic));
    }

    private Set<Peer> peersAt(String ip) {
        return peerIps.computeIfAbsent(ip, _ -> new LinkedHashSet<>());
    }

    void addPeer(int id) {
        peers.computeIfAbsent(id, _ -> new Peer()).connected = true;
    }

    void removePeer(int id, long now) {
        Peer peer = peers.get(id);
        if (peer == null || !peer.connected) return;
        if (score(id) > 0) {
            drop(id, peer);
            return;
        }
        for (int topic : topics.keySet()) {
            TopicStats stats = peer.topics.get(topic);
            if (stats == null) continue;
            stats.first = 0;
            if (stats.inMesh) leave(stats, topic(topic));
        }
        peer.connected = false;
        peer.expire = now + params.retainScore().toNanos();
    }

    private void leave(TopicStats stats, TopicScoreParams p) {
        if (stats.active && stats.mesh < p.meshMessageDeliveriesThreshold()) {
            double deficit = p.meshMessageDeliveriesThreshold() - stats.mesh;
            stats.failure += deficit * deficit;
        }
        stats.inMesh = false;
        if (!params.strictReferencePrune()) stats.active = false;
    }

    private void drop(int id, Peer peer) {
        peers.remove(id);
        for (String ip : peer.ips) peersAt(ip).remove(peer);
    }

    void setAddresses(int id, List<String> ips) {
        Peer peer = peers.get(id);
        if (peer == null || !peer.connected) return;
        for (String ip : peer.ips) peersAt(ip).remove(peer);
        peer.ips.clear();
        peer.ips.addAll(ips);
        for (String ip : ips) peersAt(ip).add(peer);
    }

    private @Nullable TopicStats stats(int id, int topic) {
        Peer peer = peers.get(id);
        return peer == null ? null : stats(peer, topic);
    }

    private @Nullable TopicStats stats(Peer peer, int topic) {
        if (!topics.containsKey(topic)) return null;
        return peer.topics.computeIfAbsent(topic, _ -> new TopicStats());
    }

    void graft(int id, int topic, long now) {
        Peer peer = peers.get(id);
        if (peer == null || !peer.connected) return;
        TopicStats stats = stats(id, topic);
        if (stats == null) return;
        stats.inMesh = true;
        stats.graftTime = now;
        stats.meshTime = 0;
        stats.active = false;
    }

    void prune(int id, int topic) {
        TopicStats stats = stats(id, topic);
        if (stats == null) return;
        if (stats.inMesh || params.strictReferencePrune()) leave(stats, topic(topic));
    }

    void validate(long message, long now) {
        record(message, now);
    }

    private Delivery record(long message, long now) {
        return deliveries.computeIfAbsent(message, _ -> new Delivery(now));
    }

    private int[] counted(int[] keys) {
        return switch (params.scoreKeyPolicy()) {
            case EXACT -> keys.length == 1 ? keys : new int[0];
            case PER_SLICE -> keys;
            case FIRST_SLICE -> new int[] {keys[0]};
        };
    }

    private boolean alive(Peer peer) {
        return peers.containsValue(peer);
    }

    void deliver(int id, long message, int[] keys, long now) {
        Delivery record = record(message, now);
        if (record.status != Status.UNKNOWN) return;
        record.status = Status.VALID;
        record.validated = now;
        Peer sender = peers.get(id);
        int[] counted = counted(keys);
        if (sender != null) for (int topic : counted) first(sender, topic, 1.0 / counted.length);
        for (Peer peer : record.peers)
            if (peer != sender && alive(peer)) for (int topic : counted) mesh(peer, topic);
        if (sender != null) record.peers.add(sender);
    }

    private void first(Peer peer, int topic, double share) {
        TopicStats stats = stats(peer, topic);
        if (stats == null) return;
        stats.first = Math.min(stats.first + share, topic(topic).firstMessageDeliveriesCap());
        mesh(peer, topic);
    }

    private void mesh(Peer peer, int topic) {
        TopicStats stats = stats(peer, topic);
        if (stats == null || !stats.inMesh) return;
        stats.mesh = Math.min(stats.mesh + 1, topic(topic).meshMessageDeliveriesCap());
    }

    private void invalid(@Nullable Peer peer, int[] keys) {
        if (peer == null) return;
        for (int topic : counted(keys)) {
            TopicStats stats = stats(peer, topic);
            if (stats != null) stats.invalid += 1;
        }
    }

    void reject(int id, long message, int[] keys, RejectReason reason, long now) {
        Peer sender = peers.get(id);
        switch (reason) {
            case BLACKLISTED_PEER, BLACKLISTED_SOURCE, VALIDATION_QUEUE_FULL -> {}
            case MISSING_SIGNATURE,
                    INVALID_SIGNATURE,
                    UNEXPECTED_SIGNATURE,
                    UNEXPECTED_AUTH_INFO,
                    SELF_ORIGIN ->
                    invalid(sender, keys);
            case VALIDATION_THROTTLED, VALIDATION_IGNORED, VALIDATION_FAILED -> {
                Delivery record = record(message, now);
                if (record.status != Status.UNKNOWN) return;
                if (reason == RejectReason.VALIDATION_FAILED) {
                    record.status = Status.INVALID;
                    invalid(sender, keys);
                    for (Peer peer : record.peers)
                        if (peer != sender && alive(peer)) invalid(peer, keys);
                } else {
                    record.status =
                            reason == RejectReason.VALIDATION_IGNORED
                                    ? Status.IGNORED
                                    : Status.THROTTLED;
                }
                record.peers.clear();
            }
        }
    }

    void duplicate(int id, long message, int[] keys, long now) {
        Peer sender = peers.get(id);
        if (sender == null) return;
        Delivery record = record(message, now);
        if (record.peers.contains(sender)) return;
        switch (record.status) {
            case UNKNOWN -> record.peers.add(sender);
            case VALID -> {
                record.peers.add(sender);
                for (int topic : counted(keys)) {
                    TopicScoreParams p = topics.get(topic);
                    if (p == null) continue;
                    long window = p.meshMessageDeliveriesWindow().toNanos();
                    if (now - record.validated <= window) mesh(sender, topic);
                }
            }
            case INVALID -> invalid(sender, keys);
            case IGNORED, THROTTLED -> {}
        }
    }

    void feedback(int id, int topic, Feedback kind) {
        Peer peer = peers.get(id);
        TopicStats stats = stats(id, topic);
        if (peer == null || stats == null) return;
        if (kind == Feedback.USEFUL) first(peer, topic, 1);
        else stats.invalid += 1;
    }

    void addPenalty(int id, double count) {
        Peer peer = peers.get(id);
        if (peer != null) peer.behaviour += count;
    }

    void slow(int id) {
        Peer peer = peers.get(id);
        if (peer != null) peer.slow += 1;
    }

    void setApp(int id, double value) {
        Peer peer = peers.get(id);
        if (peer != null) peer.app = value;
    }

    void refresh(long now) {
        for (int id : new ArrayList<>(peers.keySet())) {
            Peer peer = Objects.requireNonNull(peers.get(id));
            if (!peer.connected) {
                if (now > peer.expire) drop(id, peer);
                continue;
            }
            peer.topics.forEach((topic, stats) -> {
                TopicScoreParams p = topic(topic);
                stats.first = decay(stats.first, p.firstMessageDeliveriesDecay());
                stats.mesh = decay(stats.mesh, p.meshMessageDeliveriesDecay());
                stats.failure = decay(stats.failure, p.meshFailurePenaltyDecay());
                stats.invalid = decay(stats.invalid, p.invalidMessageDeliveriesDecay());
                if (!stats.inMesh) return;
                stats.meshTime = now - stats.graftTime;
                if (stats.meshTime > p.meshMessageDeliveriesActivation().toNanos())
                    stats.active = true;
            });
            peer.behaviour = decay(peer.behaviour, params.behaviourPenaltyDecay());
            peer.slow = decay(peer.slow, params.slowPeerDecay());
        }
    }

    private double decay(double counter, double factor) {
        double value = counter * factor;
        return value < params.decayToZero() ? 0 : value;
    }

    void gc(long now) {
        long life = params.seenMsgTTLInUse().toNanos();
        deliveries.values().removeIf(record -> now > record.firstSeen + life);
    }

    boolean known(int id) {
        return peers.containsKey(id);
    }

    double score(int id) {
        Peer peer = peers.get(id);
        if (peer == null) return 0;
        double sum = 0;
        double good = 0;
        for (var entry : topics.entrySet()) {
            TopicStats stats = peer.topics.get(entry.getKey());
            if (stats == null) continue;
            double part = entry.getValue().topicWeight() * topicScore(stats, entry.getValue());
            if (params.capMode() == CapMode.POSITIVE_PARTS && part > 0) good += part;
            else sum += part;
        }
        double score;
        double cap = params.topicScoreCap();
        if (params.capMode() == CapMode.POSITIVE_PARTS)
            score = (cap > 0 && good > cap ? cap : good) + sum;
        else score = cap > 0 && sum > cap ? cap : sum;
        score += params.appSpecificWeight() * peer.app;
        score += params.ipColocationFactorWeight() * colocation(peer);
        if (peer.behaviour > params.behaviourPenaltyThreshold()) {
            double surplus = peer.behaviour - params.behaviourPenaltyThreshold();
            score += params.behaviourPenaltyWeight() * (surplus * surplus);
        }
        score += params.slowPeerWeight() * Math.max(0, peer.slow - params.slowPeerThreshold());
        return score;
    }

    private double topicScore(TopicStats stats, TopicScoreParams p) {
        double score = 0;
        if (stats.inMesh) {
            long quanta = stats.meshTime / p.timeInMeshQuantum().toNanos();
            score += p.timeInMeshWeight() * Math.min((double) quanta, p.timeInMeshCap());
        }
        score += p.firstMessageDeliveriesWeight() * stats.first;
        if (stats.active && stats.mesh < p.meshMessageDeliveriesThreshold()) {
            double deficit = p.meshMessageDeliveriesThreshold() - stats.mesh;
            score += p.meshMessageDeliveriesWeight() * (deficit * deficit);
        }
        score += p.meshFailurePenaltyWeight() * stats.failure;
        score += p.invalidMessageDeliveriesWeight() * (stats.invalid * stats.invalid);
        return score;
    }

    private double colocation(Peer peer) {
        double factor = 0;
        for (String ip : peer.ips) {
            double surplus = peersAt(ip).size() - params.ipColocationFactorThreshold();
            if (surplus > 0) factor += surplus * surplus;
        }
        return factor;
    }
}
