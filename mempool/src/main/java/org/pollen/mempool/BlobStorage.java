package org.pollen.mempool;

/// The stores of a blob pool.
///
/// @param pool of what is pooled
/// @param limbo of what was included and may come back
public record BlobStorage(BlobStore pool, BlobStore limbo) {}
