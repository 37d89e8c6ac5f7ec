package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.PoolError.ErrAuthorityReserved;
import static org.pollen.mempool.PoolError.ErrInflightTxLimitReached;
import static org.pollen.mempool.PoolError.ErrOutOfOrderTxFromDelegated;
import static org.pollen.mempool.PoolError.ErrSenderNoEOA;

import java.math.BigInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows C066 to C079 of mempool.md 12.2, in both modes.
class SetCodePoolTest {
    private static final int A = 1;
    private static final int B = 2;
    private static final int C = 3;

    private PoolHarness h = PoolHarness.reference();

    @BeforeEach
    void fund() {
        h = funded(PoolMode.REFERENCE);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "C066, C067: a delegated account has one transaction in flight, which it may replace")
    void delegatedAccount(PoolMode mode) {
        h = funded(mode);
        h.chain.code(A, AccountState.Code.DELEGATION);

        assertThat(h.add(plain(A, 2, 1))).isEqualTo(ErrOutOfOrderTxFromDelegated);
        assertThat(h.add(plain(A, 0, 1))).isNull();
        assertThat(h.add(plain(A, 1, 1))).isEqualTo(ErrInflightTxLimitReached);
        assertThat(h.add(plain(A, 2, 1))).isEqualTo(ErrInflightTxLimitReached);
        assertThat(h.add(plain(A, 0, 10))).isNull();
        h.holds(1, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C068: an account named as authority has one in flight")
    void namedAccount(PoolMode mode) {
        h = funded(mode);
        assertThat(h.add(setCode(A, 0, 1, 1, B))).isNull();
        assertThat(h.add(plain(B, 0, 1))).isNull();
        assertThat(h.add(plain(B, 1, 1))).isEqualTo(ErrInflightTxLimitReached);
        assertThat(h.add(plain(B, 0, 2))).isNull();
        h.holds(2, 0);
    }

    @Test
    @DisplayName("C069: an account with one transaction may be named")
    void namedAfterwards() {
        assertThat(h.add(plain(B, 0, 1))).isNull();
        assertThat(h.add(setCode(A, 0, 1, 1, B))).isNull();
        assertThat(h.add(plain(B, 1, 1))).isEqualTo(ErrInflightTxLimitReached);
        h.holds(2, 0);
    }

    @Test
    @DisplayName("C070: an account with two may not")
    void accountWithTwoIsReserved() {
        assertThat(h.addAll(plain(B, 0, 1), plain(B, 1, 1))).containsOnlyNulls();
        assertThat(h.add(setCode(A, 0, 1, 1, B))).isEqualTo(ErrAuthorityReserved);
        h.holds(2, 0);
    }

    @Test
    @DisplayName("C071: two may name the same account")
    void namedTwice() {
        assertThat(h.add(setCode(A, 0, 1, 1, C))).isNull();
        assertThat(h.add(setCode(B, 0, 1, 1, C))).isNull();
        h.holds(2, 0);
    }

    @Test
    @DisplayName("C072: a set-code transaction can be replaced by another")
    void replacedBySetCode() {
        assertThat(h.add(setCode(B, 0, 1000, 1, C))).isNull();
        assertThat(h.add(setCode(B, 0, 2000, 2, C))).isNull();
        h.holds(1, 0);
    }

    @Test
    @DisplayName("C073: a replaced authority is free again")
    void aReplacedAuthorityIsFree() {
        assertThat(h.add(setCode(A, 0, 10, 3, B))).isNull();
        assertThat(h.add(setCode(A, 0, 3000, 300, C))).isNull();
        assertThat(h.add(plain(B, 0, 10))).isNull();
        assertThat(h.add(plain(B, 1, 10))).isNull();
        h.holds(3, 0);
        assertThat(h.pool.store().authorities.has(Txs.address(B))).isFalse();
    }

    @Test
    @DisplayName("C074: whoever names himself is free once he no longer does")
    void selfNamed() {
        assertThat(h.add(setCode(A, 0, 10, 3, A))).isNull();
        assertThat(h.add(setCode(A, 0, 30, 30, B))).isNull();
        assertThat(h.add(plain(A, 1, 1000))).isNull();
        assertThat(h.add(plain(B, 0, 1000))).isNull();
        assertThat(h.add(plain(B, 1, 1))).isEqualTo(ErrInflightTxLimitReached);
        h.holds(3, 0);
    }

    @Test
    @DisplayName("C075: replacing does not make room for a second one")
    void replacingKeepsTheLimit() {
        assertThat(h.add(setCode(A, 0, 1, 1, B))).isNull();
        assertThat(h.add(plain(B, 0, 1))).isNull();
        assertThat(h.add(plain(B, 1, 1))).isEqualTo(ErrInflightTxLimitReached);
        assertThat(h.add(plain(B, 0, 30))).isNull();
        assertThat(h.add(plain(B, 1, 1))).isEqualTo(ErrInflightTxLimitReached);
        h.holds(2, 0);
    }

    @Test
    @DisplayName("C076: an account stays named while one of two remains")
    void namedByTheOther() {
        assertThat(h.add(setCode(A, 0, 10, 3, C))).isNull();
        assertThat(h.add(setCode(B, 0, 10, 3, C))).isNull();
        assertThat(h.add(plain(A, 0, 1000))).isNull();
        assertThat(h.add(plain(C, 0, 1000))).isNull();
        assertThat(h.add(plain(C, 1, 1))).isEqualTo(ErrInflightTxLimitReached);
        h.holds(3, 0);
    }

    @Test
    @DisplayName("C077: the index follows a replacement by a plain transaction")
    void theIndexFollows() {
        for (int i = 0; i < 10; i++) {
            int first = 100 + 3 * i;
            h.chain.balance(10 + i, BigInteger.TEN.pow(18));
            assertThat(h.add(setCode(10 + i, 0, 10, 3, first, first + 1, first + 2))).isNull();
        }
        h.holds(10, 0);
        assertThat(h.pool.store().authorities.size()).isEqualTo(30);

        assertThat(h.add(plain(10, 0, 1000))).isNull();
        h.holds(10, 0);
        assertThat(h.pool.store().authorities.size()).isEqualTo(27);
    }

    @Test
    @DisplayName("C078, C079: the limit begins and ends with the delegation on the chain")
    void delegationOnTheChain() {
        assertThat(h.add(setCode(A, 0, 10, 3, A))).isNull();
        h.chain.nonce(A, 1);
        h.chain.code(A, AccountState.Code.DELEGATION);
        h.reset();
        assertThat(h.add(setCode(A, 1, 10, 3, A))).isNull();
        assertThat(h.add(plain(A, 2, 1000))).isEqualTo(ErrInflightTxLimitReached);

        h.chain.nonce(A, 2);
        h.chain.code(A, AccountState.Code.NONE);
        h.reset();
        assertThat(h.add(plain(A, 2, 1000))).isNull();
        assertThat(h.add(plain(A, 3, 1000))).isNull();
        h.holds(2, 0);
    }

    @Test
    @DisplayName("A13, A14: one in flight for whoever is delegated or named, and that one he keeps")
    void delegationAttacks() {
        assertThat(h.add(setCode(A, 0, 10, 10, B))).isNull();
        for (int i = 1; i < 20; i++) assertThat(h.add(plain(B, i, 1000))).isNotNull();
        assertThat(h.add(plain(B, 0, 1000))).isNull();
        assertThat(h.pendingNonces(B)).containsExactly(0L);
        h.chain.code(C, AccountState.Code.DELEGATION);
        for (int i = 0; i < 20; i++) h.add(plain(C, i, 1000));
        assertThat(h.pendingNonces(C)).containsExactly(0L);
    }

    @Test
    @DisplayName("3.4: an authority that the blob pool holds may not be named")
    void authorityHeldElsewhere() {
        h.reservations.handle("blobpool").hold(Txs.address(B));
        assertThat(h.add(setCode(A, 0, 1, 1, B))).isEqualTo(ErrAuthorityReserved);
        assertThat(h.add(plain(B, 0, 1))).isEqualTo(PoolError.ErrAlreadyReserved);
        h.holds(0, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("16: a contract cannot send (EIP-3607); the reference finds out too late")
    void contractsCannotSend(PoolMode mode) {
        h = funded(mode);
        h.chain.code(A, AccountState.Code.CONTRACT);
        assertThat(h.add(plain(A, 0, 1)))
                .isEqualTo(mode == PoolMode.HARDENED ? ErrSenderNoEOA : null);
    }

    private static PoolHarness funded(PoolMode mode) {
        var h = new PoolHarness(PoolConfig.DEFAULTS.withMode(mode));
        for (int key = 1; key <= 3; key++) h.chain.balance(key, BigInteger.TEN.pow(18));
        return h;
    }

    private static Transaction plain(int key, long nonce, long price) {
        return Txs.legacy(key, nonce, 100_000, price);
    }

    private static Transaction setCode(int key, long nonce, long cap, long tip, int... named) {
        return Txs.setCode(key, nonce, 250_000, cap, tip, named);
    }
}
