package org.pollen.node.chain;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.ChainView;
import org.pollen.mempool.Hash32;

/// A chain to follow: what the pool sees of it ([ChainView]) and what people ask about it.
///
/// Every method answers from memory and may be called from any thread. A source keeps a bounded
/// number of blocks and states; what is older is answered as if it had never been, except the first
/// block of the embedded chain.
///
/// A source that is another client keeps the state of those accounts only that somebody asked for:
/// whoever is about to hand the pool a transaction calls [#load] for its sender first, and names by
/// [#keep] the accounts whose state may not be forgotten.
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

    /// Whether the state of an account at the head is in memory, and is known to be right.
    default boolean loaded(Address account) {
        return true;
    }

    /// Brings the state of accounts at the head into memory.
    ///
    /// @return whether that could be done; false if the source does not answer, or is asked for
    ///   more than it may read
    default CompletableFuture<Boolean> load(Collection<Address> accounts) {
        return CompletableFuture.completedFuture(true);
    }

    /// The same for any number of accounts, a part after the other.
    default CompletableFuture<Boolean> loadAll(Collection<Address> accounts) {
        List<Address> missing = accounts.stream().filter(one -> !loaded(one)).toList();
        CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
        for (int i = 0; i < missing.size(); i += PART) {
            List<Address> part = missing.subList(i, Math.min(i + PART, missing.size()));
            all =
                    all.thenCompose(loaded ->
                            loaded ? load(part) : CompletableFuture.completedFuture(false));
        }
        return all;
    }

    /// Accounts that [#loadAll] asks for at once.
    int PART = 1024;

    /// Names the accounts whose state has to stay in memory and has to follow the head.
    ///
    /// @param accounts asked from any thread
    default void keep(Supplier<? extends Collection<Address>> accounts) {}

    /// Whether the head can be relied on. While it cannot, gossip is ignored and local transactions
    /// are still taken.
    default boolean synced() {
        return true;
    }

    /// How the source is doing.
    default ChainStatus status() {
        return ChainStatus.EMBEDDED;
    }

    /// Passes calls on to the client that the chain comes from; null if there is none.
    default @Nullable ChainRelay relay() {
        return null;
    }

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
