package org.pollen.mempool;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is in the blob pool, with its indexes in agreement: accounts, transactions by hash, bytes
/// of the store, places in the heap of evictions, reservations.
final class BlobContent {
    final Map<Address, BlobAccount> accounts = new LinkedHashMap<>();
    final BlobEvictions evictions = new BlobEvictions();
    final BlobMetrics metrics = new BlobMetrics();
    final Reservations.Handle reservations;
    final BlobSnapshots snapshots = new BlobSnapshots();
    private final Map<Hash32, PooledBlob> all = new HashMap<>();
    private final BlobStore store;
    private final BlobEvents events;

    /// Bytes of the pooled transactions.
    long used;

    /// Time of the call under way.
    long now;

    BlobContent(BlobStore store, Reservations.Handle reservations, BlobEvents events) {
        this.store = store;
        this.reservations = reservations;
        this.events = events;
    }

    @Nullable PooledBlob get(Hash32 hash) {
        return all.get(hash);
    }

    int size() {
        return all.size();
    }

    int pooled(Address address) {
        BlobAccount account = accounts.get(address);
        return account == null ? 0 : account.size();
    }

    /// Stores a transaction; null if the store has no room.
    @Nullable PooledBlob store(Transaction tx, TransactionSource source) {
        long handle = store.put(tx.network());
        return handle < 0 ? null : new PooledBlob(tx, source, handle, now);
    }

    byte @Nullable [] network(PooledBlob blob) {
        return store.get(blob.handle);
    }

    /// Takes up a transaction that its account has already.
    void track(PooledBlob blob) {
        all.put(blob.hash, blob);
        used += blob.size;
        snapshots.changed(blob);
    }

    /// Gives up a transaction that its account does not have any more.
    void drop(PooledBlob blob, BlobDrop reason) {
        store.delete(blob.handle);
        forget(blob, reason);
    }

    /// The same, but leaves its entry to the next start: what could not be read may be readable
    /// then.
    void forget(PooledBlob blob, BlobDrop reason) {
        all.remove(blob.hash);
        used -= blob.size;
        snapshots.changed(blob);
        metrics.mark(reason);
        events.dropped(blob, reason, now);
    }

    /// Tells that the blobs of an included transaction could not be kept.
    ///
    /// @param why ends with a space
    void lost(PooledBlob blob, String why) {
        events.warning(why + "the blobs of " + blob.hash + ", which a block includes");
    }

    /// Gives up an account with nothing left.
    void release(BlobAccount account) {
        accounts.remove(account.address);
        if (account.place >= 0) evictions.remove(account);
        reservations.release(account.address);
    }

    /// Finds the place of an account that lost or won a last nonce.
    void settle(BlobAccount account) {
        if (account.isEmpty()) release(account);
        else if (account.place < 0) evictions.add(account);
        else evictions.fix(account);
    }

    /// Evicts the worst until no more than so many bytes are left.
    void trim(long cap) {
        while (used > cap && !evictions.isEmpty()) {
            BlobAccount account = evictions.worst();
            PooledBlob last = account.last();
            if (account.size() == 1) evictions.remove(account); // it cannot be compared any more
            account.removeLast();
            drop(last, BlobDrop.OVERFLOWN);
            settle(account);
        }
    }
}
