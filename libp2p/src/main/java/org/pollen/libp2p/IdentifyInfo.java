package org.pollen.libp2p;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;

/// What a peer says about itself. Everything in it is a claim, bounded in size.
///
/// @param agentVersion at most 256 characters, empty if not told
/// @param protocols in the order of the peer, at most 1000
/// @param listenAddresses after the filter for where the peer is; taken from the signed record when
///   that is valid
/// @param observedAddress how the peer sees us
/// @param signedPeerRecord the envelope as received, only if it is valid and the peer's own; not to
///   be modified
public record IdentifyInfo(
        String protocolVersion,
        String agentVersion,
        List<String> protocols,
        List<Multiaddr> listenAddresses,
        Optional<Multiaddr> observedAddress,
        byte @Nullable [] signedPeerRecord) {

    public IdentifyInfo {
        protocols = List.copyOf(protocols);
        listenAddresses = List.copyOf(listenAddresses);
    }

    public boolean supports(String protocol) {
        return protocols.contains(protocol);
    }
}
