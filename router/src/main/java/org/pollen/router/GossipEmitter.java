package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Tells peers outside the mesh what we have, by IHAVE.
///
/// Source: router specification 1.7 and 7.1.
final class GossipEmitter {
    /// Ids to be announced under a topic; shared by all peers that are told the same.
    static final class Offer {
        final int topic;
        final List<RpcMessage> messages;
        @Nullable List<OutboundRpc> encoded;

        Offer(int topic, List<RpcMessage> messages) {
            this.topic = topic;
            this.messages = messages;
        }
    }

    private final RouterState state;
    private final RandomGenerator random;
    private final IntSet waiting = new IntSet();
    private final IntList candidates = new IntList();
    private final IntList holders = new IntList();

    GossipEmitter(RouterState state, RandomGenerator random) {
        this.state = state;
        this.random = random;
    }

    /// Chooses who is told of the messages of one topic.
    ///
    /// @param excluded peers that got the messages themselves
    void emitSlice(int topic, IntSet excluded, long now) {
        List<RpcMessage> messages = cached(topic);
        boolean partial = state.partials.hasGossip(state.masks.mask(topic));
        if (messages.isEmpty() && !partial) return;
        candidates.clear();
        IntSet subscribers = state.remote.of(topic);
        for (int i = 0; i < subscribers.size(); i++) {
            int peer = subscribers.at(i);
            if (!excluded.contains(peer) && eligible(peer)) candidates.add(peer);
        }
        sample();
        if (state.partials.on()) gossipPartial(topic, now);
        if (!messages.isEmpty()) offer(topic, messages);
    }

    /// Whoever wants parts is told which we have instead of ids of messages.
    private void gossipPartial(int topic, long now) {
        Mask mask = state.masks.mask(topic);
        int kept = 0;
        for (int i = 0; i < candidates.size(); i++) {
            Peer peer = state.peers.at(candidates.get(i));
            if (state.partials.requests(peer, mask)) state.partials.gossip(peer, mask, now);
            else candidates.set(kept++, peer.handle);
        }
        candidates.truncate(kept);
    }

    /// Chooses who is told of the messages of one mask of several bits: full holders, once, under
    /// its first slice.
    void emitComposite(int key) {
        if (state.params.multiBitMode() == RouterParams.MultiBitMode.FLOOD_HOLDERS) return;
        List<RpcMessage> messages = cached(key);
        if (messages.isEmpty()) return;
        int[] slices = state.masks.slices(key);
        Fanouts.Fanout fanout = state.fanouts.get(key);
        boolean composite = state.local.composite(key) != null;
        holders.clear();
        candidates.clear();
        state.remote.fullHolders(slices, holders);
        for (int i = 0; i < holders.size(); i++) {
            int peer = holders.get(i);
            boolean got =
                    fanout != null
                            ? fanout.peers.contains(peer)
                            : composite ? state.meshes.inAll(slices, peer) : inAny(slices, peer);
            if (!got && eligible(peer)) candidates.add(peer);
        }
        sample();
        offer(slices[0], messages);
    }

    private boolean inAny(int[] slices, int peer) {
        for (int slice : slices) {
            if (state.meshes.of(slice).contains(peer)) return true;
        }
        return false;
    }

    private List<RpcMessage> cached(int key) {
        if (state.cache.size() == 0) return List.of();
        var messages = new ArrayList<RpcMessage>();
        state.cache.gossip(key, messages);
        return messages;
    }

    private boolean eligible(int handle) {
        Peer peer = state.peers.at(handle);
        return !peer.direct && peer.protocol.mesh() && state.scores.canGossip(handle);
    }

    private void sample() {
        int share = (int) (state.params.gossipFactor() * candidates.size());
        candidates.sample(Math.max(state.params.gossipLazy(), share), random);
    }

    private void offer(int topic, List<RpcMessage> messages) {
        if (candidates.isEmpty()) return;
        RpcMessage[] shuffled = messages.toArray(RpcMessage[]::new);
        shuffle(shuffled);
        int max = state.params.maxIHaveLength();
        var all = new Offer(topic, List.of(shuffled));
        for (int i = 0; i < candidates.size(); i++) {
            Peer peer = state.peers.at(candidates.get(i));
            if (shuffled.length > max) {
                shuffle(shuffled); // each is told of another part, so that together they know all
                peer.gossip(new Offer(topic, List.of(Arrays.copyOf(shuffled, max))));
            } else {
                peer.gossip(all);
            }
            waiting.add(peer.handle);
        }
    }

    private void shuffle(RpcMessage[] messages) {
        for (int i = messages.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            RpcMessage message = messages[i];
            messages[i] = messages[j];
            messages[j] = message;
        }
    }

    /// Sends what was chosen, one RPC for each peer.
    void flush(long now) {
        while (!waiting.isEmpty()) {
            int handle = waiting.at(waiting.size() - 1);
            waiting.remove(handle);
            Peer peer = state.peers.get(handle);
            if (peer != null) flush(peer, now);
        }
    }

    private void flush(Peer peer, long now) {
        int ids = 0;
        List<Offer> offers = peer.takeGossip();
        for (Offer offer : offers) ids += offer.messages.size();
        List<OutboundRpc> rpcs = encode(offers);
        for (OutboundRpc rpc : rpcs) state.sender.send(peer, rpc, RpcClass.GOSSIP, now);
        state.metrics.sent.add(RouterMetrics.Part.IHAVE);
        state.metrics.ihaveIdsSent += ids;
    }

    private List<OutboundRpc> encode(List<Offer> offers) {
        Offer only = offers.size() == 1 ? offers.getFirst() : null;
        if (only != null && only.encoded != null) return only.encoded;
        // Offers under one slice, of different composites, go into one IHAVE.
        offers.sort((a, b) -> Integer.compare(a.topic, b.topic));
        var builder = state.sender.builder();
        for (Offer offer : offers) {
            Mask mask = state.masks.mask(offer.topic);
            for (RpcMessage message : offer.messages) builder.ihave(mask, message.id());
        }
        List<OutboundRpc> rpcs = builder.build();
        if (only != null) only.encoded = rpcs;
        return rpcs;
    }

    /// Forgets what waits for a peer that is gone.
    void forget(Peer peer) {
        peer.takeGossip();
        waiting.remove(peer.handle);
    }
}
