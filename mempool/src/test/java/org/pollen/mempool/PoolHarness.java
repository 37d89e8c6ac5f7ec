package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A pool on a [FakeChain] with a list as the sink and a `long` as the clock; it checks the
/// invariants after every operation.
final class PoolHarness implements PoolEvents {
    final FakeChain chain;
    final Reservations reservations = new Reservations();
    final TransactionPool pool;
    final List<Announcement> announced = new ArrayList<>();
    final List<String> drops = new ArrayList<>();
    final List<Transaction> reinjected = new ArrayList<>();
    final List<RunReport> reports = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    long now;

    /// Off where a test measures, or floods.
    boolean checking = true;

    /// Whether executable lists may have gaps, as in the reference after some reorganisations.
    boolean gaps;

    /// Called at the end of each run, while it is still in progress.
    Runnable duringRun = () -> {};

    PoolHarness(PoolConfig config) {
        this(config, new FakeChain(10_000_000), Txs.PRAGUE);
    }

    PoolHarness(PoolConfig config, FakeChain chain, ForkSchedule forks) {
        this.chain = chain;
        this.pool =
                new TransactionPool(
                        config,
                        new PoolContext(BigInteger.ONE, forks, chain, reservations, _ -> {}),
                        this,
                        new Random(1));
    }

    static PoolHarness reference() {
        return new PoolHarness(PoolConfig.DEFAULTS.withMode(PoolMode.REFERENCE));
    }

    /// Adds one transaction and runs.
    @Nullable PoolError add(Transaction tx) {
        return addAll(tx).getFirst();
    }

    /// Adds one batch and runs.
    List<@Nullable PoolError> addAll(Transaction... batch) {
        return addAll(Arrays.asList(batch));
    }

    List<@Nullable PoolError> addAll(List<Transaction> batch) {
        return errors(outcomes(batch, true));
    }

    /// Adds one batch without a run.
    List<@Nullable PoolError> addAsync(Transaction... batch) {
        return errors(outcomes(Arrays.asList(batch), false));
    }

    List<AddOutcome> outcomes(List<Transaction> batch, boolean sync) {
        List<AddOutcome> outcomes = pool.add(batch, TransactionSource.GOSSIP, sync, now);
        check(sync);
        return outcomes;
    }

    void run() {
        pool.run(now);
        check(true);
    }

    /// Resets onto the chain as it is, without an old head.
    void reset() {
        pool.requestReset(null, null);
        run();
    }

    void reset(@Nullable BlockHeader from, BlockHeader to) {
        pool.requestReset(from, to);
        run();
    }

    void gasTip(long tip) {
        pool.setGasTip(BigInteger.valueOf(tip), now);
        check(false);
    }

    void expire() {
        pool.expire(now);
        check(false);
    }

    /// Queues a transaction past all checks, as the reference's tests do.
    void enqueue(Transaction tx) {
        PoolStore store = pool.store();
        store.now = now;
        Account account = store.accounts.get(tx.sender());
        if (account == null) {
            account = new Account(tx.sender());
            account.reserved = store.reservations.hold(tx.sender());
            store.accounts.add(account);
        }
        var entry = new PoolEntry(tx, account, TransactionSource.GOSSIP, now, store.run + 1);
        assertThat(store.enqueue(entry)).isTrue();
        store.index(entry);
        pool.requests().requestPromotion(account);
    }

    /// The entry of a pooled transaction.
    PoolEntry entry(Transaction tx) {
        return Objects.requireNonNull(pool.store().all.get(tx.hash()));
    }

    /// Asserts the counts of executable and queued transactions.
    void holds(int pending, int queued) {
        assertThat(pool.pendingCount() + "/" + pool.queuedCount())
                .isEqualTo(pending + "/" + queued);
    }

    /// Number of transactions announced since the last call.
    int events() {
        int n = announced.size();
        announced.clear();
        return n;
    }

    List<Long> pendingNonces(int key) {
        return nonces(account(key).pending);
    }

    List<Long> queuedNonces(int key) {
        return nonces(account(key).queue);
    }

    private Account account(int key) {
        Account account = pool.store().accounts.get(Txs.address(key));
        return account == null ? new Account(Txs.address(key)) : account;
    }

    private static List<Long> nonces(@Nullable NonceList list) {
        var nonces = new ArrayList<Long>();
        for (int i = 0; list != null && i < list.size(); i++) nonces.add(list.at(i).nonce);
        return nonces;
    }

    private static List<@Nullable PoolError> errors(List<AddOutcome> outcomes) {
        var errors = new ArrayList<@Nullable PoolError>();
        for (AddOutcome outcome : outcomes) errors.add(outcome.error());
        return errors;
    }

    void check(boolean afterRun) {
        if (checking) PoolInvariants.check(pool, afterRun, gaps);
    }

    @Override
    public void announced(List<Announcement> announcements) {
        announced.addAll(announcements);
    }

    @Override
    public void dropped(PooledTransaction pooled, DropReason reason, long at) {
        drops.add(pooled.transaction().nonce() + " " + reason);
    }

    @Override
    public void reinjected(List<Transaction> transactions) {
        reinjected.addAll(transactions);
    }

    @Override
    public void runFinished(RunReport report) {
        reports.add(report);
        duringRun.run();
    }

    @Override
    public void warning(String text) {
        warnings.add(text);
    }
}
