package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.mempool.PoolError.ErrUnderpriced;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows C096 to C112 of mempool.md 12.5: truncation, eviction, events.
class MaintenanceTest {
    private static final long RICH = 1_000_000_000_000_000L;
    private static final int GAS = 21_000;

    @ParameterizedTest(name = "{0}: {1} at {2} gives {3}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    C096 | 64 64 64 64 64 | 160 | 32 32 32 32 32 | 32 32 32 32 32
                    C097 | 32 32 32 32 32 | 1   | 16 16 16 16 16 | 16 16 16 16 16
                    C098 | 40 30 20 10    | 80  | 25 25 20 10    | 25 25 20 10
                    C099 | 40 30 20 10    | 60  | 16 16 16 10    | 16 17 17 10
                    C100 | 50 50 50       | 100 | 33 33 33       | 33 33 34
                    C101 | 30 20          | 37  | 18 18          | 18 19
                    C102 | 33 20 16       | 40  | 16 16 16       | 16 16 16
                    C103 | 64 64 64 64 64 | 163 | 32 32 32 32 32 | 32 32 33 33 33
                    """)
    @DisplayName("C096 to C103: the longest lists are cut; hardened, none more than needed")
    void truncatePending(String row, String start, int slots, String reference, String hardened) {
        for (PoolMode mode : PoolMode.values()) {
            var h = limited(mode, 16, slots, 64, 1024);
            int[] lengths = ints(start);
            var batch = new ArrayList<Transaction>();
            for (int key = 0; key < lengths.length; key++) {
                h.chain.balance(key, RICH);
                for (int n = 0; n < lengths[key]; n++) batch.add(Txs.legacy(key, n, GAS, 1));
            }
            h.addAll(batch);

            int[] left = new int[lengths.length];
            for (int key = 0; key < left.length; key++) left[key] = h.pendingNonces(key).size();
            assertThat(left)
                    .as(row + " " + mode)
                    .isEqualTo(ints(mode == PoolMode.REFERENCE ? reference : hardened));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C104: the accounts that are idle longest lose their queue first")
    void truncateQueue(PoolMode mode) {
        var h = limited(mode, 16, 5120, 64, 100);
        int[] lengths = {30, 40, 50, 20};
        List<List<Integer>> want =
                List.of(
                        List.of(30, 0, 0, 0),
                        List.of(30, 40, 0, 0),
                        List.of(10, 40, 50, 0),
                        List.of(0, 30, 50, 20));
        for (int key = 0; key < 4; key++) {
            h.chain.balance(key, RICH);
            h.addAll(run(key, 1, lengths[key], 1));
            h.now++;
            var sizes = new ArrayList<Integer>();
            for (int k = 0; k < 4; k++) sizes.add(h.queuedNonces(k).size());
            assertThat(sizes).isEqualTo(want.get(key));
        }
        assertThat(h.queuedNonces(1)).startsWith(1L).endsWith(30L);
        h.holds(0, 100);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C105: when a full pool evicts from the middle, the followers wait and come back")
    void evictionFromTheMiddle(PoolMode mode) {
        var h = limited(mode, 16, 4, 64, 1);
        h.chain.balance(1, RICH);
        h.chain.balance(2, RICH);
        h.addAll(
                price(1, 0, 10), price(1, 1, 5), price(1, 2, 10), price(1, 3, 10), price(2, 1, 20));
        h.holds(4, 1);

        assertThat(h.add(price(2, 0, 20))).isNull();
        assertThat(h.pendingNonces(1)).containsExactly(0L);
        assertThat(h.pendingNonces(2)).containsExactly(0L, 1L);
        assertThat(h.pool.nextNonce(Txs.address(1))).isEqualTo(1);
        // GlobalQueue is 1, and of the two followers the higher nonce goes.
        assertThat(h.queuedNonces(1)).containsExactly(2L);

        assertThat(h.add(price(1, 1, 30))).isNull();
        assertThat(h.pendingNonces(1)).containsExactly(0L, 1L, 2L);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C106: one event for a replacement and a promotion of one account, in nonce order")
    void eventsInNonceOrder(PoolMode mode) {
        var h = limited(mode, 16, 5120, 64, 1024);
        h.chain.balance(1, RICH);
        h.addAll(price(1, 0, 10), price(1, 1, 10));
        h.events();

        h.addAsync(price(1, 2, 10));
        h.addAsync(price(1, 0, 20));
        h.addAsync(price(1, 0, 30));
        h.run();
        assertThat(h.announced)
                .extracting(a -> a.pooled().transaction())
                .extracting(Transaction::nonce, Transaction::feeCapLong)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(0L, 30L),
                        org.assertj.core.groups.Tuple.tuple(2L, 10L));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C107: an event for a nonce that was mined meanwhile is dropped")
    void minedEventsAreDropped(PoolMode mode) {
        var h = limited(mode, 16, 5120, 64, 1024);
        h.chain.defaultBalance(BigInteger.valueOf(RICH));
        Transaction first = price(1, 0, 10);
        h.addAll(first, price(1, 1, 10));
        h.events();
        h.addAsync(price(1, 0, 20));
        h.addAsync(price(1, 1, 20));

        BlockHeader before = h.chain.head();
        h.reset(before, h.chain.extend(before, first));
        assertThat(h.announced)
                .extracting(a -> a.pooled().transaction().nonce())
                .containsExactly(1L);
        h.holds(1, 0);
    }

    @Test
    @DisplayName("C108: resets requested during a run become one, from the first head to the last")
    void resetsMerge() {
        var h = limited(PoolMode.HARDENED, 16, 5120, 64, 1024);
        h.chain.defaultBalance(BigInteger.valueOf(RICH));
        BlockHeader a = h.chain.head();
        Transaction inB = price(1, 0, 10);
        Transaction inC = price(1, 1, 10);
        BlockHeader b = h.chain.extend(a, inB);
        BlockHeader c = h.chain.extend(b, inC);
        h.chain.replaceHead(a);
        h.addAll(inB, inC, price(1, 2, 10));

        h.duringRun =
                () -> {
                    h.duringRun = () -> {};
                    assertThatThrownBy(() -> h.pool.run(h.now))
                            .isInstanceOf(IllegalStateException.class);
                    assertThat(h.pool.requestReset(a, b)).isEqualTo(h.reports.getLast().run() + 1);
                    h.pool.requestReset(b, c);
                };
        h.pool.requestReset(a, a);
        h.run();
        assertThat(h.pool.head()).isEqualTo(a);
        assertThat(h.pool.runRequested()).isTrue();

        h.run();
        assertThat(h.pool.head()).isEqualTo(c);
        assertThat(h.pool.runRequested()).isFalse();
        assertThat(h.pendingNonces(1)).containsExactly(2L);
        assertThat(h.reports.getLast().reset()).isEqualTo(RunReport.Reset.DONE);
    }

    @Test
    @DisplayName("C109: with the last queued transaction go the heartbeat and the reservation")
    void expiryReleases() {
        var h = limited(PoolMode.REFERENCE, 16, 5120, 64, 1024);
        h.chain.balance(1, RICH);
        assertThat(h.pool.nextExpiryAt()).isEmpty();
        h.add(price(1, 5, 1));
        assertThat(h.reservations.count(TransactionPool.SUB_POOL)).isEqualTo(1);
        long due = h.pool.nextExpiryAt().orElseThrow();
        assertThat(due).isEqualTo(Duration.ofHours(3).toNanos() + 1);

        h.now = due - 1;
        h.expire();
        h.holds(0, 1);
        h.now = due;
        h.expire();
        h.holds(0, 0);
        assertThat(h.reservations.count(TransactionPool.SUB_POOL)).isZero();
        assertThat(h.pool.store().heartbeats.size()).isZero();
        assertThat(h.drops).containsExactly("5 EXPIRED");
        assertThat(h.pool.metrics().count(PoolCounter.QUEUED_EVICTION)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C110: a sender whose only other transaction is the victim stays reserved")
    void victimOfTheSender(PoolMode mode) {
        var h = limited(mode, 16, 1, 64, 1);
        h.chain.balance(1, RICH);
        h.chain.balance(2, RICH);
        h.addAll(price(1, 1, 1), price(2, 0, 10));
        h.holds(1, 1);

        assertThat(h.add(price(1, 0, 5))).isNull();
        assertThat(h.pendingNonces(1)).containsExactly(0L);
        assertThat(h.reservations.count(TransactionPool.SUB_POOL)).isEqualTo(2);
        assertThat(h.reservations.misuses()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C111: a transaction that is refused by a full pool leaves no reservation")
    void refusedLeavesNoReservation(PoolMode mode) {
        var h = limited(mode, 16, 1, 64, 1);
        h.chain.balance(1, RICH);
        h.chain.balance(2, RICH);
        h.addAll(price(2, 0, 10), price(2, 1, 10));
        assertThat(h.add(price(1, 0, 5))).isEqualTo(ErrUnderpriced);
        assertThat(h.reservations.handle(TransactionPool.SUB_POOL).owns(Txs.address(1))).isFalse();
        assertThat(h.reservations.count(TransactionPool.SUB_POOL)).isEqualTo(1);
    }

    @Test
    @DisplayName("C112: of two transactions with one nonce only the one meant is removed")
    void removalIsByIdentity() {
        var h = limited(PoolMode.REFERENCE, 16, 5120, 64, 1024);
        h.chain.balance(1, RICH);
        Transaction pending = price(1, 0, 10);
        h.add(pending);
        Transaction queued = price(1, 0, 1);
        h.checking = false;
        h.enqueue(queued);
        h.holds(1, 1);

        PoolStore store = h.pool.store();
        PoolEntry entry = h.entry(queued);
        assertThat(store.remove(entry, true, true, DropReason.EXPIRED)).isZero();
        h.holds(1, 0);
        assertThat(h.pool.status(pending.hash())).isEqualTo(TransactionStatus.PENDING);
        assertThat(store.remove(entry, true, true, DropReason.EXPIRED)).as("twice").isZero();
        PoolInvariants.check(h.pool, true, false);
    }

    @Test
    @DisplayName("4.5: what waits at the nonce of a dearer executable one is dropped when promoted")
    void promotionRespectsTheBetterOne() {
        var h = limited(PoolMode.REFERENCE, 16, 5120, 64, 1024);
        h.chain.balance(1, RICH);
        h.add(price(1, 0, 10));
        h.checking = false;
        h.enqueue(price(1, 0, 5));
        h.run();
        h.holds(1, 0);
        assertThat(h.pool.metrics().count(PoolCounter.PENDING_DISCARD)).isEqualTo(1);

        h.enqueue(price(1, 0, 20));
        h.run();
        h.holds(1, 0);
        assertThat(h.pool.metrics().count(PoolCounter.PENDING_REPLACE)).isEqualTo(1);
        PoolInvariants.check(h.pool, true, false);
    }

    @Test
    @DisplayName("8.4: what waited behind a gap is to be published when it becomes executable")
    void deferredPublish() {
        var h = limited(PoolMode.HARDENED, 16, 5120, 64, 1024);
        h.chain.balance(1, RICH);
        h.addAll(price(1, 1, 1), price(1, 2, 1));
        assertThat(h.announced).isEmpty();

        h.add(price(1, 0, 1));
        assertThat(h.announced)
                .extracting(Announcement::deferred)
                .containsExactly(false, true, true);
        assertThat(h.announced)
                .extracting(Announcement::publish)
                .containsExactly(false, true, true);

        h.announced.clear();
        h.pool.add(List.of(price(1, 3, 1)), TransactionSource.LOCAL, true, h.now);
        assertThat(h.announced).extracting(Announcement::publish).containsExactly(true);
    }

    @Test
    @DisplayName("5.9: lowering the minimum tip removes nothing, raising it what pays less")
    void gasTip() {
        var h = limited(PoolMode.HARDENED, 16, 5120, 64, 1024);
        h.chain.balance(1, RICH);
        h.addAll(price(1, 0, 5), price(1, 1, 3), price(1, 2, 5));
        h.gasTip(0);
        h.gasTip(2);
        h.holds(3, 0);
        assertThat(h.pool.runRequested()).isFalse();
        h.gasTip(4);
        h.holds(1, 1);
        assertThat(h.drops).containsExactly("1 MIN_TIP");
        assertThat(h.pool.runRequested()).as("16: hardened schedules a run").isTrue();
        assertThat(h.pool.minTip()).isEqualTo(BigInteger.valueOf(4));
    }

    @Test
    @DisplayName("16: demoted transactions do not give an account more than its share of the queue")
    void demotedShare() {
        for (PoolMode mode : PoolMode.values()) {
            var h = limited(mode, 200, 5120, 64, 1024);
            h.chain.balance(1, RICH);
            h.addAll(run(1, 0, 100, 5));
            h.gasTip(2);
            h.add(Txs.legacy(1, 0, 21_001, 10));
            PoolEntry first = h.entry(Txs.legacy(1, 0, 21_001, 10));
            h.pool.store().remove(first, true, true, DropReason.EXPIRED);
            h.chain.balance(2, RICH);
            h.add(price(2, 0, 5));
            h.holds(1, mode == PoolMode.REFERENCE ? 99 : 64);
        }
    }

    private static PoolHarness limited(
            PoolMode mode, int accountSlots, int slots, int perAccount, int queue) {
        return new PoolHarness(
                PoolConfig.DEFAULTS
                        .withMode(mode)
                        .withLimits(accountSlots, slots, perAccount, queue));
    }

    private static Transaction price(int key, long nonce, long price) {
        return Txs.legacy(key, nonce, GAS, price);
    }

    private static List<Transaction> run(int key, int from, int n, long price) {
        var run = new ArrayList<Transaction>();
        for (int i = 0; i < n; i++) run.add(price(key, from + i, price));
        return run;
    }

    private static int[] ints(String text) {
        return Arrays.stream(text.strip().split(" +")).mapToInt(Integer::parseInt).toArray();
    }
}
