package org.pollen.node.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Announcement;
import org.pollen.mempool.DropReason;
import org.pollen.mempool.PendingFilter;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PoolEvents;
import org.pollen.mempool.PoolMode;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.RunReport;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionPool;
import org.pollen.mempool.TransactionSource;
import org.pollen.node.chain.ChainSource.Registration;
import org.pollen.node.rpc.PoolAccess;

/// A real pool that follows a real embedded chain, all on the caller's thread.
public final class PooledChain implements PoolAccess {
    public final DevChain chain;
    public final TransactionPool pool;
    public final List<Transaction> reinjected = new ArrayList<>();
    public long now;
    public boolean retries;
    private final List<Consumer<List<Transaction>>> listeners = new CopyOnWriteArrayList<>();
    private volatile PoolSnapshot snapshot;

    public PooledChain(long seed) {
        this(new DevChain(DevChainConfig.defaults(seed).withAccounts(10)));
    }

    public PooledChain(DevChain chain) {
        this(chain, PoolConfig.DEFAULTS);
    }

    public PooledChain(DevChain chain, PoolConfig config) {
        this.chain = chain;
        this.pool =
                new TransactionPool(
                        config.withMode(PoolMode.HARDENED),
                        PoolContext.of(
                                java.math.BigInteger.valueOf(chain.chainId()),
                                DevChain.FORKS,
                                chain),
                        new Events(),
                        new Random(1));
        this.snapshot = pool.snapshot();
        chain.addListener(change -> {
            pool.requestReset(change.oldHead().header(), change.newHead().header());
            pool.run(now);
            snapshot = pool.snapshot();
        });
    }

    public DevAccount account(int index) {
        return chain.accounts().get(index);
    }

    public ChainBlock mine() {
        return chain.mine(chain.head().timestamp() + 2, pending());
    }

    public List<List<PooledTransaction>> pending() {
        return pool.snapshot().pending(PendingFilter.ALL);
    }

    public synchronized AddOutcome add(Transaction tx) {
        AddOutcome outcome = pool.add(List.of(tx), TransactionSource.LOCAL, true, now++).getFirst();
        snapshot = pool.snapshot();
        return outcome;
    }

    @Override
    public CompletableFuture<AddOutcome> submit(Transaction tx) {
        return CompletableFuture.completedFuture(add(tx));
    }

    @Override
    public PoolSnapshot snapshot() {
        return snapshot;
    }

    @Override
    public boolean retriesTemporary() {
        return retries;
    }

    @Override
    public Registration addListener(Consumer<List<Transaction>> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private final class Events implements PoolEvents {
        @Override
        public void announced(List<Announcement> announcements) {
            List<Transaction> transactions =
                    announcements.stream().map(a -> a.pooled().transaction()).toList();
            listeners.forEach(listener -> listener.accept(transactions));
        }

        @Override
        public void dropped(PooledTransaction pooled, DropReason reason, long now) {}

        @Override
        public void reinjected(List<Transaction> transactions) {
            reinjected.addAll(transactions);
        }

        @Override
        public void runFinished(RunReport report) {}

        @Override
        public void warning(String text) {}
    }
}
