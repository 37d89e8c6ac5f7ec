package org.pollen.node.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
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
    private final AtomicBoolean silent = new AtomicBoolean();

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
                                    case "loaded" -> !silent.get();
                                    case "load", "loadAll" ->
                                            CompletableFuture.completedFuture(!silent.get());
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
        return BlobFixtures.signed(
                chain, chain.accounts().getFirst().signer(), nonce, BlobFixtures.CELLS);
    }

    @Test
    @DisplayName(
            "11: blobs on disk wait until the chain tells what their senders have; none is lost")
    void opensOnceTheSendersAreKnown() throws Exception {
        Transaction kept = blob(0);
        try (PoolService pool = open()) {
            assertThat(pool.submit(kept).get(60, TimeUnit.SECONDS).error()).isNull();
        }
        silent.set(true);
        try (PoolService pool = open()) {
            BlobDesk desk = Objects.requireNonNull(pool.blobs());
            assertThat(pool.settled().get(60, TimeUnit.SECONDS)).isTrue();
            assertThat(desk.snapshot()).isNull();
            assertThatThrownBy(() -> pool.submit(blob(1)).get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ChainSilentException.class);
            silent.set(false);
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> {
                        BlobPoolSnapshot now = desk.snapshot();
                        return now != null && now.blob(kept.hash()).isPresent();
                    });
            assertThat(pool.submit(blob(1)).get(60, TimeUnit.SECONDS).error()).isNull();
        }
    }
}
