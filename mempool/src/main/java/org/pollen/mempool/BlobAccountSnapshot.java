package org.pollen.mempool;

import java.util.List;

/// One account's blob transactions at some instant.
///
/// @param blobs in nonce order, without gaps
/// @param nextNonce what a wallet should use next
public record BlobAccountSnapshot(Address address, List<PooledBlob> blobs, long nextNonce) {
    /// Copies the list.
    public BlobAccountSnapshot {
        blobs = List.copyOf(blobs);
    }
}
