package org.pollen.node.chain;

import java.util.List;

/// The canonical head moved.
///
/// @param removed blocks that left the canonical chain, highest first
/// @param added blocks that joined it, lowest first; empty if the head only moved back
public record HeadChange(
        ChainBlock oldHead, ChainBlock newHead, List<ChainBlock> removed, List<ChainBlock> added) {
    /// Copies the lists.
    public HeadChange {
        removed = List.copyOf(removed);
        added = List.copyOf(added);
    }

    /// Whether the way from the old head to the new one is not known: nothing can be pooled again.
    public boolean jumped() {
        if (removed.isEmpty() && added.isEmpty()) return false;
        if (!added.isEmpty() && added.getFirst().number() == 0) return true; // another chain
        var fork = removed.isEmpty() ? oldHead.hash() : removed.getLast().parentHash();
        var base = added.isEmpty() ? newHead.hash() : added.getFirst().parentHash();
        return !fork.equals(base);
    }

    /// Whether blocks left the chain.
    public boolean reorganised() {
        return !removed.isEmpty();
    }
}
