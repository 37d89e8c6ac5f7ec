package org.pollen.mempool;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// What the pool reads of a block header.
///
/// @param timestamp seconds since 1970
/// @param gasLimit unsigned
/// @param gasUsed unsigned
/// @param baseFee wei; null before the London fork
public record BlockHeader(
        Hash32 hash,
        Hash32 parentHash,
        long number,
        long timestamp,
        long gasLimit,
        long gasUsed,
        @Nullable BigInteger baseFee) {}
