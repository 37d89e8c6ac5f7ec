package org.pollen.mempool;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What gossip does with a message whose transaction had an outcome.
///
/// The principle: reject only what every honest node on any recent head would refuse from the bytes
/// alone. What depends on state, on what is in the pool, on local settings or on a fork that comes
/// or has just come is ignored. Source: mempool specification 8.4.
public enum GossipVerdict {
    /// Forward it; it counts for those who brought it.
    ACCEPT,
    /// Do not forward; nobody is blamed.
    IGNORE,
    /// Do not forward; it counts against everybody who brought it.
    REJECT;

    /// What a refusal means, without a word why: see [Verdicts#refused].
    ///
    /// @param tx what was refused; null if it could not be decoded
    /// @param headGasLimit gas limit of the head's block, unsigned
    /// @param forkWindow whether any fork is near
    public static GossipVerdict of(
            PoolError error, @Nullable Transaction tx, long headGasLimit, boolean forkWindow) {
        Set<Fork> near = forkWindow ? EnumSet.allOf(Fork.class) : EnumSet.noneOf(Fork.class);
        return Verdicts.refused(error, tx, headGasLimit, near).verdict();
    }
}
