package org.pollen.mempool;

import java.util.List;

/// What travels beside a blob transaction and is not part of its hash.
///
/// @param version 0 with a proof a blob, 1 with 128 cell proofs a blob
/// @param blobs how many, of 131072 bytes each
/// @param commitments 48 bytes each; must not be changed
/// @param proofs how many, of 48 bytes each
public record BlobSidecar(int version, int blobs, List<byte[]> commitments, int proofs) {
    /// Copies the list.
    public BlobSidecar {
        commitments = List.copyOf(commitments);
    }
}
