package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

    /// Whether any of the following was counted in this heartbeat.
    boolean counted;

    /// Of this heartbeat: RPCs with IHAVE, ids asked of it, ids it asked for, bytes sent for that.
    int ihaveRpcs;

    int idsAsked;
    int iwantIds;
    long iwantBytes;

    /// GRAFTs and PRUNEs waiting to go out with the next flush, in the order of their topics'
    /// handles.
    final IntSet graftOut = new IntSet();

    private @Nullable Map<Integer, PruneOut> pruneOut;

    /// GRAFTs and PRUNEs that the queue dropped: sent again if still true.
    final PendingControl retry = new PendingControl();

    /// IHAVE ids waiting for the end of the heartbeat, by topic.
    private @Nullable List<GossipEmitter.Offer> gossipOut;

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

    void prune(int topic, PruneOut prune) {
        Map<Integer, PruneOut> map = pruneOut;
        if (map == null) {
            map = new LinkedHashMap<>();
            pruneOut = map;
        }
        map.put(topic, prune);
    }

    void dropPrune(int topic) {
        if (pruneOut != null) pruneOut.remove(topic);
    }

    boolean hasPrunes() {
        return pruneOut != null && !pruneOut.isEmpty();
    }

    /// The PRUNEs to be sent, by topic, which are forgotten here.
    Map<Integer, PruneOut> takePrunes() {
        Map<Integer, PruneOut> map = pruneOut;
        pruneOut = null;
        return map == null ? Map.of() : map;
    }

    void gossip(GossipEmitter.Offer offer) {
        List<GossipEmitter.Offer> list = gossipOut;
        if (list == null) {
            list = new ArrayList<>(1);
            gossipOut = list;
        }
        list.add(offer);
    }

    /// What is to be advertised, which is forgotten here.
    List<GossipEmitter.Offer> takeGossip() {
        List<GossipEmitter.Offer> list = gossipOut;
        gossipOut = null;
        return list == null ? List.of() : list;
    }

    void clearHeartbeatCounters() {
        counted = false;
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
