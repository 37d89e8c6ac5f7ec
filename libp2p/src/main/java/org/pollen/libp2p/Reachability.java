package org.pollen.libp2p;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.autonat.AutoNatLimits;
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
/// @param autoNat whether it asks peers to dial it
/// @param agreeing peers that must agree on an address before it counts
/// @param privateAddresses whether addresses that are not public are worth asking about: for closed
///   networks
/// @param autoNatServer the bounds within which it dials others who ask; null to refuse
/// @param holePunch whether it turns relayed connections into direct ones, and dials from the ports
///   it listens on so that peers see those
public record Reachability(
        RelayUse relayUse,
        List<Multiaddr> relays,
        @Nullable RelayLimits relayServer,
        Set<String> limitedProtocols,
        boolean autoNat,
        int agreeing,
        boolean privateAddresses,
        @Nullable AutoNatLimits autoNatServer,
        boolean holePunch) {

    /// None of it.
    public static final Reachability NONE =
            new Reachability(
                    RelayUse.NEVER, List.of(), null, Set.of(), false, 4, false, null, false);

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
        if (agreeing < 1) {
            throw new IllegalArgumentException(
                    "agreeing is %d: it must be at least 1".formatted(agreeing));
        }
    }

    public Reachability withRelayUse(RelayUse use, List<Multiaddr> from) {
        return new Reachability(
                use,
                from,
                relayServer,
                limitedProtocols,
                autoNat,
                agreeing,
                privateAddresses,
                autoNatServer,
                holePunch);
    }

    public Reachability withRelayServer(@Nullable RelayLimits limits) {
        return new Reachability(
                relayUse,
                relays,
                limits,
                limitedProtocols,
                autoNat,
                agreeing,
                privateAddresses,
                autoNatServer,
                holePunch);
    }

    public Reachability withLimitedProtocols(Set<String> protocols) {
        return new Reachability(
                relayUse,
                relays,
                relayServer,
                protocols,
                autoNat,
                agreeing,
                privateAddresses,
                autoNatServer,
                holePunch);
    }

    /// The same with AutoNAT v2 asked, or not.
    ///
    /// @param peers that must agree
    /// @param closedNetwork whether private addresses are asked about too
    public Reachability withAutoNat(boolean asked, int peers, boolean closedNetwork) {
        return new Reachability(
                relayUse,
                relays,
                relayServer,
                limitedProtocols,
                asked,
                peers,
                closedNetwork,
                autoNatServer,
                holePunch);
    }

    public Reachability withAutoNatServer(@Nullable AutoNatLimits limits) {
        return new Reachability(
                relayUse,
                relays,
                relayServer,
                limitedProtocols,
                autoNat,
                agreeing,
                privateAddresses,
                limits,
                holePunch);
    }

    public Reachability withHolePunch(boolean punched) {
        return new Reachability(
                relayUse,
                relays,
                relayServer,
                limitedProtocols,
                autoNat,
                agreeing,
                privateAddresses,
                autoNatServer,
                punched);
    }
}
