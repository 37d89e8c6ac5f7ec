package org.pollen.mempool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;

/// Brings the pool back below its global limits, taking from those who have most or are idle
/// longest.
final class Truncation {
    private static final Comparator<Account> LONGEST_FIRST =
            Comparator.comparingInt((Account account) -> account.pendingSize()).reversed();

    private final PoolStore pool;
    private final ArrayList<PoolEntry> cut = new ArrayList<>();
    private int total;

    Truncation(PoolStore pool) {
        this.pool = pool;
    }

    /// Shortens the longest lists of executable transactions until all fit, but none below its
    /// guaranteed slots. Source: mempool.md 5.5.
    void truncatePending() {
        if (pool.pendingCount <= pool.config.globalSlots()) return;
        Account[] longest = offenders();
        total = 0;
        int taken = 0;
        while (tooMany() && taken < longest.length) {
            taken++;
            if (taken == 1) continue;
            int threshold = longest[taken - 1].pendingSize();
            while (tooMany() && longest[taken - 2].pendingSize() > threshold) {
                round(longest, taken - 1);
            }
        }
        while (tooMany()
                && taken > 0
                && longest[taken - 1].pendingSize() > pool.config.accountSlots()) {
            round(longest, taken);
        }
        if (total > 0) pool.metrics.mark(PoolCounter.PENDING_RATELIMIT, total);
    }

    /// Removes the queued transactions of the accounts that are idle longest until all fit. Source:
    /// mempool.md 5.7.
    void truncateQueue() {
        capOutgrown();
        int drop = pool.queuedCount - pool.config.globalQueue();
        if (drop <= 0) {
            pool.priced.removed(0);
            return;
        }
        pool.metrics.mark(PoolCounter.QUEUED_RATELIMIT, drop);
        int removed = 0;
        for (Account account : pool.heartbeats.copy()) {
            if (removed == drop) break;
            removed += shorten(account, drop - removed, DropReason.GLOBAL_QUEUE);
        }
        pool.priced.removed(removed);
    }

    /// Removes all queued transactions of an account that was idle for too long.
    ///
    /// @return how many
    int expire(Account account) {
        int removed = 0;
        for (; account.queue != null; removed++) {
            pool.remove(account.queue.first(), true, true, DropReason.EXPIRED);
        }
        return removed;
    }

    /// Removes up to `n` of an account's queued transactions, the highest nonces first, and leaves
    /// it to the caller to tell the price heaps.
    private int shorten(Account account, int n, DropReason reason) {
        int removed = 0;
        while (removed < n && account.queue != null) {
            pool.remove(account.queue.last(), false, true, reason);
            removed++;
        }
        return removed;
    }

    /// Demoted transactions may have made a queue longer than its account is entitled to; the
    /// reference leaves that to the account's next promotion.
    private void capOutgrown() {
        for (Account account : pool.outgrown) {
            int over = account.queuedSize() - pool.config.accountQueue();
            if (over <= 0) continue;
            pool.metrics.mark(PoolCounter.QUEUED_RATELIMIT, over);
            pool.priced.removed(shorten(account, over, DropReason.ACCOUNT_QUEUE));
        }
        pool.outgrown.clear();
    }

    private boolean tooMany() {
        return pool.pendingCount > pool.config.globalSlots();
    }

    private Account[] offenders() {
        var offenders = new ArrayList<Account>();
        for (int i = 0; i < pool.pendingAccounts.size(); i++) {
            Account account = pool.pendingAccounts.at(i);
            if (account.pendingSize() > pool.config.accountSlots()) offenders.add(account);
        }
        Account[] longest = pool.inOrder(offenders.toArray(new Account[0]));
        Arrays.sort(longest, LONGEST_FIRST);
        return longest;
    }

    /// Cuts the highest nonce of each of the first `n` accounts. The reference looks at the limit
    /// only after a whole round and may so cut a few more than it has to.
    private void round(Account[] accounts, int n) {
        for (int i = 0; i < n; i++) {
            if (pool.hardened && !tooMany()) return;
            Account account = accounts[i];
            NonceList pending = account.pendingOrThrow();
            cut.clear();
            cut.add(pending.removeLast());
            long nonce = cut.getFirst().nonce;
            pool.dropAll(cut, true, DropReason.GLOBAL_SLOTS);
            pool.lowerPendingNonce(account, nonce);
            pool.priced.removed(1);
            total++;
        }
        cut.clear();
    }
}
