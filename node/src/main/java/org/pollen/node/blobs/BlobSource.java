package org.pollen.node.blobs;

import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PooledBlob;
import org.pollen.mempool.Transaction;

/// The blob pool as its exchange needs it; on the pool's thread, where nothing else is said.
public interface BlobSource {
    /// Whether a transaction is here.
    boolean has(Hash32 hash);

    /// Why a transaction would be refused whatever its proofs, or null.
    @Nullable PoolError refusal(Transaction tx);

    /// Whether the proofs of a transaction hold; on a worker.
    boolean proofsHold(Transaction tx);

    /// Adds what a peer sent; its proofs were asked about.
    AddOutcome add(Transaction tx, long now);

    /// A transaction with its blobs; null if it is not here.
    byte @Nullable [] network(Hash32 hash);

    /// Visits what peers may be told of.
    void forEachAnnounced(Consumer<? super PooledBlob> visitor);

    /// Brings the states of senders into memory; any thread.
    ///
    /// @return whether that could be done
    CompletableFuture<Boolean> load(Collection<Address> senders);
}
