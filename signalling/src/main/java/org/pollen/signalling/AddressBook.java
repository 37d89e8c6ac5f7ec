package org.pollen.signalling;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;

/// Addresses of peers this node knows by itself. Answers come at once, from memory.
///
/// Source: A8.1.
public interface AddressBook {
    /// The newest record a peer signed; null for none.
    @Nullable PeerRecord certified(PeerId peer);

    /// Where this node completed a handshake with the peer in the last 24 hours.
    List<Multiaddr> met(PeerId peer, long nowMillis);

    /// A record whose signature was checked.
    void learned(PeerRecord record);
}
