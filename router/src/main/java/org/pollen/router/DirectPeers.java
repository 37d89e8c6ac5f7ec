package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// Peers the operator connects us to: never in a mesh, always forwarded to, whatever their score,
/// and dialled again when they are gone.
final class DirectPeers {
    static final String TAG = "pubsub:<direct>";

    private final RouterState state;
    private final Map<PeerId, byte @Nullable []> peers = new LinkedHashMap<>();

    DirectPeers(RouterState state) {
        this.state = state;
    }

    boolean isEmpty() {
        return peers.isEmpty();
    }

    boolean contains(PeerId id) {
        return peers.containsKey(id);
    }

    /// Adds one, and dials it unless it is connected.
    void add(PeerId id, byte @Nullable [] signedRecord, long now) {
        peers.put(id, signedRecord);
        state.output.protect(id, TAG);
        Peer peer = state.peers.get(state.peers.find(id));
        if (peer == null) {
            state.output.connect(id, signedRecord);
            return;
        }
        peer.direct = true;
        state.directConnected.add(peer.handle);
        state.fanouts.removePeer(peer.handle);
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) {
            state.control.prune(
                    joined.at(i),
                    peer,
                    PruneReason.LEFT,
                    state.params.unsubscribeBackoff().toNanos(),
                    false,
                    now);
        }
        state.control.flush(now);
    }

    /// Removes one: it is a peer like others from now on.
    void remove(PeerId id) {
        if (!peers.containsKey(id)) return;
        peers.remove(id);
        state.output.unprotect(id, TAG);
        Peer peer = state.peers.get(state.peers.find(id));
        if (peer == null) return;
        peer.direct = false;
        state.directConnected.remove(peer.handle);
    }

    /// Dials those that are not connected.
    void dial() {
        peers.forEach((id, signedRecord) -> {
            if (state.peers.get(state.peers.find(id)) == null) {
                state.output.connect(id, signedRecord);
            }
        });
    }

    List<PeerId> all() {
        return new ArrayList<>(peers.keySet());
    }
}
