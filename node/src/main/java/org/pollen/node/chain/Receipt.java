package org.pollen.node.chain;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;

/// What a transaction did in its block. There are no logs: nothing on these chains writes any.
///
/// @param success whether its value moved; a failed one pays for its gas all the same
/// @param gasUsed by this one
/// @param cumulativeGasUsed by this one and those before it in the block
/// @param effectiveGasPrice wei paid for one gas
/// @param created the contract's address; null unless it created one
public record Receipt(
        Hash32 transaction,
        int index,
        boolean success,
        long gasUsed,
        long cumulativeGasUsed,
        BigInteger effectiveGasPrice,
        @Nullable Address created) {}
