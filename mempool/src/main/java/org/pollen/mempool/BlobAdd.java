package org.pollen.mempool;

import org.jspecify.annotations.Nullable;

/// What became of a blob transaction that was to be added; names as in the metric
/// `blobpool_add_total`. Source: mempool specification 5.10.
public enum BlobAdd {
    INVALID,
    UNDERPRICED,
    STALE,
    GAPPED,
    GAPPEDFULL,
    OVERDRAFTED,
    OVERCAPPED,
    NOREPLACE,
    NONEXCLUSIVE,
    VALID;

    /// What an outcome counts as.
    static BlobAdd of(@Nullable PoolError error) {
        if (error == null) return VALID;
        return switch (error) {
            case ErrUnderpriced, ErrTxGasPriceTooLow -> UNDERPRICED;
            case ErrNonceTooLow -> STALE;
            case ErrNonceTooHigh -> GAPPEDFULL;
            case ErrInsufficientFunds -> OVERDRAFTED;
            case ErrAccountLimitExceeded -> OVERCAPPED;
            case ErrReplaceUnderpriced -> NOREPLACE;
            case ErrAlreadyReserved -> NONEXCLUSIVE;
            default -> INVALID;
        };
    }
}
