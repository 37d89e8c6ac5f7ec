package org.pollen.node.chain;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.pollen.mempool.Address;
import org.pollen.mempool.PooledTransaction;

/// Decides when the embedded chain moves: a block every so often, a reorganisation every so often,
/// and whatever the dev-chain methods ask for.
///
/// Owned by the thread that owns the chain: that one calls [#tick] when it is due and runs every
/// other call. The schedule is on the monotonic clock it is given; block times come from the wall
/// clock, and never stand still or go back.
public final class DevChainDriver {
    /// When nothing is scheduled, `tick` still wants to be called after this long.
    private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();

    private final DevChain chain;
    private final Supplier<? extends List<? extends List<PooledTransaction>>> pending;
    private final LongSupplier wallSeconds;
    private final RandomGenerator random;
    private final long reorgNanos;
    private final int reorgDepthMax;
    private long blockNanos;
    private boolean automine;
    private long aheadSeconds; // by evm_increaseTime
    private long nextBlockAt;
    private long nextReorgAt;
    private final AtomicLong reorgs = new AtomicLong(); // read by other threads

    /// @param pending executable transactions of some pool, for the next block
    /// @param wallSeconds seconds since 1970
    /// @param blockTime between two blocks; zero for none of itself
    /// @param reorgEvery between two reorganisations; zero for none of itself
    /// @param reorgDepthMax depth of these, from 1
    /// @param now monotonic nanoseconds
    public DevChainDriver(
            DevChain chain,
            Supplier<? extends List<? extends List<PooledTransaction>>> pending,
            LongSupplier wallSeconds,
            Duration blockTime,
            Duration reorgEvery,
            int reorgDepthMax,
            RandomGenerator random,
            long now) {
        this.chain = chain;
        this.pending = pending;
        this.wallSeconds = wallSeconds;
        this.blockNanos = blockTime.toNanos();
        this.reorgNanos = reorgEvery.toNanos();
        this.reorgDepthMax = reorgDepthMax;
        this.random = random;
        this.nextBlockAt = now + blockNanos;
        this.nextReorgAt = now + reorgNanos;
    }

    /// The chain.
    public DevChain chain() {
        return chain;
    }

    /// Does what is due. A block that is late comes once, not twice.
    ///
    /// @return when to call again, on the same clock
    public long tick(long now) {
        if (reorgNanos > 0 && now - nextReorgAt >= 0) {
            nextReorgAt = now + reorgNanos;
            var _ = reorganise(1 + random.nextInt(reorgDepthMax));
        }
        if (blockNanos > 0 && now - nextBlockAt >= 0) {
            nextBlockAt += blockNanos;
            if (now - nextBlockAt >= 0) nextBlockAt = now + blockNanos;
            var _ = mine();
        }
        long wait = IDLE_NANOS;
        if (blockNanos > 0) wait = Math.min(wait, nextBlockAt - now);
        if (reorgNanos > 0) wait = Math.min(wait, nextReorgAt - now);
        return now + wait;
    }

    /// Makes a block at once.
    public ChainBlock mine() {
        return chain.mine(wallSeconds.getAsLong() + aheadSeconds, pending.get());
    }

    /// Something became executable: makes a block if that is wanted for each transaction.
    public void onPending() {
        if (automine) {
            var _ = mine();
        }
    }

    /// Replaces the newest blocks.
    public Optional<HeadChange> reorganise(int depth) {
        Optional<HeadChange> change = chain.reorganise(depth);
        if (change.isPresent()) reorgs.incrementAndGet();
        return change;
    }

    /// Reorganisations so far.
    public long reorgs() {
        return reorgs.get();
    }

    /// A block for each transaction, or not.
    public void automine(boolean on) {
        automine = on;
    }

    /// Whether there is a block for each transaction.
    public boolean automine() {
        return automine;
    }

    /// Changes the time between two blocks.
    ///
    /// @param interval zero for no blocks of itself
    public void blockTime(Duration interval, long now) {
        blockNanos = interval.toNanos();
        nextBlockAt = now + blockNanos;
    }

    /// Moves the time of coming blocks forward.
    ///
    /// @return how far they are ahead of the wall clock in all
    public long increaseTime(long seconds) {
        aheadSeconds = Math.addExact(aheadSeconds, seconds);
        return aheadSeconds;
    }

    /// Changes an account's balance.
    public void setBalance(Address address, BigInteger balance) {
        chain.setBalance(address, balance);
    }

    /// Remembers the current head.
    public int snapshot() {
        return chain.snapshot();
    }

    /// Moves the head back to a snapshot.
    public boolean revert(int snapshot) {
        return chain.revert(snapshot);
    }
}
