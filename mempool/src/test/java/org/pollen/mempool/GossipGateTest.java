package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.GossipGate.Answer;

/// Order inside the validator, mempool specification 8.4.
class GossipGateTest {
    private static final BlockHeader HEAD =
            new BlockHeader(Txs.hash(1), Txs.hash(0), 100, 100, 30_000_000, 0, null);
    private static final TransactionSigner SIGNER =
            new TransactionSigner(Keccak256.hash(new byte[] {1}));
    private static final BigInteger FAR_TIP = BigInteger.valueOf(1000);

    private final GossipGate gate = new GossipGate(BigInteger.ONE, Txs.PRAGUE);

    @Test
    void aGoodTransactionPassesWithSenderAndAuthorities() {
        Transaction sent =
                draft(4).gas(50_000)
                        .authorizations(
                                List.of(SIGNER.authorize(BigInteger.ONE, SIGNER.address(), 0)))
                        .sign();

        Answer answer = check(sent.raw(), BigInteger.ONE);

        assertThat(answer).isInstanceOf(Answer.Pass.class);
        Transaction passed = ((Answer.Pass) answer).transaction();
        assertThat(passed).isEqualTo(sent);
        assertThat(passed.raw()).isEqualTo(sent.raw());
        assertThat(passed.sender()).isEqualTo(SIGNER.address());
        assertThat(passed.authorities()).containsExactly(SIGNER.address());
    }

    @Test
    void lengthComesBeforeForm() {
        stops(new byte[131_073], BigInteger.ONE, PoolError.ErrOversizedData, GossipVerdict.REJECT);
        stops(
                new byte[131_072],
                BigInteger.ONE,
                PoolError.ErrTxTypeNotSupported,
                GossipVerdict.IGNORE);
    }

    @Test
    void whatIsMalformedIsRejectedAndAnUnknownTypeIgnored() {
        stops(new byte[0], BigInteger.ONE, PoolError.ErrShortTypedTx, GossipVerdict.REJECT);
        stops(new byte[] {1, 0}, BigInteger.ONE, PoolError.ErrRlp, GossipVerdict.REJECT);
        stops(
                new byte[] {9, (byte) 0xc0},
                BigInteger.ONE,
                PoolError.ErrTxTypeNotSupported,
                GossipVerdict.IGNORE);
    }

    @Test
    void aKnownOneIsIgnoredWhateverElseIsWrong() {
        Transaction tx = draft(2).gas(1).sign();

        Answer answer = gate.check(tx.raw(), HEAD, FAR_TIP, tx.hash()::equals);

        assertThat(answer).isInstanceOf(Answer.Stop.class);
        assertThat(((Answer.Stop) answer).error()).isEqualTo(PoolError.ErrAlreadyKnown);
        assertThat(((Answer.Stop) answer).judgement().verdict()).isEqualTo(GossipVerdict.IGNORE);
    }

    @Test
    void staticRulesComeBeforeTheMinimumTip() {
        stops(
                draft(2).fees(BigInteger.ONE, BigInteger.TWO).sign().raw(),
                FAR_TIP,
                PoolError.ErrTipAboveFeeCap,
                GossipVerdict.REJECT);
    }

    @Test
    void theMinimumTipComesBeforeChainAndSignature() {
        byte[] other = SIGNER.draft(2, BigInteger.TWO).to(SIGNER.address()).sign().raw();

        stops(other, FAR_TIP, PoolError.ErrTxGasPriceTooLow, GossipVerdict.IGNORE);
        stops(other, BigInteger.ONE, PoolError.ErrInvalidSender, GossipVerdict.REJECT);
    }

    @Test
    void aBadSignatureIsRejected() {
        byte[] raw = draft(2).sign().raw();
        byte[] broken = Arrays.copyOf(raw, raw.length);
        broken[broken.length - 32] |= (byte) 0x80; // a high s

        stops(broken, BigInteger.ONE, PoolError.ErrInvalidSender, GossipVerdict.REJECT);
    }

    @Test
    void theRulesAfterTheSenderAreAskedToo() {
        stops(
                draft(2).gas(20_999).sign().raw(),
                BigInteger.ONE,
                PoolError.ErrIntrinsicGas,
                GossipVerdict.REJECT);
        stops(
                draft(4).gas(50_000).sign().raw(),
                BigInteger.ONE,
                PoolError.ErrEmptyAuthList,
                GossipVerdict.REJECT);
        stops(
                draft(3).sign().raw(),
                BigInteger.ONE,
                PoolError.ErrTxTypeNotSupported,
                GossipVerdict.REJECT);
    }

    @Test
    void theGateLendsItsVerdicts() {
        assertThat(gate.verdicts().accepted(TransactionStatus.PENDING).verdict())
                .isEqualTo(GossipVerdict.ACCEPT);
    }

    private void stops(byte[] payload, BigInteger minTip, PoolError error, GossipVerdict verdict) {
        @Nullable PoolError found = null;
        @Nullable GossipVerdict judged = null;
        if (check(payload, minTip) instanceof Answer.Stop stop) {
            found = stop.error();
            judged = stop.judgement().verdict();
        }
        assertThat(found).isEqualTo(error);
        assertThat(judged).isEqualTo(verdict);
    }

    private Answer check(byte[] payload, BigInteger minTip) {
        return gate.check(payload, HEAD, minTip, _ -> false);
    }

    private static TransactionSigner.Draft draft(int type) {
        return SIGNER.draft(type, BigInteger.ONE).to(SIGNER.address());
    }
}
