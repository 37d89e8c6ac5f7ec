package org.pollen.mempool;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Blob transactions that were included lately, with their blobs: a block does not hold them, so
/// one that leaves the chain could not be pooled again.
///
/// An entry of the store is the block's number, 8 bytes, and the transaction. Source: mempool
/// specification 14.6.
final class BlobLimbo {
    private static final int BLOCK_BYTES = 8;

    private record Kept(long handle, long block) {}

    private final BlobStore store;
    private final Map<Hash32, Kept> kept = new LinkedHashMap<>();

    /// Opens a store; what it holds twice, and what is no transaction, is deleted.
    BlobLimbo(BlobStore store) {
        this.store = store;
        store.forEach((handle, entry) -> {
            Hash32 hash = hash(entry);
            if (hash == null || kept.containsKey(hash)) store.delete(handle);
            else kept.put(hash, new Kept(handle, ByteBuffer.wrap(entry).getLong()));
        });
    }

    private static @Nullable Hash32 hash(byte[] entry) {
        if (entry.length <= BLOCK_BYTES) return null;
        try {
            int length = entry.length - BLOCK_BYTES;
            Transaction tx = TransactionDecoder.decode(entry, BLOCK_BYTES, length);
            return tx.sidecar() == null ? null : tx.hash();
        } catch (TransactionRefusedException _) {
            return null;
        }
    }

    /// Keeps a transaction that a block includes.
    ///
    /// @return whether there was room
    boolean push(Hash32 hash, byte[] network, long block) {
        byte[] entry =
                ByteBuffer.allocate(BLOCK_BYTES + network.length)
                        .putLong(block)
                        .put(network)
                        .array();
        long handle = store.put(entry);
        if (handle < 0) return false;
        Kept old = kept.put(hash, new Kept(handle, block));
        if (old != null) store.delete(old.handle);
        return true;
    }

    /// A transaction with its blobs; null if they are unknown.
    byte @Nullable [] network(Hash32 hash) {
        Kept found = kept.get(hash);
        byte[] entry = found == null ? null : store.get(found.handle);
        return entry == null ? null : network(entry);
    }

    /// The transaction of an entry; null if it is too short for one.
    static byte @Nullable [] network(byte[] entry) {
        return entry.length <= BLOCK_BYTES
                ? null
                : Arrays.copyOfRange(entry, BLOCK_BYTES, entry.length);
    }

    List<Hash32> hashes() {
        return List.copyOf(kept.keySet());
    }

    /// Gives a transaction up, once it is kept elsewhere.
    void forget(Hash32 hash) {
        Kept found = kept.remove(hash);
        if (found != null) store.delete(found.handle);
    }

    /// Another block includes it now: it is kept until that one is final. Without room for the new
    /// entry the old one stays.
    void moved(Hash32 hash, long block) {
        Kept found = kept.get(hash);
        if (found == null || found.block == block) return;
        byte[] network = network(hash);
        if (network != null) {
            var _ = push(hash, network, block);
        }
    }

    /// Forgets what cannot leave the chain any more.
    void finalized(long block) {
        for (Iterator<Kept> each = kept.values().iterator(); each.hasNext(); ) {
            Kept one = each.next();
            if (one.block > block) continue;
            store.delete(one.handle);
            each.remove();
        }
    }

    boolean has(Hash32 hash) {
        return kept.containsKey(hash);
    }

    int size() {
        return kept.size();
    }
}
