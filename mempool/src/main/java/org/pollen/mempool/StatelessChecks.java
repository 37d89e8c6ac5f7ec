package org.pollen.mempool;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What can be said of a transaction without any account: the first rule that it breaks, in an
/// order that is part of the specification. Thread-safe.
///
/// Source: mempool specification 3.2 and 3.6.
public final class StatelessChecks {
    /// Longest plain transaction, in bytes.
    public static final int PLAIN_BYTES_MAX = 131072;

    /// Longest blob transaction with its sidecar, in bytes.
    public static final int BLOB_BYTES_MAX = 1 << 20;

    /// Most blobs of a transaction.
    public static final int BLOBS_MAX = 6;

    /// Gas limit of a transaction from Osaka until Amsterdam.
    public static final long TRANSACTION_GAS_MAX = 1L << 24;

    private static final int INIT_CODE_MAX = 49152;
    private static final int INIT_CODE_MAX_AMSTERDAM = 131072;

    /// The types of the plain pool.
    public static final Set<Integer> PLAIN_TYPES =
            Set.of(
                    Transaction.LEGACY,
                    Transaction.ACCESS_LIST,
                    Transaction.DYNAMIC_FEE,
                    Transaction.SET_CODE);

    /// The type of the blob pool.
    public static final Set<Integer> BLOB_TYPES = Set.of(Transaction.BLOB);

    private final BigInteger chainId;
    private final Set<Integer> types;

    /// Checks for one chain and one sub-pool.
    ///
    /// @param types that the sub-pool takes
    public StatelessChecks(BigInteger chainId, Set<Integer> types) {
        this.chainId = chainId;
        this.types = Set.copyOf(types);
    }

    /// The first rule that is broken, or null. Recovers the sender once the cheap rules hold.
    ///
    /// @param gasLimit of the head's block, unsigned
    /// @param minTip least tip in wei
    public @Nullable PoolError check(
            Transaction tx, ForkRules rules, long gasLimit, BigInteger minTip) {
        PoolError error = beforeSender(tx, rules, gasLimit);
        if (error != null) return error;
        if (!signedForThisChain(tx) || tx.senderOrNull() == null) return PoolError.ErrInvalidSender;
        if (tx.nonce() == -1) return PoolError.ErrNonceMax;
        if (tx.value().bitLength() > 256) return PoolError.ErrInsufficientFunds;
        error = gas(tx, rules);
        if (error != null) return error;
        if (tx.tipCap().compareTo(minTip) < 0) return PoolError.ErrTxGasPriceTooLow;
        if (tx.type() == Transaction.BLOB) return blob(tx);
        if (tx.type() == Transaction.SET_CODE && tx.authorizations().isEmpty()) {
            return PoolError.ErrEmptyAuthList;
        }
        return null;
    }

    /// The rules before the sender is recovered (S1 to S13): what a flood may cost no more than.
    public @Nullable PoolError beforeSender(Transaction tx, ForkRules rules, long gasLimit) {
        int type = tx.type();
        if (!types.contains(type)) return PoolError.ErrTxTypeNotSupported;
        if (tx.size() > (type == Transaction.BLOB ? BLOB_BYTES_MAX : PLAIN_BYTES_MAX)) {
            return PoolError.ErrOversizedData;
        }
        boolean known =
                switch (type) {
                    case Transaction.LEGACY -> true;
                    case Transaction.ACCESS_LIST -> rules.berlin();
                    case Transaction.DYNAMIC_FEE -> rules.london();
                    case Transaction.BLOB -> rules.cancun();
                    default -> rules.prague();
                };
        if (!known) return PoolError.ErrTxTypeNotSupported;
        if (tx.isCreation() && rules.shanghai()) {
            int max = rules.amsterdam() ? INIT_CODE_MAX_AMSTERDAM : INIT_CODE_MAX;
            if (tx.dataLength() > max) return PoolError.ErrMaxInitCodeSizeExceeded;
        }
        if (rules.osaka()
                && !rules.amsterdam()
                && Long.compareUnsigned(tx.gas(), TRANSACTION_GAS_MAX) > 0) {
            return PoolError.ErrGasLimitTooHigh;
        }
        if (tx.value().signum() < 0) return PoolError.ErrNegativeValue;
        if (Long.compareUnsigned(tx.gas(), gasLimit) > 0) return PoolError.ErrGasLimit;
        if (tx.feeCap().bitLength() > 256) return PoolError.ErrFeeCapVeryHigh;
        if (tx.tipCap().bitLength() > 256) return PoolError.ErrTipVeryHigh;
        return tx.feeCap().compareTo(tx.tipCap()) < 0 ? PoolError.ErrTipAboveFeeCap : null;
    }

    /// What gossip asks before it pays for a recovery: S1 to S13, then the minimum tip, then the
    /// chain.
    ///
    /// A transaction that breaks several rules may get another answer here than from [#check], one
    /// of the same class or a weaker one.
    public @Nullable PoolError beforeRecovery(
            Transaction tx, ForkRules rules, long gasLimit, BigInteger minTip) {
        PoolError error = beforeSender(tx, rules, gasLimit);
        if (error != null) return error;
        if (tx.tipCap().compareTo(minTip) < 0) return PoolError.ErrTxGasPriceTooLow;
        return signedForThisChain(tx) ? null : PoolError.ErrInvalidSender;
    }

    /// Whether the chain that was signed for is ours; an unprotected legacy transaction names none.
    public boolean signedForThisChain(Transaction tx) {
        if (tx.type() == Transaction.LEGACY && !tx.isProtected()) return true;
        return tx.chainId().equals(chainId);
    }

    private static @Nullable PoolError gas(Transaction tx, ForkRules rules) {
        long intrinsic = IntrinsicGas.of(tx, rules); // S17, an overflow, is out of its reach
        if (Long.compareUnsigned(tx.gas(), intrinsic) < 0) return PoolError.ErrIntrinsicGas;
        if (!rules.prague()) return null;
        long floor = IntrinsicGas.floor(tx, rules);
        if (Long.compareUnsigned(tx.gas(), floor) < 0) return PoolError.ErrFloorDataGas;
        boolean over = rules.amsterdam() && Math.max(intrinsic, floor) > TRANSACTION_GAS_MAX;
        return over ? PoolError.ErrFloorDataGas : null;
    }

    private static @Nullable PoolError blob(Transaction tx) {
        if (tx.blobFeeCap().signum() < 1) return PoolError.ErrTxGasPriceTooLow;
        BlobSidecar sidecar = tx.sidecar();
        if (sidecar == null) return PoolError.ErrMissingSidecar;
        int hashes = tx.blobHashes().size();
        if (sidecar.commitments().size() != hashes) return PoolError.ErrBlobCommitmentMismatch;
        for (int i = 0; i < hashes; i++) {
            if (!versionedHash(sidecar.commitments().get(i)).equals(tx.blobHashes().get(i))) {
                return PoolError.ErrBlobCommitmentMismatch;
            }
        }
        if (hashes > BLOBS_MAX) return PoolError.ErrTxBlobLimitExceeded;
        if (sidecar.version() != 1) return PoolError.ErrSidecarFormatError;
        if (sidecar.proofs() != 128 * hashes) return PoolError.ErrSidecarFormatError;
        if (sidecar.blobs() == 0) return PoolError.ErrBlobless;
        // A count that differs cannot verify; whether equal counts do is asked by who has the
        // proofs.
        return sidecar.blobs() == hashes ? null : PoolError.ErrKZGVerificationError;
    }

    private static Hash32 versionedHash(byte[] commitment) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(commitment);
            hash[0] = 1;
            return new Hash32(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /// The text that a user sees: what was found and what would be enough.
    public String explain(
            PoolError error, Transaction tx, ForkRules rules, long gasLimit, BigInteger minTip) {
        String text = error.text();
        return switch (error) {
            case ErrTxGasPriceTooLow ->
                    "%s: gas tip cap %s, minimum needed %s".formatted(text, tx.tipCap(), minTip);
            case ErrOversizedData ->
                    "%s: transaction size %d, limit %d"
                            .formatted(
                                    text,
                                    tx.size(),
                                    tx.type() == Transaction.BLOB
                                            ? BLOB_BYTES_MAX
                                            : PLAIN_BYTES_MAX);
            case ErrIntrinsicGas ->
                    "%s: gas %s, minimum needed %d"
                            .formatted(
                                    text,
                                    Long.toUnsignedString(tx.gas()),
                                    IntrinsicGas.of(tx, rules));
            case ErrFloorDataGas ->
                    "%s: gas %s, minimum needed %d"
                            .formatted(
                                    text,
                                    Long.toUnsignedString(tx.gas()),
                                    IntrinsicGas.floor(tx, rules));
            case ErrGasLimitTooHigh ->
                    "%s (cap: %d, tx: %s)"
                            .formatted(text, TRANSACTION_GAS_MAX, Long.toUnsignedString(tx.gas()));
            case ErrMaxInitCodeSizeExceeded ->
                    "%s: code size %d limit %d"
                            .formatted(
                                    text,
                                    tx.dataLength(),
                                    rules.amsterdam() ? INIT_CODE_MAX_AMSTERDAM : INIT_CODE_MAX);
            case ErrInvalidSender ->
                    signedForThisChain(tx)
                            ? text + ": invalid transaction v, r, s values"
                            : "%s: invalid chain id for signer: have %s want %s"
                                    .formatted(text, shown(tx.chainId()), chainId);
            case ErrTxTypeNotSupported -> text + ": " + tx.type();
            default -> text;
        };
    }

    /// A stranger's number; one of thousands of digits would take a while to write down.
    private static Object shown(BigInteger number) {
        return number.bitLength() > 256 ? "a number over 2^256" : number;
    }
}
