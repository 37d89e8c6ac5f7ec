package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whom we send to on masks that we publish on and have not joined; by the handle of the whole
/// mask.
///
/// Each fanout holds one reference to its mask.
final class Fanouts {
    /// One fanout.
    static final class Fanout {
        final int key;
        final int[] slices;
        final IntSet peers = new IntSet();
        long lastPublished;

        Fanout(int key, int[] slices) {
            this.key = key;
            this.slices = slices;
        }
    }

    private final MaskTable masks;
    private final Map<Integer, Fanout> byKey = new LinkedHashMap<>();

    Fanouts(MaskTable masks) {
        this.masks = masks;
    }

    @Nullable Fanout get(int key) {
        return byKey.get(key);
    }

    /// The fanout of a mask, made now if there was none.
    Fanout open(int key) {
        Fanout fanout = byKey.get(key);
        if (fanout == null) {
            masks.retain(key);
            fanout = new Fanout(key, masks.slices(key));
            byKey.put(key, fanout);
        }
        return fanout;
    }

    void close(int key) {
        if (byKey.remove(key) != null) masks.release(key);
    }

    /// A peer went: it is in no fanout any more.
    void removePeer(int peer) {
        for (Fanout fanout : byKey.values()) fanout.peers.remove(peer);
    }

    /// All fanouts in the order they began.
    List<Fanout> all() {
        return new ArrayList<>(byKey.values());
    }

    int size() {
        return byKey.size();
    }
}
