package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.mempool.Verdicts.Judgement;
import org.pollen.mempool.Verdicts.Reason;

/// The verdict table, mempool specification 8.4, row by row.
class VerdictsTest {
    private static final ForkSchedule FORKS =
            ForkSchedule.always(Fork.PRAGUE)
                    .atTime(Fork.OSAKA, 1_000_000)
                    .atTime(Fork.AMSTERDAM, 2_000_000);
    private static final BlockHeader HEAD = head(1_500_000, 30_000_000);
    private static final TransactionSigner SIGNER =
            new TransactionSigner(Keccak256.hash(new byte[] {1}));

    private final Verdicts verdicts = new Verdicts(BigInteger.ONE, FORKS);

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    PENDING, ACCEPT, EXECUTABLE
                    QUEUED,  IGNORE, GAPPED
                    UNKNOWN, IGNORE, POOL
                    """)
    @DisplayName("8.4: executable is forwarded, gapped is not yet")
    void places(TransactionStatus place, GossipVerdict verdict, Reason reason) {
        assertThat(verdicts.accepted(place)).isEqualTo(new Judgement(verdict, reason));
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    ErrAlreadyKnown,             IGNORE, KNOWN
                    ErrRlp,                      REJECT, MALFORMED
                    ErrShortTypedTx,             REJECT, MALFORMED
                    ErrTxTypeNotSupported,       IGNORE, UNKNOWN_TYPE
                    ErrOversizedData,            REJECT, OVERSIZED
                    ErrInvalidSender,            REJECT, BAD_SIGNATURE
                    ErrNonceMax,                 REJECT, IMPOSSIBLE
                    ErrFeeCapVeryHigh,           REJECT, IMPOSSIBLE
                    ErrTipVeryHigh,              REJECT, IMPOSSIBLE
                    ErrTipAboveFeeCap,           REJECT, IMPOSSIBLE
                    ErrNegativeValue,            REJECT, IMPOSSIBLE
                    ErrEmptyAuthList,            REJECT, IMPOSSIBLE
                    ErrGasUintOverflow,          REJECT, IMPOSSIBLE
                    ErrMaxInitCodeSizeExceeded,  REJECT, FORK_RULES
                    ErrIntrinsicGas,             REJECT, FORK_RULES
                    ErrFloorDataGas,             REJECT, FORK_RULES
                    ErrGasLimitTooHigh,          REJECT, FORK_RULES
                    ErrGasLimit,                 IGNORE, BLOCK_GAS
                    ErrTxGasPriceTooLow,         IGNORE, PRICE
                    ErrUnderpriced,              IGNORE, PRICE
                    ErrReplaceUnderpriced,       IGNORE, PRICE
                    ErrTxPoolOverflow,           IGNORE, POOL
                    ErrFutureReplacePending,     IGNORE, POOL
                    ErrNonceTooLow,              IGNORE, STATE
                    ErrNonceTooHigh,             IGNORE, STATE
                    ErrInsufficientFunds,        IGNORE, STATE
                    ErrInflightTxLimitReached,   IGNORE, POOL
                    ErrOutOfOrderTxFromDelegated,IGNORE, POOL
                    ErrAuthorityReserved,        IGNORE, POOL
                    ErrAlreadyReserved,          IGNORE, POOL
                    ErrAccountLimitExceeded,     IGNORE, POOL
                    ErrSenderNoEOA,              IGNORE, STATE
                    ErrKZGVerificationError,     REJECT, SIDECAR
                    ErrBlobCommitmentMismatch,   REJECT, SIDECAR
                    ErrBlobless,                 REJECT, SIDECAR
                    ErrMissingSidecar,           REJECT, SIDECAR
                    ErrTxBlobLimitExceeded,      REJECT, SIDECAR
                    ErrSidecarFormatError,       REJECT, FORK_RULES
                    """)
    @DisplayName("8.4: each error far from any fork")
    void errors(PoolError error, GossipVerdict verdict, Reason reason) {
        assertThat(verdicts.refused(error, null, HEAD)).isEqualTo(new Judgement(verdict, reason));
        assertThat(GossipVerdict.of(error, null, HEAD.gasLimit(), false)).isEqualTo(verdict);
    }

    @Test
    @DisplayName("8.4: no error is without a row")
    void complete() throws Exception {
        CsvSource rows =
                VerdictsTest.class
                        .getDeclaredMethod(
                                "errors", PoolError.class, GossipVerdict.class, Reason.class)
                        .getAnnotation(CsvSource.class);
        Set<String> named = new HashSet<>();
        rows.textBlock().lines().forEach(row -> named.add(row.split(",", 2)[0]));
        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(PoolError.values()).map(Enum::name).toList());
    }

    @Test
    @DisplayName("8.4: what nobody could judge is ignored")
    void unavailable() {
        assertThat(Verdicts.UNAVAILABLE)
                .isEqualTo(new Judgement(GossipVerdict.IGNORE, Reason.UNAVAILABLE));
    }

    @Test
    @DisplayName("8.4: type 3 on the plain topic is rejected, a type of another fork ignored")
    void types() {
        assertThat(of(PoolError.ErrTxTypeNotSupported, draft(3).sign()))
                .isEqualTo(new Judgement(GossipVerdict.REJECT, Reason.WRONG_TOPIC));
        assertThat(of(PoolError.ErrTxTypeNotSupported, draft(2).sign()))
                .isEqualTo(new Judgement(GossipVerdict.IGNORE, Reason.FORK_RULES));
    }

    @Test
    @DisplayName("8.4: signed for another chain is rejected as that")
    void otherChain() {
        Transaction other = SIGNER.draft(0, BigInteger.TWO).to(SIGNER.address()).sign();
        Transaction ours = draft(0).sign();
        Transaction unprotected = draft(0).unprotected().sign();

        assertThat(of(PoolError.ErrInvalidSender, other).reason()).isEqualTo(Reason.WRONG_CHAIN);
        assertThat(of(PoolError.ErrInvalidSender, ours).reason()).isEqualTo(Reason.BAD_SIGNATURE);
        assertThat(of(PoolError.ErrInvalidSender, unprotected).reason())
                .isEqualTo(Reason.BAD_SIGNATURE);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    30000000, 30000001,             IGNORE
                    30000000, 59999999,             IGNORE
                    30000000, 60000000,             IGNORE
                    30000000, 60000001,             REJECT
                    30000000, 18446744073709551615, REJECT
                    9223372036854775808, 18446744073709551615, IGNORE
                    """)
    @DisplayName("8.4: gas over the block's is ignored up to twice the head's limit")
    void blockGas(String limit, String gas, GossipVerdict verdict) {
        Transaction tx = draft(2).gas(Long.parseUnsignedLong(gas)).sign();
        BlockHeader head = head(1_500_000, Long.parseUnsignedLong(limit));

        assertThat(verdicts.refused(PoolError.ErrGasLimit, tx, head))
                .isEqualTo(new Judgement(verdict, Reason.BLOCK_GAS));
    }

    @Test
    @DisplayName("8.4: a value over 2^256 is nobody's, funds are state")
    void funds() {
        BigInteger most = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
        assertThat(of(PoolError.ErrInsufficientFunds, draft(2).value(most).sign()).verdict())
                .isEqualTo(GossipVerdict.IGNORE);
        assertThat(
                        of(
                                PoolError.ErrInsufficientFunds,
                                draft(2).value(most.add(BigInteger.ONE)).sign()))
                .isEqualTo(new Judgement(GossipVerdict.REJECT, Reason.IMPOSSIBLE));
    }

    /// Osaka begins at 1,000,000 s; 64 blocks are 768 s.
    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    ErrGasLimitTooHigh,         999219,  REJECT
                    ErrGasLimitTooHigh,         999232,  IGNORE
                    ErrGasLimitTooHigh,         1000000, IGNORE
                    ErrGasLimitTooHigh,         1000768, IGNORE
                    ErrGasLimitTooHigh,         1000780, REJECT
                    ErrSidecarFormatError,      1000000, IGNORE
                    ErrIntrinsicGas,            1000000, REJECT
                    ErrFloorDataGas,            1000000, REJECT
                    ErrMaxInitCodeSizeExceeded, 1000000, REJECT
                    ErrGasLimitTooHigh,         2000000, IGNORE
                    ErrIntrinsicGas,            2000000, IGNORE
                    ErrFloorDataGas,            2000000, IGNORE
                    ErrMaxInitCodeSizeExceeded, 2000000, IGNORE
                    ErrSidecarFormatError,      2000000, REJECT
                    ErrNonceMax,                2000000, REJECT
                    """)
    @DisplayName("8.4: near a fork that changes the rule nobody is blamed")
    void forkWindow(PoolError error, long time, GossipVerdict verdict) {
        Judgement judgement = verdicts.refused(error, null, head(time, 30_000_000));

        assertThat(judgement.verdict()).isEqualTo(verdict);
        if (verdict == GossipVerdict.IGNORE)
            assertThat(judgement.reason()).isEqualTo(Reason.NEAR_FORK);
        assertThat(GossipVerdict.of(PoolError.ErrFloorDataGas, null, 1, true))
                .isEqualTo(GossipVerdict.IGNORE);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    ErrInvalidSender, false
                    ErrUnderpriced, true
                    ErrInflightTxLimitReached, true
                    ErrOutOfOrderTxFromDelegated, true
                    ErrAuthorityReserved, true
                    ErrFutureReplacePending, true
                    ErrTxPoolOverflow, true
                    ErrReplaceUnderpriced, false
                    ErrNonceTooLow, false
                    """)
    @DisplayName("3.8: what the local tracker goes on trying")
    void classes(PoolError error, boolean temporary) {
        assertThat(error.temporary()).isEqualTo(temporary);
        assertThat(error.rpcCode()).isEqualTo(-32000);
        assertThat(List.of(PoolError.values()).stream().filter(PoolError::temporary)).hasSize(6);
        assertThat(PoolError.values()).allMatch(e -> !e.text().isBlank());
    }

    private Judgement of(PoolError error, @Nullable Transaction tx) {
        return verdicts.refused(error, tx, HEAD);
    }

    private static TransactionSigner.Draft draft(int type) {
        return SIGNER.draft(type, BigInteger.ONE).to(SIGNER.address());
    }

    private static BlockHeader head(long time, long gasLimit) {
        return new BlockHeader(Txs.hash(1), Txs.hash(0), 100, time, gasLimit, 0, null);
    }
}
