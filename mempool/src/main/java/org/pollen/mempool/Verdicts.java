package org.pollen.mempool;

import java.math.BigInteger;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What gossip does with a transaction, and why. Thread-safe.
///
/// The principle: reject only what every honest node on any recent head would refuse from the bytes
/// alone. What depends on state, on what is in the pool, on local settings or on a fork that comes
/// or has just come is ignored. Source: mempool specification 8.4.
public final class Verdicts {
    /// Blocks before and after a fork in which nobody is blamed for rules that it changes.
    public static final int FORK_WINDOW_BLOCKS = 64;

    /// Why.
    public enum Reason {
        /// Executable, or in place of an executable one.
        EXECUTABLE,
        /// Behind a nonce gap: to be published when it is promoted.
        GAPPED,
        /// Seen before.
        KNOWN,
        /// No transaction, or not in its canonical form.
        MALFORMED,
        /// A type nobody here knows: it may be a newer fork's.
        UNKNOWN_TYPE,
        /// A type that is not for this topic.
        WRONG_TOPIC,
        /// Longer than any node takes.
        OVERSIZED,
        /// Signed for another chain.
        WRONG_CHAIN,
        /// A signature that nobody can have made.
        BAD_SIGNATURE,
        /// Numbers that no state makes valid.
        IMPOSSIBLE,
        /// Against the rules of the fork.
        FORK_RULES,
        /// Against rules that change about now.
        NEAR_FORK,
        /// More gas than any recent block has, or than the head's has.
        BLOCK_GAS,
        /// Pays less than we ask for.
        PRICE,
        /// No room, or no room for this one.
        POOL,
        /// Not valid on our state.
        STATE,
        /// A blob sidecar that is missing or wrong.
        SIDECAR,
        /// Not judged: shutting down, not synced, too much to do, or our own defect.
        UNAVAILABLE
    }

    /// A verdict and its reason.
    public record Judgement(GossipVerdict verdict, Reason reason) {}

    /// The answer when nobody could judge: never the peer's fault.
    public static final Judgement UNAVAILABLE =
            new Judgement(GossipVerdict.IGNORE, Reason.UNAVAILABLE);

    private final BigInteger chainId;
    private final ForkSchedule forks;

    /// Verdicts for one chain.
    public Verdicts(BigInteger chainId, ForkSchedule forks) {
        this.chainId = chainId;
        this.forks = forks;
    }

    /// What the place of an accepted transaction means.
    public Judgement accepted(TransactionStatus place) {
        return switch (place) {
            case PENDING -> accept();
            case QUEUED -> ignore(Reason.GAPPED);
            // Accepted, and gone again before anybody looked: evicted by a better one.
            case UNKNOWN -> ignore(Reason.POOL);
        };
    }

    /// What a refusal means.
    ///
    /// @param tx what was refused; null if it could not be decoded
    public Judgement refused(PoolError error, @Nullable Transaction tx, BlockHeader head) {
        Set<Fork> near = forks.near(head.number(), head.timestamp(), FORK_WINDOW_BLOCKS);
        Judgement judgement = refused(error, tx, head.gasLimit(), near);
        boolean otherChain =
                error == PoolError.ErrInvalidSender
                        && tx != null
                        && tx.isProtected()
                        && !tx.chainId().equals(chainId);
        return otherChain ? reject(Reason.WRONG_CHAIN) : judgement;
    }

    /// What a refusal means, given the forks whose window is open.
    static Judgement refused(
            PoolError error, @Nullable Transaction tx, long headGasLimit, Set<Fork> near) {
        return switch (error) {
            case ErrRlp, ErrShortTypedTx -> reject(Reason.MALFORMED);
            case ErrOversizedData -> reject(Reason.OVERSIZED);
            case ErrInvalidSender -> reject(Reason.BAD_SIGNATURE);
            case ErrNonceMax,
                    ErrFeeCapVeryHigh,
                    ErrTipVeryHigh,
                    ErrTipAboveFeeCap,
                    ErrNegativeValue,
                    ErrEmptyAuthList,
                    ErrGasUintOverflow ->
                    reject(Reason.IMPOSSIBLE);
            case ErrMaxInitCodeSizeExceeded -> byFork(near, Fork.SHANGHAI, Fork.AMSTERDAM);
            case ErrIntrinsicGas ->
                    byFork(near, Fork.HOMESTEAD, Fork.ISTANBUL, Fork.SHANGHAI, Fork.AMSTERDAM);
            case ErrFloorDataGas -> byFork(near, Fork.PRAGUE, Fork.AMSTERDAM);
            case ErrGasLimitTooHigh -> byFork(near, Fork.OSAKA, Fork.AMSTERDAM);
            case ErrSidecarFormatError -> byFork(near, Fork.OSAKA);
            case ErrKZGVerificationError,
                    ErrBlobCommitmentMismatch,
                    ErrBlobless,
                    ErrMissingSidecar,
                    ErrTxBlobLimitExceeded ->
                    reject(Reason.SIDECAR);
            case ErrTxTypeNotSupported -> type(tx);
            case ErrGasLimit -> blockGas(tx, headGasLimit);
            case ErrInsufficientFunds -> funds(tx);
            case ErrAlreadyKnown -> ignore(Reason.KNOWN);
            case ErrUnderpriced, ErrReplaceUnderpriced, ErrTxGasPriceTooLow -> ignore(Reason.PRICE);
            case ErrAccountLimitExceeded,
                    ErrAlreadyReserved,
                    ErrInflightTxLimitReached,
                    ErrOutOfOrderTxFromDelegated,
                    ErrAuthorityReserved,
                    ErrFutureReplacePending,
                    ErrTxPoolOverflow ->
                    ignore(Reason.POOL);
            case ErrNonceTooLow, ErrNonceTooHigh, ErrSenderNoEOA -> ignore(Reason.STATE);
        };
    }

    private static Judgement type(@Nullable Transaction tx) {
        if (tx == null) return ignore(Reason.UNKNOWN_TYPE);
        // The hash of a blob transaction does not cover its sidecar: it is never gossiped whole.
        return tx.type() == Transaction.BLOB
                ? reject(Reason.WRONG_TOPIC)
                : ignore(Reason.FORK_RULES);
    }

    private static Judgement blockGas(@Nullable Transaction tx, long headGasLimit) {
        long most = headGasLimit < 0 ? -1 : headGasLimit * 2; // unsigned, saturated
        boolean beyond = tx != null && Long.compareUnsigned(tx.gas(), most) > 0;
        return beyond ? reject(Reason.BLOCK_GAS) : ignore(Reason.BLOCK_GAS);
    }

    private static Judgement funds(@Nullable Transaction tx) {
        boolean impossible = tx != null && tx.value().bitLength() > 256;
        return impossible ? reject(Reason.IMPOSSIBLE) : ignore(Reason.STATE);
    }

    private static Judgement byFork(Set<Fork> near, Fork first, Fork... others) {
        boolean open = EnumSet.of(first, others).stream().anyMatch(near::contains);
        return open ? ignore(Reason.NEAR_FORK) : reject(Reason.FORK_RULES);
    }

    private static Judgement accept() {
        return new Judgement(GossipVerdict.ACCEPT, Reason.EXECUTABLE);
    }

    private static Judgement ignore(Reason reason) {
        return new Judgement(GossipVerdict.IGNORE, reason);
    }

    private static Judgement reject(Reason reason) {
        return new Judgement(GossipVerdict.REJECT, reason);
    }
}
