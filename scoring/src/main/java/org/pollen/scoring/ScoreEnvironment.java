package org.pollen.scoring;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the engine needs from its owner, called on the owner's thread.
///
/// Nothing here may call back into the engine.
public interface ScoreEnvironment {
    /// The record of a peer is gone and nothing refers to its handle any more: it may be given to
    /// another peer. Comes at once when a peer leaves with a positive score, after the retention
    /// otherwise.
    void forgotten(int peer);

    /// The raw 4 or 16 byte addresses of the peer's connections, without relayed ones, as asked
    /// every minute; empty if the owner reports changes by [ScoreEngine#setAddresses] itself.
    default Optional<List<byte[]>> addresses(int peer) {
        return Optional.empty();
    }

    /// The application score function threw (or, without a cause, returned NaN) and counts as zero.
    /// Told once for each record.
    default void appScoreFailed(int peer, @Nullable RuntimeException cause) {}
}
