package org.pollen.router;

import java.util.List;
import org.pollen.peer.PeerId;
import org.pollen.scoring.PeerScoreSnapshot;

/// What a router looks like at one moment, for people and for gauges. Immutable, and free of the
/// router's handles.
///
/// @param self who we are
/// @param ticks heartbeats so far
/// @param topics the slices we joined, by handle
/// @param composites the masks of several bits in use
/// @param fanouts masks that we send on without having joined
/// @param peers connected peers, by handle
/// @param directPeers all direct peers, connected or not
/// @param remoteTopics slices that connected peers subscribe to
/// @param backoffs backoffs that are kept
/// @param seenEntries ids remembered
/// @param cachedMessages messages in the cache
/// @param cachedBytes their length
/// @param validating messages that wait for a verdict
/// @param promises promises open
/// @param retainedPeers scores kept of peers that left
/// @param deliveryRecords messages remembered for scores
/// @param queueBytes bytes that wait for all peers, by [RpcClass]
public record RouterSnapshot(
        PeerId self,
        long ticks,
        List<Topic> topics,
        List<Composite> composites,
        List<Fanout> fanouts,
        List<PeerView> peers,
        List<PeerId> directPeers,
        int remoteTopics,
        int backoffs,
        int seenEntries,
        int cachedMessages,
        long cachedBytes,
        int validating,
        int promises,
        int retainedPeers,
        int deliveryRecords,
        List<Long> queueBytes) {

    /// Copies the lists.
    public RouterSnapshot {
        topics = List.copyOf(topics);
        composites = List.copyOf(composites);
        fanouts = List.copyOf(fanouts);
        peers = List.copyOf(peers);
        directPeers = List.copyOf(directPeers);
        queueBytes = List.copyOf(queueBytes);
    }

    /// A joined slice.
    ///
    /// @param mask the slice
    /// @param name hexadecimal digits, or the topic string
    /// @param mesh members of the mesh
    /// @param outbound how many of them we dialled
    /// @param subscribers connected peers that subscribe
    /// @param maxPerPrefix most members behind one IPv4 /24 or IPv6 /48
    public record Topic(
            Mask mask,
            String name,
            List<PeerId> mesh,
            int outbound,
            int subscribers,
            int maxPerPrefix) {
        /// Copies the list.
        public Topic {
            mesh = List.copyOf(mesh);
        }
    }

    /// A mask of several bits in use.
    ///
    /// @param mesh full holders in the mesh of every slice
    /// @param fullHolders connected peers that hold every slice
    public record Composite(Mask mask, String name, List<PeerId> mesh, int fullHolders) {
        /// Copies the list.
        public Composite {
            mesh = List.copyOf(mesh);
        }
    }

    /// A mask that we send on without having joined it.
    public record Fanout(Mask mask, String name, List<PeerId> peers) {
        /// Copies the list.
        public Fanout {
            peers = List.copyOf(peers);
        }
    }

    /// A connected peer.
    ///
    /// @param protocol what it speaks
    /// @param outbound whether we dialled it
    /// @param direct whether the operator connects us
    /// @param subscriptions slices it announced
    /// @param meshes how many of our meshes it is in
    /// @param queued RPCs that wait for it
    /// @param queuedBytes their length
    /// @param score its score by component, and why
    public record PeerView(
            PeerId id,
            PubsubProtocol protocol,
            boolean outbound,
            boolean direct,
            int subscriptions,
            int meshes,
            int queued,
            long queuedBytes,
            PeerScoreSnapshot score) {}
}
