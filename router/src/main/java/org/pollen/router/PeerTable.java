package org.pollen.router;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// Gives each peer a small `int`, its handle, and finds peers by id without allocating.
///
/// A handle outlives the connection for as long as anything is remembered about the peer (its
/// score, a backoff, a promise), so that a peer which comes back is the same one; the owner says
/// when nothing is, by [#forget].
final class PeerTable {
    private final MessageKeyHasher hasher;
    private final KeyTable index = new KeyTable();
    private final IntSet connected = new IntSet();
    private @Nullable Peer[] peers = new @Nullable Peer[16];
    private @Nullable PeerId[] ids = new @Nullable PeerId[16];
    private final IntList free = new IntList();
    private int handles;

    PeerTable(MessageKeyHasher hasher) {
        this.hasher = hasher.copy();
    }

    /// The handle for a peer id: the one it had if it is remembered, else a new one.
    int intern(PeerId id) {
        byte[] bytes = id.unsafeBytes();
        int known = find(bytes, 0, bytes.length);
        if (known >= 0) return known;
        int handle;
        if (free.isEmpty()) {
            handle = handles++;
            if (handle == peers.length) {
                peers = Arrays.copyOf(peers, handle * 2);
                ids = Arrays.copyOf(ids, handle * 2);
            }
        } else {
            handle = free.get(free.size() - 1);
            free.truncate(free.size() - 1);
        }
        ids[handle] = id;
        hasher.hash(bytes, 0, bytes.length);
        index.put(hasher.hi(), hasher.lo(), handle);
        return handle;
    }

    /// The handle of a connected or remembered peer, or -1.
    int find(byte[] array, int offset, int length) {
        hasher.hash(array, offset, length);
        long handle = index.get(hasher.hi(), hasher.lo());
        return handle == KeyTable.ABSENT ? -1 : (int) handle;
    }

    int find(PeerId id) {
        byte[] bytes = id.unsafeBytes();
        return find(bytes, 0, bytes.length);
    }

    /// Frees the handle of a peer that is not connected.
    void forget(int handle) {
        PeerId id = ids[handle];
        if (id == null) return;
        if (peers[handle] != null)
            throw new IllegalStateException("peer " + handle + " is connected");
        byte[] bytes = id.unsafeBytes();
        hasher.hash(bytes, 0, bytes.length);
        index.remove(hasher.hi(), hasher.lo());
        ids[handle] = null;
        free.add(handle);
    }

    void connect(Peer peer) {
        peers[peer.handle] = peer;
        connected.add(peer.handle);
    }

    void disconnect(Peer peer) {
        peers[peer.handle] = null;
        connected.remove(peer.handle);
    }

    /// The connected peer with this handle, or null.
    @Nullable Peer get(int handle) {
        return handle >= 0 && handle < peers.length ? peers[handle] : null;
    }

    /// The peer with this handle, which must be connected.
    Peer at(int handle) {
        Peer peer = get(handle);
        if (peer == null) throw new IllegalStateException("peer " + handle + " is not connected");
        return peer;
    }

    /// The id of a connected or remembered peer, or null.
    @Nullable PeerId id(int handle) {
        return handle >= 0 && handle < ids.length ? ids[handle] : null;
    }

    /// Handles of the connected peers.
    IntSet connected() {
        return connected;
    }

    int size() {
        return connected.size();
    }

    /// One more than the largest handle ever given.
    int handleLimit() {
        return handles;
    }

    /// The ids of all connected peers, by handle.
    List<PeerId> connectedIds() {
        var list = new java.util.ArrayList<PeerId>(connected.size());
        for (int i = 0; i < connected.size(); i++) list.add(at(connected.at(i)).id);
        return List.copyOf(list);
    }
}
