package org.pollen.mempool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// M-17: what it costs to bring transactions of known senders into the pool, checks included.
///
/// Look for: below 1 us a transaction from arrival to executable; `futureAttack` cheaper than an
/// insertion; `churn` (insertion and eviction) below 2 us; and for how little the mode matters.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class PoolInsertBenchmark {
    private static final int N = 4096;
    private static final int BATCH = 128;
    private static final int FULL = 6144;

    @Param PoolMode mode = PoolMode.HARDENED;

    private final List<Transaction> oneAccount = BenchChain.runs(1, 1, N, 1000);
    private final List<Transaction> manyAccounts = BenchChain.runs(10_000, N, 1, 1000);
    private final List<Transaction> typical = BenchChain.runs(20_000, N / 16, 16, 1000);
    private final List<Transaction> honest = BenchChain.runs(30_000, 384, 16, 300);
    private final List<Transaction> better = BenchChain.runs(40_000, N, 1, 5000);
    private final List<Transaction> future = new ArrayList<>();
    private final List<Transaction> replacements = new ArrayList<>();
    private TransactionPool empty = new BenchChain().pool(PoolConfig.DEFAULTS);
    private TransactionPool full = empty;

    /// Empty and full pools anew for each call.
    @Setup(Level.Invocation)
    public void fill() {
        PoolConfig config = PoolConfig.DEFAULTS.withMode(mode);
        empty = new BenchChain().pool(config);
        full = new BenchChain().pool(config);
        full.add(honest, TransactionSource.GOSSIP, true, 0);
        if (full.pendingCount() != FULL) throw new AssertionError("not full");
        if (!future.isEmpty()) return;
        for (int i = 0; i < N; i++) future.add(BenchChain.transaction(50_000, 1000 + i, 5000));
        long price = 1000;
        for (int i = 0; i < N; i++) {
            // Each account's price rises by an eighth a round, 384 accounts in turn.
            if (i % 384 == 0) price += price / 8 + 200;
            replacements.add(BenchChain.transaction(30_000 + i % 384, 3, price));
        }
    }

    /// One account, consecutive nonces: the reference's BatchInsert with known senders.
    @Benchmark
    @OperationsPerInvocation(N)
    public int oneAccount() {
        return add(empty, oneAccount);
    }

    /// A fresh account for each.
    @Benchmark
    @OperationsPerInvocation(N)
    public int manyAccounts() {
        return add(empty, manyAccounts);
    }

    /// 16 transactions of each account.
    @Benchmark
    @OperationsPerInvocation(N)
    public int typical() {
        return add(empty, typical);
    }

    /// Replacements of executable transactions in a full pool.
    @Benchmark
    @OperationsPerInvocation(N)
    public int replace() {
        return add(full, replacements);
    }

    /// Each newcomer of a full pool pays more than the cheapest, which leaves.
    @Benchmark
    @OperationsPerInvocation(N)
    public int churn() {
        return add(full, better);
    }

    /// Dear transactions of the far future, which a full pool refuses.
    @Benchmark
    @OperationsPerInvocation(N)
    public int futureAttack() {
        return add(full, future);
    }

    private static int add(TransactionPool pool, List<Transaction> all) {
        for (int i = 0; i < all.size(); i += BATCH) {
            pool.add(all.subList(i, i + BATCH), TransactionSource.GOSSIP, true, i);
        }
        return pool.pendingCount();
    }
}
