package org.pollen.mempool;

/// What one maintenance run did.
///
/// @param run its number, from 1
/// @param reset what became of the requested reset
/// @param promoted transactions that became executable
/// @param demoted transactions that went back to the queue
/// @param announced transactions in the event
/// @param reinjected transactions of abandoned blocks that are pooled again
/// @param visited accounts that were looked at because of the new head
/// @param evictions executable transactions lost to newcomers since the run before
public record RunReport(
        long run,
        Reset reset,
        int promoted,
        int demoted,
        int announced,
        int reinjected,
        int visited,
        int evictions) {
    /// What became of a requested reset.
    public enum Reset {
        /// None was requested.
        NONE,
        /// The pool follows the new head.
        DONE,
        /// Blocks or state were missing: the pool stays with the old head.
        ABORTED
    }
}
