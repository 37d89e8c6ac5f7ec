package org.pollen.router;

import java.util.Arrays;

/// A small set of handles as a sorted array: the members of a mesh, the subscribers of a slice, the
/// slices of a peer.
///
/// Iterates in ascending order by index, so what depends on the order is the same in every run.
/// Four bytes a member whatever the handles are, which is why strangers' subscriptions are kept in
/// it and not in bitsets.
final class IntSet {
    private static final int[] NONE = {};

    private int[] members = NONE;
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// The member at a position in ascending order.
    int at(int index) {
        assert index < size;
        return members[index];
    }

    boolean contains(int member) {
        return Arrays.binarySearch(members, 0, size, member) >= 0;
    }

    boolean containsAll(int[] others) {
        for (int other : others) {
            if (!contains(other)) return false;
        }
        return true;
    }

    /// Adds a member.
    ///
    /// @return whether it was not there
    boolean add(int member) {
        int at = Arrays.binarySearch(members, 0, size, member);
        if (at >= 0) return false;
        at = -at - 1;
        if (size == members.length) members = Arrays.copyOf(members, Math.max(4, size * 2));
        System.arraycopy(members, at, members, at + 1, size - at);
        members[at] = member;
        size++;
        return true;
    }

    /// Removes a member.
    ///
    /// @return whether it was there
    boolean remove(int member) {
        int at = Arrays.binarySearch(members, 0, size, member);
        if (at < 0) return false;
        System.arraycopy(members, at + 1, members, at, --size - at);
        return true;
    }

    void clear() {
        size = 0;
    }

    int[] toArray() {
        return Arrays.copyOf(members, size);
    }

    @Override
    public String toString() {
        return Arrays.toString(toArray());
    }
}
