package org.pollen.mempool;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What lies between two heads. Source: mempool.md 6.
///
/// @param abandoned transactions of blocks that left the chain and are in no new block
/// @param adopted blocks that joined the chain, newest first; empty if unknown
/// @param touched every account that differs between the two states, or null if unknown
/// @param aborted why the reset cannot be done, or null if it can
record ChainWalk(
        List<Transaction> abandoned,
        List<Block> adopted,
        @Nullable Set<Address> touched,
        @Nullable String aborted) {
    /// Deeper reorganisations are a sync: nothing is reinjected.
    static final long DEPTH_MAX = 64;

    private static final ChainWalk NOTHING_KNOWN = new ChainWalk(List.of(), List.of(), null, null);

    /// Walks from the old head to the new one.
    ///
    /// @param old null if there is none to come from
    static ChainWalk between(@Nullable BlockHeader old, BlockHeader head, ChainView chain) {
        if (old == null || old.hash().equals(head.hash())) return NOTHING_KNOWN;
        if (old.hash().equals(head.parentHash())) {
            Optional<Block> block = chain.block(head.hash());
            Set<Address> touched = block.map(Block::touched).orElse(null);
            return new ChainWalk(List.of(), block.stream().toList(), touched, null);
        }
        if (Math.abs(old.number() - head.number()) > DEPTH_MAX) return NOTHING_KNOWN;
        Optional<Block> from = chain.block(old.hash());
        Optional<Block> to = chain.block(head.hash());
        if (from.isEmpty()) {
            // An operator set the chain back: there is nothing to pool again.
            if (head.number() < old.number()) return NOTHING_KNOWN;
            return abort("the old head " + old.number() + " is missing");
        }
        if (to.isEmpty()) return abort("the new head " + head.number() + " is missing");
        return new Walker(chain).walk(from.get(), to.get());
    }

    private static ChainWalk abort(String why) {
        return new ChainWalk(List.of(), List.of(), null, why);
    }

    private static final class Walker {
        private final ChainView chain;
        private final List<Transaction> discarded = new ArrayList<>();
        private final Set<Hash32> included = new HashSet<>();
        private final List<Block> adopted = new ArrayList<>();
        private @Nullable Set<Address> touched = new LinkedHashSet<>();

        private Walker(ChainView chain) {
            this.chain = chain;
        }

        private ChainWalk walk(Block from, Block to) {
            Block rem = from;
            Block add = to;
            while (rem.header().number() > add.header().number()) {
                Block parent = discard(rem);
                if (parent == null) return missingParent(rem);
                rem = parent;
            }
            while (add.header().number() > rem.header().number()) {
                Block parent = include(add);
                if (parent == null) return missingParent(add);
                add = parent;
            }
            while (!rem.header().hash().equals(add.header().hash())) {
                Block remParent = discard(rem);
                if (remParent == null) return missingParent(rem);
                Block addParent = include(add);
                if (addParent == null) return missingParent(add);
                rem = remParent;
                add = addParent;
            }
            var abandoned = new ArrayList<Transaction>();
            for (Transaction tx : discarded) if (!included.contains(tx.hash())) abandoned.add(tx);
            return new ChainWalk(abandoned, adopted, touched, null);
        }

        private @Nullable Block discard(Block block) {
            discarded.addAll(block.transactions());
            return step(block);
        }

        private @Nullable Block include(Block block) {
            adopted.add(block);
            for (Transaction tx : block.transactions()) included.add(tx.hash());
            return step(block);
        }

        private @Nullable Block step(Block block) {
            Set<Address> more = block.touched();
            if (touched != null && more != null) touched.addAll(more);
            else touched = null;
            return chain.block(block.header().parentHash()).orElse(null);
        }

        private static ChainWalk missingParent(Block block) {
            return abort("the parent of block " + block.header().number() + " is missing");
        }
    }
}
