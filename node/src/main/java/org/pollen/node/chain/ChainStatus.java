package org.pollen.node.chain;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a chain source is doing.
///
/// @param source `embedded` or `rpc`
/// @param up whether it answered when it was last asked
/// @param synced whether its head can be relied on: it answers, for the right chain, and is not
///   catching up itself
/// @param trouble what is wrong, for people; null while nothing is
/// @param silentNanos since the last answer
/// @param errors how often something went wrong, by kind
/// @param accounts whose state is in memory
/// @param reads of account states so far
/// @param misses accounts that the pool asked for and that were not in memory
public record ChainStatus(
        String source,
        boolean up,
        boolean synced,
        @Nullable String trouble,
        long silentNanos,
        Map<ChainFault, Long> errors,
        int accounts,
        long reads,
        long misses) {
    /// The embedded chain, which is always there.
    public static final ChainStatus EMBEDDED =
            new ChainStatus("embedded", true, true, null, 0, Map.of(), 0, 0, 0);

    /// Copies the map.
    public ChainStatus {
        errors = Map.copyOf(errors);
    }
}
