package org.pollen.mempool;

import java.util.List;

/// What became of one line of a replay.
///
/// @param answer `OK` or the name of a [PoolError]
/// @param message text of the refusal, empty if it was accepted
/// @param place where the transaction is after its add
/// @param gossip what gossip would have done with it
/// @param differences each expectation that did not hold, in words
public record ReplayResult(
        ReplayLine line,
        Status status,
        String answer,
        String message,
        TransactionStatus place,
        GossipVerdict gossip,
        List<String> differences) {
    /// How an answer compares.
    public enum Status {
        /// All that was expected holds.
        MATCHED,
        /// Something that was expected does not hold.
        MISMATCH,
        /// Nothing was expected.
        UNCHECKED
    }

    /// Copies the list.
    public ReplayResult {
        differences = List.copyOf(differences);
    }
}
