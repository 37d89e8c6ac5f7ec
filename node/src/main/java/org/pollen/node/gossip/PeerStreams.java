package org.pollen.node.gossip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.IdentifyInfo;
import org.pollen.libp2p.Stream;
import org.pollen.peer.PeerId;
import org.pollen.router.Rpc;

/// What the router's loop knows of one peer: its connections and the two streams. Owned by the
/// loop.
final class PeerStreams {
    /// RPCs kept of a peer that speaks before our own stream to it stands.
    static final int EARLY_MAX = 64;

    final PeerId id;
    final List<Connection> connections = new ArrayList<>();
    final ArrayDeque<Rpc> early = new ArrayDeque<>();
    int handle = -1; // in the router of `voice`
    @Nullable Voice voice; // the dialect of our stream, while it stands
    @Nullable Voice heard; // the dialect of the peer's stream
    int followed; // how often we changed to the dialect that the peer chose
    @Nullable Stream outbound;
    @Nullable Stream inbound;
    @Nullable FrameBatch frames; // of the outbound stream
    boolean opening;
    long retryAt;

    PeerStreams(PeerId id) {
        this.id = id;
    }

    /// The connection that new streams go over: the oldest that no relay limits, else the oldest,
    /// since limited ones are here only where gossip may use them.
    @Nullable Connection usable() {
        Connection limited = null;
        for (Connection connection : connections) {
            if (!connection.isOpen()) continue;
            if (!connection.limited()) return connection;
            if (limited == null) limited = connection;
        }
        return limited;
    }

    boolean dialled() {
        return connections.stream().anyMatch(c -> c.outbound() && !c.limited());
    }

    /// The peer's own record of its addresses, as identify brought it; null if it sent none.
    byte @Nullable [] signedRecord() {
        for (Connection connection : connections) {
            IdentifyInfo told = connection.identify().orElse(null);
            if (told != null && told.signedPeerRecord() != null) return told.signedPeerRecord();
        }
        return null;
    }

    List<byte[]> addresses() {
        var ips = new ArrayList<byte[]>();
        for (Connection connection : connections) {
            if (!connection.limited()) connection.remoteAddress().ip().ifPresent(ips::add);
        }
        return ips;
    }
}
