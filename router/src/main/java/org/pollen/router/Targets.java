package org.pollen.router;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Chooses the peers that a message is sent to.
///
/// Source: router specification 1.5 and 6.7.
final class Targets {
    /// In place of a peer: the message is our own.
    static final int OWN = -1;

    /// In place of a peer: it came from another router of this node.
    static final int ELSEWHERE = -2;

    private final RouterState state;
    private final RandomGenerator random;
    private final IntList targets = new IntList();
    private final IntList holders = new IntList();
    private final IntList scratch = new IntList();
    private final IntSet chosen = new IntSet();

    Targets(RouterState state, RandomGenerator random) {
        this.state = state;
        this.random = random;
    }

    /// The peers for a message; the list is valid until the next call.
    ///
    /// @param key the handle of the whole mask
    /// @param from the peer it came from, or [#OWN] or [#ELSEWHERE]
    /// @param author the handle of its author, or -1
    IntList choose(int key, RpcMessage message, int from, int author, long now) {
        targets.clear();
        chosen.clear();
        int[] slices = state.masks.slices(key);
        boolean flood =
                from == OWN
                        && state.params.floodPublish()
                        && message.dataLength() <= state.params.floodPublishBytesMax();
        if (slices.length == 1) {
            classic(key, flood, from, author, now);
        } else {
            switch (state.params.multiBitMode()) {
                case COMPOSITE -> composite(key, slices, flood, from, author, now);
                case FLOOD_HOLDERS -> {
                    holders(slices, from, author);
                    for (int i = 0; i < holders.size(); i++) add(holders.get(i));
                    return targets; // as the reference: not even IDONTWANT is looked at
                }
                case RANDOM_SLICE -> randomSlice(slices, message, flood, from, author, now);
            }
        }
        dropUnwanted(message);
        if (state.partials.on()) dropPartial(key);
        return targets;
    }

    /// See [GossipRouter#enoughPeers].
    boolean enoughPeers(Mask mask, int count) {
        int key = state.masks.find(mask);
        if (key < 0) return false;
        int[] slices = state.masks.slices(key);
        var members = new IntList();
        state.meshes.composite(slices, members);
        int meshless = 0;
        for (int i = 0; i < state.meshless.size(); i++) {
            if (state.remote.holdsAll(state.meshless.at(i), slices)) meshless++;
        }
        if (state.remote.of(slices[0]).isEmpty() && !state.local.joinedAll(slices)) return false;
        return meshless + members.size() >= wanted(count)
                || members.size() >= state.params.meshHigh();
    }

    /// Whether there are enough peers to publish to: in the mesh if we are in it, else all that
    /// hold the mask.
    boolean ready(Mask mask, int count) {
        int key = state.masks.find(mask);
        boolean joined = key >= 0 && state.local.joinedAll(state.masks.slices(key));
        return joined ? enoughPeers(mask, count) : fullHolders(mask).size() >= wanted(count);
    }

    private int wanted(int count) {
        return count == 0 ? state.params.meshLow() : count;
    }

    /// The connected peers that hold every slice of a mask.
    IntList fullHolders(Mask mask) {
        var found = new IntList();
        var slices = new int[Math.max(1, mask.bitCount())];
        int count = state.masks.findSlices(mask.unsafeBytes(), 0, mask.length(), slices);
        if (count >= 0) state.remote.fullHolders(Arrays.copyOf(slices, count), found);
        return found;
    }

    /// Whoever wants parts of the messages of a topic that we can send in parts.
    private void dropPartial(int key) {
        Mask topic = state.masks.mask(key);
        int kept = 0;
        for (int i = 0; i < targets.size(); i++) {
            int peer = targets.get(i);
            if (!state.partials.requests(state.peers.at(peer), topic)) targets.set(kept++, peer);
        }
        targets.truncate(kept);
    }

    /// The peers that are told of the parts of a message: those that would be sent it whole, by the
    /// rules for one of our own.
    int[] partial(int topic, long now) {
        targets.clear();
        chosen.clear();
        if (topic >= 0) classic(topic, state.params.floodPublish(), -1, -1, now);
        var all = new int[targets.size()];
        for (int i = 0; i < all.length; i++) all[i] = targets.get(i);
        return all;
    }

    private void add(int peer) {
        if (chosen.add(peer)) targets.add(peer);
    }

    private void dropUnwanted(RpcMessage message) {
        int kept = 0;
        for (int i = 0; i < targets.size(); i++) {
            int peer = targets.get(i);
            if (state.unwanted(peer, message.idHi(), message.idLo())) {
                state.metrics.idontwantSaved++;
                state.metrics.idontwantSavedBytes += message.encodedLength();
            } else {
                targets.set(kept++, peer);
            }
        }
        targets.truncate(kept);
    }

    /// The choice of gossipsub for one topic.
    private void classic(int topic, boolean flood, int from, int author, long now) {
        IntSet subscribers = state.remote.of(topic);
        if (subscribers.isEmpty()) return;
        if (flood) {
            for (int i = 0; i < subscribers.size(); i++) {
                int peer = subscribers.at(i);
                if (other(peer, from, author) && floods(peer)) add(peer);
            }
            return;
        }
        addAlways(new int[] {topic}, from, author);
        IntSet members =
                state.local.joined(topic) ? state.meshes.of(topic) : fanout(topic, now).peers;
        for (int i = 0; i < members.size(); i++) {
            if (other(members.at(i), from, author)) add(members.at(i));
        }
    }

    /// Full holders only: whoever lacks a slice would drop the message.
    private void composite(int key, int[] slices, boolean flood, int from, int author, long now) {
        holders(slices, from, author);
        if (holders.isEmpty()) return;
        if (flood) {
            for (int i = 0; i < holders.size(); i++) {
                if (floods(holders.get(i))) add(holders.get(i));
            }
            return;
        }
        addAlways(slices, from, author);
        int direct = targets.size();
        for (int i = 0; i < targets.size(); i++) {
            if (!state.peers.at(targets.get(i)).direct) direct--;
        }
        if (!state.local.joinedAll(slices)) {
            // Only our own messages: a relay must not keep a fanout for each mask that strangers
            // think of.
            if (from == OWN) addFanout(fanout(key, now), from, author);
        } else if (state.local.composite(key) != null) {
            for (int i = 0; i < holders.size(); i++) {
                if (state.meshes.inAll(slices, holders.get(i))) add(holders.get(i));
            }
        } else {
            for (int i = 0; i < holders.size(); i++) {
                if (inAny(slices, holders.get(i))) add(holders.get(i));
            }
        }
        topUp(direct);
    }

    private void addFanout(Fanouts.Fanout fanout, int from, int author) {
        for (int i = 0; i < fanout.peers.size(); i++) {
            if (other(fanout.peers.at(i), from, author)) add(fanout.peers.at(i));
        }
    }

    /// Without this, a message dies where the meshes of its slices have no holder in common.
    private void topUp(int direct) {
        int missing = state.params.meshTarget() - (targets.size() - direct);
        if (missing <= 0) return;
        scratch.clear();
        for (int i = 0; i < holders.size(); i++) {
            int peer = holders.get(i);
            if (chosen.contains(peer) || state.peers.at(peer).direct) continue;
            if (state.scores.canPublish(peer)) scratch.add(peer);
        }
        scratch.sample(missing, random);
        for (int i = 0; i < scratch.size(); i++) add(scratch.get(i));
    }

    /// Parity with BlossomSub 2.1: the choice for one slice, drawn from those that have anybody.
    private void randomSlice(
            int[] slices, RpcMessage message, boolean flood, int from, int author, long now) {
        for (int slice : slices) {
            if (state.remote.of(slice).isEmpty()) return;
        }
        var candidates = new IntList();
        for (int slice : slices) {
            targets.clear();
            chosen.clear();
            classic(slice, flood, from, author, now);
            dropUnwanted(message);
            if (!targets.isEmpty()) candidates.add(slice);
        }
        targets.clear();
        chosen.clear();
        if (candidates.isEmpty()) return;
        int slice = candidates.get(random.nextInt(candidates.size()));
        classic(slice, flood, from, author, now);
    }

    /// Direct peers and those without meshes, whatever else is chosen.
    private void addAlways(int[] slices, int from, int author) {
        for (int i = 0; i < state.directConnected.size(); i++) {
            int peer = state.directConnected.at(i);
            if (other(peer, from, author) && state.remote.holdsAll(peer, slices)) add(peer);
        }
        for (int i = 0; i < state.meshless.size(); i++) {
            int peer = state.meshless.at(i);
            if (!other(peer, from, author) || !state.remote.holdsAll(peer, slices)) continue;
            if (state.scores.canPublish(peer)) add(peer);
        }
    }

    private void holders(int[] slices, int from, int author) {
        scratch.clear();
        holders.clear();
        state.remote.fullHolders(slices, scratch);
        for (int i = 0; i < scratch.size(); i++) {
            if (other(scratch.get(i), from, author)) holders.add(scratch.get(i));
        }
    }

    private boolean inAny(int[] slices, int peer) {
        for (int slice : slices) {
            if (state.meshes.of(slice).contains(peer)) return true;
        }
        return false;
    }

    private boolean floods(int peer) {
        return state.peers.at(peer).direct || state.scores.canPublish(peer);
    }

    private static boolean other(int peer, int from, int author) {
        return peer != from && peer != author;
    }

    /// The fanout of a mask that is not joined, filled if it is empty.
    private Fanouts.Fanout fanout(int key, long now) {
        Fanouts.@Nullable Fanout known = state.fanouts.get(key);
        Fanouts.Fanout fanout = known == null ? state.fanouts.open(key) : known;
        if (known == null) state.metrics.name(key, state.masks.mask(key));
        fanout.lastPublished = now;
        if (fanout.peers.isEmpty()) fillFanout(fanout);
        return fanout;
    }

    /// Brings a fanout to its size with random holders of its mask.
    void fillFanout(Fanouts.Fanout fanout) {
        int missing = state.params.meshTarget() - fanout.peers.size();
        if (missing <= 0) return;
        var candidates = new IntList();
        state.remote.fullHolders(fanout.slices, candidates);
        int kept = 0;
        for (int i = 0; i < candidates.size(); i++) {
            Peer peer = state.peers.at(candidates.get(i));
            if (peer.direct || !peer.protocol.mesh()) continue;
            if (fanout.peers.contains(peer.handle)) continue;
            if (state.scores.canPublish(peer.handle)) candidates.set(kept++, peer.handle);
        }
        candidates.truncate(kept);
        candidates.sample(missing, random);
        for (int i = 0; i < candidates.size(); i++) fanout.peers.add(candidates.get(i));
    }
}
