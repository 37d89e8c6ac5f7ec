package org.pollen.router;

import java.time.Duration;

/// How much may wait for one peer, and how long.
///
/// Source: router specification 9.2.
///
/// @param controlMax control RPCs; one more and the peer, which reads nothing, is given up
/// @param dataMax RPCs of all other classes together
/// @param bytesMax bytes of all classes together; control is counted but never refused for it
/// @param ownTtl how long an own message, or an answer to the peer's wishes, stays worth sending
/// @param forwardTtl how long a message of others, or gossip, stays worth sending
public record OutboundLimits(
        int controlMax, int dataMax, long bytesMax, Duration ownTtl, Duration forwardTtl) {

    /// 1024 and 1024 RPCs, 8 MiB, 5 s and 1 s.
    public static final OutboundLimits DEFAULT =
            new OutboundLimits(1024, 1024, 8L << 20, Duration.ofSeconds(5), Duration.ofSeconds(1));

    /// Checks that all are positive.
    public OutboundLimits {
        if (controlMax < 1 || dataMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException(
                    "outbound limits %d/%d/%d: all must be at least 1"
                            .formatted(controlMax, dataMax, bytesMax));
        }
        if (!ownTtl.isPositive() || !forwardTtl.isPositive()) {
            throw new IllegalArgumentException(
                    "outbound times %s/%s: both must be positive".formatted(ownTtl, forwardTtl));
        }
    }

    long ttlNanos(RpcClass rpcClass) {
        return switch (rpcClass) {
            case OWN, IWANT_REPLY -> ownTtl.toNanos();
            case FORWARD, GOSSIP -> forwardTtl.toNanos();
            case CONTROL -> Long.MAX_VALUE;
        };
    }
}
