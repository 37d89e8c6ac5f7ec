package org.pollen.libp2p;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.MultiaddrProtocol;
import org.pollen.peer.PeerId;

/// An address through a relay, taken apart: `RELAY/p2p-circuit/p2p/TARGET`.
///
/// @param relay ends with the relay's id, and may be nothing but that
record RelayAddress(Multiaddr relay, PeerId relayId, PeerId target) {
    private static final String CIRCUIT = "/p2p-circuit";

    /// Null if the address is no such thing, or goes through two relays.
    static @Nullable RelayAddress of(Multiaddr address) {
        String[] halves = address.toString().split(CIRCUIT, -1);
        if (halves.length != 2 || halves[0].isEmpty() || !halves[1].startsWith("/p2p/")) {
            return null;
        }
        Multiaddr relay = Multiaddr.parse(halves[0]);
        PeerId relayId = relay.peerId().orElse(null);
        PeerId target = address.peerId().orElse(null);
        return relayId == null || target == null ? null : new RelayAddress(relay, relayId, target);
    }

    /// Whether only an existing connection can lead to the relay.
    boolean nameOnly() {
        return relay.components().getFirst().protocol() == MultiaddrProtocol.P2P;
    }

    /// The address of what is behind a relay, without the id of the peer there.
    static Multiaddr behind(Multiaddr relay, PeerId relayId) {
        return Multiaddr.parse(relay.withPeerId(relayId) + CIRCUIT);
    }
}
