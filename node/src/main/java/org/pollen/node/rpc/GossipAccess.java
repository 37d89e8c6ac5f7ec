package org.pollen.node.rpc;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.pollen.node.NodeEvents;
import org.pollen.node.gossip.GossipView;
import org.pollen.peer.PeerId;
import org.pollen.router.Mask;
import org.pollen.router.PublishResult;
import org.pollen.router.RouterParams;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// Gossip as JSON-RPC tells of it; callable from any thread.
public interface GossipAccess {
    /// What does not change while a node runs.
    ///
    /// @param dialect for people
    /// @param protocols announced, best first
    /// @param topics masks of the topics by name
    record Info(
            PeerId self,
            String agent,
            String dialect,
            List<String> protocols,
            RouterParams params,
            PeerScoreParams scores,
            PeerScoreThresholds thresholds,
            Map<String, Mask> topics) {
        /// Copies the collections.
        public Info {
            protocols = List.copyOf(protocols);
            topics = Map.copyOf(topics);
        }
    }

    /// What the host knows of a connected peer.
    ///
    /// @param agent as it calls itself, without control characters
    /// @param rttNanos the last round trip
    record Link(String address, String agent, OptionalLong rttNanos) {}

    /// What does not change.
    Info info();

    /// Milliseconds since the start.
    long uptimeMillis();

    /// The router after its last heartbeat; null before the first.
    @Nullable GossipView view();

    /// The topic's name of a slice, or its digits.
    String nameOf(Mask slice);

    /// The connection to a peer.
    Optional<Link> link(PeerId peer);

    /// What happened lately, oldest first.
    List<NodeEvents.Event> events();

    /// What readiness depends on, with `ok` or what is wrong.
    Map<String, String> checks();

    /// Ids of messages of a topic that came since this was last asked, oldest first; the newest of
    /// them if there were too many.
    List<String> arrived(Mask slice);

    /// Publishes a payload.
    CompletableFuture<PublishResult> publish(Mask mask, byte[] payload);
}
