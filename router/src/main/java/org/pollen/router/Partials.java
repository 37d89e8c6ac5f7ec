package org.pollen.router;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.scoring.Feedback;

/// Partial messages: which parts of which message each peer has, and what it was told of ours.
///
/// A group stands for one message of a topic. It is opened by us when we publish in it, or by a
/// peer that sends something of it; the latter are limited in number. Of each group we keep, for
/// each peer, the metadata it has sent and the metadata it was sent, so that nothing is said twice.
/// The parts themselves are the application's.
///
/// Source: gossipsub v1.3, partial messages; router specification 10.
final class Partials {
    private static final int REQUESTS = 1;
    private static final int SENDS = 2;
    private static final int US = -1;

    /// What is known of one peer in a group.
    private static final class Side {
        byte @Nullable [] theirs;
        byte @Nullable [] told;
    }

    /// One message on its way, in parts.
    private static final class Group {
        final byte[] id;
        final Map<Integer, Side> sides = new LinkedHashMap<>();
        int openedBy;
        int heartbeatsLeft;
        byte @Nullable [] ours;

        Group(byte[] id, int openedBy, int heartbeatsLeft) {
            this.id = id;
            this.openedBy = openedBy;
            this.heartbeatsLeft = heartbeatsLeft;
        }

        Side side(int peer) {
            return sides.computeIfAbsent(peer, _ -> new Side());
        }
    }

    /// The groups of one topic.
    private static final class Groups {
        final Map<MessageKey, Group> byId = new LinkedHashMap<>();
        final Map<Integer, Integer> openedBy = new LinkedHashMap<>();
        int openedByPeers;

        void opened(int peer) {
            openedBy.merge(peer, 1, Integer::sum);
            openedByPeers++;
        }

        void ended(int peer) {
            if (peer == US) return;
            openedByPeers--;
            openedBy.computeIfPresent(peer, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private final RouterState state;
    private final Map<Mask, PartialTopic> topics;
    private final PartialLimits limits;
    private final MessageKeyHasher hasher;
    private final Map<Mask, Groups> groups = new LinkedHashMap<>();

    Partials(RouterState state) {
        this.state = state;
        topics = state.config.partialTopics();
        limits = state.config.partialLimits();
        hasher = state.hasher.copy();
    }

    /// Whether any topic has partial messages: then the extension is offered.
    boolean on() {
        return !topics.isEmpty();
    }

    /// Our announcement of a topic, with what we want and can do.
    SubOpts announcement(Mask topic) {
        PartialTopic partial = topics.get(topic);
        return partial == null
                ? SubOpts.subscribe(topic)
                : new SubOpts(true, topic, partial.requests(), true);
    }

    /// A peer subscribes, again perhaps, and says what it wants. A peer that wants parts can send
    /// them.
    void announced(Peer peer, SubOpts subscription) {
        if (!topics.containsKey(subscription.mask())) return;
        int flags = 0;
        if (subscription.requestsPartial()) flags = REQUESTS | SENDS;
        else if (subscription.supportsSendingPartial()) flags = SENDS;
        if (flags == 0) peer.partialTopics.remove(subscription.mask());
        else peer.partialTopics.put(subscription.mask(), flags);
    }

    /// Whether a peer is to be sent parts instead of whole messages.
    boolean requests(Peer peer, Mask topic) {
        return has(peer, topic, REQUESTS);
    }

    /// Whether a peer can be told of parts, since it sends or wants them.
    private boolean exchanges(Peer peer, Mask topic) {
        return has(peer, topic, SENDS);
    }

    /// Whether a peer will send us no whole messages, or gets none: an IDONTWANT would be
    /// pointless.
    boolean replacesMessages(Peer peer, Mask topic) {
        PartialTopic partial = topics.get(topic);
        if (partial == null) return false;
        return has(peer, topic, REQUESTS) || (partial.requests() && has(peer, topic, SENDS));
    }

    private boolean has(Peer peer, Mask topic, int flag) {
        if (!peer.partialMessages || !on()) return false;
        Integer flags = peer.partialTopics.get(topic);
        return flags != null && (flags & flag) != 0;
    }

    /// A peer ended its subscription, or is gone from the topic otherwise.
    void unsubscribed(Peer peer, Mask topic) {
        if (peer.partialTopics.remove(topic) != null) forget(peer.handle, topic);
    }

    /// A peer's stream ended: what it said counts no more.
    void forget(Peer peer) {
        peer.partialMessages = false;
        if (groups.isEmpty()) return;
        for (Mask topic : groups.keySet()) forget(peer.handle, topic);
    }

    private void forget(int peer, Mask topic) {
        Groups known = groups.get(topic);
        if (known == null) return;
        for (Group group : known.byId.values()) group.sides.remove(peer);
    }

    /// We left a topic.
    void left(Mask topic) {
        groups.remove(topic);
    }

    // In.

    /// Takes a partial message: remembers what the peer has, and tells the application.
    void receive(Peer peer, Rpc.PartialMessage message, long now) {
        Mask topic = message.topic();
        PartialTopic partial = topics.get(topic);
        int handle = state.masks.find(topic);
        if (partial == null || !peer.partialMessages || !state.local.joined(handle)) {
            state.metrics.partialsIgnored.add(RouterMetrics.PartialIgnored.NO_TOPIC);
            return;
        }
        if (!state.peerFilter.test(peer.id, topic)) return;
        byte[] metadata = message.partsMetadata();
        if (message.groupId().length > limits.groupIdBytesMax()
                || (metadata != null && metadata.length > limits.metadataBytesMax())
                || !partial.accepts(message)) {
            invalid(peer, handle, now);
            return;
        }
        Group group = open(topic, message.groupId(), peer.handle);
        if (group == null) {
            state.metrics.partialsIgnored.add(RouterMetrics.PartialIgnored.MAX_GROUPS);
            return;
        }
        if (metadata != null) {
            Side side = group.side(peer.handle);
            side.theirs = partial.merge(side.theirs, metadata);
        }
        state.output.partial(peer.handle, message);
    }

    private void invalid(Peer peer, int topic, long now) {
        state.metrics.partialsIgnored.add(RouterMetrics.PartialIgnored.INVALID);
        state.scores.engine.peerFeedback(peer.handle, topic, Feedback.INVALID, now);
    }

    /// The group, opened if need be and allowed; null if it is not.
    private @Nullable Group open(Mask topic, byte[] id, int by) {
        hasher.hash(id, 0, id.length);
        var key = new MessageKey(hasher.hi(), hasher.lo());
        Groups known = groups.computeIfAbsent(topic, _ -> new Groups());
        Group group = known.byId.get(key);
        if (group != null) return group;
        if (by != US) {
            boolean full =
                    known.openedByPeers >= limits.groupsPerTopicMax()
                            || known.openedBy.getOrDefault(by, 0) >= limits.groupsPerPeerMax();
            if (full) return null;
            known.opened(by);
        }
        group = new Group(id, by, limits.groupHeartbeats());
        known.byId.put(key, group);
        return group;
    }

    // Out.

    /// Tells peers what we have of a message, and sends them the parts they lack.
    ///
    /// @param eager parts for peers of which we do not know what they have, or null
    /// @param to handles of the peers; null for those of the mesh or fanout, the direct ones, and
    ///   whoever told us of its parts
    /// @return how many were sent something
    int publish(
            Mask topic,
            PartialContent content,
            byte @Nullable [] eager,
            int @Nullable [] to,
            long now) {
        PartialTopic partial = topics.get(topic);
        if (partial == null) {
            throw new IllegalArgumentException(
                    "topic %s: it has no partial messages".formatted(topic.text()));
        }
        Group group = open(topic, content.groupId().clone(), US);
        if (group == null) throw new IllegalStateException("a group of our own is always opened");
        if (group.openedBy != US) {
            Groups known = groups.get(topic);
            if (known != null) known.ended(group.openedBy);
            group.openedBy = US;
        }
        group.heartbeatsLeft = limits.groupHeartbeats();
        byte[] ours = content.metadata().clone();
        group.ours = ours;
        int sent = 0;
        for (int handle : to == null ? targets(topic, group, now) : to) {
            Peer peer = state.peers.get(handle);
            if (peer == null || !exchanges(peer, topic)) continue;
            if (!peer.direct && !state.scores.canPublish(handle)) continue;
            if (send(peer, topic, partial, group, content, eager, ours, now)) sent++;
        }
        return sent;
    }

    private int[] targets(Mask topic, Group group, long now) {
        var all = new IntSet();
        int handle = state.masks.find(topic);
        for (int peer : state.targets.partial(handle, now)) all.add(peer);
        for (int peer : group.sides.keySet()) all.add(peer);
        return all.toArray();
    }

    private boolean send(
            Peer peer,
            Mask topic,
            PartialTopic partial,
            Group group,
            PartialContent content,
            byte @Nullable [] eager,
            byte[] ours,
            long now) {
        Side side = group.side(peer.handle);
        byte @Nullable [] parts = null;
        byte @Nullable [] theirs = side.theirs;
        if (requests(peer, topic)) {
            if (theirs == null) {
                parts = eager;
            } else {
                try {
                    parts = content.partsFor(theirs);
                } catch (MalformedException _) {
                    side.theirs = null;
                    invalid(peer, state.masks.find(topic), now);
                    return false;
                }
            }
        }
        byte @Nullable [] metadata = Arrays.equals(side.told, ours) ? null : ours;
        if (parts == null && metadata == null) return false;
        var message = new Rpc.PartialMessage(topic, group.id, parts, metadata);
        if (!send(peer, message, RpcClass.OWN, now)) return false;
        side.told = ours;
        if (parts != null && theirs != null) side.theirs = partial.merge(theirs, ours);
        return true;
    }

    private boolean send(Peer peer, Rpc.PartialMessage message, RpcClass rpcClass, long now) {
        state.metrics.sent.add(RouterMetrics.Part.PARTIAL);
        return state.sender.send(peer, state.sender.builder().partial(message), rpcClass, now);
    }

    /// Whether there is anything to gossip on a topic.
    boolean hasGossip(Mask topic) {
        return on() && groups.containsKey(topic);
    }

    /// Tells a peer outside the mesh what we have, instead of IHAVE.
    void gossip(Peer peer, Mask topic, long now) {
        Groups known = groups.get(topic);
        if (known == null) return;
        for (Group group : known.byId.values()) {
            byte[] ours = group.ours;
            if (ours == null) continue;
            Side side = group.side(peer.handle);
            if (Arrays.equals(side.told, ours)) continue;
            var message = new Rpc.PartialMessage(topic, group.id, null, ours);
            if (send(peer, message, RpcClass.GOSSIP, now)) side.told = ours;
        }
    }

    /// An RPC with a partial message will not be sent after all: its metadata is to be told again.
    void dropped(int peer, Rpc.PartialMessage message) {
        Groups known = groups.get(message.topic());
        if (known == null) return;
        byte[] id = message.groupId();
        hasher.hash(id, 0, id.length);
        Group group = known.byId.get(new MessageKey(hasher.hi(), hasher.lo()));
        Side side = group == null ? null : group.sides.get(peer);
        if (side != null) side.told = null;
    }

    /// One heartbeat passes: groups that nobody publishes in any more are forgotten.
    void heartbeat() {
        if (groups.isEmpty()) return;
        for (Groups known : groups.values()) {
            known.byId
                    .values()
                    .removeIf(group -> {
                        if (--group.heartbeatsLeft > 0) return false;
                        known.ended(group.openedBy);
                        return true;
                    });
        }
        groups.values().removeIf(known -> known.byId.isEmpty());
    }

    /// How many groups there are.
    int size() {
        int count = 0;
        for (Groups known : groups.values()) count += known.byId.size();
        return count;
    }

    /// The topics with partial messages.
    List<Mask> topics() {
        return List.copyOf(topics.keySet());
    }
}
