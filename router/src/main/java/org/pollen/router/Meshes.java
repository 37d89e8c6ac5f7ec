package org.pollen.router;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// For each joined slice, the peers that we exchange full messages with.
///
/// A composite mesh is not stored: a peer is in it when it is in the mesh of every slice, so it
/// cannot disagree with them, and a PRUNE on one slice ends it on both sides.
final class Meshes {
    private static final IntSet NOBODY = new IntSet();

    private @Nullable IntSet[] members = new @Nullable IntSet[16];

    /// Begins an empty mesh.
    void open(int topic) {
        if (topic >= members.length) {
            members = Arrays.copyOf(members, Math.max(topic + 1, members.length * 2));
        }
        if (members[topic] == null) members[topic] = new IntSet();
    }

    /// Ends a mesh, which must be empty.
    void close(int topic) {
        assert of(topic).isEmpty();
        if (topic < members.length) members[topic] = null;
    }

    boolean isOpen(int topic) {
        return topic >= 0 && topic < members.length && members[topic] != null;
    }

    /// The members of a mesh; shared, not to be changed. Empty if the slice is not joined.
    IntSet of(int topic) {
        if (topic < 0 || topic >= members.length) return NOBODY;
        IntSet set = members[topic];
        return set == null ? NOBODY : set;
    }

    boolean add(int topic, int peer) {
        IntSet set = members[topic];
        if (set == null) throw new IllegalStateException("slice " + topic + " has no mesh");
        return set.add(peer);
    }

    boolean remove(int topic, int peer) {
        return isOpen(topic) && of(topic).remove(peer);
    }

    /// Whether a peer is in the mesh of every one of these slices: in their composite mesh.
    boolean inAll(int[] slices, int peer) {
        for (int slice : slices) {
            if (!of(slice).contains(peer)) return false;
        }
        return true;
    }

    /// Appends the members of the composite mesh of these slices.
    void composite(int[] slices, IntList out) {
        IntSet fewest = of(slices[0]);
        for (int slice : slices) {
            if (of(slice).size() < fewest.size()) fewest = of(slice);
        }
        for (int i = 0; i < fewest.size(); i++) {
            if (inAll(slices, fewest.at(i))) out.add(fewest.at(i));
        }
    }
}
