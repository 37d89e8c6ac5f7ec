package org.pollen.mempool;

/// The blob pool at some moment, for readers on any thread.
///
/// @param pending pooled transactions, all executable one after the other
/// @param gapped those that wait in memory for an earlier nonce
/// @param limbo included ones whose blobs are kept
/// @param dataUsed bytes of the pooled ones in the store
public record BlobPoolSnapshot(
        int pending,
        int gapped,
        int accounts,
        int limbo,
        long dataCap,
        long dataUsed,
        BlobMetrics metrics) {}
