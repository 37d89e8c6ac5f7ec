package org.pollen.node.ops;

import org.jspecify.annotations.Nullable;

/// What the operations listener serves; called on event loops, so answers come from snapshots.
public interface OpsRoutes {
    /// Answers a GET or HEAD.
    ///
    /// @param path decoded, without the query, always beginning with `/`
    /// @param query the raw query, empty if there is none
    /// @param accept the Accept header, empty if there is none
    Reply get(String path, String query, String accept);

    /// The newest state for the live stream, with its sequence number.
    ///
    /// @return null while there is none
    @Nullable Snapshot state();

    /// A state as it is sent.
    ///
    /// @param seq grows by one with each
    /// @param json one line without line breaks
    record Snapshot(long seq, byte[] json) {}
}
