package org.pollen.mempool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Notes what changed since the last snapshot, and makes the next one of it and the last.
final class SnapshotBuilder {
    private static final int FORGOTTEN_MIN = 4096;

    private final ArrayList<PoolEntry> entries = new ArrayList<>();
    private final ArrayList<Account> accounts = new ArrayList<>();
    private CowTable<AccountSnapshot> byAddress = CowTable.empty();
    private CowTable<Transaction> byHash = CowTable.empty();
    private @Nullable PoolSnapshot last;
    private long version;
    private long metricsChanges = -1;

    /// Whether nobody took a snapshot for so long that starting over is cheaper.
    private boolean all;

    void changed(PoolEntry entry) {
        if (entry.changed || all) return;
        entry.changed = true;
        entries.add(entry);
    }

    void changed(Account account) {
        if (account.changed || all) return;
        account.changed = true;
        accounts.add(account);
    }

    /// Bounds the notes when nobody reads: called now and then with the number of pooled
    /// transactions.
    void trim(int pooled) {
        if (entries.size() + accounts.size() > 4 * pooled + FORGOTTEN_MIN) {
            clear();
            all = true;
        }
    }

    /// The content now; equal parts are shared with the snapshot before, which is the answer itself
    /// if nothing changed at all.
    PoolSnapshot snapshot(PoolStore store) {
        PoolSnapshot before = last;
        boolean content = all || !entries.isEmpty() || !accounts.isEmpty();
        if (before != null
                && !content
                && metricsChanges == store.metrics.changes()
                && before.head().equals(store.head)
                && before.minTip().equals(store.minTip)) {
            return before;
        }
        if (all) startOver(store);
        if (content) update(store);
        metricsChanges = store.metrics.changes();
        var now =
                new PoolSnapshot(
                        ++version,
                        store.head,
                        byAddress,
                        byHash,
                        store.pendingCount,
                        store.queuedCount,
                        store.pendingAccounts.size(),
                        store.heartbeats.size(),
                        store.all.slots(),
                        store.config.capacity(),
                        store.all.bytes(),
                        store.minTip,
                        store.metrics.copy());
        last = now;
        return now;
    }

    private void startOver(PoolStore store) {
        all = false;
        byAddress = CowTable.empty();
        byHash = CowTable.empty();
        for (int i = 0; i < store.all.size(); i++) {
            PoolEntry entry = store.all.at(i);
            entry.inSnapshot = false;
            entry.account.inSnapshot = false;
        }
        for (int i = 0; i < store.all.size(); i++) {
            changed(store.all.at(i));
            changed(store.all.at(i).account);
        }
    }

    private void update(PoolStore store) {
        var hashes = byHash.edit(store.all.size());
        for (PoolEntry entry : entries) {
            if (entry.pooled() == entry.inSnapshot) continue;
            entry.inSnapshot = entry.pooled();
            long mix = HashMix.mix(entry.tx.hash(), 0, 0);
            if (entry.inSnapshot) hashes.put(mix, entry.tx);
            else hashes.remove(mix, entry.tx);
        }
        byHash = hashes.done();
        var addresses = byAddress.edit(store.accounts.size());
        for (Account account : accounts) {
            long mix = HashMix.mix(account.address, 0, 0);
            if (account.inSnapshot) {
                addresses.removeIf(mix, s -> s.address().equals(account.address));
            }
            account.inSnapshot = account.reserved && !account.isEmpty();
            if (!account.inSnapshot) continue;
            account.shownNonce = store.pendingNonce(account);
            addresses.put(mix, of(account, account.shownNonce));
        }
        byAddress = addresses.done();
        clear();
    }

    private void clear() {
        for (PoolEntry entry : entries) entry.changed = false;
        for (Account account : accounts) account.changed = false;
        entries.clear();
        accounts.clear();
    }

    private static AccountSnapshot of(Account account, long nextNonce) {
        return new AccountSnapshot(
                account.address, views(account.pending), views(account.queue), nextNonce);
    }

    private static List<PooledTransaction> views(@Nullable NonceList list) {
        if (list == null) return List.of();
        var views = new PooledTransaction[list.size()];
        for (int i = 0; i < views.length; i++) views[i] = list.at(i).view();
        return List.of(views);
    }
}
