package org.pollen.mempool;

/// The stores of a blob pool.
///
/// @param pool of what is pooled
/// @param limbo of what was included and may come back
/// @param gapped of what was submitted here and waits for an earlier nonce
public record BlobStorage(BlobStore pool, BlobStore limbo, BlobStore gapped) {
    /// Stores that forget with their process.
    public static BlobStorage onHeap() {
        return new BlobStorage(BlobStore.onHeap(), BlobStore.onHeap(), BlobStore.onHeap());
    }
}
