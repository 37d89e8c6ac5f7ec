package org.pollen.mempool;

import java.util.Optional;

/// The chain as the pool sees it. All calls come from the thread that owns the pool; they should
/// answer from memory.
public interface ChainView {
    /// Header of the current canonical block.
    BlockHeader head();

    /// The state after a block; empty if it is not available (yet, or any more).
    Optional<StateView> stateAt(BlockHeader header);

    /// The state before the first block, which is always available.
    StateView genesisState();

    /// A block by its hash, on the canonical chain or a recent side branch.
    Optional<Block> block(Hash32 hash);
}
