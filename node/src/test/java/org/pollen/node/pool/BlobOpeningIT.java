package org.pollen.node.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.Address;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.Transaction;
import org.pollen.node.blobs.BlobFixtures;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;

/// A node that comes back with blob transactions on its disk, behind a client that does not answer
/// yet.
class BlobOpeningIT {
    @TempDir Path folder = Path.of("");

    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final DevChain chain = new DevChain(DevChainConfig.defaults(1).withAccounts(3));
    private volatile Predicate<Address> known = _ -> true; // at the head of the moment
    private volatile Predicate<Collection<?>> answers = _ -> true;
    private volatile Supplier<?> kept = List::of;

    @AfterEach
    void stop() {
        workers.shutdownNow();
    }

    /// The chain as another client's: whose accounts are only known when it answers.
    private ChainSource client() {
        return (ChainSource)
                Proxy.newProxyInstance(
                        ChainSource.class.getClassLoader(),
                        new Class<?>[] {ChainSource.class},
                        (_, method, args) ->
                                switch (method.getName()) {
                                    case "loaded" -> known.test((Address) args[0]);
                                    case "load", "loadAll" ->
                                            CompletableFuture.completedFuture(
                                                    answers.test((Collection<?>) args[0]));
                                    case "keep" -> {
                                        kept = (Supplier<?>) args[0];
                                        yield null;
                                    }
                                    default -> method.invoke(chain, args);
                                });
    }

    private PoolService open() {
        ChainSource client = client();
        var pool =
                new PoolService(
                        "test",
                        PoolConfig.DEFAULTS,
                        PoolContext.of(BigInteger.valueOf(chain.chainId()), DevChain.FORKS, client),
                        client,
                        workers,
                        new Random(1),
                        System::nanoTime,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        pool.useBlobs(BlobSetup.in(folder, BlobPoolConfig.DEFAULTS, null).orElseThrow());
        pool.start();
        return pool;
    }

    private Transaction blob(long nonce) {
        return blob(0, nonce);
    }

    private Transaction blob(int account, long nonce) {
        return BlobFixtures.signed(
                chain, chain.accounts().get(account).signer(), nonce, BlobFixtures.CELLS);
    }

    private static void awaitBlob(PoolService pool, Transaction tx) {
        BlobDesk desk = Objects.requireNonNull(pool.blobs());
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> {
                    BlobPoolSnapshot now = desk.snapshot();
                    return now != null && now.blob(tx.hash()).isPresent();
                });
    }

    @Test
    @DisplayName(
            "1.6, 11: while blobs wait for the chain, the plain pool takes nothing of their senders")
    void theAccountsOfWaitingBlobsAreHeld() throws Exception {
        Transaction first = blob(0, 0);
        Transaction second = blob(1, 0);
        try (PoolService pool = open()) {
            for (Transaction tx : List.of(first, second)) {
                assertThat(pool.submit(tx).get(60, TimeUnit.SECONDS).error()).isNull();
            }
        }
        Address silent = chain.accounts().get(1).address();
        known = account -> !account.equals(silent);
        answers = accounts -> !accounts.contains(silent);
        try (PoolService pool = open()) {
            Transaction plain =
                    chain.accounts()
                            .getFirst()
                            .signer()
                            .draft(2, BigInteger.valueOf(chain.chainId()))
                            .fees(BigInteger.TEN.pow(11), BigInteger.TEN.pow(9))
                            .to(silent)
                            .sign();
            assertThat(pool.submit(plain).get(60, TimeUnit.SECONDS).error())
                    .isEqualTo(PoolError.ErrAlreadyReserved);
            assertThat(pool.drop(first.hash()).get(60, TimeUnit.SECONDS))
                    .isEqualTo(DropAnswer.NOT_OPEN);
            known = _ -> true;
            answers = _ -> true;
            awaitBlob(pool, first);
            awaitBlob(pool, second);
            assertThat(pool.drop(first.hash()).get(60, TimeUnit.SECONDS))
                    .isEqualTo(DropAnswer.DROPPED);
            assertThat(pool.drop(first.hash()).get(60, TimeUnit.SECONDS))
                    .isEqualTo(DropAnswer.UNKNOWN);
        }
    }

    @Test
    @DisplayName("11: the pool opens when each sender was read once, however fast the heads come")
    void opensAlthoughTheHeadMovesOn() throws Exception {
        Transaction first = blob(0, 0);
        Transaction second = blob(1, 0);
        try (PoolService pool = open()) {
            for (Transaction tx : List.of(first, second)) {
                assertThat(pool.submit(tx).get(60, TimeUnit.SECONDS).error()).isNull();
            }
        }
        known = _ -> false; // whatever was read, another head has come when anybody looks
        var reading = new AtomicBoolean();
        answers = _ -> reading.get();
        try (PoolService pool = open()) {
            assertThat(pool.settled().get(60, TimeUnit.SECONDS)).isTrue();
            assertThat(addresses())
                    .contains(chain.accounts().get(0).address(), chain.accounts().get(1).address());
            reading.set(true);
            awaitBlob(pool, first);
            awaitBlob(pool, second);
            assertThat(addresses())
                    .contains(chain.accounts().get(0).address(), chain.accounts().get(1).address());
        }
    }

    /// Whose states the pool wants to stay in memory.
    private List<Object> addresses() {
        return List.copyOf((Collection<?>) kept.get());
    }

    @Test
    @DisplayName(
            "11: blobs on disk wait until the chain tells what their senders have; none is lost")
    void opensOnceTheSendersAreKnown() throws Exception {
        Transaction stored = blob(0);
        try (PoolService pool = open()) {
            assertThat(pool.submit(stored).get(60, TimeUnit.SECONDS).error()).isNull();
        }
        known = _ -> false;
        answers = _ -> false;
        try (PoolService pool = open()) {
            BlobDesk desk = Objects.requireNonNull(pool.blobs());
            assertThat(pool.settled().get(60, TimeUnit.SECONDS)).isTrue();
            assertThat(desk.snapshot()).isNull();
            assertThatThrownBy(() -> pool.submit(blob(1)).get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ChainSilentException.class);
            known = _ -> true;
            answers = _ -> true;
            awaitBlob(pool, stored);
            assertThat(pool.submit(blob(1)).get(60, TimeUnit.SECONDS).error()).isNull();
        }
    }
}
