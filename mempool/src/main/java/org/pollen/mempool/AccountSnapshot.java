package org.pollen.mempool;

import java.util.List;

/// One account's transactions at some instant.
///
/// @param pending executable ones in nonce order, without gaps (in reference mode there may be one
///   after a reorganisation)
/// @param queued the others in nonce order
/// @param nextNonce what a wallet should use next
public record AccountSnapshot(
        Address address,
        List<PooledTransaction> pending,
        List<PooledTransaction> queued,
        long nextNonce) {
    /// Copies the lists.
    public AccountSnapshot {
        pending = List.copyOf(pending);
        queued = List.copyOf(queued);
    }
}
