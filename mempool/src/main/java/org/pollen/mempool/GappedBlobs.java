package org.pollen.mempool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Blob transactions that came before the one whose nonce precedes theirs: kept in memory for a
/// moment, since the network does not keep an order.
///
/// An account that has sent much may have a few. What was submitted here is in a store, too: its
/// sender was told that it was taken. Source: mempool specification 14.1 and 14.2.
final class GappedBlobs {
    /// Most of all accounts together.
    static final int MOST = 128;

    /// How long one is kept.
    static final Duration LIFETIME = Duration.ofMinutes(1);

    /// One that waits.
    ///
    /// @param handle in the store; -1 for one that is not there
    record Gapped(Transaction tx, TransactionSource source, long since, long handle) {}

    private final Map<Address, List<Gapped>> accounts = new LinkedHashMap<>();
    private final Set<Hash32> hashes = new HashSet<>();
    private final BlobStore store;

    GappedBlobs(BlobStore store) {
        this.store = store;
    }

    /// Keeps one, if its account may have another.
    ///
    /// @param pooled how many the account has in the pool
    /// @return false also if it has to be in the store, and there is no room
    boolean offer(Transaction tx, TransactionSource source, long stateNonce, int pooled, long now) {
        if (!room(tx.sender(), stateNonce, pooled)) return false;
        long handle = -1;
        if (source == TransactionSource.LOCAL) {
            handle = store.put(tx.network());
            if (handle < 0) return false;
        }
        keep(new Gapped(tx, source, now, handle));
        return true;
    }

    /// Takes back what the store held when it was opened, if its account may have it.
    boolean restore(Transaction tx, long handle, long stateNonce, int pooled, long now) {
        if (has(tx.hash()) || !room(tx.sender(), stateNonce, pooled)) return false;
        keep(new Gapped(tx, TransactionSource.LOCAL, now, handle));
        return true;
    }

    private void keep(Gapped one) {
        hashes.add(one.tx.hash());
        accounts.computeIfAbsent(one.tx.sender(), _ -> new ArrayList<>()).add(one);
    }

    /// Gives up the stored bytes of one that was taken out by [#next].
    void release(Gapped one) {
        if (one.handle >= 0) store.delete(one.handle);
    }

    /// Gives one up.
    ///
    /// @return whether it was here
    boolean drop(Hash32 hash) {
        if (!hashes.remove(hash)) return false;
        for (Iterator<List<Gapped>> each = accounts.values().iterator(); each.hasNext(); ) {
            List<Gapped> list = each.next();
            list.removeIf(one -> {
                boolean found = one.tx.hash().equals(hash);
                if (found) release(one);
                return found;
            });
            if (list.isEmpty()) each.remove();
        }
        return true;
    }

    /// Whether an account may have another.
    boolean room(Address sender, long stateNonce, int pooled) {
        List<Gapped> known = accounts.getOrDefault(sender, List.of());
        int allowed =
                Math.min(
                        (int)
                                Math.floor(
                                        Math.log10(
                                                Transaction.unsigned(stateNonce).doubleValue()
                                                        + 1)),
                        BlobPoolConfig.ACCOUNT_MAX - pooled);
        return known.size() < allowed && hashes.size() < MOST;
    }

    /// Takes out the lowest nonce of an account that is not above a limit, to be released when it
    /// is kept elsewhere; null if there is none.
    @Nullable Gapped next(Address sender, long nonceMax) {
        List<Gapped> list = accounts.get(sender);
        if (list == null) return null;
        Gapped lowest =
                list.stream()
                        .min(Comparator.comparing(one -> one.tx.nonce(), Long::compareUnsigned))
                        .orElseThrow();
        if (Long.compareUnsigned(lowest.tx.nonce(), nonceMax) > 0) return null;
        list.remove(lowest);
        hashes.remove(lowest.tx.hash());
        if (list.isEmpty()) accounts.remove(sender);
        return lowest;
    }

    /// Forgets what waited too long.
    ///
    /// @return how many
    int expire(long now) {
        int before = hashes.size();
        for (Iterator<List<Gapped>> each = accounts.values().iterator(); each.hasNext(); ) {
            List<Gapped> list = each.next();
            list.removeIf(one -> {
                boolean old = now - one.since > LIFETIME.toNanos();
                if (old) {
                    hashes.remove(one.tx.hash());
                    release(one);
                }
                return old;
            });
            if (list.isEmpty()) each.remove();
        }
        return before - hashes.size();
    }

    List<Address> senders() {
        return List.copyOf(accounts.keySet());
    }

    /// The sender of each one that waits.
    List<Address> each() {
        var senders = new ArrayList<Address>(size());
        accounts.forEach(
                (sender, list) -> senders.addAll(Collections.nCopies(list.size(), sender)));
        return senders;
    }

    boolean has(Hash32 hash) {
        return hashes.contains(hash);
    }

    int size() {
        return hashes.size();
    }
}
