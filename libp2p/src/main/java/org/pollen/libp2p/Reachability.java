package org.pollen.libp2p;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.relay.RelayLimits;
import org.pollen.peer.Multiaddr;

/// How a host makes itself reachable and helps others to be. Dialling through a relay is always
/// possible.
///
/// @param relayUse when it asks relays for reservations
/// @param relays to ask, with their ids; connected peers that are relays are asked too
/// @param relayServer the bounds of its own relay; null to be none
/// @param limitedProtocols that may use connections which a relay bounds in time and bytes, besides
///   the host's own
public record Reachability(
        RelayUse relayUse,
        List<Multiaddr> relays,
        @Nullable RelayLimits relayServer,
        Set<String> limitedProtocols) {

    /// No relays at either end.
    public static final Reachability NONE =
            new Reachability(RelayUse.NEVER, List.of(), null, Set.of());

    /// When reservations are asked for.
    public enum RelayUse {
        NEVER,
        /// While peers found that they cannot dial us.
        WHEN_UNREACHABLE,
        ALWAYS
    }

    public Reachability {
        relays = List.copyOf(relays);
        limitedProtocols = Set.copyOf(limitedProtocols);
    }

    public Reachability withRelayUse(RelayUse use, List<Multiaddr> from) {
        return new Reachability(use, from, relayServer, limitedProtocols);
    }

    public Reachability withRelayServer(@Nullable RelayLimits limits) {
        return new Reachability(relayUse, relays, limits, limitedProtocols);
    }

    public Reachability withLimitedProtocols(Set<String> protocols) {
        return new Reachability(relayUse, relays, relayServer, protocols);
    }
}
