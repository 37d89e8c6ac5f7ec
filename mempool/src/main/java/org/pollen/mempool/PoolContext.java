package org.pollen.mempool;

import java.math.BigInteger;
import java.util.List;
import java.util.function.Consumer;

/// What a pool lives in.
///
/// @param chainId the chain it takes transactions for
/// @param forks when each fork begins
/// @param reservations shared with the other sub-pools of the node
/// @param recovery recovers the senders of transactions that are about to be pooled again, in
///   parallel if it likes; may do nothing, and then they are recovered one by one
public record PoolContext(
        BigInteger chainId,
        ForkSchedule forks,
        ChainView chain,
        Reservations reservations,
        Consumer<List<Transaction>> recovery) {
    /// A context with reservations of its own and senders recovered one by one.
    public static PoolContext of(BigInteger chainId, ForkSchedule forks, ChainView chain) {
        return new PoolContext(chainId, forks, chain, new Reservations(), _ -> {});
    }
}
