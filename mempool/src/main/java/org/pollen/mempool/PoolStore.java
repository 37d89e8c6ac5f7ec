package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The content of the pool: every index over it, and the steps that keep them in agreement.
///
/// All changes go through here, so the invariants of mempool.md 1.8 hold between any two calls of
/// [Admission] and [Maintenance]; those decide what should happen, this does it.
final class PoolStore {
    final PoolConfig config;
    final boolean hardened;
    final TransactionIndex all;
    final AccountTable accounts;
    final AccountSet pendingAccounts = new AccountSet();
    final Heartbeats heartbeats = new Heartbeats();
    final PricedHeaps priced;
    final AuthorityIndex authorities = new AuthorityIndex();
    final Reservations.Handle reservations;
    final PoolMetrics metrics = new PoolMetrics();
    final PoolEvents events;
    final SnapshotBuilder snapshots = new SnapshotBuilder();

    /// In which order accounts are visited where the reference follows the order of a map; null for
    /// the order of arrival. Tests that compare with the reference set it.
    @Nullable Comparator<Account> order;

    private final PendingNonces nonces = new PendingNonces();
    private final ArrayList<PoolEntry> followers = new ArrayList<>();

    /// Executable and queued transactions.
    int pendingCount;

    int queuedCount;

    /// Time of the call in progress.
    long now;

    /// Number of the last run that was begun.
    long run;

    /// Accounts whose queue may have outgrown its limit because transactions were demoted.
    final ArrayList<Account> outgrown = new ArrayList<>();

    BigInteger minTip;
    BlockHeader head;
    StateView state;
    ForkRules rules;
    private long stateEpoch;

    PoolStore(
            PoolConfig config,
            PoolContext context,
            PoolEvents events,
            BlockHeader head,
            RandomGenerator random) {
        this.config = config;
        this.hardened = config.mode() == PoolMode.HARDENED;
        this.reservations = context.reservations().handle(TransactionPool.SUB_POOL);
        this.events = events;
        this.head = head;
        this.state = context.chain().stateAt(head).orElseGet(context.chain()::genesisState);
        this.rules = context.forks().rules(head.number(), head.timestamp());
        this.minTip = BigInteger.valueOf(config.priceLimit());
        long key0 = random.nextLong();
        long key1 = random.nextLong();
        this.all = new TransactionIndex(key0, key1);
        this.accounts = new AccountTable(key0, key1);
        this.priced = new PricedHeaps(all, !hardened);
    }

    // ---- accounts ----

    /// Reads the account's state at the head unless it is known.
    void refresh(Account account) {
        if (account.stateEpoch == stateEpoch) return;
        AccountState fresh = state.account(account.address);
        account.stateNonce = fresh.nonce();
        account.balance = fresh.balance();
        account.code = fresh.code();
        account.stateEpoch = stateEpoch;
    }

    /// Forgets all cached account state.
    void forgetState() {
        stateEpoch++;
    }

    /// Forgets the cached state of one account.
    void forgetState(Account account) {
        account.stateEpoch = -1;
    }

    long pendingNonce(Account account) {
        refresh(account);
        return nonces.get(account);
    }

    void setPendingNonce(Account account, long nonce) {
        nonces.set(account, nonce);
        if (nonce != account.shownNonce) snapshots.changed(account);
    }

    void lowerPendingNonce(Account account, long nonce) {
        refresh(account);
        nonces.setIfLower(account, nonce);
        noteNonce(account);
    }

    /// Sees to it that readers learn of another next nonce.
    void noteNonce(Account account) {
        if (pendingNonce(account) != account.shownNonce) snapshots.changed(account);
    }

    void forgetPendingNonces() {
        nonces.forgetAll();
    }

    void forgetPendingNonce(Account account) {
        nonces.forget(account);
        snapshots.changed(account);
    }

    /// Puts accounts in the order in which they are to be visited.
    Account[] inOrder(Account[] visit) {
        if (order != null) Arrays.sort(visit, order);
        return visit;
    }

    /// Puts transactions in the order of their accounts and nonces.
    PoolEntry[] inOrder(PoolEntry[] visit) {
        if (order == null) return visit;
        Arrays.sort(
                visit,
                Comparator.comparing((PoolEntry entry) -> entry.account, order)
                        .thenComparing(entry -> entry.nonce, Long::compareUnsigned));
        return visit;
    }

    /// Gives the reservation back if the account has nothing left here.
    void releaseIfEmpty(Account account) {
        if (!account.reserved || !account.isEmpty()) return;
        account.reserved = false;
        reservations.release(account.address);
        accounts.remove(account);
    }

    // ---- transactions ----

    /// Puts a new transaction into the index, to be placed in a list by the caller.
    void index(PoolEntry entry) {
        all.add(entry);
        if (entry.tx.type() == Transaction.SET_CODE) authorities.add(entry.tx);
        priced.put(entry);
        snapshots.changed(entry);
    }

    /// Takes a transaction out of the index, leaving its list to the caller.
    void unindex(PoolEntry entry, DropReason reason) {
        all.remove(entry);
        if (entry.tx.type() == Transaction.SET_CODE) authorities.remove(entry.tx);
        entry.where = PoolEntry.Where.NONE;
        snapshots.changed(entry);
        snapshots.changed(entry.account);
        events.dropped(entry.view(), reason, now);
    }

    /// Inserts into the account's queue. Source: mempool.md 4.4, step 2.
    ///
    /// @return whether it was inserted; not if the queued one at its nonce pays too much
    boolean enqueue(PoolEntry entry) {
        Account account = entry.account;
        NonceList queue = account.queue;
        if (queue == null) {
            queue = new NonceList(false);
            account.queue = queue;
        }
        PoolEntry old = queue.get(entry.nonce);
        if (!queue.add(entry, config.priceBump())) {
            if (queue.isEmpty()) account.queue = null;
            metrics.mark(PoolCounter.QUEUED_DISCARD, 1);
            return false;
        }
        if (old == null) {
            queuedCount++;
        } else {
            unindex(old, DropReason.REPLACED);
            priced.removed(1);
            metrics.mark(PoolCounter.QUEUED_REPLACE, 1);
        }
        entry.where = PoolEntry.Where.QUEUED;
        heartbeats.start(account, now);
        snapshots.changed(account);
        return true;
    }

    /// Moves an executable transaction that was taken out of its list back to the queue.
    void demote(PoolEntry entry) {
        pendingCount--;
        if (!enqueue(entry)) {
            // The queued one at its nonce pays more; the reference would leak this one.
            unindex(entry, DropReason.REPLACED);
            priced.removed(1);
        } else if (hardened && entry.account.queuedSize() == config.accountQueue() + 1) {
            outgrown.add(entry.account);
        }
    }

    /// Makes a transaction that was taken out of the queue executable. Source: mempool.md 4.5.
    boolean promote(PoolEntry entry) {
        Account account = entry.account;
        NonceList pending = account.pending;
        if (pending == null) {
            pending = new NonceList(true);
            account.pending = pending;
            pendingAccounts.add(account);
        }
        queuedCount--;
        PoolEntry old = pending.get(entry.nonce);
        if (!pending.add(entry, config.priceBump())) {
            dropEmptyPending(account, pending);
            unindex(entry, DropReason.REPLACED);
            priced.removed(1);
            metrics.mark(PoolCounter.PENDING_DISCARD, 1);
            return false;
        }
        if (old == null) {
            pendingCount++;
        } else {
            unindex(old, DropReason.REPLACED);
            priced.removed(1);
            metrics.mark(PoolCounter.PENDING_REPLACE, 1);
        }
        entry.where = PoolEntry.Where.PENDING;
        snapshots.changed(account);
        setPendingNonce(account, entry.nonce + 1);
        heartbeats.bump(account, now);
        return true;
    }

    /// Removes one transaction wherever it is. Source: mempool.md 5.6.
    ///
    /// @param inHeaps whether it is still in a price heap
    /// @param release whether the account's reservation may go
    /// @return how many executable transactions were lost: with the followers that are queued now
    int remove(PoolEntry entry, boolean inHeaps, boolean release, DropReason reason) {
        PoolEntry.Where where = entry.where;
        if (where == PoolEntry.Where.NONE) return 0;
        unindex(entry, reason);
        if (inHeaps) priced.removed(1);
        Account account = entry.account;
        int lost = 0;
        if (where == PoolEntry.Where.PENDING) {
            NonceList pending = account.pendingOrThrow();
            assert followers.isEmpty();
            boolean found = pending.remove(entry, followers);
            assert found;
            pendingCount--;
            lost = 1 + followers.size();
            dropEmptyPending(account, pending);
            lowerPendingNonce(account, entry.nonce);
            for (PoolEntry follower : followers) demote(follower);
            followers.clear();
        } else {
            NonceList queue = account.queueOrThrow();
            boolean found = queue.remove(entry, followers);
            assert found;
            queuedCount--;
            dropEmptyQueue(account, queue);
        }
        if (release) releaseIfEmpty(account);
        return lost;
    }

    /// Drops transactions that were taken out of a list.
    void dropAll(List<PoolEntry> taken, boolean pending, DropReason reason) {
        if (pending) pendingCount -= taken.size();
        else queuedCount -= taken.size();
        for (PoolEntry entry : taken) unindex(entry, reason);
    }

    void dropEmptyPending(Account account, NonceList pending) {
        if (!pending.isEmpty()) return;
        account.pending = null;
        pendingAccounts.remove(account);
    }

    void dropEmptyQueue(Account account, NonceList queue) {
        if (!queue.isEmpty()) return;
        account.queue = null;
        heartbeats.stop(account);
    }
}
