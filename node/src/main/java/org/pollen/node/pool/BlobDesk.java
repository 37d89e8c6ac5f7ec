package org.pollen.node.pool;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.BlobDrop;
import org.pollen.mempool.BlobEvents;
import org.pollen.mempool.BlobPool;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.BlobSidecar;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PooledBlob;
import org.pollen.mempool.StatelessChecks;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionPool;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.mempool.TransactionSource;
import org.pollen.node.CoreLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node's blob pool, on the loop of the [PoolService] beside it, with which it shares accounts.
///
/// Proofs are verified on the workers, and a sidecar of version 0 is upgraded there; the loop finds
/// the answer. Nothing here is gossiped: the hash of a blob transaction says nothing about its
/// blobs.
public final class BlobDesk {
    private static final Logger LOG = LoggerFactory.getLogger("blobpool");

    private final BlobSetup setup;
    private final String name;
    private final PoolContext context;
    private final CoreLoop loop;
    private final Executor workers;
    private @Nullable BlobPool pool; // opened on the loop, since that reads a disk
    private volatile @Nullable BlobPoolSnapshot snapshot;

    BlobDesk(BlobSetup setup, String name, PoolContext context, CoreLoop loop, Executor workers) {
        this.setup = setup;
        this.name = name;
        this.context = context;
        this.loop = loop;
        this.workers = workers;
    }

    /// Opens the pool; on the loop.
    void open(TransactionPool plain, long now) {
        var opened =
                new BlobPool(
                        setup.config(),
                        context,
                        setup.storage(),
                        setup.proofs(),
                        new Events(),
                        now);
        opened.authorities(plain::isAuthority);
        opened.setGasTip(plain.minTip(), now);
        pool = opened;
        snapshot = opened.snapshot();
        if (opened.snapshot().pending() > 0) {
            LOG.info("{}: {} blob transactions on disk", name, opened.snapshot().pending());
        }
    }

    /// Takes up a new head; on the loop.
    void reset(@Nullable BlockHeader from, BlockHeader to, long now) {
        BlobPool opened = pool;
        if (opened == null) return;
        opened.reset(from, to, now);
        snapshot = opened.snapshot();
    }

    /// Changes the minimum tip; on the loop.
    void setGasTip(BigInteger tip, long now) {
        BlobPool opened = pool;
        if (opened == null) return;
        opened.setGasTip(tip, now);
        snapshot = opened.snapshot();
    }

    /// Adds a transaction submitted to this node; from any thread.
    CompletableFuture<AddOutcome> submit(Transaction tx) {
        var answer = new CompletableFuture<AddOutcome>();
        try {
            workers.execute(() -> verify(tx, answer));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(e);
        }
        return answer;
    }

    private void verify(Transaction submitted, CompletableFuture<AddOutcome> answer) {
        Transaction tx = current(submitted);
        // Asked here, so that the loop need not; one that is too long the pool refuses unasked.
        if (tx.size() <= StatelessChecks.BLOB_BYTES_MAX && tx.senderOrNull() != null) {
            var _ = tx.proofsHold(setup.proofs());
        }
        boolean posted =
                loop.post(now -> {
                    BlobPool opened = pool;
                    if (opened == null) throw new IllegalStateException("the pool is not open");
                    AddOutcome outcome =
                            opened.add(List.of(tx), TransactionSource.LOCAL, now).getFirst();
                    snapshot = opened.snapshot(); // before anybody who waited looks at it
                    answer.complete(outcome);
                });
        if (!posted) answer.completeExceptionally(new RejectedExecutionException(name));
    }

    /// A transaction with cell proofs; as it is if they cannot be computed, and then it is refused.
    private Transaction current(Transaction tx) {
        BlobSidecar sidecar = tx.sidecar();
        boolean old =
                sidecar != null
                        && sidecar.version() == 0
                        && sidecar.blobs() <= StatelessChecks.BLOBS_MAX;
        if (!old || !tx.proofsHold(setup.proofs())) return tx;
        Optional<byte[]> upgraded = setup.proofs().upgraded(tx);
        if (upgraded.isEmpty()) return tx;
        try {
            return TransactionDecoder.decode(upgraded.get());
        } catch (TransactionRefusedException e) {
            throw new AssertionError("made by ourselves", e);
        }
    }

    /// A pooled transaction with its blobs, from the store; empty if there is none.
    public CompletableFuture<Optional<byte[]>> network(Hash32 hash) {
        return loop.ask(() -> {
            BlobPool opened = pool;
            return Optional.ofNullable(opened == null ? null : opened.network(hash));
        });
    }

    /// The pool after its last change; null until it is open.
    public @Nullable BlobPoolSnapshot snapshot() {
        return snapshot;
    }

    private final class Events implements BlobEvents {
        @Override
        public void announced(List<PooledBlob> blobs) {
            // There is nobody to tell yet: announcements have no wire.
        }

        @Override
        public void dropped(PooledBlob blob, BlobDrop reason, long now) {
            LOG.debug("{}: blob transaction {} left: {}", name, blob.hash(), reason);
        }

        @Override
        public void warning(String text) {
            LOG.warn("{}: {}", name, text);
        }
    }
}
