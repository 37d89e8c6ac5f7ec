package org.pollen.node.pool;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Announcement;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainSource.Registration;
import org.pollen.node.rpc.PoolAccess;
import org.pollen.node.rpc.RpcError;

/// A pool as JSON-RPC sees it.
public final class PoolRpc implements PoolAccess, PoolListener {
    private final PoolService pool;
    private final List<Consumer<List<Transaction>>> listeners = new CopyOnWriteArrayList<>();

    /// A view of a pool.
    public PoolRpc(PoolService pool) {
        this.pool = pool;
        pool.addListener(this);
    }

    @Override
    public CompletableFuture<AddOutcome> submit(Transaction tx) {
        return pool.submit(tx)
                .exceptionallyCompose(failure ->
                        CompletableFuture.failedFuture(
                                switch (cause(failure)) {
                                    case ChainSilentException silent -> refused(silent);
                                    case NotKeptException full -> refused(full);
                                    default -> failure;
                                }));
    }

    private static RpcError refused(RuntimeException why) {
        return RpcError.server(String.valueOf(why.getMessage()));
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    @Override
    public PoolSnapshot snapshot() {
        return pool.snapshot();
    }

    @Override
    public @Nullable BlobPoolSnapshot blobs() {
        BlobDesk desk = pool.blobs();
        return desk == null ? null : desk.snapshot();
    }

    @Override
    public CompletableFuture<Optional<byte[]>> blob(Hash32 hash) {
        BlobDesk desk = pool.blobs();
        return desk == null
                ? CompletableFuture.completedFuture(Optional.empty())
                : desk.network(hash);
    }

    @Override
    public boolean retriesTemporary() {
        return pool.keepsLocals();
    }

    @Override
    public int priceBump() {
        return pool.config().priceBump();
    }

    @Override
    public Registration addListener(Consumer<List<Transaction>> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void blobPooled(Transaction tx) {
        listeners.forEach(listener -> listener.accept(List.of(tx)));
    }

    @Override
    public void announced(List<Announcement> announcements) {
        if (listeners.isEmpty()) return;
        List<Transaction> transactions =
                announcements.stream().map(one -> one.pooled().transaction()).toList();
        listeners.forEach(listener -> listener.accept(transactions));
    }
}
