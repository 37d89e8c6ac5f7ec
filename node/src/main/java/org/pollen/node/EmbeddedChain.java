package org.pollen.node;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.pollen.mempool.PooledTransaction;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.chain.DevChainDriver;
import org.pollen.node.rpc.DevApi;

/// The embedded chain with the thread that moves it: blocks from what pools hold, a base fee, and
/// reorganisations.
public final class EmbeddedChain implements DevApi.DriverAccess, AutoCloseable {
    private static final int INBOX = 1024;
    private static final int REORG_DEPTH = 3;
    private static final long PAUSED_NANOS = 50_000_000;

    private final DevChain chain;
    private final DevChainDriver driver;
    private final CoreLoop loop;
    private volatile boolean held;

    /// A chain at its genesis, which stands still until [#start].
    ///
    /// @param seed of the accounts and what reorganisations drop
    /// @param reorgEvery zero for none
    /// @param pending what a proposer would include now; asked on the chain's thread
    public EmbeddedChain(
            long seed,
            Duration blockTime,
            Duration reorgEvery,
            SplittableRandom random,
            Supplier<List<List<PooledTransaction>>> pending,
            Consumer<Throwable> onFailure) {
        long genesis = System.currentTimeMillis() / 1000;
        long now = System.nanoTime();
        chain = new DevChain(DevChainConfig.defaults(seed).withGenesisTime(genesis));
        driver =
                new DevChainDriver(
                        chain,
                        pending,
                        () -> System.currentTimeMillis() / 1000,
                        blockTime,
                        reorgEvery,
                        REORG_DEPTH,
                        random,
                        now);
        loop = new CoreLoop("chain", INBOX, System::nanoTime, onFailure);
        loop.addTicker(at -> held ? at + PAUSED_NANOS : driver.tick(at), now + blockTime.toNanos());
    }

    /// Begins to make blocks.
    public void start() {
        loop.start();
    }

    /// Makes no block of its own any more.
    ///
    /// @return completes when one that is being made is done
    public CompletableFuture<Boolean> hold() {
        held = true;
        return loop.ask(() -> true);
    }

    /// The chain; safe to read from any thread.
    public DevChain chain() {
        return chain;
    }

    /// Reorganisations so far; any thread.
    public long reorgs() {
        return driver.reorgs();
    }

    @Override
    public <T> CompletableFuture<T> ask(Function<DevChainDriver, T> question) {
        return loop.ask(() -> question.apply(driver));
    }

    @Override
    public void close() {
        loop.close();
    }
}
