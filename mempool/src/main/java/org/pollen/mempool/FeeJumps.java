package org.pollen.mempool;

import java.math.BigInteger;

/// How many blocks in a row have to be full, or empty, for a fee to come from one value to another.
///
/// A base fee moves by an eighth a block at most, so the logarithm of a fee counts such steps; that
/// of blob gas moves by a sixth, or 4/3 of the exponent. Comparing steps instead of prices compares
/// times: what has to wait about as long is worth about the same. Source: mempool specification
/// 14.3.
final class FeeJumps {
    private static final double BASE = Math.log(1.125);
    private static final double BLOB = BASE * 4 / 3;

    private FeeJumps() {}

    /// Steps from 1 wei to a base fee; 0 for no fee.
    static double base(BigInteger fee) {
        return fee.signum() == 0 ? 0 : Math.log(fee.doubleValue()) / BASE;
    }

    /// Steps from 1 wei to a fee for blob gas; 0 for no fee.
    static double blob(BigInteger fee) {
        return fee.signum() == 0 ? 0 : Math.log(fee.doubleValue()) / BLOB;
    }

    /// Steps from where the fee is to where a transaction's is, away from 0.
    static int delta(double current, double transaction) {
        double jumps = transaction - current;
        return (int) (jumps <= 0 ? Math.floor(jumps) : Math.ceil(jumps));
    }

    /// How long a transaction has to wait: 0 if it can be included now, else less than 0.
    static int priority(double baseNow, double base, double blobNow, double blob) {
        return Math.min(0, Math.min(delta(baseNow, base), delta(blobNow, blob)));
    }
}
