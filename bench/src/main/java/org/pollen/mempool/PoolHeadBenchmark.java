package org.pollen.mempool;

import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// M-17: what a new head costs a pool in which nothing has to leave, and what readers cost.
///
/// Look for: `touched` growing with the 200 accounts that the block touches and not with the pool;
/// `blind`, which visits all, linear; `flip` below 500 ms for 64 blocks of 200; `first300` for how
/// much of the pool is looked at to begin a block; `snapshot` for a cost of what changed.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class PoolHeadBenchmark {
    private static final int RUN = 16;

    @Param({"6000", "50000", "100000"})
    int pooled;

    private BenchChain chain = new BenchChain();
    private TransactionPool pool = chain.pool(PoolConfig.DEFAULTS);
    private Set<Address> touched = Set.of();
    private BlockHeader left = chain.head();
    private BlockHeader right = chain.head();
    private Transaction newcomer = BenchChain.transaction(1_000_000, 0, 1000);
    private int next;
    private long now;

    /// A pool with room to spare, and two branches of 64 blocks.
    @Setup
    public void fill() {
        chain = new BenchChain();
        pool = chain.pool(PoolConfig.DEFAULTS.withLimits(RUN, 2 * pooled + 20_000, 64, 2 * pooled));
        pool.add(
                BenchChain.runs(1, pooled / RUN, RUN, 1000), TransactionSource.GOSSIP, true, now++);
        var some = new LinkedHashSet<Address>();
        for (int key = 1; key <= 200; key++) some.add(BenchChain.address(key));
        touched = some;
        BlockHeader root = chain.head();
        left = root;
        right = root;
        for (int i = 0; i < 64; i++) {
            List<Transaction> block = BenchChain.runs(500_000 + 200 * i, 200, 1, 1000);
            left = chain.extend(left, block, null);
            right = chain.extend(right, List.of(), null);
        }
        pool.requestReset(null, right);
        pool.run(now++);
    }

    /// A head whose block touches 200 accounts.
    @Benchmark
    public RunReport touched() {
        return advance(touched);
    }

    /// A head of which nobody knows what it touched.
    @Benchmark
    public RunReport blind() {
        return advance(null);
    }

    private RunReport advance(@Nullable Set<Address> diff) {
        BlockHeader old = pool.head();
        pool.requestReset(old, chain.extend(old, List.of(), diff));
        return pool.run(now++);
    }

    /// There and back between two branches 64 deep; the way back brings 12,800 transactions, which
    /// are in the pool already from the second time on.
    @Benchmark
    public RunReport flip() {
        pool.requestReset(right, left);
        pool.run(now++);
        pool.requestReset(left, right);
        return pool.run(now++);
    }

    /// Both price heaps anew.
    @Benchmark
    public int reheap() {
        pool.store().priced.reheap();
        return pool.store().priced.floatingSize();
    }

    /// The first 300 transactions of a block.
    @Benchmark
    public int first300() {
        var order = new PriceNonceOrder(pool.snapshot().pending(PendingFilter.ALL), BigInteger.TEN);
        int taken = 0;
        for (; taken < 300 && !order.isEmpty(); taken++) order.shift();
        return taken;
    }

    /// A snapshot after one transaction of a new account came, and one went.
    @Benchmark
    public PoolSnapshot snapshot() {
        PoolEntry last = pool.store().all.get(newcomer.hash());
        if (last != null) pool.store().remove(last, true, true, DropReason.EXPIRED);
        newcomer = BenchChain.transaction(1_000_000 + next++, 0, 1000);
        pool.add(List.of(newcomer), TransactionSource.GOSSIP, true, now++);
        return pool.snapshot();
    }
}
