package org.pollen.mempool;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The pool of plain transactions: executable and queued ones of every account.
///
/// A pure state machine, owned by one thread. Transactions enter by [#add] and wait in the queue
/// until the next [#run], which promotes, demotes, truncates and announces; a new head asks for a
/// run by [#requestReset]. Nothing starts by itself: the owner calls [#run] when [#runRequested]
/// says so, and [#expire] when [#nextExpiryAt] has come. Other threads read [PoolSnapshot]s.
///
/// Invariants, between any two calls: each pooled transaction is in exactly one list; executable
/// lists have no gaps and begin at the state nonce after a run; an account is reserved exactly
/// while it has a transaction; a queue has a heartbeat exactly while it is not empty.
public final class TransactionPool {
    /// Name of this sub-pool among the reservations.
    public static final String SUB_POOL = "legacypool";

    /// How often the owner should call [#expire].
    public static final Duration EXPIRY_SWEEP = Duration.ofSeconds(60);

    private final PoolStore pool;
    private final PoolRun requests = new PoolRun();
    private final Admission admission;
    private final Maintenance maintenance;
    private final Truncation truncation;
    private final StatelessChecks stateless;

    /// @param config limits; repaired if it holds nonsense
    /// @param events hears what happens
    /// @param random makes the secret of the hash tables
    public TransactionPool(
            PoolConfig config, PoolContext context, PoolEvents events, RandomGenerator random) {
        ForkSchedule forks = context.forks();
        BlockHeader head = context.chain().head();
        this.pool = new PoolStore(config.sanitize().config(), context, events, head, random);
        this.stateless = new StatelessChecks(context.chainId(), StatelessChecks.PLAIN_TYPES);
        this.admission = new Admission(pool, requests);
        this.maintenance = new Maintenance(pool, admission, context, this::checkStateless);
        this.truncation = new Truncation(pool);
        if (pool.hardened && forks.rules(head.number() + 1, head.timestamp()).london()) {
            pool.priced.setBaseFee(BaseFee.next(head));
        }
    }

    /// Adds transactions, in order; the outcome of each at its place.
    ///
    /// An accepted one that is executable becomes so in the next run.
    ///
    /// @param sync whether to run at once if anything survived the checks without state, so that
    ///   [#status] tells where each one ended up
    /// @param now monotonic nanoseconds, never less than in an earlier call
    public List<AddOutcome> add(
            List<Transaction> batch, TransactionSource source, boolean sync, long now) {
        pool.now = now;
        var outcomes = new ArrayList<AddOutcome>(batch.size());
        long nextRun = pool.run + 1;
        // The checks without state come first for the whole batch, so the answer to one of them
        // does not depend on what its neighbours do to the pool.
        @Nullable PoolError[] refused = new @Nullable PoolError[batch.size()];
        for (int i = 0; i < refused.length; i++) {
            refused[i] = checkNew(batch.get(i));
        }
        int accepted = 0;
        boolean survived = false;
        for (int i = 0; i < refused.length; i++) {
            Transaction tx = batch.get(i);
            PoolError error = refused[i];
            String message = "";
            boolean replaced = false;
            if (error == null) {
                survived = true;
                error = admission.add(tx, source, nextRun);
                message = admission.message();
                replaced = admission.replaced();
            }
            if (error == null) {
                accepted++;
                maintenance.sawGas(tx.gas());
                if (!replaced) requests.requestPromotion(admission.account());
            } else {
                pool.metrics.reject(error, source);
                if (message.isEmpty()) message = text(error, tx, source);
            }
            outcomes.add(new AddOutcome(tx, error, replaced, message));
        }
        pool.metrics.mark(PoolCounter.VALID, accepted);
        if (sync && survived) run(now);
        return outcomes;
    }

    /// Asks for a reset from one head to another in the next run. Requests merge: the first old
    /// head and the last new one count.
    ///
    /// @param oldHead the head the pool knew, null for none: then nothing is reinjected
    /// @param newHead the new head, null for the chain's current one
    /// @return number of the run that will do it
    public long requestReset(@Nullable BlockHeader oldHead, @Nullable BlockHeader newHead) {
        requests.requestReset(oldHead, newHead);
        return pool.run + 1;
    }

    /// Whether there is something to do for [#run].
    public boolean runRequested() {
        return requests.requested();
    }

    /// Runs the maintenance that was requested since the last run.
    public RunReport run(long now) {
        PoolRun.Work work = requests.begin();
        pool.now = now;
        try {
            return maintenance.run(work);
        } finally {
            requests.end();
        }
    }

    /// Removes the queued transactions of accounts that were idle for longer than the lifetime.
    public void expire(long now) {
        pool.now = now;
        long lifetime = pool.config.lifetime().toNanos();
        var idle = new ArrayList<Account>();
        for (Account account = pool.heartbeats.oldest();
                account != null && now - account.heartbeat > lifetime;
                account = account.newerQueued) {
            idle.add(account);
        }
        for (Account account : pool.inOrder(idle.toArray(new Account[0]))) {
            pool.metrics.mark(PoolCounter.QUEUED_EVICTION, truncation.expire(account));
        }
    }

    /// When [#expire] next has something to do; empty if nothing is queued.
    public OptionalLong nextExpiryAt() {
        Account oldest = pool.heartbeats.oldest();
        if (oldest == null) return OptionalLong.empty();
        return OptionalLong.of(oldest.heartbeat + pool.config.lifetime().toNanos() + 1);
    }

    /// Changes the minimum tip; a higher one removes what pays less.
    public void setGasTip(BigInteger tip, long now) {
        pool.now = now;
        boolean rose = tip.compareTo(pool.minTip) > 0;
        pool.minTip = tip;
        if (!rose) return;
        int removed = 0;
        for (PoolEntry entry : pool.inOrder(pool.all.copy())) {
            if (entry.tx.tipCap().compareTo(tip) >= 0) continue;
            pool.remove(entry, false, true, DropReason.MIN_TIP);
            removed++;
        }
        pool.priced.removed(removed);
        if (pool.hardened && removed > 0) requests.requestRun();
    }

    /// Removes a transaction; what followed it waits behind the gap.
    ///
    /// @return whether it was here
    public boolean drop(Hash32 hash, long now) {
        pool.now = now;
        PoolEntry entry = pool.all.get(hash);
        if (entry == null) return false;
        pool.remove(entry, true, true, DropReason.OPERATOR);
        return true;
    }

    /// The content now, for readers on any thread.
    public PoolSnapshot snapshot() {
        return pool.snapshots.snapshot(pool);
    }

    /// The nonce a wallet should use next.
    public long nextNonce(Address address) {
        Account account = pool.accounts.get(address);
        return account == null ? pool.state.account(address).nonce() : pool.pendingNonce(account);
    }

    /// The nonce of an account at the head.
    public long stateNonce(Address address) {
        Account account = pool.accounts.get(address);
        if (account == null) return pool.state.account(address).nonce();
        pool.refresh(account);
        return account.stateNonce;
    }

    /// Whether a transaction is in the pool.
    public boolean has(Hash32 hash) {
        return pool.all.has(hash);
    }

    /// A transaction in the pool.
    public @Nullable Transaction get(Hash32 hash) {
        PoolEntry entry = pool.all.get(hash);
        return entry == null ? null : entry.tx;
    }

    /// Where a transaction is.
    public TransactionStatus status(Hash32 hash) {
        PoolEntry entry = pool.all.get(hash);
        if (entry == null) return TransactionStatus.UNKNOWN;
        return entry.where == PoolEntry.Where.PENDING
                ? TransactionStatus.PENDING
                : TransactionStatus.QUEUED;
    }

    /// Whether a pooled set-code transaction names an account as authority.
    public boolean isAuthority(Address address) {
        return pool.authorities.has(address);
    }

    /// Number of executable transactions.
    public int pendingCount() {
        return pool.pendingCount;
    }

    /// Number of queued transactions.
    public int queuedCount() {
        return pool.queuedCount;
    }

    /// The block whose state the pool follows.
    public BlockHeader head() {
        return pool.head;
    }

    /// The rules of the fork at the head.
    public ForkRules rules() {
        return pool.rules;
    }

    /// The minimum tip, wei.
    public BigInteger minTip() {
        return pool.minTip;
    }

    /// The live counters; only for the thread that owns the pool.
    public PoolMetrics metrics() {
        return pool.metrics;
    }

    /// The requests waiting for a run, for tests of this package.
    PoolRun requests() {
        return requests;
    }

    /// Executable transactions lost to newcomers since the last run, for tests of this package.
    int changesSinceRun() {
        return admission.changesSinceRun();
    }

    /// The content, for tests of this package.
    PoolStore store() {
        return pool;
    }

    private @Nullable PoolError checkNew(Transaction tx) {
        if (pool.all.has(tx.hash())) {
            pool.metrics.mark(PoolCounter.KNOWN, 1);
            return PoolError.ErrAlreadyKnown;
        }
        PoolError error = checkStateless(tx);
        if (error != null) pool.metrics.mark(PoolCounter.INVALID, 1);
        return error;
    }

    private String text(PoolError error, Transaction tx, TransactionSource source) {
        return source == TransactionSource.LOCAL
                ? stateless.explain(error, tx, pool.rules, pool.head.gasLimit(), pool.minTip)
                : error.text();
    }

    private @Nullable PoolError checkStateless(Transaction tx) {
        return stateless.check(tx, pool.rules, pool.head.gasLimit(), pool.minTip);
    }
}
