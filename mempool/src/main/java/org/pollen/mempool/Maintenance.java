package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One maintenance run: reset, promote, demote, reprice, truncate, notify. Source: mempool.md 5 and
/// 6; the order of the steps is part of the behaviour.
final class Maintenance {
    private final PoolStore pool;
    private final Admission admission;
    private final Truncation truncation;
    private final ForkSchedule forks;
    private final ChainView chain;
    private final Consumer<List<Transaction>> recovery;
    private final StatelessGate gate;

    private final ArrayList<PoolEntry> promoted = new ArrayList<>();
    private final ArrayList<PoolEntry> taken = new ArrayList<>();
    private final ArrayList<PoolEntry> mined = new ArrayList<>();
    private final ArrayList<PoolEntry> unpayable = new ArrayList<>();
    private final ArrayList<PoolEntry> beyond = new ArrayList<>();
    private final ArrayList<PoolEntry> ready = new ArrayList<>();
    private int demoted;
    private int reinjected;
    private int visited;

    /// No pooled transaction has more gas.
    private long gasBound;

    /// The checks that need no state, as the pool applies them to a reinjected transaction.
    interface StatelessGate {
        /// Why a transaction is refused, or null.
        @Nullable PoolError check(Transaction tx);
    }

    Maintenance(PoolStore pool, Admission admission, PoolContext context, StatelessGate gate) {
        this.pool = pool;
        this.admission = admission;
        this.truncation = new Truncation(pool);
        this.forks = context.forks();
        this.chain = context.chain();
        this.recovery = context.recovery();
        this.gate = gate;
    }

    RunReport run(PoolRun.Work work) {
        long number = ++pool.run;
        promoted.clear();
        demoted = 0;
        reinjected = 0;
        visited = 0;
        Visit visit = null;
        List<PoolEntry> events = work.events();
        RunReport.Reset outcome = RunReport.Reset.NONE;
        if (work.reset()) {
            visit = reset(work);
            outcome = visit.aborted ? RunReport.Reset.ABORTED : RunReport.Reset.DONE;
            events = withoutMined(events);
        }
        Account[] dirty = live(work.dirty());
        promoteExecutables(pool.inOrder(visit == null ? dirty : visit.queued(dirty)));
        if (visit != null) {
            Account[] withPending = pool.inOrder(visit.pending());
            visited = withPending.length;
            for (Account account : withPending) demoteUnexecutables(account);
            reprice(pool.hardened || work.newHead() == null ? pool.head : work.newHead());
            settleNonces(visit, withPending);
            if (visit.all) tightenGasBound();
        }
        truncation.truncatePending();
        truncation.truncateQueue();
        int evictions = admission.changesSinceRun();
        admission.forgetChanges();
        int announced = announce(events);
        pool.metrics.run(work.reset());
        pool.snapshots.trim(pool.all.size());
        var report =
                new RunReport(
                        number,
                        outcome,
                        promoted.size(),
                        demoted,
                        announced,
                        reinjected,
                        visited,
                        evictions);
        promoted.clear();
        pool.events.runFinished(report);
        return report;
    }

    /// Notes the gas of a transaction that enters.
    void sawGas(long gas) {
        if (Long.compareUnsigned(gas, gasBound) > 0) gasBound = gas;
    }

    // ---- reset ----

    /// Which accounts a reset has to look at.
    private final class Visit {
        final boolean aborted;

        /// Whether every account has to be visited.
        final boolean all;

        final List<Account> touched;

        Visit(boolean aborted, boolean all, List<Account> touched) {
            this.aborted = aborted;
            this.all = all;
            this.touched = touched;
        }

        Account[] queued(Account[] dirty) {
            if (all) return pool.heartbeats.copy();
            var both = Arrays.copyOf(dirty, dirty.length + touched.size());
            for (int i = 0; i < touched.size(); i++) both[dirty.length + i] = touched.get(i);
            return both;
        }

        Account[] pending() {
            if (all) return pool.pendingAccounts.copy();
            var accounts = new ArrayList<Account>(touched.size());
            for (Account account : touched) if (account.pending != null) accounts.add(account);
            return accounts.toArray(new Account[0]);
        }
    }

    private Visit reset(PoolRun.Work work) {
        BlockHeader target = work.newHead() != null ? work.newHead() : chain.head();
        if (work.oldHead() != null && work.newHead() != null) {
            purgeAtOsaka(work.oldHead(), work.newHead());
        }
        ChainWalk walk = ChainWalk.between(work.oldHead(), target, chain);
        if (walk.aborted() != null) return abort(target, walk.aborted());
        Optional<StateView> state = chain.stateAt(target);
        if (state.isEmpty()) return abort(target, "its state is missing");

        boolean incremental =
                pool.hardened
                        && walk.touched() != null
                        && work.oldHead() != null
                        && work.oldHead().hash().equals(pool.head.hash())
                        && Long.compareUnsigned(target.gasLimit(), gasBound) >= 0;
        pool.head = target;
        pool.state = state.get();
        pool.rules = forks.rules(target.number(), target.timestamp());
        Visit visit =
                incremental && walk.touched() != null ? visitTouched(walk.touched()) : visitAll();
        reinject(walk.abandoned(), visit.touched);
        return visit;
    }

    private Visit abort(BlockHeader target, String why) {
        pool.events.warning("reset to block " + target.number() + " not done: " + why);
        return new Visit(true, true, new ArrayList<>());
    }

    private Visit visitAll() {
        pool.forgetState();
        pool.forgetPendingNonces();
        if (pool.hardened) {
            for (int i = 0; i < pool.pendingAccounts.size(); i++) {
                expectAfterPending(pool.pendingAccounts.at(i));
            }
        }
        return new Visit(false, true, new ArrayList<>());
    }

    private Visit visitTouched(Set<Address> addresses) {
        var accounts = new ArrayList<Account>();
        if (addresses.size() <= pool.accounts.size()) {
            for (Address address : addresses) {
                Account account = pool.accounts.get(address);
                if (account != null) visit(account, accounts);
            }
        } else {
            for (Account account : pool.pendingAccounts.copy()) {
                if (addresses.contains(account.address)) visit(account, accounts);
            }
            for (Account account : pool.heartbeats.copy()) {
                if (addresses.contains(account.address)) visit(account, accounts);
            }
        }
        for (Account account : accounts) {
            pool.forgetState(account);
            pool.forgetPendingNonce(account);
            expectAfterPending(account);
        }
        return new Visit(false, false, accounts);
    }

    private void visit(Account account, List<Account> list) {
        if (account.visitedInRun == pool.run) return;
        account.visitedInRun = pool.run;
        list.add(account);
    }

    /// Sets the next nonce to the end of what stays executable. The reference starts again at the
    /// state nonce, so that a transaction that arrived with a new head waits for the next one of
    /// its account.
    private void expectAfterPending(Account account) {
        NonceList pending = account.pending;
        if (pending == null) return;
        pool.refresh(account);
        pool.setPendingNonce(account, pending.runEnd(account.stateNonce));
    }

    private void purgeAtOsaka(BlockHeader from, BlockHeader to) {
        if (forks.rules(from.number(), from.timestamp()).osaka()
                || !forks.rules(to.number(), to.timestamp()).osaka()) {
            return;
        }
        for (PoolEntry entry : pool.inOrder(pool.all.copy())) {
            if (Long.compareUnsigned(entry.gas(), StatelessChecks.TRANSACTION_GAS_MAX) > 0) {
                pool.remove(entry, true, true, DropReason.GAS_LIMIT);
            }
        }
    }

    /// @param accounts receives the senders
    private void reinject(List<Transaction> abandoned, List<Account> accounts) {
        if (abandoned.isEmpty()) return;
        var plain = new ArrayList<Transaction>(abandoned.size());
        for (Transaction tx : abandoned) if (tx.type() != Transaction.BLOB) plain.add(tx);
        recovery.accept(plain);
        var again = new ArrayList<Transaction>();
        for (Transaction tx : plain) {
            // The reference trusts what a block once held.
            PoolError error = pool.hardened ? gate.check(tx) : null;
            if (error == null) error = admission.add(tx, TransactionSource.BLOCK, pool.run);
            if (error != null) {
                pool.metrics.reject(error, TransactionSource.BLOCK);
                continue;
            }
            sawGas(tx.gas());
            visit(admission.account(), accounts);
            again.add(tx);
        }
        reinjected = again.size();
        pool.metrics.mark(PoolCounter.REINJECTED, reinjected);
        if (!again.isEmpty()) pool.events.reinjected(again);
    }

    private List<PoolEntry> withoutMined(List<PoolEntry> events) {
        var left = new ArrayList<PoolEntry>(events.size());
        for (PoolEntry entry : events) {
            long next =
                    pool.hardened ? stateNonce(entry.account) : pool.pendingNonce(entry.account);
            if (Long.compareUnsigned(entry.nonce, next) >= 0) left.add(entry);
        }
        return left;
    }

    private long stateNonce(Account account) {
        pool.refresh(account);
        return account.stateNonce;
    }

    // ---- promotion and demotion ----

    private static Account[] live(List<Account> accounts) {
        return accounts.toArray(new Account[0]);
    }

    /// Source: mempool.md 5.3.
    void promoteExecutables(Account[] accounts) {
        // What is dropped leaves the index after the promotions, together with its count in the
        // price heaps: a promotion may build them anew.
        mined.clear();
        unpayable.clear();
        beyond.clear();
        for (Account account : accounts) {
            NonceList queue = account.queue;
            if (queue == null) continue;
            pool.refresh(account);
            ready.clear();
            queue.forward(account.stateNonce, mined);
            queue.filter(account.balance, pool.head.gasLimit(), unpayable, unpayable);
            queue.ready(pool.pendingNonce(account), ready);
            queue.cap(pool.config.accountQueue(), beyond);
            pool.dropEmptyQueue(account, queue);
            for (PoolEntry entry : ready) if (pool.promote(entry)) promoted.add(entry);
            pool.noteNonce(account);
            pool.releaseIfEmpty(account);
        }
        ready.clear();
        pool.metrics.mark(PoolCounter.QUEUED_NOFUNDS, unpayable.size());
        pool.metrics.mark(PoolCounter.QUEUED_RATELIMIT, beyond.size());
        int removed = mined.size() + unpayable.size() + beyond.size();
        pool.dropAll(mined, false, DropReason.MINED);
        pool.dropAll(beyond, false, DropReason.ACCOUNT_QUEUE);
        pool.queuedCount -= unpayable.size();
        for (PoolEntry entry : unpayable) dropUnpayable(entry);
        mined.clear();
        unpayable.clear();
        beyond.clear();
        pool.priced.removed(removed);
    }

    private void dropUnpayable(PoolEntry entry) {
        boolean poor = entry.cost().compareTo(entry.account.balance) > 0;
        pool.unindex(entry, poor ? DropReason.NO_FUNDS : DropReason.GAS_LIMIT);
    }

    /// Source: mempool.md 5.4.
    void demoteUnexecutables(Account account) {
        NonceList pending = account.pending;
        if (pending == null) return;
        pool.refresh(account);
        var back = new ArrayList<PoolEntry>();
        pending.forward(account.stateNonce, taken);
        int removed = taken.size();
        pool.dropAll(taken, true, DropReason.MINED);
        taken.clear();
        pending.filter(account.balance, pool.head.gasLimit(), taken, back);
        pool.metrics.mark(PoolCounter.PENDING_NOFUNDS, taken.size());
        removed += taken.size();
        pool.pendingCount -= taken.size();
        for (PoolEntry entry : taken) dropUnpayable(entry);
        taken.clear();
        int before = pending.size();
        // Only what follows the state nonce without a gap is executable; the chain's nonce may have
        // gone back.
        int run = (int) (pending.runEnd(account.stateNonce) - account.stateNonce);
        // The reference looks at the first entry only, and keeps a gap further behind.
        if (!pool.hardened && run > 0) run = before;
        pending.cap(run, back);
        if (pending.size() < before) {
            pool.events.warning(
                    "account " + account.address + " has a nonce gap in front: demoted");
        }
        pool.dropEmptyPending(account, pending);
        demoted += back.size();
        for (PoolEntry entry : back) pool.demote(entry);
        pool.priced.removed(removed);
        pool.releaseIfEmpty(account);
    }

    /// @param target the new head; the reference prices by it even if the reset was aborted
    private void reprice(BlockHeader target) {
        boolean london = forks.rules(target.number() + 1, target.timestamp()).london();
        if (!london) {
            pool.priced.reheap();
            return;
        }
        BigInteger next = BaseFee.next(target);
        if (pool.hardened && next.equals(pool.priced.baseFee())) return;
        pool.priced.setBaseFee(next);
    }

    private void settleNonces(Visit visit, Account[] withPending) {
        if (visit.all) {
            pool.forgetPendingNonces();
            for (int i = 0; i < pool.pendingAccounts.size(); i++) {
                settleNonce(pool.pendingAccounts.at(i));
            }
            return;
        }
        for (Account account : withPending) settleNonce(account);
    }

    private void settleNonce(Account account) {
        NonceList pending = account.pending;
        if (pending == null) pool.forgetPendingNonce(account);
        else pool.setPendingNonce(account, pending.last().nonce + 1);
    }

    private void tightenGasBound() {
        long most = 0;
        for (int i = 0; i < pool.all.size(); i++) {
            long gas = pool.all.at(i).gas();
            if (Long.compareUnsigned(gas, most) > 0) most = gas;
        }
        gasBound = most;
    }

    // ---- notification ----

    /// Sends the event of the run. Source: mempool.md 5.2, step 9.
    private int announce(List<PoolEntry> replacements) {
        var entries = new ArrayList<PoolEntry>(replacements.size() + promoted.size());
        // The reference also announces what was truncated again within the run.
        for (PoolEntry entry : replacements) if (current(entry)) entries.add(entry);
        for (PoolEntry entry : promoted) if (current(entry)) entries.add(entry);
        if (entries.isEmpty()) return 0;
        if (!pool.hardened) unite(entries);
        int groups = 0;
        for (PoolEntry entry : entries) {
            if (entry.account.eventGroup < 0) entry.account.eventGroup = groups++;
        }
        entries.sort(IN_EVENT);
        var announcements = new ArrayList<Announcement>(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            PoolEntry entry = entries.get(i);
            boolean superseded =
                    i + 1 < entries.size()
                            && entries.get(i + 1).account.eventGroup == entry.account.eventGroup
                            && entries.get(i + 1).nonce == entry.nonce;
            if (superseded) continue;
            boolean deferred = entry.acceptedBeforeRun < pool.run && !entry.announced;
            announcements.add(new Announcement(entry.view(), deferred, entry.announced));
            entry.announced = true;
        }
        for (PoolEntry entry : entries) entry.account.eventGroup = -1;
        pool.events.announced(List.copyOf(announcements));
        return announcements.size();
    }

    /// Gives the accounts of one address one group: an account that left and came back between the
    /// replacement and the run is another object.
    private static void unite(List<PoolEntry> entries) {
        var groups = new HashMap<Address, Integer>();
        for (PoolEntry entry : entries) {
            Integer group = groups.putIfAbsent(entry.account.address, groups.size());
            entry.account.eventGroup = group == null ? groups.size() - 1 : group;
        }
    }

    private boolean current(PoolEntry entry) {
        return !pool.hardened || entry.where == PoolEntry.Where.PENDING;
    }

    private static final Comparator<PoolEntry> IN_EVENT =
            (a, b) -> {
                int order = Integer.compare(a.account.eventGroup, b.account.eventGroup);
                return order != 0 ? order : Long.compareUnsigned(a.nonce, b.nonce);
            };
}
