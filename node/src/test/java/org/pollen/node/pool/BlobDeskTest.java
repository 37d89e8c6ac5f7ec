package org.pollen.node.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.blobs.BlobFixtures;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;

/// Blob transactions through a node's pool, with the real blob of `transactions.jsonl`.
class BlobDeskTest {
    @TempDir Path folder = Path.of("");

    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final DevChain chain = new DevChain(DevChainConfig.defaults(1).withAccounts(3));
    private PoolService pool = service();

    private PoolService service() {
        return new PoolService(
                "test",
                PoolConfig.DEFAULTS,
                PoolContext.of(BigInteger.valueOf(chain.chainId()), DevChain.FORKS, chain),
                chain,
                workers,
                new Random(1),
                System::nanoTime,
                failure -> {
                    throw new AssertionError(failure);
                });
    }

    @BeforeEach
    void start() {
        pool.useBlobs(BlobSetup.in(folder, BlobPoolConfig.DEFAULTS, null).orElseThrow());
        pool.start();
    }

    @AfterEach
    void stop() {
        pool.close();
        workers.shutdownNow();
    }

    @Test
    void takesBothVersionsOfASidecarAndKeepsThemOverARestart() throws Exception {
        Transaction first = signed(0, "tx0230");
        assertThat(submit(first).error()).isNull();
        assertThat(submit(first).error()).isEqualTo(PoolError.ErrAlreadyKnown);
        Transaction second = signed(1, "tx0229"); // of version 0: upgraded
        assertThat(submit(second).error()).isNull();
        assertThat(snapshot().pending()).isEqualTo(2);
        assertThat(desk().network(first.hash()).get(10, TimeUnit.SECONDS))
                .contains(first.network());
        assertThat(pool.snapshot().pending()).isZero(); // the plain pool has nothing to do with it

        pool.close();
        pool = service();
        pool.useBlobs(BlobSetup.in(folder, BlobPoolConfig.DEFAULTS, null).orElseThrow());
        pool.start();
        assertThat(desk().network(second.hash()).get(10, TimeUnit.SECONDS)).isPresent();
        assertThat(snapshot().pending()).isEqualTo(2);
    }

    @Test
    void anAccountIsInOnePoolAtATimeAndAWrongProofIsRefused() throws Exception {
        byte[] network = signed(0, "tx0230").network().clone();
        network[network.length - 10] ^= 1;
        assertThat(submit(TransactionDecoder.decode(network)).error())
                .isEqualTo(PoolError.ErrKZGVerificationError);
        assertThat(submit(signed(0, "tx0230")).error()).isNull();
        Transaction plain =
                signer().draft(0, BigInteger.valueOf(chain.chainId()))
                        .gasPrice(BigInteger.TEN.pow(10))
                        .to(signer().address())
                        .sign();
        assertThat(submit(plain).error()).isEqualTo(PoolError.ErrAlreadyReserved);
        pool.setGasTip(BigInteger.TEN.pow(12));
        assertThat(desk().network(plain.hash()).get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(snapshot().pending()).isZero();
    }

    private AddOutcome submit(Transaction tx) throws Exception {
        return pool.submit(tx).get(30, TimeUnit.SECONDS);
    }

    private BlobDesk desk() {
        return Objects.requireNonNull(pool.blobs());
    }

    private BlobPoolSnapshot snapshot() {
        return Objects.requireNonNull(desk().snapshot());
    }

    private TransactionSigner signer() {
        return chain.accounts().getFirst().signer();
    }

    /// A transaction of the first account with the sidecar of a line.
    private Transaction signed(long nonce, String id) {
        return BlobFixtures.signed(chain, signer(), nonce, id);
    }
}
