package org.pollen.router;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Gives each mask in use a small `int`, its handle, and knows the slices of each mask by handle.
///
/// A slice's handle is what meshes, backoffs and scores are indexed by (the topic handle); a mask
/// of several bits has a handle of its own from the same range and holds its slices. Handles are
/// counted references: whoever interns must release, and the last release frees the handle for
/// another mask, so that strangers who subscribe to random masks leave nothing behind. Lookups take
/// a part of a received array and allocate nothing.
///
/// Memory: at most `handlesMax` masks, each of at most [Mask#BYTES_MAX] bytes; plus for each mask
/// length in use a table of its single bits (32 bytes a byte of length).
public final class MaskTable {
    private static final int[] NONE = {};
    private static final int FIRST_HANDLES = 4;

    private final Dialect dialect;
    private final int handlesMax;
    private final MessageKeyHasher hasher;

    private @Nullable Mask[] masks = new @Nullable Mask[FIRST_HANDLES];
    private int[][] slices = new int[FIRST_HANDLES][];
    private int[] references = new int[FIRST_HANDLES];
    private int[] hashes = new int[FIRST_HANDLES];
    private int[] free = new int[FIRST_HANDLES]; // stack of freed handles
    private int freeCount;
    private int handles; // handles ever given, the end of the arrays above
    private int size;

    private int[] index = new int[4 * FIRST_HANDLES]; // handle + 1 by hash, linear probing
    // single[length][ordinal] = handle + 1 of the mask with that one bit; zero masks are found
    // through the index
    private final int[] @Nullable [] single;

    /// An empty table.
    ///
    /// @param dialect whether masks are sliced (BLOSSOM) or each is one topic (MESHSUB)
    /// @param handlesMax how many masks it takes
    /// @param hasher keyed, because peers choose the masks; the table keeps a copy
    public MaskTable(Dialect dialect, int handlesMax, MessageKeyHasher hasher) {
        this.dialect = dialect;
        this.handlesMax = handlesMax;
        this.hasher = hasher.copy();
        // Topics are not sliced.
        int lengths = dialect == Dialect.MESHSUB ? 0 : Mask.BYTES_MAX + 1;
        single = new int[lengths] @Nullable [];
    }

    /// The dialect given at construction.
    public Dialect dialect() {
        return dialect;
    }

    /// How many masks are interned.
    public int size() {
        return size;
    }

    /// One more than the largest handle ever given: the length of an array indexed by handle.
    public int handleLimit() {
        return handles;
    }

    /// The handle of a mask, or -1 if it is not interned. Takes no reference.
    public int find(byte[] array, int offset, int length) {
        hasher.hash(array, offset, length);
        return find((int) hasher.lo(), array, offset, length);
    }

    /// The handle of a mask, or -1 if it is not interned. Takes no reference.
    public int find(Mask mask) {
        return find(mask.unsafeBytes(), 0, mask.length());
    }

    /// The handle of a mask, interned now if it was not, with one more reference.
    ///
    /// @return -1 if the table is full: nothing was interned then
    public int intern(Mask mask) {
        byte[] bytes = mask.unsafeBytes();
        hasher.hash(bytes, 0, bytes.length);
        int hash = (int) hasher.lo();
        int handle = find(hash, bytes, 0, bytes.length);
        if (handle >= 0) {
            references[handle]++;
            return handle;
        }
        if (dialect == Dialect.MESHSUB || mask.isSlice()) return addSlice(mask, hash);
        return addComposite(mask, hash);
    }

    /// Takes one more reference to an interned mask.
    public void retain(int handle) {
        checkLive(handle);
        references[handle]++;
    }

    /// Gives back one reference; the last one frees the handle, and then those of slices held only
    /// by it.
    ///
    /// @return whether the handle was freed
    public boolean release(int handle) {
        checkLive(handle);
        if (--references[handle] > 0) return false;
        Mask mask = mask(handle);
        removeFromIndex(handle);
        int[] held = slices[handle];
        masks[handle] = null;
        slices[handle] = NONE;
        if (freeCount == free.length) free = Arrays.copyOf(free, freeCount * 2);
        free[freeCount++] = handle;
        size--;
        if (held.length == 1 && held[0] == handle) {
            if (dialect == Dialect.BLOSSOM && !mask.isZero()) {
                int[] plane = single[mask.length()];
                if (plane != null) plane[firstOrdinal(mask)] = 0;
            }
        } else {
            for (int slice : held) release(slice);
        }
        return true;
    }

    /// The mask of a handle.
    public Mask mask(int handle) {
        Mask mask = masks[handle];
        if (mask == null) throw new IllegalStateException("handle " + handle + " is free");
        return mask;
    }

    /// The handles of the slices of a mask, in ordinal order; a slice has itself. Shared: not to be
    /// changed.
    public int[] slices(int handle) {
        return slices[handle];
    }

    /// Whether the mask is one topic.
    public boolean isSlice(int handle) {
        int[] held = slices[handle];
        return held.length == 1 && held[0] == handle;
    }

    /// How many references a handle has; 0 if it is free.
    public int references(int handle) {
        return handle < handles ? references[handle] : 0;
    }

    /// Finds the slices of any mask, interned or not, without allocating.
    ///
    /// @param out receives the handles in ordinal order; must have room for every set bit
    /// @return how many, or -1 if one of them is not interned (so no node we know, ourselves
    ///   included, holds them all)
    public int findSlices(byte[] array, int offset, int length, int[] out) {
        if (length > Mask.BYTES_MAX) return -1;
        if (dialect == Dialect.MESHSUB || Mask.bitCount(array, offset, length) == 0) {
            int handle = find(array, offset, length);
            if (handle < 0) return -1;
            out[0] = handle;
            return 1;
        }
        int[] plane = single[length];
        if (plane == null) return -1;
        int count = 0;
        for (int i = 0; i < length; i++) {
            for (int left = array[offset + i] & 0xff; left != 0; ) {
                int high = Integer.highestOneBit(left);
                int handle = plane[8 * i + Integer.numberOfLeadingZeros(high) - 24] - 1;
                if (handle < 0) return -1;
                out[count++] = handle;
                left -= high;
            }
        }
        return count;
    }

    private int addSlice(Mask mask, int hash) {
        if (size == handlesMax) return -1;
        int handle = add(mask, hash);
        slices[handle] = new int[] {handle};
        if (dialect == Dialect.BLOSSOM && !mask.isZero()) {
            int[] plane = single[mask.length()];
            if (plane == null) single[mask.length()] = plane = new int[8 * mask.length()];
            plane[firstOrdinal(mask)] = handle + 1;
        }
        return handle;
    }

    private int addComposite(Mask mask, int hash) {
        var parts = mask.slices();
        var held = new int[parts.size()];
        for (int i = 0; i < held.length; i++) {
            held[i] = intern(parts.get(i));
            if (held[i] < 0 || (i == held.length - 1 && size == handlesMax)) {
                for (int taken = 0; taken < i; taken++) release(held[taken]);
                if (held[i] >= 0) release(held[i]);
                return -1;
            }
        }
        int handle = add(mask, hash);
        slices[handle] = held;
        return handle;
    }

    private int add(Mask mask, int hash) {
        int handle;
        if (freeCount > 0) {
            handle = free[--freeCount];
        } else {
            handle = handles++;
            if (handle == masks.length) {
                masks = Arrays.copyOf(masks, handle * 2);
                slices = Arrays.copyOf(slices, handle * 2);
                references = Arrays.copyOf(references, handle * 2);
                hashes = Arrays.copyOf(hashes, handle * 2);
            }
        }
        masks[handle] = mask;
        references[handle] = 1;
        hashes[handle] = hash;
        if (++size * 2 > index.length) growIndex();
        insertInIndex(handle);
        return handle;
    }

    private int find(int hash, byte[] array, int offset, int length) {
        int wrap = index.length - 1;
        for (int i = hash & wrap; index[i] != 0; i = (i + 1) & wrap) {
            int handle = index[i] - 1;
            if (hashes[handle] == hash && mask(handle).matches(array, offset, length))
                return handle;
        }
        return -1;
    }

    private void insertInIndex(int handle) {
        int wrap = index.length - 1;
        int i = hashes[handle] & wrap;
        while (index[i] != 0) i = (i + 1) & wrap;
        index[i] = handle + 1;
    }

    private void growIndex() {
        int[] old = index;
        index = new int[old.length * 2];
        for (int entry : old) {
            if (entry != 0) insertInIndex(entry - 1);
        }
    }

    private void removeFromIndex(int handle) {
        int wrap = index.length - 1;
        int hole = hashes[handle] & wrap;
        while (index[hole] != handle + 1) hole = (hole + 1) & wrap;
        for (int i = (hole + 1) & wrap; index[i] != 0; i = (i + 1) & wrap) {
            int home = hashes[index[i] - 1] & wrap;
            if (((i - home) & wrap) >= ((i - hole) & wrap)) {
                index[hole] = index[i];
                hole = i;
            }
        }
        index[hole] = 0;
    }

    private static int firstOrdinal(Mask mask) {
        byte[] bytes = mask.unsafeBytes();
        int i = 0;
        while (bytes[i] == 0) i++;
        return 8 * i + Integer.numberOfLeadingZeros(bytes[i] & 0xff) - 24;
    }

    private void checkLive(int handle) {
        if (handle < 0 || handle >= handles || references[handle] == 0) {
            throw new IllegalStateException("handle " + handle + " is free");
        }
    }
}
