package org.pollen.mempool;

/// Verifies that blobs are those that a transaction commits to. Thread-safe, and slow: milliseconds
/// a blob, so a worker asks first.
///
/// Source: EIP-4844 (version 0), EIP-7594 (version 1).
public interface BlobProofs {
    /// Whether each blob of a sidecar belongs to its commitment.
    boolean verify(BlobSidecar sidecar);
}
