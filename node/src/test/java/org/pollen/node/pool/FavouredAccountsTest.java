package org.pollen.node.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.LocalJournal;
import org.pollen.mempool.LocalTracker;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.store.TransactionJournal;
import org.pollen.router.Verdict;

/// Accounts that are local wherever their transactions come from.
class FavouredAccountsTest {
    @TempDir Path folder = Path.of("");

    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final DevChain chain = new DevChain(DevChainConfig.defaults(1).withAccounts(3));

    @AfterEach
    void stop() {
        workers.shutdownNow();
    }

    private Transaction transfer(int account, long gasPrice) {
        return chain.accounts()
                .get(account)
                .signer()
                .draft(0, BigInteger.valueOf(chain.chainId()))
                .gasPrice(BigInteger.valueOf(gasPrice))
                .to(chain.accounts().getFirst().address())
                .sign();
    }

    @Test
    @DisplayName("1.7, 2.1 txpool.locals: what peers send of these accounts is kept like our own")
    void gossipOfAFavouredAccountIsKept() throws Exception {
        Path file = folder.resolve("journal");
        Transaction ours = transfer(1, 2_000_000_000);
        try (var pool =
                new PoolService(
                        "test",
                        PoolConfig.DEFAULTS,
                        PoolContext.of(BigInteger.valueOf(chain.chainId()), DevChain.FORKS, chain),
                        chain,
                        workers,
                        new Random(1),
                        System::nanoTime,
                        failure -> {
                            throw new AssertionError(failure);
                        })) {
            pool.keepLocals(TransactionJournal.open(file), Duration.ofHours(1));
            pool.favour(Set.of(chain.accounts().get(1).address()));
            pool.start();
            assertThat(judge(pool, ours)).isEqualTo(Verdict.ACCEPT);
            assertThat(judge(pool, transfer(2, 2_000_000_000))).isEqualTo(Verdict.ACCEPT);
            assertThat(judge(pool, transfer(1, 2_000_000_001))).isEqualTo(Verdict.IGNORE);
            assertThat(pool.locals()).hasValue(1);
        }
        var tracker = new LocalTracker(LocalJournal.NONE, Duration.ofHours(1), 0);
        assertThat(tracker.load(Files.readAllBytes(file)).transactions())
                .extracting(Transaction::hash)
                .containsExactly(ours.hash());
    }

    private static Verdict judge(PoolService pool, Transaction tx) throws Exception {
        var verdict = new CompletableFuture<Verdict>();
        assertThat(pool.judge(tx.raw(), verdict::complete, () -> {})).isTrue();
        return verdict.get(20, TimeUnit.SECONDS);
    }
}
