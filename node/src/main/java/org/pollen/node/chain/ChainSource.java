package org.pollen.node.chain;

import java.util.Optional;
import org.pollen.mempool.ChainView;
import org.pollen.mempool.Hash32;

/// A chain to follow: what the pool sees of it ([ChainView]) and what people ask about it.
///
/// Every method answers from memory and may be called from any thread. A source keeps a bounded
/// number of blocks and states; what is older is answered as if it had never been, except the first
/// block.
public interface ChainSource extends ChainView {
    /// The chain's id.
    long chainId();

    /// The current canonical block.
    ChainBlock latest();

    /// The canonical block of a number.
    Optional<ChainBlock> byNumber(long number);

    /// A block by its hash, canonical or not.
    Optional<ChainBlock> byHash(Hash32 hash);

    /// Where a transaction is in the canonical chain.
    Optional<Inclusion> inclusion(Hash32 transaction);

    /// The state after a block.
    Optional<ChainState> state(ChainBlock block);

    /// Tells a listener of every change of the head from now on. It is called on the thread that
    /// changes the chain, in order, and must not block.
    ///
    /// @return ends it
    Registration addListener(HeadListener listener);

    /// Hears of a new head.
    @FunctionalInterface
    interface HeadListener {
        /// The canonical head changed; the source answers for the new one already.
        void headChanged(HeadChange change);
    }

    /// An agreement that can be ended.
    @FunctionalInterface
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
