package org.pollen.mempool.fetch;

import org.pollen.mempool.Hash32;

/// What an announcement says of a transaction.
///
/// @param type 0 to 4
/// @param size bytes as it is sent, a sidecar included
public record AnnouncedTransaction(Hash32 hash, int type, long size) {}
