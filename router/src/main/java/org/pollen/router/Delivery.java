package org.pollen.router;

import java.util.List;
import org.pollen.scoring.RejectReason;

/// What happens to a message once it is accepted, and how a refused one is accounted for.
///
/// Source: router specification 6.7, 8; scoring specification 4.
final class Delivery {
    private final RouterState state;
    private final Targets targets;

    Delivery(RouterState state, Targets targets) {
        this.state = state;
        this.targets = targets;
    }

    /// The topics a message counts for in scores.
    int[] scoreKeys(int key, int[] slices) {
        return state.scoreKeys(key, slices);
    }

    /// A message of a peer was accepted: credit, deliver, forward.
    void accepted(RpcMessage message, int key, int from, long now) {
        int[] slices = state.masks.slices(key);
        state.scores.engine.deliver(
                from, message.idHi(), message.idLo(), scoreKeys(key, slices), now);
        state.promises.fulfilled(message.idHi(), message.idLo(), now);
        state.tags.delivered(from, slices, now);
        state.gate.delivered(from);
        state.tracer.deliver(from, message, now);
        deliver(message, key, from);
        forward(message, key, from, RpcClass.FORWARD, now);
    }

    /// Hands a message to the local subscriptions that want it.
    void deliver(RpcMessage message, int key, int from) {
        List<Subscription> subscriptions = state.local.subscriptions();
        if (subscriptions.isEmpty()) return;
        Mask mask = state.masks.mask(key);
        RouterMetrics.Topic counters = state.metrics.topic(key);
        for (int i = 0; i < subscriptions.size(); i++) {
            Subscription subscription = subscriptions.get(i);
            if (!subscription.yields(state.params.dialect(), mask, message)) continue;
            if (state.output.deliver(subscription, message, from)) {
                counters.delivered++;
            } else {
                counters.undeliverable++;
                state.tracer.undeliverable(message);
            }
        }
    }

    /// Caches a message and sends it to the peers chosen for it.
    ///
    /// @return how many queues took it, or -1 minus the number of targets if none did
    int forward(RpcMessage message, int key, int from, RpcClass rpcClass, long now) {
        RpcMessage compact = message.compact();
        IntList chosen = cacheAndChoose(compact, key, from, now);
        int sent = 0;
        for (int i = 0; i < chosen.size(); i++) {
            if (send(compact, state.peers.at(chosen.get(i)), key, rpcClass, now)) sent++;
        }
        return sent == 0 ? -1 - chosen.size() : sent;
    }

    /// Caches a message and chooses its peers; the list is valid until the next choice.
    IntList cacheAndChoose(RpcMessage message, int key, int from, long now) {
        if (state.cache.put(message, key)) state.heldKeys.put(key);
        return targets.choose(key, message, from, author(message), now);
    }

    /// Queues a message to a peer, and counts it.
    boolean send(RpcMessage message, Peer peer, int key, RpcClass rpcClass, long now) {
        if (message.encodedLength() > state.params.sendBytesMax()) {
            state.sender.dropped(peer.handle, message, rpcClass, DropReason.OVERSIZED);
            return false;
        }
        if (!state.sender.send(peer, message, rpcClass, now)) return false;
        RouterMetrics.Topic counters = state.metrics.topic(key);
        counters.forwarded++;
        counters.bytesOut += message.dataLength();
        return true;
    }

    private int author(RpcMessage message) {
        int length = message.length(MessageFields.FROM);
        if (length == 0) return -1;
        return state.peers.find(message.array(), message.offset(MessageFields.FROM), length);
    }

    /// Accounts for a refused message.
    ///
    /// @param slices the slices of its mask
    void rejected(
            int from, long hi, long lo, int key, int[] slices, RejectReason reason, long now) {
        state.metrics.rejects.add(reason);
        boolean signature =
                reason == RejectReason.MISSING_SIGNATURE
                        || reason == RejectReason.INVALID_SIGNATURE;
        state.promises.rejected(hi, lo, signature, now);
        state.scores.engine.reject(from, hi, lo, scoreKeys(key, slices), reason, now);
        state.gate.rejected(from, reason, now);
    }

    /// Accounts for another copy of a message.
    void duplicate(int from, long hi, long lo, int key, int[] slices, long now) {
        countCopy(from, key, slices[0], state.requested.wasAsked(hi, lo));
        state.scores.engine.duplicate(from, hi, lo, scoreKeys(key, slices), now);
        state.gate.duplicate(from);
        state.duplicateDelays.observe(state.metrics.topic(key), hi, lo, now);
    }

    /// Accounts for our own message that a peer sends back: neither an offence nor a delivery.
    ///
    /// @param slices the slices of its mask
    void echoed(int from, int key, int[] slices) {
        countCopy(from, key, slices[0], false);
        state.gate.duplicate(from);
    }

    /// From outside the mesh comes what somebody was asked for, what a peer floods, or what it
    /// sends to a fanout.
    private void countCopy(int from, int key, int slice, boolean asked) {
        RouterMetrics.Via via = asked ? RouterMetrics.Via.IWANT : RouterMetrics.Via.OTHER;
        if (state.meshes.of(slice).contains(from)) via = RouterMetrics.Via.MESH;
        state.metrics.topic(key).duplicates.add(via);
    }
}
