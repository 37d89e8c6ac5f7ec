package org.pollen.router;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which connected peers announced which slices.
///
/// Everything is indexed by the handles of slices, whatever masks peers announced, so the full
/// holders of a mask are an intersection. A slice keeps one reference to its handle while it has
/// subscribers and none after, so a stranger who subscribes to random masks leaves nothing behind
/// when it goes or unsubscribes.
///
/// Limits: slices of a peer, and (peer, slice) pairs in all.
final class RemoteSubscriptions {
    private static final IntSet NOBODY = new IntSet();

    private final MaskTable masks;
    private final int perPeerMax;
    private final int pairsMax;
    private @Nullable IntSet[] subscribers = new @Nullable IntSet[16];
    private int pairs;

    RemoteSubscriptions(MaskTable masks, int perPeerMax, int pairsMax) {
        this.masks = masks;
        this.perPeerMax = perPeerMax;
        this.pairsMax = pairsMax;
    }

    /// What became of an announced slice.
    enum Added {
        /// New.
        YES,
        /// Known already.
        NO,
        /// A limit was reached: not recorded.
        REFUSED
    }

    Added add(Peer peer, Mask slice) {
        int known = masks.find(slice);
        if (known >= 0 && peer.topics.contains(known)) return Added.NO;
        if (peer.topics.size() >= perPeerMax || pairs >= pairsMax) return Added.REFUSED;
        int topic = masks.intern(slice);
        if (topic < 0) return Added.REFUSED;
        if (topic >= subscribers.length) {
            subscribers = Arrays.copyOf(subscribers, Math.max(topic + 1, topic * 2));
        }
        IntSet set = subscribers[topic];
        if (set == null) {
            subscribers[topic] = set = new IntSet();
        } else {
            masks.release(topic); // the set has its reference already
        }
        set.add(peer.handle);
        peer.topics.add(topic);
        pairs++;
        return Added.YES;
    }

    /// Forgets that a peer subscribes to a slice.
    ///
    /// @return whether it did
    boolean remove(Peer peer, int topic) {
        if (!peer.topics.remove(topic)) return false;
        IntSet set = of(topic);
        set.remove(peer.handle);
        pairs--;
        if (set.isEmpty()) {
            subscribers[topic] = null;
            masks.release(topic);
        }
        return true;
    }

    /// The connected peers that announced a slice; shared, not to be changed, valid until the next
    /// change.
    IntSet of(int topic) {
        if (topic < 0 || topic >= subscribers.length) return NOBODY;
        IntSet set = subscribers[topic];
        return set == null ? NOBODY : set;
    }

    /// Appends the full holders of a mask: the peers that announced every slice.
    void fullHolders(int[] slices, IntList out) {
        IntSet fewest = of(slices[0]);
        for (int slice : slices) {
            if (of(slice).size() < fewest.size()) fewest = of(slice);
        }
        for (int i = 0; i < fewest.size(); i++) {
            int peer = fewest.at(i);
            if (holdsAll(peer, slices)) out.add(peer);
        }
    }

    boolean holdsAll(int peer, int[] slices) {
        for (int slice : slices) {
            if (!of(slice).contains(peer)) return false;
        }
        return true;
    }

    /// How many slices have a subscriber.
    int topics() {
        int count = 0;
        for (IntSet set : subscribers) {
            if (set != null) count++;
        }
        return count;
    }

    /// How many (peer, slice) pairs there are.
    int pairs() {
        return pairs;
    }
}
