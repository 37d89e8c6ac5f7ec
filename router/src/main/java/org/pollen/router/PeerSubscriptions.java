package org.pollen.router;

/// What a peer is subscribed to, as a filter asks: by mask.
///
/// @param state of the router
/// @param peer whose subscriptions
record PeerSubscriptions(RouterState state, Peer peer) implements SubscriptionFilter.Held {
    @Override
    public boolean contains(Mask mask) {
        int handle = state.masks.find(mask);
        return handle >= 0 && peer.topics.containsAll(state.masks.slices(handle));
    }

    @Override
    public int size() {
        return peer.topics.size();
    }
}
