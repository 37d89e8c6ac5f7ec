package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.PoolError.ErrFutureReplacePending;
import static org.pollen.mempool.PoolError.ErrInsufficientFunds;
import static org.pollen.mempool.PoolError.ErrTxPoolOverflow;
import static org.pollen.mempool.PoolError.ErrUnderpriced;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows C080 to C087 of mempool.md 12.3 and A1 to A13 of section 9.
///
/// The field of battle is the reference's own: 384 honest accounts with 16 executable transactions
/// each at price 300 fill a pool of default size. *Damage* is what of them is no longer executable.
class PoolAttackTest {
    static final int ATTACKER = 10_000;
    private static final int FULL = 384 * 16;
    static final long RICH = 1_000_000_000_000_000L;

    @Test
    @DisplayName("C080: a small pool takes what it can hold")
    void aSmallPoolFills() {
        var h = honest(new PoolHarness(config(PoolMode.REFERENCE).withLimits(16, 100, 64, 100)));
        h.holds(200, 0);
    }

    @Test
    @DisplayName("C081: dear transactions of the far future evict nothing")
    void futureAttackOnASmallPool() {
        var h = honest(new PoolHarness(config(PoolMode.REFERENCE).withLimits(16, 100, 64, 100)));
        h.chain.balance(ATTACKER, RICH);
        for (int round = 0; round < 5; round++) {
            assertThat(h.addAll(gapped(ATTACKER, 200, 500))).containsOnly(ErrFutureReplacePending);
            h.holds(200, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C082: cheap ones of the far future are refused for their price")
    void cheapFutureAttack(PoolMode mode) {
        var h = full(mode);
        h.chain.balance(ATTACKER, RICH);
        var batch = new ArrayList<Transaction>();
        for (int i = 0; i < FULL; i++)
            batch.add(Txs.dynamic(ATTACKER, 1000 + i, 100_000, 200, 101));
        assertThat(h.addAll(batch)).containsOnly(ErrUnderpriced);
        h.holds(FULL, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "C083, A2, A3: many accounts with one future transaction, then one that cannot pay")
    void deterZ(PoolMode mode) {
        var h = full(mode);
        var batch = new ArrayList<Transaction>();
        for (int i = 0; i < 1024; i++) {
            h.chain.balance(ATTACKER + 1 + i, RICH);
            batch.add(Txs.legacy(ATTACKER + 1 + i, 1000, 21_000, 500));
        }
        assertThat(h.addAll(batch)).containsOnly(ErrFutureReplacePending);

        h.chain.balance(ATTACKER, 100_000_000_000L);
        batch.clear();
        for (int i = 0; i < 5120; i++) {
            batch.add(Txs.legacy(ATTACKER, i, 21_000, 500, 600_000_000_000L));
        }
        for (int round = 0; round < 5; round++) {
            assertThat(h.addAll(batch)).containsOnly(ErrInsufficientFunds);
        }
        assertThat(damage(h)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A1: 6144 gapped ones at a better price do no damage")
    void deterX(PoolMode mode) {
        var h = full(mode);
        h.chain.balance(ATTACKER, RICH);
        assertThat(h.addAll(gapped(ATTACKER, FULL, 500))).containsOnly(ErrFutureReplacePending);
        assertThat(damage(h)).isZero();
        h.holds(FULL, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C084, A3b: a run of which each can be paid but not all, in one batch")
    void jointlyUnaffordable(PoolMode mode) {
        var h = full(mode);
        h.chain.balance(ATTACKER, 100_000_000_000L);
        var batch = new ArrayList<Transaction>();
        for (int i = 0; i < 5120; i++) {
            batch.add(Txs.legacy(ATTACKER, i, 21_000, 500, 90_000_000_000L));
        }
        long admitted = h.addAll(batch).stream().filter(e -> e == null).count();

        if (mode == PoolMode.REFERENCE) {
            assertThat(admitted).isEqualTo(1281);
            assertThat(damage(h)).isEqualTo(FULL - 4863);
            assertThat(h.pendingNonces(ATTACKER)).hasSize(257);
        } else {
            assertThat(admitted).isEqualTo(1);
            assertThat(damage(h)).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("A4, T4, T5: a dearer replacement that makes the rest unpayable is refused")
    void overdraftByReplacement() {
        var h = PoolHarness.reference();
        h.chain.balance(ATTACKER, 3 * 100_100);
        for (int i = 0; i < 3; i++) assertThat(h.add(Txs.legacy(ATTACKER, i, 100_000, 1))).isNull();
        assertThat(h.add(Txs.legacy(ATTACKER, 0, 100_000, 2))).isEqualTo(ErrInsufficientFunds);
        assertThat(h.add(Txs.legacy(ATTACKER, 3, 100_000, 1))).isEqualTo(ErrInsufficientFunds);
        h.holds(3, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A5: what a transfer elsewhere makes unpayable is gone with the next head")
    void latentOverdraft(PoolMode mode) {
        var h = full(mode);
        BlockHeader before = h.chain.head();
        BlockHeader head = h.chain.extend(before);
        for (int key = 1; key <= 384; key += 2) {
            h.chain.touch(
                    Txs.address(key), new AccountState(0, BigInteger.ONE, AccountState.Code.NONE));
        }
        h.reset(before, head);
        h.holds(FULL / 2, 0);
        assertThat(h.reports.getLast().visited()).isEqualTo(mode == PoolMode.HARDENED ? 192 : 384);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C085, A6: many dear followers behind one ancestor push out no more than a share")
    void memPurge(PoolMode mode) {
        var h = full(mode);
        h.chain.balance(ATTACKER, RICH);
        var batch = new ArrayList<Transaction>();
        batch.add(Txs.legacy(ATTACKER, 0, 21_000, 301));
        for (int i = 1; i <= 5000; i++) batch.add(Txs.legacy(ATTACKER, i, 21_000, 1000));
        long admitted = h.addAll(batch).stream().filter(e -> e == null).count();

        if (mode == PoolMode.REFERENCE) {
            assertThat(damage(h)).isEqualTo(FULL - 4863);
            assertThat(h.pendingNonces(ATTACKER)).hasSize(257);
        } else {
            assertThat(admitted).isEqualTo(16);
            assertThat(damage(h)).isEqualTo(16);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A7, C087: gaps fill the queue and nothing else")
    void gapSpam(PoolMode mode) {
        var h = new PoolHarness(config(mode));
        h.checking = false;
        for (int round = 0; round < 10; round++) {
            var batch = new ArrayList<Transaction>();
            for (int i = 0; i < 1000; i++) {
                h.chain.balance(ATTACKER + i, RICH);
                batch.add(Txs.legacy(ATTACKER + i, 10 + round, 21_000, 500));
            }
            h.addAll(batch);
        }
        h.holds(0, 1024);
        assertThat(h.announced).isEmpty();
        PoolInvariants.check(h.pool, true, false);
    }

    @Test
    @DisplayName("A8: at most 73 replacements between 1 and 1000 gwei")
    void replacementSpam() {
        var h = PoolHarness.reference();
        h.chain.balance(ATTACKER, BigInteger.TEN.pow(24));
        long gwei = 1_000_000_000;
        long price = gwei;
        int replacements = 0;
        assertThat(h.add(Txs.legacy(ATTACKER, 0, 21_000, price))).isNull();
        while (price * 110 / 100 <= 1000 * gwei) {
            assertThat(h.add(Txs.legacy(ATTACKER, 0, 21_000, price * 110 / 100 - 1)))
                    .isEqualTo(PoolError.ErrReplaceUnderpriced);
            price = price * 110 / 100;
            assertThat(h.add(Txs.legacy(ATTACKER, 0, 21_000, price))).isNull();
            replacements++;
        }
        assertThat(replacements).isLessThanOrEqualTo(73);
        assertThat(h.announced).hasSize(replacements + 1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C086, A9: many fresh accounts, each a little better, are throttled by run")
    void evictionChurn(PoolMode mode) {
        var h = full(mode);
        List<Transaction> same = singles(h, FULL, 300);
        assertThat(h.addAll(same)).containsOnly(ErrUnderpriced);

        List<@Nullable PoolError> answers = h.addAll(singles(h, FULL, 301));
        assertThat(answers.stream().filter(e -> e == null).count()).isEqualTo(1281);
        assertThat(answers.stream().filter(e -> e == ErrTxPoolOverflow).count()).isEqualTo(4863);
        assertThat(h.reports.getLast().evictions()).isEqualTo(1281);
        assertThat(h.pool.metrics().count(PoolCounter.THROTTLE)).isEqualTo(4863);

        h.run();
        assertThat(h.reports.getLast().evictions()).as("changes start again").isZero();
    }

    @Test
    @DisplayName("A10: of the largest transactions 1536 fit")
    void sizeSpam() {
        var h = PoolHarness.reference();
        h.checking = false;
        var batch = new ArrayList<Transaction>();
        for (int i = 0; i < 1600; i++) {
            h.chain.balance(ATTACKER + i, RICH);
            batch.add(Txs.sized(ATTACKER + i, 0, 131_072));
        }
        assertThat(h.addAll(batch).stream().filter(e -> e == null).count()).isEqualTo(1536);
        assertThat(h.pool.snapshot().slots()).isEqualTo(FULL);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A11: a full pool stays open to whoever pays twice the lowest price")
    void noLockOut(PoolMode mode) {
        var h = full(mode);
        assertThat(h.addAll(singles(h, 200, 600))).containsOnlyNulls();
        assertThat(damage(h)).isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A12: a flip of 64 blocks gives the pool that a fresh one would have")
    void deepFlip(PoolMode mode) {
        var h = new PoolHarness(config(mode));
        h.checking = false;
        h.chain.defaultBalance(BigInteger.valueOf(RICH));
        BlockHeader root = h.chain.head();
        BlockHeader left = root;
        int key = 1;
        for (int i = 0; i < 64; i++) {
            var block = new Transaction[50];
            for (int t = 0; t < 50; t++) block[t] = Txs.legacy(key++, 0, 21_000, 300);
            left = h.chain.extend(left, block);
        }
        h.reset(root, left);
        BlockHeader right = h.chain.extendBy(root, 64);
        h.reset(left, right);

        h.holds(64 * 50, 0);
        assertThat(h.reinjected).hasSize(64 * 50);
        h.reset(right, left);
        h.holds(0, 0);
        PoolInvariants.check(h.pool, true, false);
    }

    private static PoolConfig config(PoolMode mode) {
        return PoolConfig.DEFAULTS.withMode(mode);
    }

    static PoolHarness full(PoolMode mode) {
        PoolHarness h = honest(new PoolHarness(config(mode)));
        h.holds(FULL, 0);
        return h;
    }

    private static PoolHarness honest(PoolHarness h) {
        var batch = new ArrayList<Transaction>();
        for (int key = 1; key <= 384; key++) {
            h.chain.balance(key, RICH);
            for (int n = 0; n < 16; n++) batch.add(Txs.legacy(key, n, 21_000, 300));
        }
        h.addAll(batch);
        h.announced.clear();
        return h;
    }

    static int damage(PoolHarness h) {
        int left = 0;
        for (int key = 1; key <= 384; key++) left += h.pendingNonces(key).size();
        return FULL - left;
    }

    static List<Transaction> gapped(int key, int n, long price) {
        var batch = new ArrayList<Transaction>();
        for (int i = 0; i < n; i++) batch.add(Txs.legacy(key, 1000 + i, 21_000, price));
        return batch;
    }

    static List<Transaction> singles(PoolHarness h, int n, long price) {
        var batch = new ArrayList<Transaction>();
        for (int i = 0; i < n; i++) {
            h.chain.balance(ATTACKER + i, RICH);
            batch.add(Txs.legacy(ATTACKER + i, 0, 21_000, price));
        }
        return batch;
    }
}
