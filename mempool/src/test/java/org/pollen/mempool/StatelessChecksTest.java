package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules S1 to S29, mempool specification 3.2: at each limit, one below and one above.
class StatelessChecksTest {
    private static final TransactionSigner SIGNER =
            new TransactionSigner(Keccak256.hash(new byte[] {1}));
    private static final BigInteger TOO_WIDE = BigInteger.ONE.shiftLeft(256);
    private static final BigInteger WIDEST = TOO_WIDE.subtract(BigInteger.ONE);
    private static final long GAS_LIMIT = 30_000_000;

    private final StatelessChecks plain =
            new StatelessChecks(BigInteger.ONE, StatelessChecks.PLAIN_TYPES);
    private final StatelessChecks blobs =
            new StatelessChecks(BigInteger.ONE, StatelessChecks.BLOB_TYPES);
    private Fork fork = Fork.PRAGUE;
    private long gasLimit = GAS_LIMIT;
    private BigInteger minTip = BigInteger.ONE;

    @Test
    @DisplayName("S1: each sub-pool takes its own types")
    void s1() {
        for (int type : new int[] {0, 1, 2, 4}) {
            assertThat(plain(draft(type).sign())).isNull();
            assertThat(blobs(draft(type).sign())).isEqualTo(PoolError.ErrTxTypeNotSupported);
        }
        assertThat(plain(blob(1, 1))).isEqualTo(PoolError.ErrTxTypeNotSupported);
        assertThat(explain(PoolError.ErrTxTypeNotSupported, blob(1, 1)))
                .isEqualTo("transaction type not supported: 3");
    }

    @Test
    @DisplayName("S2: 131,072 bytes, or 1,048,576 with a sidecar")
    void s2() {
        assertThat(plain(sized(draft(2), 131_071))).isNull();
        assertThat(plain(sized(draft(2), 131_072))).isNull();
        assertThat(plain(sized(draft(2), 131_073))).isEqualTo(PoolError.ErrOversizedData);
        assertThat(blobs(with(blob(1, 1), p -> p.size = 1_048_576))).isNull();
        assertThat(blobs(with(blob(1, 1), p -> p.size = 1_048_577)))
                .isEqualTo(PoolError.ErrOversizedData);
        assertThat(explain(PoolError.ErrOversizedData, sized(draft(2), 131_073)))
                .isEqualTo("oversized data: transaction size 131073, limit 131072");
        assertThat(explain(PoolError.ErrOversizedData, with(blob(1, 1), p -> p.size = 1_048_577)))
                .isEqualTo("oversized data: transaction size 1048577, limit 1048576");
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    1, BERLIN
                    2, LONDON
                    3, CANCUN
                    4, PRAGUE
                    """)
    @DisplayName("S3 to S6: a type is taken from its fork on")
    void s3s4s5s6(int type, Fork first) {
        for (Fork each : Fork.values()) {
            fork = each;
            Transaction tx = type == 3 ? blob(1, 1) : draft(type).sign();
            @Nullable PoolError expected =
                    each.isAtLeast(first) ? null : PoolError.ErrTxTypeNotSupported;
            assertThat(type == 3 ? blobs(tx) : plain(tx)).as("%s", each).isEqualTo(expected);
        }
        fork = Fork.FRONTIER;
        assertThat(plain(draft(0).gas(80_000).sign())).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    LONDON,    49153,  true
                    SHANGHAI,  49151,  true
                    SHANGHAI,  49152,  true
                    SHANGHAI,  49153,  false
                    OSAKA,     49152,  true
                    OSAKA,     49153,  false
                    AMSTERDAM, 49153,  true
                    AMSTERDAM, 130900, true
                    """)
    @DisplayName("S7: init code of 49,152 bytes from Shanghai to Osaka")
    void s7(Fork when, int bytes, boolean taken) {
        fork = when;
        gasLimit = Long.MAX_VALUE;
        Transaction create =
                draft(2).to(null)
                        .data(new byte[bytes])
                        .gas(when.isAtLeast(Fork.OSAKA) ? 1 << 24 : 9_000_000)
                        .sign();
        Transaction call = draft(2).data(new byte[bytes]).gas(9_000_000).sign();

        assertThat(plain(create)).isEqualTo(taken ? null : PoolError.ErrMaxInitCodeSizeExceeded);
        assertThat(plain(call)).isNull();
        assertThat(explain(PoolError.ErrMaxInitCodeSizeExceeded, create))
                .isEqualTo(
                        "max initcode size exceeded: code size %d limit %d"
                                .formatted(bytes, when == Fork.AMSTERDAM ? 131_072 : 49_152));
    }

    @Test
    @DisplayName("S7: init code of 131,072 bytes in Amsterdam")
    void s7Amsterdam() {
        fork = Fork.AMSTERDAM;
        gasLimit = Long.MAX_VALUE;
        TransactionSigner.Draft create = draft(2).to(null).gas(Long.MAX_VALUE);

        assertThat(plain(small(create.data(new byte[131_072]).sign())))
                .isNotEqualTo(PoolError.ErrMaxInitCodeSizeExceeded);
        assertThat(plain(small(create.data(new byte[131_073]).sign())))
                .isEqualTo(PoolError.ErrMaxInitCodeSizeExceeded);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    PRAGUE,    16777217, true
                    OSAKA,     16777215, true
                    OSAKA,     16777216, true
                    OSAKA,     16777217, false
                    AMSTERDAM, 16777217, true
                    """)
    @DisplayName("S8: gas of 2^24 in Osaka")
    void s8(Fork when, long gas, boolean taken) {
        fork = when;
        Transaction tx = draft(2).gas(gas).sign();

        assertThat(plain(tx)).isEqualTo(taken ? null : PoolError.ErrGasLimitTooHigh);
        assertThat(explain(PoolError.ErrGasLimitTooHigh, tx))
                .isEqualTo("transaction gas limit too high (cap: 16777216, tx: " + gas + ")");
    }

    @Test
    @DisplayName("S9: a negative value, which only an object can have")
    void s9() {
        assertThat(plain(with(draft(2).sign(), p -> p.value = BigInteger.valueOf(-1))))
                .isEqualTo(PoolError.ErrNegativeValue);
        assertThat(plain(draft(2).value(BigInteger.ZERO).sign())).isNull();
    }

    @Test
    @DisplayName("S10: gas up to the head's limit, unsigned")
    void s10() {
        gasLimit = 100_000;
        assertThat(plain(draft(2).gas(99_999).sign())).isNull();
        assertThat(plain(draft(2).gas(100_000).sign())).isNull();
        assertThat(plain(draft(2).gas(100_001).sign())).isEqualTo(PoolError.ErrGasLimit);
        assertThat(plain(draft(2).gas(-1).sign())).isEqualTo(PoolError.ErrGasLimit);
    }

    @Test
    @DisplayName("S11, S12: fees of 256 bits")
    void s11s12() {
        assertThat(plain(fees(WIDEST, BigInteger.ONE))).isNull();
        assertThat(plain(fees(TOO_WIDE, BigInteger.ONE))).isEqualTo(PoolError.ErrFeeCapVeryHigh);
        assertThat(plain(fees(WIDEST, WIDEST))).isNull();
        assertThat(plain(fees(WIDEST, TOO_WIDE))).isEqualTo(PoolError.ErrTipVeryHigh);
        assertThat(plain(fees(TOO_WIDE, TOO_WIDE))).isEqualTo(PoolError.ErrFeeCapVeryHigh);
        Transaction wide = draft(0).gasPrice(WIDEST).sign();
        assertThat(plain(wide)).isNull();
        assertThat(wide.feeCapLong()).isEqualTo(Long.MAX_VALUE);
        assertThat(wide.tipCapLong()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    @DisplayName("S13: the tip cap is at most the fee cap")
    void s13() {
        assertThat(plain(fees(BigInteger.TEN, BigInteger.valueOf(9)))).isNull();
        assertThat(plain(fees(BigInteger.TEN, BigInteger.TEN))).isNull();
        assertThat(plain(fees(BigInteger.TEN, BigInteger.valueOf(11))))
                .isEqualTo(PoolError.ErrTipAboveFeeCap);
    }

    @Test
    @DisplayName("S14: no sender comes before S15 and everything after, and after S13")
    void s14() {
        Transaction other =
                SIGNER.draft(2, BigInteger.TWO).nonce(-1).gas(1).to(SIGNER.address()).sign();
        assertThat(plain(other)).isEqualTo(PoolError.ErrInvalidSender);
        Transaction tipToo =
                SIGNER.draft(2, BigInteger.TWO)
                        .fees(BigInteger.ONE, BigInteger.TWO)
                        .to(SIGNER.address())
                        .sign();
        assertThat(plain(tipToo)).isEqualTo(PoolError.ErrTipAboveFeeCap);
        Transaction unsigned = with(draft(2).sign(), p -> p.v = BigInteger.TWO);
        assertThat(plain(unsigned)).isEqualTo(PoolError.ErrInvalidSender);
        assertThat(explain(PoolError.ErrInvalidSender, unsigned))
                .isEqualTo("invalid sender: invalid transaction v, r, s values");
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    42,                   true
                    9223372036854775808,  true
                    18446744073709551614, true
                    18446744073709551615, false
                    """)
    @DisplayName("S15, C091: a nonce below 2^64 - 1")
    void s15(String nonce, boolean taken) {
        Transaction tx = draft(2).nonce(Long.parseUnsignedLong(nonce)).sign();
        assertThat(plain(tx)).isEqualTo(taken ? null : PoolError.ErrNonceMax);
    }

    @Test
    @DisplayName("S16: a value below 2^256")
    void s16() {
        assertThat(plain(draft(2).value(WIDEST).sign())).isNull();
        assertThat(plain(draft(2).value(TOO_WIDE).sign()))
                .isEqualTo(PoolError.ErrInsufficientFunds);
    }

    @Test
    @DisplayName("S17: the longest data does not come near 64 bits of gas")
    void s17() {
        Transaction tx =
                with(
                        draft(1).to(null).sign(),
                        p -> {
                            p.dataTo = p.dataFrom;
                            p.accessList = new ArrayList<>();
                        });
        long largest = 53_000 + 68L * Integer.MAX_VALUE + 4096L * Integer.MAX_VALUE;
        assertThat(IntrinsicGas.of(tx, new ForkRules(Fork.PRAGUE))).isEqualTo(53_000);
        assertThat(largest).isPositive();
    }

    @Test
    @DisplayName("S18: the intrinsic gas")
    void s18() {
        assertThat(plain(draft(2).gas(20_999).sign())).isEqualTo(PoolError.ErrIntrinsicGas);
        assertThat(plain(draft(2).gas(21_000).sign())).isNull();
        assertThat(plain(draft(2).gas(21_001).sign())).isNull();
        assertThat(explain(PoolError.ErrIntrinsicGas, draft(2).gas(20_999).sign()))
                .isEqualTo("intrinsic gas too low: gas 20999, minimum needed 21000");
    }

    @Test
    @DisplayName("S19: the floor of data gas, from Prague on")
    void s19() {
        byte[] data = new byte[100]; // intrinsic 21,400, floor 22,000
        assertThat(plain(draft(2).data(data).gas(21_999).sign()))
                .isEqualTo(PoolError.ErrFloorDataGas);
        assertThat(plain(draft(2).data(data).gas(22_000).sign())).isNull();
        assertThat(explain(PoolError.ErrFloorDataGas, draft(2).data(data).gas(21_999).sign()))
                .isEqualTo(
                        "insufficient gas for floor data gas cost: gas 21999, minimum needed 22000");
        fork = Fork.CANCUN;
        assertThat(plain(draft(2).data(data).gas(21_999).sign())).isNull();
    }

    @Test
    @DisplayName("S20: in Amsterdam neither gas may pass 2^24")
    void s20() {
        fork = Fork.AMSTERDAM;
        gasLimit = Long.MAX_VALUE;
        // To oneself: 12,000 + 64 for each byte of data as the floor.
        int most = ((1 << 24) - 12_000) / 64;
        Transaction at = small(draft(2).data(new byte[most]).gas(1 << 25).sign());
        Transaction above = small(draft(2).data(new byte[most + 1]).gas(1 << 25).sign());

        assertThat(plain(at)).isNull();
        assertThat(plain(above)).isEqualTo(PoolError.ErrFloorDataGas);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4})
    @DisplayName("S21: the minimum tip")
    void s21(int type) {
        minTip = BigInteger.TEN;
        BigInteger cap = BigInteger.valueOf(100);
        for (int tip = 9; tip <= 11; tip++) {
            BigInteger wei = BigInteger.valueOf(tip);
            Transaction tx = draft(type).fees(type < 2 ? wei : cap, wei).sign();
            assertThat(plain(tx)).isEqualTo(tip < 10 ? PoolError.ErrTxGasPriceTooLow : null);
        }
        assertThat(
                        explain(
                                PoolError.ErrTxGasPriceTooLow,
                                draft(2).fees(cap, BigInteger.TWO).sign()))
                .isEqualTo("transaction gas price below minimum: gas tip cap 2, minimum needed 10");
    }

    @Test
    @DisplayName("S22: a blob fee cap of at least 1 wei")
    void s22() {
        assertThat(blobs(with(blob(1, 1), p -> p.blobFeeCap = BigInteger.ZERO)))
                .isEqualTo(PoolError.ErrTxGasPriceTooLow);
        assertThat(blobs(blob(1, 1))).isNull();
    }

    @Test
    @DisplayName("S23: a sidecar")
    void s23() {
        assertThat(blobs(with(blob(1, 1), p -> p.sidecar = null)))
                .isEqualTo(PoolError.ErrMissingSidecar);
    }

    @Test
    @DisplayName("S24: a commitment for each hash, and its hash")
    void s24() {
        assertThat(blobs(with(blob(2, 1), p -> p.sidecar = sidecar(1, 1, 1, 128))))
                .isEqualTo(PoolError.ErrBlobCommitmentMismatch);
        assertThat(blobs(with(blob(2, 1), p -> p.sidecar = sidecar(1, 2, 3, 384))))
                .isEqualTo(PoolError.ErrBlobCommitmentMismatch);
        assertThat(
                        blobs(
                                with(
                                        blob(2, 1),
                                        p ->
                                                p.blobHashes =
                                                        List.of(
                                                                p.blobHashes.get(1),
                                                                p.blobHashes.get(0)))))
                .isEqualTo(PoolError.ErrBlobCommitmentMismatch);
    }

    @Test
    @DisplayName("S25: six blobs")
    void s25() {
        assertThat(blobs(blob(5, 1))).isNull();
        assertThat(blobs(blob(6, 1))).isNull();
        assertThat(blobs(blob(7, 1))).isEqualTo(PoolError.ErrTxBlobLimitExceeded);
    }

    @Test
    @DisplayName("S26: a sidecar of version 1, and S25 before it")
    void s26() {
        assertThat(blobs(with(blob(1, 1), p -> p.sidecar = sidecar(0, 1, 1, 128))))
                .isEqualTo(PoolError.ErrSidecarFormatError);
        assertThat(blobs(with(blob(7, 1), p -> p.sidecar = sidecar(0, 7, 7, 7))))
                .isEqualTo(PoolError.ErrTxBlobLimitExceeded);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    255, false
                    256, true
                    257, false
                    2,   false
                    """)
    @DisplayName("S27: 128 cell proofs for each blob")
    void s27(int proofs, boolean taken) {
        assertThat(blobs(with(blob(2, 1), p -> p.sidecar = sidecar(1, 2, 2, proofs))))
                .isEqualTo(taken ? null : PoolError.ErrSidecarFormatError);
    }

    @Test
    @DisplayName("S28: an authorization")
    void s28() {
        assertThat(plain(draft(4).authorizations(List.of()).sign()))
                .isEqualTo(PoolError.ErrEmptyAuthList);
        assertThat(plain(draft(4).sign())).isNull();
    }

    @Test
    @DisplayName("S29: no blobs, or not as many as commitments (proofs are not verified yet)")
    void s29() {
        assertThat(blobs(blob(0, 1))).isEqualTo(PoolError.ErrBlobless);
        assertThat(blobs(with(blob(2, 1), p -> p.sidecar = sidecar(1, 0, 2, 256))))
                .isEqualTo(PoolError.ErrBlobless);
        assertThat(blobs(with(blob(2, 1), p -> p.sidecar = sidecar(1, 1, 2, 256))))
                .isEqualTo(PoolError.ErrKZGVerificationError);
    }

    /// A transaction that breaks a rule and every later one that it can.
    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    ErrOversizedData,       2
                    ErrGasLimit,            10
                    ErrTipAboveFeeCap,      13
                    ErrInvalidSender,       14
                    ErrNonceMax,            15
                    ErrInsufficientFunds,   16
                    ErrIntrinsicGas,        18
                    ErrTxGasPriceTooLow,    21
                    ErrEmptyAuthList,       28
                    """)
    @DisplayName("3.2: the first rule that is broken is the answer")
    void order(PoolError expected, int rule) {
        minTip = rule <= 21 ? BigInteger.TEN : BigInteger.ONE;
        gasLimit = rule <= 10 ? 20_000 : GAS_LIMIT;
        TransactionSigner.Draft draft =
                SIGNER.draft(4, rule <= 14 ? BigInteger.TWO : BigInteger.ONE)
                        .to(SIGNER.address())
                        .authorizations(List.of())
                        .nonce(rule <= 15 ? -1 : 0)
                        .gas(rule <= 10 ? 20_500 : rule <= 18 ? 20_000 : 60_000);
        if (rule <= 13) draft.fees(BigInteger.ONE, BigInteger.TWO);
        Transaction tx =
                with(
                        draft.sign(),
                        p -> {
                            if (rule <= 2) p.size = 131_073;
                            if (rule <= 16) p.value = TOO_WIDE;
                        });

        assertThat(plain(tx)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {
                "ErrTxGasPriceTooLow",
                "ErrOversizedData",
                "ErrIntrinsicGas",
                "ErrFloorDataGas",
                "ErrGasLimitTooHigh",
                "ErrMaxInitCodeSizeExceeded",
                "ErrInvalidSender",
                "ErrTxTypeNotSupported"
            })
    @DisplayName("3.8: an error without figures is explained by its own text")
    void texts(PoolError error) {
        assertThat(explain(error, draft(2).sign())).isEqualTo(error.text());
    }

    private @Nullable PoolError plain(Transaction tx) {
        return plain.check(tx, new ForkRules(fork), gasLimit, minTip);
    }

    private @Nullable PoolError blobs(Transaction tx) {
        return blobs.check(tx, new ForkRules(fork), gasLimit, minTip);
    }

    private String explain(PoolError error, Transaction tx) {
        return plain.explain(error, tx, new ForkRules(fork), gasLimit, minTip);
    }

    private static TransactionSigner.Draft draft(int type) {
        TransactionSigner.Draft draft =
                SIGNER.draft(type, BigInteger.ONE).to(SIGNER.address()).gas(100_000);
        if (type == 4) {
            draft.authorizations(List.of(SIGNER.authorize(BigInteger.ONE, SIGNER.address(), 0)));
        }
        return draft;
    }

    private static Transaction fees(BigInteger cap, BigInteger tip) {
        return draft(2).fees(cap, tip).sign();
    }

    /// A blob transaction with a sidecar that only lacks true proofs.
    private static Transaction blob(int count, int version) {
        var hashes = new ArrayList<Hash32>();
        for (byte[] commitment : commitments(count)) hashes.add(versionedHash(commitment));
        Transaction tx =
                SIGNER.draft(3, BigInteger.ONE)
                        .to(SIGNER.address())
                        .blobs(BigInteger.ONE, hashes)
                        .sign();
        return with(tx, p -> p.sidecar = sidecar(version, count, count, 128 * count));
    }

    private static BlobSidecar sidecar(int version, int blobs, int commitments, int proofs) {
        return new BlobSidecar(version, blobs, commitments(commitments), proofs, new byte[0], 0, 0);
    }

    private static List<byte[]> commitments(int count) {
        var list = new ArrayList<byte[]>();
        for (int i = 0; i < count; i++) {
            byte[] commitment = new byte[48];
            commitment[0] = (byte) (i + 1);
            list.add(commitment);
        }
        return list;
    }

    private static Hash32 versionedHash(byte[] commitment) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(commitment);
            hash[0] = 1;
            return new Hash32(hash);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Transaction sized(TransactionSigner.Draft draft, int size) {
        return with(draft.sign(), p -> p.size = size);
    }

    /// As if it were small, so that only the rule under test speaks.
    private static Transaction small(Transaction tx) {
        return with(tx, p -> p.size = 1000);
    }

    /// The same bytes, read with something changed.
    private static Transaction with(Transaction tx, Consumer<Transaction.Parts> change) {
        try {
            Transaction.Parts parts = TransactionDecoder.parts(tx.raw());
            parts.sidecar = tx.sidecar();
            change.accept(parts);
            return new Transaction(parts);
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }
}
