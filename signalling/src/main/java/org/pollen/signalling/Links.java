package org.pollen.signalling;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// What signalling asks about the node's connections. Answers come at once, from memory.
public interface Links {
    /// Whether there is a connection that no relay carries.
    boolean direct(PeerId peer);

    /// Round trip to a connected peer; 0 if it was not measured.
    int rttMillis(PeerId peer);

    /// The address of a directly connected peer, as the socket has it.
    byte @Nullable [] remoteIp(PeerId peer);

    /// Directly connected peers that speak the protocol.
    List<PeerId> signallers();

    /// Where this node listens.
    List<Multiaddr> listenAddresses();
}
