package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows C127 to C129 of mempool.md 12.7.
class PriceNonceOrderTest {
    @Test
    @DisplayName("C127: 25 accounts with 25 prices each come out by price, each account's by nonce")
    void legacy() {
        var random = new Random(5);
        var groups = new ArrayList<List<PooledTransaction>>();
        for (int key = 0; key < 25; key++) {
            var group = new ArrayList<PooledTransaction>();
            for (int n = 0; n < 25; n++) {
                group.add(seen(Txs.legacy(key, n, 21_000, random.nextInt(50)), 0));
            }
            groups.add(group);
        }
        List<Transaction> order = drain(groups, null);
        assertThat(order).hasSize(625);
        assertOrdered(order, BigInteger.ZERO);
    }

    @ParameterizedTest(name = "base fee {0}")
    @ValueSource(longs = {0, 5, 50})
    @DisplayName("C128: with a base fee each account ends at the first cap below it")
    void dynamic(long base) {
        var random = new Random(6);
        var groups = new ArrayList<List<PooledTransaction>>();
        int expected = 0;
        for (int key = 0; key < 25; key++) {
            var group = new ArrayList<PooledTransaction>();
            boolean open = true;
            for (int n = 0; n < 25; n++) {
                int cap = random.nextInt(100);
                int tip = random.nextInt(cap + 1);
                open &= cap >= base;
                if (open) expected++;
                group.add(seen(Txs.dynamic(key, n, 21_000, cap, tip), 0));
            }
            groups.add(group);
        }
        List<Transaction> order = drain(groups, BigInteger.valueOf(base));
        assertThat(order).hasSize(expected);
        assertOrdered(order, BigInteger.valueOf(base));
    }

    @Test
    @DisplayName("C129: of equal prices the one seen first comes first")
    void firstSeenFirst() {
        long[] times = {3, 1, 5, 2, 4};
        var groups = new ArrayList<List<PooledTransaction>>();
        for (int key = 0; key < 5; key++) {
            groups.add(List.of(seen(Txs.legacy(key, 0, 21_000, 1), times[key])));
        }
        var order = new PriceNonceOrder(groups, null);
        for (long t = 1; t <= 5; t++) {
            assertThat(best(order).pooled().firstSeen()).isEqualTo(t);
            order.shift();
        }
        assertThat(order.peek()).isNull();
        order.shift();
        order.pop();
        assertThat(order.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("7: pop drops an account, clear all of them")
    void popAndClear() {
        var order =
                new PriceNonceOrder(
                        List.of(
                                List.of(
                                        seen(Txs.legacy(1, 0, 21_000, 9), 0),
                                        seen(Txs.legacy(1, 1, 21_000, 8), 0)),
                                List.of(seen(Txs.legacy(2, 0, 21_000, 1), 0))),
                        null);
        assertThat(best(order).tip()).isEqualTo(9);
        order.pop();
        assertThat(best(order).tip()).isEqualTo(1);
        order.clear();
        assertThat(order.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("7: the filter cuts a list at its first failure; a cap below the base fee is one")
    void filter() {
        var h = PoolHarness.reference();
        h.chain.defaultBalance(BigInteger.TEN.pow(18));
        h.addAll(
                Txs.dynamic(1, 0, 21_000, 100, 5),
                Txs.dynamic(1, 1, 21_000, 20, 5),
                Txs.dynamic(1, 2, 21_000, 100, 5),
                Txs.dynamic(2, 0, 21_000, 100, 1),
                Txs.dynamic(3, 0, 50_000, 100, 9));
        BigInteger base = BigInteger.valueOf(30);
        PoolSnapshot snapshot = h.pool.snapshot();
        assertThat(sizes(snapshot.pending(PendingFilter.ALL))).containsExactly(1, 1, 3);
        assertThat(sizes(snapshot.pending(new PendingFilter(BigInteger.TWO, base, 0))))
                .containsExactly(1, 1);
        assertThat(sizes(snapshot.pending(new PendingFilter(BigInteger.TWO, base, 40_000))))
                .containsExactly(1);
        assertThat(sizes(snapshot.pending(new PendingFilter(BigInteger.TWO, null, 0))))
                .containsExactly(1, 3);
    }

    private static List<Integer> sizes(List<List<PooledTransaction>> groups) {
        return groups.stream().map(List::size).sorted().toList();
    }

    private static List<Transaction> drain(
            List<List<PooledTransaction>> groups, @Nullable BigInteger base) {
        var order = new PriceNonceOrder(groups, base);
        var out = new ArrayList<Transaction>();
        for (var best = order.peek(); best != null; best = order.peek()) {
            out.add(best.pooled().transaction());
            order.shift();
        }
        return out;
    }

    /// Nonces ascend within an account, and no other account's successor pays more.
    private static void assertOrdered(List<Transaction> order, BigInteger base) {
        Map<Address, Long> next = new HashMap<>();
        for (int i = 0; i < order.size(); i++) {
            Transaction tx = order.get(i);
            assertThat(tx.nonce()).isEqualTo(next.getOrDefault(tx.sender(), 0L));
            next.put(tx.sender(), tx.nonce() + 1);
            if (i + 1 < order.size() && !order.get(i + 1).sender().equals(tx.sender())) {
                assertThat(PriceHeap.effectiveTip(order.get(i + 1), base))
                        .isLessThanOrEqualTo(PriceHeap.effectiveTip(tx, base));
            }
        }
    }

    private static PriceNonceOrder.Best best(PriceNonceOrder order) {
        return Objects.requireNonNull(order.peek());
    }

    private static PooledTransaction seen(Transaction tx, long at) {
        return new PooledTransaction(tx, TransactionSource.GOSSIP, at);
    }
}
