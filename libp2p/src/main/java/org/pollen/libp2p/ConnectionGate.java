package org.pollen.libp2p;

import java.net.InetAddress;
import org.pollen.peer.PeerId;

/// Who may connect: asked before a socket is used and again once the peer is known. Any thread,
/// must answer at once.
public interface ConnectionGate {

    ConnectionGate OPEN = new ConnectionGate() {};

    /// @param outbound whether we are about to dial it
    default boolean allowAddress(InetAddress address, boolean outbound) {
        return true;
    }

    default boolean allowPeer(PeerId peer, boolean outbound) {
        return true;
    }
}
