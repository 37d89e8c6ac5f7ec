package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalLong;

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

    /// What a unit of blob gas costs in the block after a header, wei; the least there can be where
    /// a source does not tell.
    default BigInteger blobFee(BlockHeader header) {
        return BigInteger.ONE;
    }

    /// Number of the newest block that cannot leave the chain any more; empty where a source does
    /// not tell.
    default OptionalLong finalized() {
        return OptionalLong.empty();
    }
}
