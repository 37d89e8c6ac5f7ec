package org.pollen.node.gossip;

import org.pollen.peer.PeerId;
import org.pollen.router.RpcMessage;

/// What is interesting about gossip to people: the page's event list and the devnet's measurements.
/// Called on the router's thread; must not block.
public interface GossipEvents {
    /// Hears nothing.
    GossipEvents NONE = new GossipEvents() {};

    /// A first copy of a message came.
    default void arrived(RpcMessage message, long now) {}

    /// A peer joined or left one of our meshes.
    default void meshChanged(PeerId peer, String topic, boolean joined) {}

    /// A peer can be written to, or no longer.
    default void peerChanged(PeerId peer, boolean connected) {}
}
