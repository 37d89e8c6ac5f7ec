package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.PoolError.ErrAlreadyKnown;
import static org.pollen.mempool.PoolError.ErrFutureReplacePending;
import static org.pollen.mempool.PoolError.ErrOversizedData;
import static org.pollen.mempool.PoolError.ErrReplaceUnderpriced;
import static org.pollen.mempool.PoolError.ErrTxGasPriceTooLow;
import static org.pollen.mempool.PoolError.ErrUnderpriced;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows C034 to C065 of mempool.md 12.1: limits, prices, replacement.
class PoolLimitsTest {
    private static final long BIG = 1_000_000_000_000_000L;
    private static final int GAS = 100_000;

    @Test
    @DisplayName("C034: the longest lists give way until GlobalSlots is kept")
    void globalSlots() {
        var h = limited(16, 160, 64, 1024);
        h.addAll(runs(h, 5, 64));
        for (int key = 1; key <= 5; key++) assertThat(h.pendingNonces(key)).hasSize(32);
    }

    @Test
    @DisplayName("C035: an account's guaranteed slots come before GlobalSlots")
    void guaranteedSlots() {
        var h = limited(16, 1, 64, 1024);
        h.addAll(runs(h, 5, 32));
        for (int key = 1; key <= 5; key++) assertThat(h.pendingNonces(key)).hasSize(16);
    }

    @Test
    @DisplayName("C036, C037: 131072 bytes fit, one more does not")
    void largestSize() {
        var h = PoolHarness.reference();
        h.chain.balance(1, BIG);
        assertThat(h.add(Txs.sized(1, 0, 131_072))).isNull();
        assertThat(h.add(Txs.sized(1, 1, 70_000))).isNull();
        h.holds(2, 0);

        assertThat(h.add(Txs.sized(1, 2, 131_073))).isEqualTo(ErrOversizedData);
        assertThat(h.add(Txs.sized(1, 2, 1_310_720))).isEqualTo(ErrOversizedData);
        h.holds(2, 0);
    }

    @Test
    @DisplayName("C038: what is capped leaves every index")
    void cappedTransactionsLeaveAll() {
        var h = limited(2, 8, 2, 1024);
        h.addAsync(runs(h, 1, 16).toArray(new Transaction[0]));
        h.run();
        h.holds(8, 0);
    }

    @Test
    @DisplayName("C039, C040, C041, C042: a higher minimum tip removes, and what it gapped waits")
    void repricing() {
        var h = PoolHarness.reference();
        for (int key = 0; key < 3; key++) h.chain.balance(key, 1_000_000);
        h.addAll(
                price(0, 0, 2),
                price(0, 1, 1),
                price(0, 2, 2),
                price(1, 0, 1),
                price(1, 1, 2),
                price(1, 2, 2),
                price(2, 1, 2),
                price(2, 2, 1),
                price(2, 3, 2));
        h.holds(6, 3);
        assertThat(h.events()).isEqualTo(6);

        h.gasTip(2);
        h.holds(1, 5);
        assertThat(h.events()).isZero();

        assertThat(h.addAll(price(0, 1, 1), price(1, 0, 1), price(2, 2, 1)))
                .containsOnly(ErrTxGasPriceTooLow);
        assertThat(h.events()).isZero();

        assertThat(h.add(price(0, 1, 2))).isNull();
        assertThat(h.add(price(1, 0, 2))).isNull();
        assertThat(h.add(price(2, 2, 2))).isNull();
        assertThat(h.events()).isEqualTo(5);
    }

    @Test
    @DisplayName("C043, C044: a tip below the minimum is refused")
    void belowTheMinimumTip() {
        var h = PoolHarness.reference();
        h.chain.balance(1, BIG);
        h.gasTip(3);
        assertThat(h.add(price(1, 0, 2))).isEqualTo(ErrTxGasPriceTooLow);
        assertThat(h.add(Txs.dynamic(1, 0, GAS, 3, 2))).isEqualTo(ErrTxGasPriceTooLow);
        assertThat(h.add(Txs.dynamic(1, 0, GAS, 3, 3))).isNull();
    }

    @Test
    @DisplayName("C045: the same with dynamic fees, where the tip decides")
    void repricingDynamic() {
        var h = PoolHarness.reference();
        for (int key = 0; key < 3; key++) h.chain.balance(key, 1_000_000);
        h.addAll(
                price(0, 0, 2),
                price(0, 1, 1),
                price(0, 2, 2),
                dynamic(1, 0, 2, 1),
                dynamic(1, 1, 3, 2),
                dynamic(1, 2, 3, 2),
                dynamic(2, 1, 2, 2),
                dynamic(2, 2, 1, 1),
                dynamic(2, 3, 2, 2));
        h.holds(6, 3);
        assertThat(h.events()).isEqualTo(6);
        h.gasTip(2);
        h.holds(1, 5);
        assertThat(h.addAll(price(0, 1, 1), dynamic(1, 0, 2, 1), dynamic(2, 2, 1, 1)))
                .containsOnly(ErrTxGasPriceTooLow);
        assertThat(h.add(price(0, 1, 2))).isNull();
        assertThat(h.add(dynamic(1, 0, 3, 2))).isNull();
        assertThat(h.add(dynamic(2, 2, 2, 2))).isNull();
        assertThat(h.events()).isEqualTo(5);
    }

    @Test
    @DisplayName(
            "C046, C047, C048, C049, C050: in a full pool the cheapest leaves, but never for a future one")
    void underpricing() {
        var h = limited(16, 2, 64, 2);
        for (int key = 0; key < 4; key++) h.chain.balance(key, 10_000_000);
        h.addAll(price(0, 0, 1), price(0, 1, 2), price(2, 0, 1), price(1, 1, 1));
        h.holds(3, 1);
        assertThat(h.events()).isEqualTo(3);

        assertThat(h.add(price(1, 0, 1))).isEqualTo(ErrUnderpriced);
        assertThat(h.add(price(1, 1, 5))).isNull();
        h.holds(3, 1);
        assertThat(h.add(price(1, 0, 3))).isNull();
        h.holds(3, 1);
        assertThat(h.add(price(1, 2, 4))).isNull();
        h.holds(3, 1);
        assertThat(h.add(price(1, 3, 5))).isNull();
        h.holds(4, 0);
        assertThat(h.pendingNonces(1)).containsExactly(0L, 1L, 2L, 3L);
        assertThat(h.add(price(1, 5, 6))).isEqualTo(ErrFutureReplacePending);
        h.holds(4, 0);
        assertThat(h.events()).isEqualTo(4);
    }

    @Test
    @DisplayName("C051, C052: a dearer newcomer shortens the longest list and leaves no gap")
    void stableUnderpricing() {
        PoolConfig config =
                PoolConfig.DEFAULTS
                        .withMode(PoolMode.REFERENCE)
                        .withLimits(16, 128, 64, 0); // a queue of 0 is repaired to 1024
        var h = new PoolHarness(config);
        h.addAll(runs(h, 1, 128));
        h.holds(128, 0);
        assertThat(h.events()).isEqualTo(128);

        h.chain.balance(2, BIG);
        assertThat(h.add(price(2, 0, 3))).isNull();
        h.holds(128, 0);
        assertThat(h.events()).isEqualTo(1);
        assertThat(h.pendingNonces(1)).hasSize(127).endsWith(126L);
    }

    @Test
    @DisplayName("C053, C054, C055: the same with dynamic fees")
    void underpricingDynamic() {
        var h = limited(16, 2, 64, 2);
        for (int key = 0; key < 3; key++) h.chain.balance(key, 10_000_000);
        h.addAll(dynamic(0, 0, 3, 2), price(0, 1, 2), dynamic(1, 1, 2, 1), dynamic(2, 0, 2, 1));
        h.holds(3, 1);
        assertThat(h.events()).isEqualTo(3);

        assertThat(h.add(dynamic(1, 0, 2, 1))).isEqualTo(ErrUnderpriced);
        assertThat(h.add(price(1, 0, 2))).isNull();
        assertThat(h.add(price(1, 1, 3))).isNull();
        assertThat(h.add(dynamic(1, 2, 4, 1))).isNull();
        h.holds(4, 0);
        assertThat(h.events()).isEqualTo(3);
    }

    @Test
    @DisplayName(
            "C056: neither a wave of tips nor one of fee caps drives out the best of the other")
    void dualHeapEviction() {
        var h = limited(16, 10, 64, 10);
        h.chain.defaultBalance(BigInteger.valueOf(1_000_000_000_000L));
        int key = 1;
        Transaction highestCap = dynamic(0, 0, 1, 1);
        for (int i = 0; i < 20; i++) {
            highestCap = dynamic(key++, 0, 200 + i, 1);
            h.add(highestCap);
        }
        for (int base = 0; base <= 1000; base += 100) {
            h.pool.store().priced.setBaseFee(BigInteger.valueOf(base));
            Transaction highestTip = highestCap;
            for (int i = 0; i < 20; i++) {
                highestTip = dynamic(key++, 0, base + 1 + i, 1 + i);
                h.add(highestTip);
            }
            assertThat(h.pool.pendingCount() + h.pool.queuedCount()).isEqualTo(20);
            assertThat(h.pool.has(highestCap.hash())).as("cap at base fee %s", base).isTrue();
            for (int i = 0; i < 20; i++) {
                highestCap = dynamic(key++, 0, base + 200 + i, 1);
                h.add(highestCap);
            }
            assertThat(h.pool.pendingCount() + h.pool.queuedCount()).isEqualTo(20);
            assertThat(h.pool.has(highestTip.hash())).as("tip at base fee %s", base).isTrue();
        }
    }

    @Test
    @DisplayName("C057, C058: what is known is refused, the rest of the batch is not")
    void deduplication() {
        var h = PoolHarness.reference();
        List<Transaction> all = runs(h, 1, 16);
        var even = new ArrayList<Transaction>();
        for (int i = 0; i < 16; i += 2) even.add(all.get(i));
        h.addAll(even);
        h.holds(1, 7);

        List<@Nullable PoolError> errors = h.addAll(all);
        for (int i = 0; i < 16; i++) {
            assertThat(errors.get(i)).isEqualTo(i % 2 == 0 ? ErrAlreadyKnown : null);
        }
        h.holds(16, 0);
    }

    @ParameterizedTest(name = "nonce {0}")
    @ValueSource(longs = {0, 2})
    @DisplayName("C059, C060, C061: a replacement pays ten percent more")
    void replacement(long nonce) {
        var h = PoolHarness.reference();
        h.chain.balance(1, 1_000_000_000);
        int event = nonce == 0 ? 1 : 0;

        assertThat(h.add(Txs.legacy(1, nonce, GAS, 1))).isNull();
        assertThat(h.add(Txs.legacy(1, nonce, 100_001, 1))).isEqualTo(ErrReplaceUnderpriced);
        assertThat(h.add(Txs.legacy(1, nonce, GAS, 2))).isNull();
        assertThat(h.events()).isEqualTo(2 * event);

        assertThat(h.add(Txs.legacy(1, nonce, GAS, 100))).isNull();
        assertThat(h.add(Txs.legacy(1, nonce, 100_001, 109))).isEqualTo(ErrReplaceUnderpriced);
        assertThat(h.add(Txs.legacy(1, nonce, GAS, 110))).isNull();
        assertThat(h.events()).isEqualTo(2 * event);
        h.holds(event, 1 - event);
    }

    @ParameterizedTest(name = "nonce {0}")
    @ValueSource(longs = {0, 2})
    @DisplayName("C062, C063: with dynamic fees both caps have to move")
    void replacementDynamic(long nonce) {
        var h = PoolHarness.reference();
        h.chain.balance(1, 1_000_000_000);
        int event = nonce == 0 ? 1 : 0;

        assertThat(h.add(Txs.dynamic(1, nonce, GAS, 2, 1))).isNull();
        assertThat(h.add(Txs.dynamic(1, nonce, 100_001, 2, 1))).isEqualTo(ErrReplaceUnderpriced);
        assertThat(h.add(Txs.dynamic(1, nonce, GAS, 3, 2))).isNull();
        assertThat(h.events()).isEqualTo(2 * event);

        assertThat(h.add(Txs.dynamic(1, nonce, GAS, 100, 60))).isNull();
        for (long[] caps : new long[][] {{100, 65}, {109, 60}, {100, 66}, {110, 60}}) {
            assertThat(h.add(Txs.dynamic(1, nonce, 100_001, caps[0], caps[1])))
                    .isEqualTo(ErrReplaceUnderpriced);
        }
        assertThat(h.add(Txs.dynamic(1, nonce, GAS, 110, 66))).isNull();
        assertThat(h.events()).isEqualTo(2 * event);
    }

    @Test
    @DisplayName("C064: status tells where a transaction is")
    void status() {
        var h = PoolHarness.reference();
        h.chain.balance(0, BIG);
        h.chain.balance(1, BIG);
        h.chain.balance(2, BIG);
        List<Transaction> txs =
                List.of(price(0, 0, 1), price(1, 0, 1), price(1, 2, 1), price(2, 2, 1));
        h.addAll(txs);
        h.holds(2, 2);
        assertThat(txs.stream().map(tx -> h.pool.status(tx.hash())))
                .containsExactly(
                        TransactionStatus.PENDING,
                        TransactionStatus.PENDING,
                        TransactionStatus.QUEUED,
                        TransactionStatus.QUEUED);
        assertThat(h.pool.status(Txs.hash(77))).isEqualTo(TransactionStatus.UNKNOWN);
        assertThat(h.pool.get(txs.getFirst().hash())).isSameAs(txs.getFirst());
        assertThat(h.pool.get(Txs.hash(77))).isNull();
    }

    @Test
    @DisplayName("C065: one slot for each 32 KiB begun")
    void slots() {
        assertThat(Txs.legacy(1, 0, GAS, 1).slots()).isEqualTo(1);
        assertThat(Txs.withData(1, 0, 10_000_000, 327_680).slots()).isEqualTo(11);
    }

    private static PoolHarness limited(int accountSlots, int slots, int accountQueue, int queue) {
        return new PoolHarness(
                PoolConfig.DEFAULTS
                        .withMode(PoolMode.REFERENCE)
                        .withLimits(accountSlots, slots, accountQueue, queue));
    }

    private static Transaction price(int key, long nonce, long price) {
        return Txs.legacy(key, nonce, GAS, price);
    }

    private static Transaction dynamic(int key, long nonce, long cap, long tip) {
        return Txs.dynamic(key, nonce, GAS, cap, tip);
    }

    private static List<Transaction> runs(PoolHarness h, int keys, int length) {
        var txs = new ArrayList<Transaction>();
        for (int key = 1; key <= keys; key++) {
            h.chain.balance(key, BIG);
            for (int n = 0; n < length; n++) txs.add(price(key, n, 1));
        }
        return txs;
    }
}
