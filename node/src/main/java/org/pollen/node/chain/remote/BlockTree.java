package org.pollen.node.chain.remote;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.Inclusion;

/// The newest blocks: the canonical ones in order, and those that were canonical not long ago.
///
/// Written by the follower's thread, read by all; the canonical chain is published last.
final class BlockTree {
    /// Canonical blocks in memory: three times as deep as a reorganisation is followed.
    static final int CANONICAL_MAX = 192;

    private static final int BLOCKS_MAX = 2 * CANONICAL_MAX;

    private final Map<Hash32, BlockReader.Read> byHash = new ConcurrentHashMap<>();
    private final Map<Hash32, List<ChainBlock>> inclusions = new ConcurrentHashMap<>();
    private final ArrayDeque<Hash32> oldestFirst = new ArrayDeque<>(); // the follower's thread only
    private volatile ChainBlock[] canonical = {};

    /// The canonical blocks have gaps nowhere; the last one is the head.
    @Nullable ChainBlock head() {
        ChainBlock[] now = canonical;
        return now.length == 0 ? null : now[now.length - 1];
    }

    BlockReader.@Nullable Read get(Hash32 hash) {
        return byHash.get(hash);
    }

    Optional<ChainBlock> byHash(Hash32 hash) {
        return Optional.ofNullable(byHash.get(hash)).map(BlockReader.Read::block);
    }

    Optional<ChainBlock> byNumber(long number) {
        ChainBlock[] now = canonical;
        if (now.length == 0) return Optional.empty();
        long index = number - now[0].number();
        return index < 0 || index >= now.length ? Optional.empty() : Optional.of(now[(int) index]);
    }

    /// The canonical block of a hash.
    Optional<ChainBlock> canonical(Hash32 hash) {
        return byHash(hash)
                .filter(block ->
                        byNumber(block.number())
                                .filter(other -> other.hash().equals(hash))
                                .isPresent());
    }

    /// Where a transaction is in the canonical chain, as far as it is in memory.
    Optional<Inclusion> inclusion(Hash32 transaction) {
        for (ChainBlock block : inclusions.getOrDefault(transaction, List.of())) {
            if (canonical(block.hash()).isEmpty()) continue;
            for (int i = 0; i < block.transactions().size(); i++) {
                if (block.transactions().get(i).hash().equals(transaction)) {
                    return Optional.of(new Inclusion(block, i));
                }
            }
        }
        return Optional.empty();
    }

    /// The canonical blocks above one of them, highest first.
    List<ChainBlock> above(ChainBlock fork) {
        return from(fork.number() + 1);
    }

    /// The canonical blocks from a height on, highest first.
    List<ChainBlock> from(long number) {
        var blocks = new ArrayList<ChainBlock>();
        ChainBlock[] now = canonical;
        for (int i = now.length - 1; i >= 0 && now[i].number() >= number; i--) {
            blocks.add(now[i]);
        }
        return blocks;
    }

    /// Replaces a block that is in memory, with other accounts that it touches.
    void replace(ChainBlock block) {
        BlockReader.Read old = byHash.get(block.hash());
        if (old == null) return;
        byHash.put(block.hash(), new BlockReader.Read(block, old.opaque()));
        ChainBlock[] now = canonical.clone();
        for (int i = 0; i < now.length; i++) {
            if (now[i].hash().equals(block.hash())) now[i] = block;
        }
        canonical = now;
    }

    /// Makes a branch the canonical one.
    ///
    /// @param fork the last block that stays; null for a chain that has nothing to do with the old
    ///   one
    /// @param added blocks after it, lowest first; with a fork there may be none
    void publish(@Nullable ChainBlock fork, List<BlockReader.Read> added) {
        for (BlockReader.Read read : added) {
            ChainBlock block = read.block();
            if (byHash.put(block.hash(), read) != null) continue;
            oldestFirst.add(block.hash());
            for (Transaction tx : block.transactions()) {
                inclusions.merge(tx.hash(), List.of(block), BlockTree::joined);
            }
        }
        ChainBlock[] old = canonical;
        int kept = fork == null ? 0 : (int) (fork.number() - old[0].number()) + 1;
        ChainBlock[] all = Arrays.copyOf(old, kept + added.size());
        for (int i = 0; i < added.size(); i++) all[kept + i] = added.get(i).block();
        canonical = Arrays.copyOfRange(all, Math.max(0, all.length - CANONICAL_MAX), all.length);
        while (oldestFirst.size() > BLOCKS_MAX) forget(oldestFirst.removeFirst());
    }

    private void forget(Hash32 hash) {
        if (canonical(hash).isPresent()) {
            oldestFirst.addLast(
                    hash); // an old block that came back; there are fewer than the limit
            return;
        }
        BlockReader.Read gone = byHash.remove(hash);
        if (gone == null) return;
        for (Transaction tx : gone.block().transactions()) {
            inclusions.computeIfPresent(tx.hash(), (_, blocks) -> without(blocks, hash));
        }
    }

    private static List<ChainBlock> joined(List<ChainBlock> some, List<ChainBlock> more) {
        var all = new ArrayList<>(some);
        all.addAll(more);
        return List.copyOf(all);
    }

    private static @Nullable List<ChainBlock> without(List<ChainBlock> blocks, Hash32 gone) {
        var left = new ArrayList<ChainBlock>();
        for (ChainBlock block : blocks) if (!block.hash().equals(gone)) left.add(block);
        return left.isEmpty() ? null : List.copyOf(left);
    }

    /// Blocks in memory.
    int size() {
        return byHash.size();
    }
}
