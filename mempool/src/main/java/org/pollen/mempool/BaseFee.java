package org.pollen.mempool;

import java.math.BigInteger;

/// The base fee of the block after a header (EIP-1559). Source: mempool.md 5.2.
public final class BaseFee {
    /// Base fee of the first block of the London fork: 1 gwei.
    public static final BigInteger INITIAL = BigInteger.valueOf(1_000_000_000);

    private static final BigInteger DENOMINATOR = BigInteger.valueOf(8);

    private BaseFee() {}

    /// The base fee of the child of a header, given that the child is London or later.
    public static BigInteger next(BlockHeader parent) {
        BigInteger base = parent.baseFee();
        if (base == null) return INITIAL;
        long target = parent.gasLimit() >>> 1;
        int order = Long.compareUnsigned(parent.gasUsed(), target);
        if (order == 0 || target == 0) return base;
        BigInteger wideTarget = Transaction.unsigned(target);
        if (order > 0) {
            return base.add(
                    base.multiply(Transaction.unsigned(parent.gasUsed() - target))
                            .divide(wideTarget)
                            .divide(DENOMINATOR)
                            .max(BigInteger.ONE));
        }
        return base.subtract(
                        base.multiply(Transaction.unsigned(target - parent.gasUsed()))
                                .divide(wideTarget)
                                .divide(DENOMINATOR))
                .max(BigInteger.ZERO);
    }
}
