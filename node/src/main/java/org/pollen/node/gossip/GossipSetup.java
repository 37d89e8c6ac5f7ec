package org.pollen.node.gossip;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Host;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Dialect;
import org.pollen.router.ProtocolList;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterParams;
import org.pollen.router.TraceEvent;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// What a node's gossip is made of.
///
/// @param name of the node, for its threads
/// @param key the node's identity, with which it signs if the policy says so
/// @param protocols offered to peers, best first
/// @param clock monotonic nanoseconds
/// @param startSeqno sequence numbers begin after it: Unix time in nanoseconds
/// @param privateAddresses whether peers at private and loopback addresses may be dialled when
///   others name them
/// @param limitedConnections whether gossip also uses connections that a relay limits
/// @param second the other dialect of a node that speaks both; null for one that speaks one
/// @param trace hears of each event, on the router's thread; null for a router that does not trace
/// @param own identifiers of the network's own for its first dialect; null for the known ones
public record GossipSetup(
        String name,
        PrivateKey key,
        Host host,
        RouterParams params,
        List<String> protocols,
        PeerScoreParams scoreParams,
        PeerScoreThresholds thresholds,
        SplittableGenerator random,
        LongSupplier clock,
        long startSeqno,
        boolean privateAddresses,
        boolean limitedConnections,
        @Nullable Second second,
        @Nullable Consumer<TraceEvent> trace,
        @Nullable ProtocolList own) {
    /// The parameters of a second dialect, whose protocols are among the setup's.
    public record Second(
            RouterParams params, PeerScoreParams scoreParams, PeerScoreThresholds thresholds) {}

    /// Copies the list.
    public GossipSetup {
        protocols = List.copyOf(protocols);
    }

    /// A node that speaks one dialect, over direct connections only, without a trace.
    public GossipSetup(
            String name,
            PrivateKey key,
            Host host,
            RouterParams params,
            List<String> protocols,
            PeerScoreParams scoreParams,
            PeerScoreThresholds thresholds,
            SplittableGenerator random,
            LongSupplier clock,
            long startSeqno,
            boolean privateAddresses) {
        this(
                name,
                key,
                host,
                params,
                protocols,
                scoreParams,
                thresholds,
                random,
                clock,
                startSeqno,
                privateAddresses,
                false,
                null,
                null,
                null);
    }

    /// The same with identifiers of the network's own, instead of the known ones, for its first
    /// dialect.
    public GossipSetup withProtocols(ProtocolList list) {
        return new GossipSetup(
                name,
                key,
                host,
                params,
                list.ids(),
                scoreParams,
                thresholds,
                random,
                clock,
                startSeqno,
                privateAddresses,
                limitedConnections,
                second,
                trace,
                list);
    }

    /// The identifiers of a dialect, each with what a peer of it can do.
    ProtocolList protocols(Dialect dialect) {
        ProtocolList list = own;
        if (list != null && list.dialect() == dialect) return list;
        return ProtocolList.of(
                protocols.stream()
                        .filter(id ->
                                PubsubProtocol.of(id)
                                        .map(known -> known.dialect() == dialect)
                                        .orElse(false))
                        .toList(),
                id -> PubsubProtocol.of(id).orElseThrow());
    }
}
