package org.pollen.node.rpc;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainSource.Registration;

/// The pool as JSON-RPC needs it; callable from any thread.
public interface PoolAccess {
    /// Adds a transaction of a local user.
    ///
    /// @return its outcome, once later readers of [#snapshot] see it; fails if the pool is too busy
    CompletableFuture<AddOutcome> submit(Transaction tx);

    /// The content at this moment.
    PoolSnapshot snapshot();

    /// The blob pool at this moment; null where there is none.
    default @Nullable BlobPoolSnapshot blobs() {
        return null;
    }

    /// A transaction of the blob pool with its blobs, from its store.
    default CompletableFuture<Optional<byte[]>> blob(Hash32 hash) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    /// Whether a temporarily refused local transaction is kept and tried again, so that its
    /// submitter can be told that all is well.
    boolean retriesTemporary();

    /// Percent by which a replacement must pay more.
    default int priceBump() {
        return PoolConfig.DEFAULTS.priceBump();
    }

    /// Tells a listener what becomes executable from now on, also what does so again after a
    /// reorganisation. It must not block.
    ///
    /// @return ends it
    Registration addListener(Consumer<List<Transaction>> listener);
}
