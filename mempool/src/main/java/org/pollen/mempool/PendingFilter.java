package org.pollen.mempool;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a block producer wants to see of the executable transactions. Source: mempool.md 7.
///
/// @param minTip least effective tip; null for any
/// @param baseFee base fee of the block; null before London
/// @param gasLimitMax most gas of one transaction; 0 for any
public record PendingFilter(
        @Nullable BigInteger minTip, @Nullable BigInteger baseFee, long gasLimitMax) {
    /// Everything.
    public static final PendingFilter ALL = new PendingFilter(null, null, 0);

    /// The part of an account's list before the first transaction that fails.
    ///
    /// Signed arithmetic: a fee cap below the base fee is a negative tip and fails any minimum that
    /// is not; the reference wraps here.
    List<PooledTransaction> cut(List<PooledTransaction> list) {
        for (int i = 0; i < list.size(); i++) {
            if (!passes(list.get(i).transaction())) return list.subList(0, i);
        }
        return list;
    }

    private boolean passes(Transaction tx) {
        if (gasLimitMax != 0 && Long.compareUnsigned(tx.gas(), gasLimitMax) > 0) return false;
        if (minTip == null) return true;
        BigInteger tip = baseFee == null ? tx.tipCap() : PriceHeap.effectiveTip(tx, baseFee);
        return tip.compareTo(minTip) >= 0;
    }
}
