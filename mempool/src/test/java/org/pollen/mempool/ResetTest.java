package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows C113 to C126 of mempool.md 12.6: new heads.
class ResetTest {
    private static final BigInteger RICH = BigInteger.TEN.pow(18);
    private static final int GAS = 21_000;

    @ParameterizedTest
    @EnumSource
    @DisplayName("C113: included transactions leave")
    void plainAdvance(PoolMode mode) {
        var h = rich(mode);
        Transaction a = price(1, 0, 1);
        Transaction b = price(1, 1, 1);
        h.addAll(a, b, price(1, 2, 1));
        h.events();

        BlockHeader old = h.chain.head();
        h.reset(old, h.chain.extend(old, a, b));
        assertThat(h.pendingNonces(1)).containsExactly(2L);
        assertThat(h.pool.nextNonce(Txs.address(1))).isEqualTo(3);
        assertThat(h.reinjected).isEmpty();
        assertThat(h.drops).containsExactly("0 MINED", "1 MINED");
        assertThat(h.events()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C114: what only the abandoned block had is pooled and announced again")
    void fork(PoolMode mode) {
        var h = rich(mode);
        Transaction a = price(1, 0, 1);
        Transaction b = price(2, 0, 1);
        Transaction c = price(3, 0, 1);
        BlockHeader root = h.chain.head();
        BlockHeader left = h.chain.extend(root, a, b);
        h.reset(root, left);
        h.reset(left, h.chain.extend(root, b, c));

        assertThat(h.reinjected).containsExactly(a);
        assertThat(h.pool.status(a.hash())).isEqualTo(TransactionStatus.PENDING);
        assertThat(h.pool.has(b.hash())).isFalse();
        assertThat(h.pool.has(c.hash())).isFalse();
        assertThat(h.announced).extracting(Announcement::publish).containsExactly(true);
        h.holds(1, 0);
        assertThat(h.pool.metrics().count(PoolCounter.REINJECTED)).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}: {1} deep, {2}")
    @CsvSource({
        "C115, 64, REFERENCE, 1",
        "C115, 64, HARDENED, 1",
        "C116, 65, REFERENCE, 0",
        "C116, 65, HARDENED, 0"
    })
    @DisplayName("C115, C116: up to 64 deep is reinjected")
    void depth(String row, int depth, PoolMode mode, int pooled) {
        var h = rich(mode);
        Transaction a = price(1, 0, 1);
        BlockHeader root = h.chain.head();
        BlockHeader left = h.chain.extend(root, a);
        left = h.chain.extendBy(left, depth - 1);
        h.reset(root, left);
        // The new branch has one block, so the heads' numbers differ by the depth minus one; one
        // more on the left makes it the depth.
        left = depthOf(h, left, 1);
        BlockHeader right = h.chain.extend(root);
        assertThat(left.number() - right.number()).isEqualTo(depth);
        h.reset(left, right);

        h.holds(pooled, 0);
        assertThat(h.pool.head()).isEqualTo(right);
        assertThat(h.reports.getLast().reset()).isEqualTo(RunReport.Reset.DONE);
    }

    private static BlockHeader depthOf(PoolHarness h, BlockHeader left, int more) {
        BlockHeader last = h.chain.extendBy(left, more);
        h.reset(left, last);
        return last;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C117: without the old block a higher or equal head is not followed")
    void oldBlockMissing(PoolMode mode) {
        var h = rich(mode);
        h.add(price(1, 0, 1));
        BlockHeader root = h.chain.head();
        BlockHeader left = h.chain.extend(root);
        h.reset(root, left);
        BlockHeader right = h.chain.extend(root, price(1, 0, 1));
        h.chain.forgetBlock(left.hash());
        h.reset(left, right);

        assertThat(h.reports.getLast().reset()).isEqualTo(RunReport.Reset.ABORTED);
        assertThat(h.warnings)
                .containsExactly("reset to block 1 not done: the old head 1 is missing");
        assertThat(h.pool.head()).isEqualTo(left);
        h.holds(1, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "C118: without the old block a lower head is a rollback: followed, nothing reinjected")
    void rollback(PoolMode mode) {
        var h = rich(mode);
        Transaction a = price(1, 0, 1);
        BlockHeader root = h.chain.head();
        BlockHeader mid = h.chain.extend(root);
        BlockHeader left = h.chain.extend(mid, a);
        h.reset(root, left);
        h.chain.forgetBlock(left.hash());
        h.reset(left, h.chain.extend(root));

        assertThat(h.reports.getLast().reset()).isEqualTo(RunReport.Reset.DONE);
        assertThat(h.pool.head().number()).isEqualTo(1);
        h.holds(0, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C119: without the new block nothing is done")
    void newBlockMissing(PoolMode mode) {
        var h = rich(mode);
        BlockHeader root = h.chain.head();
        BlockHeader left = h.chain.extend(root);
        h.reset(root, left);
        BlockHeader right = h.chain.extendBy(root, 2);
        h.chain.forgetBlock(right.hash());
        h.reset(left, right);
        assertThat(h.reports.getLast().reset()).isEqualTo(RunReport.Reset.ABORTED);
        assertThat(h.pool.head()).isEqualTo(left);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    @DisplayName("C120: a parent missing on the way, on any side, stops it")
    void parentMissing(Side side) {
        var h = rich(PoolMode.HARDENED);
        BlockHeader root = h.chain.head();
        BlockHeader left1 = h.chain.extend(root);
        BlockHeader left2 = h.chain.extend(left1);
        BlockHeader left3 = h.chain.extend(left2);
        h.reset(root, left3);
        BlockHeader right1 = h.chain.extend(root);
        BlockHeader right2 = h.chain.extend(right1);
        BlockHeader right3 = h.chain.extend(right2);
        BlockHeader right4 = h.chain.extend(right3);
        BlockHeader target =
                switch (side) {
                    case LONGER_OLD, EQUAL_OLD -> right2;
                    case LONGER_NEW, EQUAL_NEW -> right4;
                };
        h.chain.forgetBlock(
                switch (side) {
                    case LONGER_OLD -> left2.hash();
                    case EQUAL_OLD -> left1.hash();
                    case LONGER_NEW -> right3.hash();
                    case EQUAL_NEW -> right2.hash();
                });
        h.reset(left3, target);
        assertThat(h.reports.getLast().reset()).isEqualTo(RunReport.Reset.ABORTED);
        assertThat(h.pool.head()).isEqualTo(left3);
    }

    enum Side {
        LONGER_OLD,
        EQUAL_OLD,
        LONGER_NEW,
        EQUAL_NEW
    }

    @Test
    @DisplayName("6, step 2: without the state of the new head the pool stays where it is")
    void stateMissing() {
        var h = rich(PoolMode.HARDENED);
        BlockHeader root = h.chain.head();
        BlockHeader next = h.chain.extend(root);
        h.chain.forgetState(next.hash());
        h.reset(root, next);
        assertThat(h.reports.getLast().reset()).isEqualTo(RunReport.Reset.ABORTED);
        assertThat(h.pool.head()).isEqualTo(root);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "C121: what is reinjected below the minimum tip is not pooled; the reference, which"
                    + " trusts what a block once held, pools it")
    void reinjectedBelowTheTip(PoolMode mode) {
        var h = rich(mode);
        BlockHeader root = h.chain.head();
        BlockHeader left = h.chain.extend(root, price(1, 0, 1), price(2, 0, 9));
        h.reset(root, left);
        h.gasTip(5);
        h.reset(left, h.chain.extend(root));
        if (mode == PoolMode.REFERENCE) {
            h.holds(2, 0);
            return;
        }
        h.holds(1, 0);
        assertThat(h.reinjected).hasSize(1);
        assertThat(
                        h.pool.metrics()
                                .rejected(PoolError.ErrTxGasPriceTooLow, TransactionSource.BLOCK))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C122: a nonce that goes back demotes the list, and nothing is announced")
    void nonceGoesBack(PoolMode mode) {
        var h = rich(mode);
        h.chain.nonce(1, 2);
        h.reset();
        h.addAll(price(1, 2, 1), price(1, 3, 1));
        h.events();
        BlockHeader old = h.chain.head();
        BlockHeader head = h.chain.extend(old);
        h.chain.touch(Txs.address(1), new AccountState(0, RICH, AccountState.Code.NONE));
        h.reset(old, head);

        h.holds(0, 2);
        assertThat(h.events()).isZero();
        assertThat(h.pool.nextNonce(Txs.address(1))).isZero();
        assertThat(h.warnings).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "5.4: only what follows the state nonce without a gap stays executable; the reference"
                    + " looks at the first nonce only")
    void gapInTheMiddle(PoolMode mode) {
        var h = rich(mode);
        h.gaps = mode == PoolMode.REFERENCE;
        Transaction zero = price(1, 0, 10);
        Transaction one = price(1, 1, 1);
        BlockHeader root = h.chain.head();
        BlockHeader left = h.chain.extend(root, zero, one);
        h.reset(root, left);
        h.addAll(price(1, 2, 10), price(1, 3, 10));
        // Nonce 1 is not pooled again, so 2 and 3 must not stand behind 0.
        h.chain.forgetTransaction(left, one);
        h.reset(left, h.chain.extend(root));
        if (mode == PoolMode.REFERENCE) {
            assertThat(h.pendingNonces(1)).containsExactly(0L, 2L, 3L);
            return;
        }
        assertThat(h.pendingNonces(1)).containsExactly(0L);
        assertThat(h.queuedNonces(1)).containsExactly(2L, 3L);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C123: a lower balance drops the dear one in the middle and demotes the tail")
    void lowerBalance(PoolMode mode) {
        var h = rich(mode);
        h.addAll(price(1, 0, 1), price(1, 1, 100), price(1, 2, 1), price(1, 3, 1));
        BlockHeader old = h.chain.head();
        BlockHeader head = h.chain.extend(old);
        h.chain.touch(
                Txs.address(1),
                new AccountState(0, BigInteger.valueOf(500_000), AccountState.Code.NONE));
        h.reset(old, head);
        assertThat(h.pendingNonces(1)).containsExactly(0L);
        assertThat(h.queuedNonces(1)).containsExactly(2L, 3L);
        assertThat(h.pool.metrics().count(PoolCounter.PENDING_NOFUNDS)).isEqualTo(1);
        assertThat(h.drops).containsExactly("1 NO_FUNDS");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C124: from London on the heaps know the base fee of the next block")
    void londonActivates(PoolMode mode) {
        var chain = new FakeChain(10_000_000);
        chain.defaultBalance(RICH);
        var h = new PoolHarness(PoolConfig.DEFAULTS.withMode(mode), chain, Txs.londonAt(2));
        BlockHeader root = chain.head();
        assertThat(h.pool.store().priced.baseFee()).isNull();
        BlockHeader one = chain.extend(root);
        h.reset(null, root);
        assertThat(h.pool.store().priced.baseFee()).isNull();
        h.reset(root, one);
        assertThat(h.pool.store().priced.baseFee()).isEqualTo(BaseFee.INITIAL);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C125: at the Osaka boundary what has more than 2^24 gas leaves")
    void osakaPurge(PoolMode mode) {
        var chain = new FakeChain(100_000_000);
        chain.defaultBalance(RICH);
        var h = new PoolHarness(PoolConfig.DEFAULTS.withMode(mode), chain, Txs.osakaAt(100));
        Transaction big = Txs.legacy(1, 0, (1 << 24) + 1, 1);
        Transaction fits = Txs.legacy(2, 0, 1 << 24, 1);
        h.addAll(big, fits);
        BlockHeader root = chain.head();
        BlockHeader before = chain.extend(root, 99);
        h.reset(root, before);
        h.holds(2, 0);

        h.reset(before, chain.extend(before, 100));
        assertThat(h.pool.has(big.hash())).isFalse();
        assertThat(h.pool.status(fits.hash())).isEqualTo(TransactionStatus.PENDING);
        assertThat(h.drops).containsExactly("0 GAS_LIMIT");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C126: set-code transactions are accepted from the Prague head on")
    void pragueActivates(PoolMode mode) {
        var chain = new FakeChain(10_000_000);
        chain.defaultBalance(RICH);
        var h = new PoolHarness(PoolConfig.DEFAULTS.withMode(mode), chain, Txs.pragueAt(100));
        Transaction tx = Txs.setCode(1, 0, 250_000, 10, 10, 2);
        assertThat(h.add(tx)).isEqualTo(PoolError.ErrTxTypeNotSupported);
        BlockHeader root = chain.head();
        h.reset(root, chain.extend(root, 100));
        assertThat(h.add(tx)).isNull();
    }

    @Test
    @DisplayName("16: with the block's diff only touched accounts are visited")
    void onlyTouchedAccounts() {
        var h = rich(PoolMode.HARDENED);
        Transaction mined = price(7, 0, 1);
        for (int key = 1; key <= 50; key++) h.add(price(key, 0, 1));
        BlockHeader old = h.chain.head();
        BlockHeader head = h.chain.extend(old, mined);
        h.reset(old, head);
        assertThat(h.reports.getLast().visited()).isEqualTo(1);
        h.holds(49, 0);

        // A branch whose diff is unknown, or a lower gas limit, brings everyone back.
        h.chain.tellTouched = false;
        BlockHeader blind = h.chain.extend(head);
        h.reset(head, blind);
        assertThat(h.reports.getLast().visited()).isEqualTo(49);
        h.chain.tellTouched = true;
        h.chain.gasLimit(GAS - 1);
        BlockHeader low = h.chain.extend(h.chain.head());
        h.reset(blind, low);
        h.holds(0, 0);
    }

    @Test
    @DisplayName(
            "16: a transaction that arrives with a head is promoted by it, unlike in the reference")
    void arrivalWithAHead() {
        for (PoolMode mode : PoolMode.values()) {
            var h = rich(mode);
            h.addAll(price(1, 0, 1), price(1, 1, 1));
            h.addAsync(price(1, 2, 1));
            BlockHeader old = h.chain.head();
            h.reset(old, h.chain.extend(old, price(2, 0, 1)));
            h.holds(mode == PoolMode.HARDENED ? 3 : 2, mode == PoolMode.HARDENED ? 0 : 1);
        }
    }

    @Test
    @DisplayName("5.2: the base fee moves by an eighth at most")
    void nextBaseFee() {
        assertThat(next(1000, 500, 1_000_000_000)).isEqualTo(1_000_000_000);
        assertThat(next(1000, 1000, 1_000_000_000)).isEqualTo(1_125_000_000);
        assertThat(next(1000, 0, 1_000_000_000)).isEqualTo(875_000_000);
        assertThat(next(1000, 501, 1)).as("at least one more").isEqualTo(2);
        assertThat(next(1000, 0, 0)).isZero();
        assertThat(next(0, 0, 5)).isEqualTo(5);
    }

    private static long next(long limit, long used, long base) {
        Hash32 hash = Txs.hash(1);
        return BaseFee.next(
                        new BlockHeader(hash, hash, 1, 1, limit, used, BigInteger.valueOf(base)))
                .longValueExact();
    }

    @Test
    @DisplayName("6: before the node is synced the pool starts on the state of genesis")
    void startsOnGenesis() {
        var chain = new FakeChain(10_000_000);
        chain.balance(1, RICH);
        chain.forgetState(chain.head().hash());
        var h = new PoolHarness(PoolConfig.DEFAULTS, chain, Txs.PRAGUE);
        h.checking = false;
        assertThat(h.add(price(1, 0, 1))).isEqualTo(PoolError.ErrInsufficientFunds);
    }

    private static PoolHarness rich(PoolMode mode) {
        var h = new PoolHarness(PoolConfig.DEFAULTS.withMode(mode));
        h.chain.defaultBalance(RICH);
        return h;
    }

    private static Transaction price(int key, long nonce, long price) {
        return Txs.legacy(key, nonce, GAS, price);
    }
}
