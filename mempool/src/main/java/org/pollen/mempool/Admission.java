package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Decides about one transaction that passed the stateless checks, and places it. Source:
/// mempool.md 3.3 to 3.5 and 4.2 to 4.4, in that order.
final class Admission {
    private final PoolStore pool;
    private final PoolRun run;
    private final ArrayList<PoolEntry> victims = new ArrayList<>();

    /// Executable transactions lost to newcomers since the last run.
    private int changesSinceRun;

    /// Whether messages carry figures; they cost more than the refusal itself.
    private boolean verbose;

    private String message = "";
    private boolean replaced;
    private @Nullable Account accepted;

    Admission(PoolStore pool, PoolRun run) {
        this.pool = pool;
        this.run = run;
    }

    int changesSinceRun() {
        return changesSinceRun;
    }

    void forgetChanges() {
        changesSinceRun = 0;
    }

    /// Whether the last accepted one replaced another.
    boolean replaced() {
        return replaced;
    }

    /// The sender of the last accepted one.
    Account account() {
        return Objects.requireNonNull(accepted, "nothing was accepted");
    }

    /// Text with the figures of the last refusal; empty if there are none.
    String message() {
        return message;
    }

    /// Adds one transaction.
    ///
    /// @param acceptedBeforeRun number of the run that will promote it if it can be
    /// @return why it was refused, or null
    @Nullable PoolError add(Transaction tx, TransactionSource source, long acceptedBeforeRun) {
        verbose = source == TransactionSource.LOCAL;
        message = "";
        replaced = false;
        if (pool.all.has(tx.hash())) {
            pool.metrics.mark(PoolCounter.KNOWN, 1);
            return PoolError.ErrAlreadyKnown;
        }
        Account known = pool.accounts.get(tx.sender());
        Account account = known != null ? known : new Account(tx.sender());
        pool.refresh(account);
        var entry = new PoolEntry(tx, account, source, pool.now, acceptedBeforeRun);
        PoolError error = checkState(entry);
        if (error == null) error = checkDelegation(entry);
        if (error != null) {
            pool.metrics.mark(PoolCounter.INVALID, 1);
            return error;
        }
        if (!account.reserved) {
            if (!pool.reservations.hold(account.address)) return PoolError.ErrAlreadyReserved;
            account.reserved = true;
            pool.accounts.add(account);
        }
        error = place(entry);
        if (error != null) {
            pool.releaseIfEmpty(account);
            return error;
        }
        tx.intern(account.address);
        accepted = account;
        return null;
    }

    private @Nullable PoolError checkState(PoolEntry entry) {
        Account account = entry.account;
        if (Long.compareUnsigned(account.stateNonce, entry.nonce) > 0) {
            if (verbose) {
                message =
                        "nonce too low: next nonce %s, tx nonce %s"
                                .formatted(
                                        Long.toUnsignedString(account.stateNonce),
                                        Long.toUnsignedString(entry.nonce));
            }
            return PoolError.ErrNonceTooLow;
        }
        BigInteger balance = account.balance;
        if (balance.compareTo(entry.cost()) < 0) {
            return overdraft(balance, null, "tx", entry.cost(), entry.cost());
        }
        NonceList pending = account.pending;
        PoolEntry old = pending == null ? null : pending.get(entry.nonce);
        BigInteger spent = pending == null ? BigInteger.ZERO : pending.totalCost();
        if (old != null) {
            BigInteger bump = entry.cost().subtract(old.cost());
            BigInteger need = spent.add(bump);
            if (balance.compareTo(need) < 0) return overdraft(balance, spent, "bumped", bump, need);
            return null;
        }
        if (pool.hardened) spent = spent.add(queuedBefore(entry));
        BigInteger need = spent.add(entry.cost());
        return balance.compareTo(need) < 0
                ? overdraft(balance, spent, "tx", entry.cost(), need)
                : null;
    }

    /// Cost of the queued transactions that become executable together with this one, if it is not
    /// behind a gap: the rule `strictOverdraft`.
    private BigInteger queuedBefore(PoolEntry entry) {
        NonceList queue = entry.account.queue;
        if (queue == null) return BigInteger.ZERO;
        long next = pool.pendingNonce(entry.account);
        if (Long.compareUnsigned(entry.nonce, next) <= 0) return BigInteger.ZERO;
        BigInteger cost = queue.runCost(next, entry.nonce);
        return cost == null ? BigInteger.ZERO : cost;
    }

    private PoolError overdraft(
            BigInteger balance,
            @Nullable BigInteger queued,
            String what,
            BigInteger cost,
            BigInteger need) {
        if (verbose) {
            message =
                    "insufficient funds for gas * price + value: balance %s,%s tx %s %s, overshot %s"
                            .formatted(
                                    balance,
                                    queued == null ? "" : " queued cost " + queued + ",",
                                    what.equals("tx") ? "cost" : what,
                                    cost,
                                    need.subtract(balance));
        }
        return PoolError.ErrInsufficientFunds;
    }

    private @Nullable PoolError checkDelegation(PoolEntry entry) {
        Account account = entry.account;
        if (pool.hardened && account.code == AccountState.Code.CONTRACT) {
            return PoolError.ErrSenderNoEOA;
        }
        if (account.code != AccountState.Code.NONE || pool.authorities.has(account.address)) {
            NonceList pending = account.pending;
            if (pending == null) {
                if (entry.nonce != pool.pendingNonce(account)) {
                    return PoolError.ErrOutOfOrderTxFromDelegated;
                }
            } else if (!pending.contains(entry.nonce)) {
                return PoolError.ErrInflightTxLimitReached;
            }
        }
        if (entry.tx.type() != Transaction.SET_CODE) return null;
        for (Address authority : entry.tx.authorities()) {
            Account named = pool.accounts.get(authority);
            if (named != null && named.pendingSize() + named.queuedSize() > 1) {
                return PoolError.ErrAuthorityReserved;
            }
            if (pool.reservations.has(authority)) return PoolError.ErrAuthorityReserved;
        }
        return null;
    }

    private @Nullable PoolError place(PoolEntry entry) {
        Account account = entry.account;
        int bump = pool.config.priceBump();
        if (pool.hardened) {
            // A doomed replacement must not cost others their place.
            PoolEntry old = atNonce(account, entry.nonce);
            if (old != null && !entry.replaces(old, bump)) {
                return refuseReplacement(
                        account.pending != null && account.pending.contains(entry.nonce));
            }
        }
        if (pool.all.slots() + entry.slots > pool.config.capacity()) {
            PoolError full = makeRoom(entry);
            if (full != null) return full;
        }
        NonceList pending = account.pending;
        PoolEntry old = pending == null ? null : pending.get(entry.nonce);
        if (pending != null && old != null) {
            if (!pending.add(entry, bump)) return refuseReplacement(true);
            pool.unindex(old, DropReason.REPLACED);
            pool.priced.removed(1);
            pool.metrics.mark(PoolCounter.PENDING_REPLACE, 1);
            entry.where = PoolEntry.Where.PENDING;
            pool.index(entry);
            pool.snapshots.changed(account);
            run.event(entry);
            pool.heartbeats.bump(account, pool.now);
            replaced = true;
            return null;
        }
        NonceList queue = account.queue;
        replaced = queue != null && queue.contains(entry.nonce);
        if (!pool.enqueue(entry)) {
            replaced = false;
            return PoolError.ErrReplaceUnderpriced;
        }
        pool.index(entry);
        return null;
    }

    private PoolError refuseReplacement(boolean pending) {
        pool.metrics.mark(pending ? PoolCounter.PENDING_DISCARD : PoolCounter.QUEUED_DISCARD, 1);
        return PoolError.ErrReplaceUnderpriced;
    }

    /// Evicts what pays less than a newcomer. Source: mempool.md 4.2.
    private @Nullable PoolError makeRoom(PoolEntry entry) {
        if (pool.priced.underpriced(entry)) {
            pool.metrics.mark(PoolCounter.UNDERPRICED, 1);
            return PoolError.ErrUnderpriced;
        }
        Account account = entry.account;
        if (pool.hardened
                && account.pendingSize() + account.queuedSize() >= pool.config.accountSlots()
                && atNonce(account, entry.nonce) == null) {
            // `fairAdmission`: beyond its guaranteed share an account pushes nobody out.
            pool.metrics.mark(PoolCounter.OVERFLOWED, 1);
            return PoolError.ErrTxPoolOverflow;
        }
        if (changesSinceRun > pool.config.globalSlots() / 4) {
            pool.metrics.mark(PoolCounter.THROTTLE, 1);
            return PoolError.ErrTxPoolOverflow;
        }
        victims.clear();
        long missing = pool.all.slots() - pool.config.capacity() + entry.slots;
        if (!pool.priced.discard(missing, victims)) {
            pool.metrics.mark(PoolCounter.OVERFLOWED, 1);
            return PoolError.ErrTxPoolOverflow;
        }
        if (gapped(entry) && anyPending(victims)) {
            for (PoolEntry victim : victims) pool.priced.put(victim);
            victims.clear();
            return PoolError.ErrFutureReplacePending;
        }
        for (PoolEntry victim : victims) {
            pool.metrics.mark(PoolCounter.UNDERPRICED, 1);
            changesSinceRun +=
                    pool.remove(victim, false, victim.account != account, DropReason.UNDERPRICED);
        }
        victims.clear();
        return null;
    }

    /// Whether a transaction would not become executable even if everything queued were promoted.
    private boolean gapped(PoolEntry entry) {
        long next = pool.pendingNonce(entry.account);
        if (Long.compareUnsigned(entry.nonce, next) <= 0) return false;
        NonceList queue = entry.account.queue;
        return queue == null || queue.runCost(next, entry.nonce) == null;
    }

    private static boolean anyPending(List<PoolEntry> entries) {
        for (PoolEntry entry : entries) if (entry.where == PoolEntry.Where.PENDING) return true;
        return false;
    }

    private static @Nullable PoolEntry atNonce(Account account, long nonce) {
        NonceList pending = account.pending;
        PoolEntry old = pending == null ? null : pending.get(nonce);
        if (old != null) return old;
        NonceList queue = account.queue;
        return queue == null ? null : queue.get(nonce);
    }
}
