package org.pollen.libp2p;

import java.net.InetAddress;
import org.pollen.peer.PeerId;

/// Who may connect: asked before a socket is used and again once the peer is known. Any thread,
/// must answer at once.
public interface ConnectionGate {

    ConnectionGate OPEN = new ConnectionGate() {};

    /// Whether a socket to or from this address may be used.
    ///
    /// @param outbound whether we are about to dial it
    default boolean allowAddress(InetAddress address, boolean outbound) {
        return true;
    }

    /// Whether this peer, now authenticated, may stay.
    default boolean allowPeer(PeerId peer, boolean outbound) {
        return true;
    }
}
