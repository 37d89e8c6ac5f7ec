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

    /// Whether blocks left the chain.
    public boolean reorganised() {
        return !removed.isEmpty();
    }
}
