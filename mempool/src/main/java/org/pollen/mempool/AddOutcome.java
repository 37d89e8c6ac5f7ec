package org.pollen.mempool;

import org.jspecify.annotations.Nullable;

/// The answer to one added transaction.
///
/// @param error why it was refused; null if it was accepted
/// @param replaced whether it took the place of another one with its nonce
/// @param message the error's text; with figures for local submissions; empty if accepted
public record AddOutcome(
        Transaction tx, @Nullable PoolError error, boolean replaced, String message) {
    /// Whether it is in the pool.
    public boolean accepted() {
        return error == null;
    }
}
