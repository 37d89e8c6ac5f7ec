package org.pollen.mempool;

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

    /// What a refusal means.
    ///
    /// @param error why it was refused
    /// @param tx what was refused; null if it could not be decoded
    /// @param headGasLimit gas limit of the head's block, unsigned
    /// @param forkWindow whether a fork that changes gas rules or types is near: from 64 blocks
    ///   before it to 64 after
    public static GossipVerdict of(
            PoolError error,
            @org.jspecify.annotations.Nullable Transaction tx,
            long headGasLimit,
            boolean forkWindow) {
        return switch (error) {
            case ErrRlp,
                    ErrShortTypedTx,
                    ErrOversizedData,
                    ErrInvalidSender,
                    ErrNonceMax,
                    ErrFeeCapVeryHigh,
                    ErrTipVeryHigh,
                    ErrTipAboveFeeCap,
                    ErrNegativeValue,
                    ErrEmptyAuthList,
                    ErrGasUintOverflow,
                    ErrKZGVerificationError,
                    ErrBlobCommitmentMismatch,
                    ErrBlobless,
                    ErrMissingSidecar,
                    ErrTxBlobLimitExceeded ->
                    REJECT;
            case ErrMaxInitCodeSizeExceeded,
                    ErrIntrinsicGas,
                    ErrFloorDataGas,
                    ErrGasLimitTooHigh,
                    ErrSidecarFormatError ->
                    forkWindow ? IGNORE : REJECT;
            case ErrTxTypeNotSupported ->
                    tx != null && tx.type() == Transaction.BLOB ? REJECT : IGNORE;
            case ErrGasLimit ->
                    tx != null && Long.compareUnsigned(tx.gas(), saturatedDouble(headGasLimit)) > 0
                            ? REJECT
                            : IGNORE;
            case ErrInsufficientFunds ->
                    tx != null && tx.value().bitLength() > 256 ? REJECT : IGNORE;
            case ErrAlreadyKnown,
                    ErrUnderpriced,
                    ErrReplaceUnderpriced,
                    ErrTxGasPriceTooLow,
                    ErrAccountLimitExceeded,
                    ErrAlreadyReserved,
                    ErrInflightTxLimitReached,
                    ErrOutOfOrderTxFromDelegated,
                    ErrAuthorityReserved,
                    ErrFutureReplacePending,
                    ErrTxPoolOverflow,
                    ErrNonceTooLow,
                    ErrNonceTooHigh,
                    ErrSenderNoEOA ->
                    IGNORE;
        };
    }

    private static long saturatedDouble(long value) {
        return value < 0 ? -1 : value * 2; // unsigned: over 2^63 there is no double
    }
}
