package org.pollen.node.rpc;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.pollen.mempool.Address;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;

/// What is in one of the two pools: an account is in one of them at a time, and so is a
/// transaction.
final class BothPools {
    private final PoolAccess pool;

    BothPools(PoolAccess pool) {
        this.pool = pool;
    }

    /// A pooled transaction; one with blobs comes without them.
    CompletableFuture<Optional<Transaction>> transaction(Hash32 hash) {
        Optional<Transaction> plain = pool.snapshot().transaction(hash);
        if (plain.isPresent() || !hasBlob(hash)) return CompletableFuture.completedFuture(plain);
        return pool.blob(hash).thenApply(network -> network.map(BothPools::decode));
    }

    /// A pooled transaction's bytes, with its blobs.
    CompletableFuture<Optional<byte[]>> raw(Hash32 hash) {
        Optional<byte[]> plain = pool.snapshot().transaction(hash).map(Transaction::raw);
        return plain.isPresent() || !hasBlob(hash)
                ? CompletableFuture.completedFuture(plain)
                : pool.blob(hash);
    }

    /// The nonce a wallet should use next; empty if the account has nothing pooled.
    OptionalLong nextNonce(Address address) {
        OptionalLong plain = pool.snapshot().nextNonce(address);
        BlobPoolSnapshot blobs = pool.blobs();
        return plain.isPresent() || blobs == null ? plain : blobs.nextNonce(address);
    }

    private boolean hasBlob(Hash32 hash) {
        BlobPoolSnapshot blobs = pool.blobs();
        return blobs != null && blobs.blob(hash).isPresent();
    }

    private static Transaction decode(byte[] network) {
        try {
            return TransactionDecoder.decode(network);
        } catch (TransactionRefusedException e) {
            throw new IllegalStateException("the store gave something else back", e);
        }
    }
}
