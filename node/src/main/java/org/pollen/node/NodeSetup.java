package org.pollen.node;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.HostLimits;
import org.pollen.libp2p.HostTimeouts;
import org.pollen.libp2p.Reachability;
import org.pollen.mempool.ForkSchedule;
import org.pollen.mempool.PoolConfig;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.rpc.RpcSettings;
import org.pollen.node.trace.TraceSetup;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.pollen.router.RouterParams;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// What one node is, made from a configuration or by the devnet.
///
/// @param name of the node, for people
/// @param key its identity
/// @param p2p where it listens for peers
/// @param dialFromListenAddress whether dials leave from the listening address, as nodes on
///   loopback addresses of their own need it to be told apart
/// @param rpc where it serves JSON-RPC; null for nowhere
/// @param rpcSettings what it serves there, to whom and how much
/// @param ops where it serves metrics and page; null for nowhere
/// @param allowHosts Host headers that are answered besides IP literals
/// @param bootnodes peers to join through
/// @param dialect name of the gossip dialect, for people
/// @param protocols gossip protocols offered, best first
/// @param second the other gossip dialect of a node that speaks both; null for one that speaks one
/// @param messagesPerSecond expected on the transaction topic; the lint judges the scores by it
/// @param chain what to follow; null for a node without a pool
/// @param direct peers kept connected whatever their score
/// @param limits what the host may hold
/// @param timeouts of the host
/// @param page whether the operations listener serves the live page
/// @param reachability relays, and finding out whether peers can dial it
/// @param random split by purpose
/// @param role for people: honest, slow, attacker
/// @param validationDelay added to every verdict: a node that answers late; zero for none
/// @param transports what it listens on besides `p2p`, and security
/// @param trace where a trace of its gossip goes; null for nowhere
public record NodeSetup(
        String name,
        PrivateKey key,
        InetSocketAddress p2p,
        boolean dialFromListenAddress,
        @Nullable InetSocketAddress rpc,
        RpcSettings rpcSettings,
        @Nullable InetSocketAddress ops,
        List<String> allowHosts,
        List<Multiaddr> bootnodes,
        String dialect,
        List<String> protocols,
        RouterParams router,
        PeerScoreParams scores,
        PeerScoreThresholds thresholds,
        NodeProfiles.@Nullable Gossip second,
        double messagesPerSecond,
        PoolConfig pool,
        ForkSchedule forks,
        @Nullable ChainSource chain,
        List<Multiaddr> direct,
        HostLimits limits,
        HostTimeouts timeouts,
        boolean page,
        Reachability reachability,
        SplittableGenerator random,
        String role,
        Duration validationDelay,
        Transports transports,
        @Nullable TraceSetup trace) {
    /// Copies the lists.
    public NodeSetup {
        allowHosts = List.copyOf(allowHosts);
        bootnodes = List.copyOf(bootnodes);
        direct = List.copyOf(direct);
        protocols = List.copyOf(protocols);
    }
}
