package org.pollen.mempool;

import java.time.Duration;
import java.util.ArrayList;
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
/// An account that has sent much may have a few. Source: mempool specification 14.1 and 14.2.
final class GappedBlobs {
    /// Most of all accounts together.
    static final int MOST = 128;

    /// How long one is kept.
    static final Duration LIFETIME = Duration.ofMinutes(1);

    /// One that waits.
    record Gapped(Transaction tx, TransactionSource source, long since) {}

    private final Map<Address, List<Gapped>> accounts = new LinkedHashMap<>();
    private final Set<Hash32> hashes = new HashSet<>();

    /// Keeps one, if its account may have another.
    ///
    /// @param pooled how many the account has in the pool
    boolean offer(Transaction tx, TransactionSource source, long stateNonce, int pooled, long now) {
        if (!room(tx.sender(), stateNonce, pooled)) return false;
        hashes.add(tx.hash());
        accounts.computeIfAbsent(tx.sender(), _ -> new ArrayList<>())
                .add(new Gapped(tx, source, now));
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

    /// Takes out the lowest nonce of an account that is not above a limit; null if there is none.
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
                if (old) hashes.remove(one.tx.hash());
                return old;
            });
            if (list.isEmpty()) each.remove();
        }
        return before - hashes.size();
    }

    List<Address> senders() {
        return List.copyOf(accounts.keySet());
    }

    boolean has(Hash32 hash) {
        return hashes.contains(hash);
    }

    int size() {
        return hashes.size();
    }
}
