package org.pollen.mempool;

/// Why a transaction was not taken. The constants are the names that tests and metrics compare; the
/// texts begin what users see and what clients recognise.
///
/// Source: mempool specification 3.8.
public enum PoolError {
    ErrAlreadyKnown("already known", false),
    ErrInvalidSender("invalid sender", false),
    ErrUnderpriced("transaction underpriced", true),
    ErrReplaceUnderpriced("replacement transaction underpriced", false),
    ErrTxGasPriceTooLow("transaction gas price below minimum", false),
    ErrAccountLimitExceeded("account limit exceeded", false),
    ErrGasLimit("exceeds block gas limit", false),
    ErrNegativeValue("negative value", false),
    ErrOversizedData("oversized data", false),
    ErrTxBlobLimitExceeded("transaction blob limit exceeded", false),
    ErrAlreadyReserved("address already reserved", false),
    ErrInflightTxLimitReached("in-flight transaction limit reached for delegated accounts", true),
    ErrOutOfOrderTxFromDelegated("gapped-nonce tx from delegated accounts", true),
    ErrAuthorityReserved("authority already reserved", true),
    ErrFutureReplacePending("future transaction tries to replace pending", true),
    ErrTxPoolOverflow("txpool is full", true),
    ErrNonceTooLow("nonce too low", false),
    ErrNonceTooHigh("nonce too high", false),
    ErrNonceMax("nonce has max value", false),
    ErrInsufficientFunds("insufficient funds for gas * price + value", false),
    ErrIntrinsicGas("intrinsic gas too low", false),
    ErrFloorDataGas("insufficient gas for floor data gas cost", false),
    ErrGasLimitTooHigh("transaction gas limit too high", false),
    ErrGasUintOverflow("gas uint64 overflow", false),
    ErrMaxInitCodeSizeExceeded("max initcode size exceeded", false),
    ErrTipAboveFeeCap("max priority fee per gas higher than max fee per gas", false),
    ErrFeeCapVeryHigh("max fee per gas higher than 2^256-1", false),
    ErrTipVeryHigh("max priority fee per gas higher than 2^256-1", false),
    ErrTxTypeNotSupported("transaction type not supported", false),
    ErrShortTypedTx("typed transaction too short", false),
    ErrRlp("rlp", false),
    ErrKZGVerificationError("KZG verification error", false),
    ErrSidecarFormatError("Wrong sidecar format", false),
    ErrMissingSidecar("missing sidecar in blob transaction", false),
    ErrBlobCommitmentMismatch("invalid number or hash of blob commitments", false),
    ErrBlobless("blobless blob transaction", false),
    ErrEmptyAuthList("set code tx must have at least one authorization tuple", false),
    ErrSenderNoEOA("sender not an eoa", false);

    private final String text;
    private final boolean temporary;

    PoolError(String text, boolean temporary) {
        this.text = text;
        this.temporary = temporary;
    }

    /// How the text that users see begins.
    public String text() {
        return text;
    }

    /// Whether a local submitter is told that all is well, because the tracker goes on trying.
    public boolean temporary() {
        return temporary;
    }

    /// The JSON-RPC error code.
    public int rpcCode() {
        return -32000;
    }
}
