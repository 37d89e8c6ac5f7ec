package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.peer.PeerId;

/// What the router knows about one connected peer. Gone when the peer goes; what must outlive it
/// (score, backoffs, promises) is kept elsewhere under its handle.
final class Peer {
    final int handle;
    final PeerId id;
    final PubsubProtocol protocol;
    final OutboundQueue queue;

    /// Whether we dialled a connection to it.
    boolean outbound;

    boolean direct;

    /// Raw addresses of its connections.
    List<byte[]> ips;

    /// Handles of the slices it announced.
    final IntSet topics = new IntSet();

    /// Of this heartbeat: RPCs with IHAVE, ids asked of it, ids it asked for, bytes sent for that.
    int ihaveRpcs;

    int idsAsked;
    int iwantIds;
    long iwantBytes;

    /// GRAFTs and PRUNEs waiting to go out with the next flush, in the order of their topics'
    /// handles.
    final IntSet graftOut = new IntSet();

    final Map<Integer, PruneOut> pruneOut = new LinkedHashMap<>();

    /// GRAFTs and PRUNEs that the queue dropped: sent again if still true.
    final PendingControl retry = new PendingControl();

    /// IHAVE ids waiting for the end of the heartbeat, by topic.
    final List<GossipEmitter.Offer> gossipOut = new ArrayList<>(0);

    /// Messages on masks we never subscribed to since the last penalty.
    int unsubscribedMessages;

    /// Validation in progress, of messages first received from it.
    int validating;

    long validatingBytes;

    boolean firstRpcSeen;
    boolean extensionsSeen;

    /// What its extensions say it supports; false until it has said so.
    boolean partialMessages;

    boolean testExtension;

    /// Of the topics with partial messages that it subscribes to, what it wants and can send.
    final Map<Mask, Integer> partialTopics = new LinkedHashMap<>(0);

    Peer(int handle, PeerId id, PubsubProtocol protocol, OutboundQueue queue, List<byte[]> ips) {
        this.handle = handle;
        this.id = id;
        this.protocol = protocol;
        this.queue = queue;
        this.ips = List.copyOf(ips);
    }

    /// A PRUNE to be sent.
    ///
    /// @param backoffNanos told to the peer
    /// @param exchange whether other peers may be offered with it
    record PruneOut(long backoffNanos, boolean exchange) {}

    void clearHeartbeatCounters() {
        ihaveRpcs = 0;
        idsAsked = 0;
        iwantIds = 0;
        iwantBytes = 0;
    }

    @Override
    public String toString() {
        return id.abbreviated();
    }
}
