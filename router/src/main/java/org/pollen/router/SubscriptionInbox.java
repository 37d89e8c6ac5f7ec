package org.pollen.router;

import java.util.List;
import org.pollen.scoring.BehaviourPenalty;

/// Applies the subscription announcements of peers, as far as filters and limits allow.
///
/// Source: router specification 6.1 steps 3 and 4, 6.3.
final class SubscriptionInbox {
    private final RouterState state;

    SubscriptionInbox(RouterState state) {
        this.state = state;
    }

    /// Applies the announcements of an RPC.
    ///
    /// @return false if the filter refuses them, and with them the whole RPC
    boolean receive(Peer peer, Rpc rpc, long now) {
        int count = rpc.subscriptionCount();
        if (count == 0) return true;
        List<SubOpts> allowed;
        try {
            allowed =
                    state.config
                            .subscriptionFilter()
                            .filterIncoming(
                                    rpc.subscriptions(), new PeerSubscriptions(state, peer));
        } catch (SubscriptionFilter.RefusedException _) {
            state.metrics.subscriptionsRefused++;
            state.scores.penalize(peer.handle, BehaviourPenalty.SUBSCRIPTION_LIMIT);
            return false;
        }
        boolean surplus = false;
        for (SubOpts announced : allowed) {
            RouterMetrics.Part part =
                    announced.subscribe()
                            ? RouterMetrics.Part.SUBSCRIBE
                            : RouterMetrics.Part.UNSUBSCRIBE;
            state.metrics.received.add(part);
            // The reference keeps a mask of several bits as one key, which matches nothing.
            List<Mask> slices =
                    state.params.dialect() == Dialect.MESHSUB
                            ? List.of(announced.mask())
                            : announced.mask().slices();
            for (Mask slice : slices) {
                if (announced.subscribe()) surplus |= !subscribe(peer, slice);
                else unsubscribe(peer, slice, now);
            }
            if (announced.subscribe() && state.partials.on()) partial(peer, announced);
        }
        if (surplus) state.scores.penalize(peer.handle, BehaviourPenalty.SUBSCRIPTION_LIMIT);
        return true;
    }

    private void partial(Peer peer, SubOpts announced) {
        if (peer.topics.contains(state.masks.find(announced.mask()))) {
            state.partials.announced(peer, announced);
        }
    }

    /// @return false if a limit was reached
    private boolean subscribe(Peer peer, Mask slice) {
        if (!state.peerFilter.test(peer.id, slice)) return true;
        switch (state.remote.add(peer, slice)) {
            case REFUSED -> {
                state.metrics.subscriptionsRefused++;
                return false;
            }
            case YES -> state.output.subscriber(peer.handle, slice, true);
            case NO -> {}
        }
        return true;
    }

    private void unsubscribe(Peer peer, Mask slice, long now) {
        int topic = state.masks.find(slice);
        if (topic < 0 || !peer.topics.contains(topic)) return;
        // Whoever does not listen any more must not keep a place in the mesh.
        state.control.remove(topic, peer, PruneReason.REMOTE, now);
        state.output.subscriber(peer.handle, slice, false);
        state.partials.unsubscribed(peer, slice);
        state.remote.remove(peer, topic);
    }

    /// A GRAFT says that the peer subscribes, under the same limits.
    ///
    /// @return whether it is subscribed now
    boolean implied(Peer peer, int topic) {
        if (peer.topics.contains(topic)) return true;
        Mask slice = state.masks.mask(topic);
        if (!state.config.subscriptionFilter().canSubscribe(slice)) return false;
        return subscribe(peer, slice) && peer.topics.contains(topic);
    }

    /// The peer is gone.
    void removePeer(Peer peer) {
        while (!peer.topics.isEmpty()) {
            int topic = peer.topics.at(peer.topics.size() - 1);
            state.output.subscriber(peer.handle, state.masks.mask(topic), false);
            state.remote.remove(peer, topic);
        }
    }
}
