package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.PoolError.ErrFeeCapVeryHigh;
import static org.pollen.mempool.PoolError.ErrInsufficientFunds;
import static org.pollen.mempool.PoolError.ErrIntrinsicGas;
import static org.pollen.mempool.PoolError.ErrNonceTooLow;
import static org.pollen.mempool.PoolError.ErrTipAboveFeeCap;
import static org.pollen.mempool.PoolError.ErrTipVeryHigh;
import static org.pollen.mempool.PoolError.ErrTxGasPriceTooLow;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Rows C001 to C033 of mempool.md 12.1.
class PlainPoolTest {
    private static final long BIG = 1_000_000_000_000_000L;

    private final PoolHarness h = PoolHarness.reference();

    @Test
    @DisplayName("C001, C002, T3: too little gas is refused before an empty purse")
    void intrinsicGasComesBeforeBalance() {
        h.chain.balance(1, 1);

        assertThat(h.add(Txs.legacy(1, 0, 100, 1))).isEqualTo(ErrIntrinsicGas);
        assertThat(h.add(Txs.legacy(1, 0, 100_000, 1))).isEqualTo(ErrInsufficientFunds);
    }

    @Test
    @DisplayName("C003, C004, T1: a used nonce is refused; so is a tip below the minimum")
    void lowNonceAndLowTip() {
        h.chain.nonce(1, 1);
        h.chain.balance(1, 0xffffffffffffffL);

        assertThat(h.add(Txs.legacy(1, 0, 100_000, 1))).isEqualTo(ErrNonceTooLow);
        h.gasTip(1000);
        assertThat(h.add(Txs.legacy(1, 1, 100_000, 1))).isEqualTo(ErrTxGasPriceTooLow);
    }

    @Test
    @DisplayName("C005: a negative value, which only an object can have")
    void negativeValue() {
        h.chain.balance(1, BIG);
        assertThat(h.add(Txs.legacy(1, 0, 100_000, 1, -1))).isEqualTo(PoolError.ErrNegativeValue);
    }

    @Test
    @DisplayName("C091: the largest nonce cannot be used")
    void largestNonce() {
        h.chain.balance(1, BIG);
        for (long nonce : new long[] {42, -2}) {
            h.chain.nonce(1, nonce);
            h.reset();
            assertThat(h.add(Txs.legacy(1, nonce, 100_000, 1))).isNull();
        }
        assertThat(h.add(Txs.legacy(1, -1, 100_000, 1))).isEqualTo(PoolError.ErrNonceMax);
    }

    @Test
    @DisplayName("C006, C007, C008: impossible fee caps and tips")
    void impossibleFees() {
        h.chain.balance(1, BIG);
        BigInteger huge = BigInteger.ONE.shiftLeft(300);

        assertThat(h.add(Txs.dynamic(1, 0, 100, 1, 2))).isEqualTo(ErrTipAboveFeeCap);
        assertThat(h.add(Txs.dynamic(1, 0, 100, BigInteger.ONE, huge))).isEqualTo(ErrTipVeryHigh);
        assertThat(h.add(Txs.dynamic(1, 0, 100, huge, BigInteger.ONE)))
                .isEqualTo(ErrFeeCapVeryHigh);
    }

    @Test
    @DisplayName("C009, C010: the next nonce counts what is pooled, and follows the chain")
    void nextNonce() {
        h.chain.balance(1, BIG);
        assertThat(h.pool.nextNonce(Txs.address(1))).isZero();

        h.addAll(Txs.legacy(1, 0, 100_000, 1), Txs.legacy(1, 1, 100_000, 1));
        assertThat(h.pool.nextNonce(Txs.address(1))).isEqualTo(2);

        h.chain.nonce(1, 2);
        h.reset();
        assertThat(h.pool.nextNonce(Txs.address(1))).isEqualTo(2);
        h.holds(0, 0);
    }

    @Test
    @DisplayName("C011, C012: promotion takes what is next and drops what is used up")
    void promotionTakesTheNextAndDropsTheOld() {
        h.chain.balance(1, 1000);
        h.enqueue(Txs.legacy(1, 0, 100, 1));
        h.run();
        h.holds(1, 0);

        h.chain.nonce(1, 2);
        h.reset();
        h.enqueue(Txs.legacy(1, 1, 100, 1));
        h.run();
        h.holds(0, 0);
    }

    @Test
    @DisplayName("C013: promotion stops at a gap")
    void promotionStopsAtAGap() {
        h.chain.balance(1, 1000);
        h.enqueue(Txs.legacy(1, 0, 100, 1));
        h.enqueue(Txs.legacy(1, 10, 100, 1));
        h.enqueue(Txs.legacy(1, 11, 100, 1));
        h.run();

        assertThat(h.pendingNonces(1)).containsExactly(0L);
        assertThat(h.queuedNonces(1)).containsExactly(10L, 11L);
    }

    @Test
    @DisplayName("C014: a removed transaction can come back")
    void aRemovedTransactionCanComeBack() {
        h.chain.balance(1, BIG);
        Transaction tx = Txs.legacy(1, 0, 100_000, 1);

        assertThat(h.add(tx)).isNull();
        PoolEntry entry = h.entry(tx);
        assertThat(h.pool.store().remove(entry, true, true, DropReason.EXPIRED)).isEqualTo(1);
        h.reset();
        assertThat(h.add(tx)).isNull();
        h.holds(1, 0);
    }

    @Test
    @DisplayName("operations 3: one that the operator drops is gone, what followed it waits")
    void dropped() {
        h.chain.balance(1, BIG);
        Transaction first = Txs.legacy(1, 0, 100_000, 1);
        assertThat(h.add(first)).isNull();
        assertThat(h.add(Txs.legacy(1, 1, 100_000, 1))).isNull();
        assertThat(h.pool.drop(first.hash(), h.now)).isTrue();
        assertThat(h.pool.drop(first.hash(), h.now)).isFalse();
        h.holds(0, 1);
        assertThat(h.add(first)).isNull();
        h.holds(2, 0);
    }

    @Test
    @DisplayName("C015, C016: the better paid of two with one nonce wins, in either order")
    void theBetterPaidWins() {
        h.chain.balance(1, BIG);
        Transaction b = Txs.legacy(1, 0, 1_000_000, 2);

        assertThat(h.outcomes(List.of(Txs.legacy(1, 0, 100_000, 1)), false))
                .extracting(AddOutcome::accepted, AddOutcome::replaced)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(true, false));
        assertThat(h.outcomes(List.of(b), false))
                .extracting(AddOutcome::accepted, AddOutcome::replaced)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(true, true));
        h.run();
        assertThat(h.pool.status(b.hash())).isEqualTo(TransactionStatus.PENDING);
        h.holds(1, 0);

        h.addAll(Txs.legacy(1, 0, 1_000_000, 1));
        assertThat(h.pool.status(b.hash())).isEqualTo(TransactionStatus.PENDING);
        h.holds(1, 0);
    }

    @Test
    @DisplayName("C017: a transaction behind a gap waits")
    void aGappedTransactionWaits() {
        h.chain.balance(1, BIG);
        h.addAsync(Txs.legacy(1, 1, 100_000, 1));
        h.holds(0, 1);
    }

    @Test
    @DisplayName("C018: a state nonce that goes back takes the next nonce with it")
    void theNonceGoesBack() {
        h.chain.balance(1, BIG);
        h.chain.nonce(1, 10);
        h.reset();
        h.add(Txs.legacy(1, 10, 100_000, 1));
        assertThat(h.pool.nextNonce(Txs.address(1))).isEqualTo(11);

        h.chain.nonce(1, 9);
        h.reset();
        assertThat(h.pool.nextNonce(Txs.address(1))).isEqualTo(9);
        h.holds(0, 1);
    }

    @Test
    @DisplayName("C019, C020, C021: what gets too dear or too big leaves")
    void whatGetsUnpayableOrTooBigLeaves() {
        h.chain.balance(1, 1000);
        for (int i = 0; i < 3; i++) {
            h.enqueue(Txs.legacy(1, i, 100 + 100 * i, 1));
            h.enqueue(Txs.legacy(1, 10 + i, 100 + 100 * i, 1));
        }
        h.run();
        h.holds(3, 3);
        h.reset();
        h.holds(3, 3);

        h.chain.balance(1, 350);
        h.reset();
        assertThat(h.pendingNonces(1)).containsExactly(0L, 1L);
        assertThat(h.queuedNonces(1)).containsExactly(10L, 11L);

        h.chain.gasLimit(100);
        h.reset();
        assertThat(h.pendingNonces(1)).containsExactly(0L);
        assertThat(h.queuedNonces(1)).containsExactly(10L);
    }

    @Test
    @DisplayName("C022, C023, C024: unpayable transactions leave, their followers wait")
    void followersOfUnpayableOnesWait() {
        var batch = new ArrayList<Transaction>();
        for (int key = 1; key <= 2; key++) {
            h.chain.balance(key, 50_100);
            for (int n = 0; n < 100; n++) {
                batch.add(Txs.legacy(key, n, (n + key) % 2 == 1 ? 25_000 : 50_000, 1));
            }
        }
        h.addAll(batch);
        h.holds(200, 0);
        h.reset();
        h.holds(200, 0);

        h.chain.balance(1, 50_099);
        h.chain.balance(2, 50_099);
        h.reset();
        assertThat(h.pendingNonces(1)).containsExactly(0L);
        assertThat(h.queuedNonces(1)).hasSize(49).startsWith(2L, 4L).endsWith(98L);
        assertThat(h.pendingNonces(2)).isEmpty();
        assertThat(h.queuedNonces(2)).hasSize(50).startsWith(1L, 3L).endsWith(99L);
        h.holds(1, 99);
    }

    @Test
    @DisplayName("C025, C026: a filled gap promotes what waited behind it")
    void aFilledGap() {
        h.chain.balance(1, 1_000_000);
        h.addAll(Txs.legacy(1, 0, 100_000, 1), Txs.legacy(1, 2, 100_000, 1));
        h.holds(1, 1);
        assertThat(h.events()).isEqualTo(1);

        h.add(Txs.legacy(1, 1, 100_000, 1));
        h.holds(3, 0);
        assertThat(h.events()).isEqualTo(2);
    }

    @Test
    @DisplayName("C027: an account has at most 64 queued transactions")
    void accountQueueLimit() {
        h.chain.balance(1, 1_000_000);
        for (int i = 1; i <= 69; i++) {
            h.add(Txs.legacy(1, i, 100_000, 1));
            h.holds(0, Math.min(i, 64));
        }
    }

    @Test
    @DisplayName("C028: all accounts together have at most GlobalQueue queued transactions")
    void globalQueueLimit() {
        var h =
                new PoolHarness(
                        PoolConfig.DEFAULTS
                                .withMode(PoolMode.REFERENCE)
                                .withLimits(16, 5120, 64, 191));
        var batch = new ArrayList<Transaction>();
        for (int i = 0; i < 573; i++) {
            int key = 1 + i * 7 % 4;
            h.chain.balance(key, 1_000_000);
            batch.add(Txs.legacy(key, 1 + i, 100_000, 1));
        }
        h.addAll(batch);

        for (int key = 1; key <= 4; key++) {
            assertThat(h.queuedNonces(key)).hasSizeLessThanOrEqualTo(64);
        }
        assertThat(h.pool.queuedCount()).isLessThanOrEqualTo(191).isPositive();
    }

    @Test
    @DisplayName("C029, C030: queued transactions of an idle account expire")
    void expiry() {
        var h = shortLived();
        h.chain.balance(1, BIG);
        h.add(Txs.legacy(1, 1, 100_000, 1));
        h.now += Duration.ofMillis(200).toNanos();
        h.expire();
        h.holds(0, 1);

        h.now += Duration.ofSeconds(2).toNanos();
        h.expire();
        h.holds(0, 0);
    }

    @Test
    @DisplayName("C031, C032: a promotion refreshes the heartbeat; pending ones never expire")
    void aPromotionRefreshesTheHeartbeat() {
        var h = shortLived();
        h.chain.balance(1, BIG);
        h.chain.nonce(1, 2);
        h.reset();
        h.add(Txs.legacy(1, 4, 100_000, 1));
        h.now += Duration.ofMillis(500).toNanos();
        h.add(Txs.legacy(1, 2, 100_000, 1));
        h.now += Duration.ofMillis(600).toNanos();
        h.expire();
        h.holds(1, 1);

        h.now += Duration.ofSeconds(2).toNanos();
        h.expire();
        h.holds(1, 0);
    }

    @Test
    @DisplayName("C033: executable transactions of one account are not limited")
    void pendingIsNotLimitedPerAccount() {
        h.chain.balance(1, 1_000_000_000_000L);
        for (int i = 0; i < 69; i++) {
            h.add(Txs.legacy(1, i, 100_000, 1));
            h.holds(i + 1, 0);
        }
        assertThat(h.events()).isEqualTo(69);
    }

    private static PoolHarness shortLived() {
        return new PoolHarness(
                PoolConfig.DEFAULTS
                        .withMode(PoolMode.REFERENCE)
                        .withLifetime(Duration.ofSeconds(1)));
    }
}
