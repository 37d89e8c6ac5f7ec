package org.pollen.scoring;

/// Which counters a message on a mask of several bits touches.
///
/// For a mask of one bit all three are the same.
public enum ScoreKeyPolicy {
    /// The counters of the exact mask, as the reference: messages on several bits count only where
    /// someone set parameters for exactly that mask, and nobody is ever in the mesh for it.
    EXACT,

    /// Every slice: P2 gains 1/k on each of the k slices, P3 gains 1 on each slice where the peer
    /// is in the mesh, P4 gains 1 on each, so that an invalid message is never cheaper for more
    /// bits.
    PER_SLICE,

    /// Slice 0 only.
    FIRST_SLICE;

    /// The topic handles to give to [ScoreEngine] with each message of a mask.
    ///
    /// Meant to be called once for a mask, when it is interned.
    ///
    /// @param exactMask the handle of the whole mask
    /// @param slices the handles of its slices, in order; not empty
    public int[] keys(int exactMask, int[] slices) {
        return switch (this) {
            case EXACT -> new int[] {exactMask};
            case PER_SLICE -> slices.clone();
            case FIRST_SLICE -> new int[] {slices[0]};
        };
    }
}
