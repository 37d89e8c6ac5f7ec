package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows C088, C089, C092 and the table of mempool.md 4.3.
class NonceListTest {
    private static final int BUMP = 10;
    private final Account account = new Account(Txs.address(1));

    @Test
    @DisplayName("C088: 1024 nonces in any order are each found at their place")
    void anyOrder() {
        var nonces = new ArrayList<Long>();
        for (long n = 0; n < 1024; n++) nonces.add(n);
        Collections.shuffle(nonces, new Random(7));
        var list = new NonceList(true);
        for (long n : nonces) assertThat(list.add(entry(n, 21_000, 1), BUMP)).isTrue();

        assertThat(list.size()).isEqualTo(1024);
        for (int n = 0; n < 1024; n++) {
            assertThat(list.at(n).nonce).isEqualTo(n);
            assertThat(list.get(n)).isSameAs(list.at(n));
        }
        assertThat(list.last().nonce).isEqualTo(1023);
    }

    @Test
    @DisplayName("C089: costs beyond 256 bits are refused without an exception")
    void overflow() {
        BigInteger price = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
        var list = new NonceList(true);
        for (int gas = 0; gas < 3; gas++) {
            Transaction tx = Txs.dynamic(1, gas, gas, price, price);
            assertThat(list.add(entry(tx), BUMP)).isEqualTo(gas == 0);
        }
        assertThat(list.totalCost()).isEqualTo(BigInteger.valueOf(100));
    }

    @Test
    @DisplayName("1.2: nonces are unsigned")
    void unsignedNonces() {
        var list = new NonceList(false);
        PoolEntry high = entry(-2, 21_000, 1);
        PoolEntry low = entry(5, 21_000, 1);
        list.add(high, BUMP);
        list.add(low, BUMP);
        assertThat(list.first()).isSameAs(low);
        assertThat(list.get(-2)).isSameAs(high);
        assertThat(list.get(6)).isNull();
        assertThat(list.get(-1)).isNull();
    }

    @Test
    @DisplayName("4.3: the smallest price that replaces another")
    void replacementTable() {
        long[][] rows = {{1, 2}, {9, 10}, {19, 20}, {100, 110}, {101, 111}};
        for (long[] row : rows) {
            PoolEntry old = entry(Txs.legacy(1, 0, 21_000, row[0]));
            assertThat(entry(Txs.legacy(1, 0, 21_000, row[1])).replaces(old, BUMP)).isTrue();
            assertThat(entry(Txs.legacy(1, 0, 21_000, row[1] - 1)).replaces(old, BUMP)).isFalse();
        }
        PoolEntry old = entry(Txs.dynamic(1, 0, 21_000, 100, 60));
        assertThat(entry(Txs.dynamic(1, 0, 21_000, 110, 66)).replaces(old, BUMP)).isTrue();
        for (long[] caps : new long[][] {{110, 60}, {100, 66}, {109, 66}, {110, 65}}) {
            assertThat(entry(Txs.dynamic(1, 0, 21_000, caps[0], caps[1])).replaces(old, BUMP))
                    .isFalse();
        }
    }

    @Test
    @DisplayName("4.3: prices past 63 bits follow the same rule")
    void replacementOfWidePrices() {
        BigInteger cap = BigInteger.ONE.shiftLeft(80);
        BigInteger bumped = cap.multiply(BigInteger.valueOf(110)).divide(BigInteger.valueOf(100));
        PoolEntry old = entry(Txs.dynamic(1, 0, 21_000, cap, cap));
        BigInteger one = BigInteger.ONE;
        assertThat(wide(bumped, bumped).replaces(old, BUMP)).isTrue();
        assertThat(wide(bumped.subtract(one), bumped).replaces(old, BUMP)).isFalse();
        assertThat(wide(bumped, bumped.subtract(one)).replaces(old, BUMP)).isFalse();
        assertThat(wide(bumped, cap).replaces(old, BUMP)).isFalse();
        assertThat(wide(cap, bumped).replaces(old, BUMP)).isFalse();
        assertThat(wide(cap, cap).replaces(entry(Txs.legacy(1, 0, 21_000, 5)), BUMP)).isTrue();
    }

    @ParameterizedTest(name = "strict {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("C092: the same contents and answers as a tree map, over 10000 random operations")
    void equalsNaiveModel(boolean strict) {
        var random = new Random(strict ? 1 : 2);
        var list = new NonceList(strict);
        var model = new Model(strict);
        for (int i = 0; i < 10_000; i++) {
            var got = new ArrayList<PoolEntry>();
            var gotMore = new ArrayList<PoolEntry>();
            var want = new ArrayList<PoolEntry>();
            var wantMore = new ArrayList<PoolEntry>();
            long start = random.nextInt(60);
            switch (random.nextInt(12)) {
                case 0 -> {
                    list.forward(start / 4, got);
                    model.forward(start / 4, want);
                }
                case 1 -> {
                    BigInteger cost = BigInteger.valueOf(20_000L + random.nextInt(200_000));
                    long gas = 20_000L + random.nextInt(20_000);
                    list.filter(cost, gas, got, gotMore);
                    model.filter(cost, gas, want, wantMore);
                }
                case 2 -> {
                    int keep = 10 + random.nextInt(40);
                    list.cap(keep, got);
                    model.cap(keep, want);
                }
                case 3 -> {
                    PoolEntry present = list.get(start);
                    PoolEntry victim = present == null ? entry(start, 21_000, 1) : present;
                    assertThat(list.remove(victim, got)).isEqualTo(model.remove(victim, want));
                }
                case 4 -> {
                    list.ready(start / 8, got);
                    model.ready(start / 8, want);
                }
                case 5 -> {
                    long end = start + random.nextInt(5);
                    assertThat(list.runCost(start, end)).isEqualTo(model.runCost(start, end));
                    assertThat(list.runEnd(start)).isEqualTo(model.runEnd(start));
                }
                case 6 -> {
                    if (list.isEmpty()) continue;
                    long from = list.first().nonce;
                    long end = from + random.nextInt(6);
                    assertThat(list.runCost(from, end)).isEqualTo(model.runCost(from, end));
                }
                default -> {
                    PoolEntry added =
                            entry(start, 20_000 + random.nextInt(20_000), 1 + random.nextInt(10));
                    assertThat(list.add(added, BUMP)).isEqualTo(model.add(added));
                }
            }
            assertThat(got).isEqualTo(want);
            assertThat(gotMore).isEqualTo(wantMore);
            assertThat(contents(list)).isEqualTo(List.copyOf(model.map.values()));
            assertThat(list.totalCost()).isEqualTo(model.total());
        }
    }

    private static final class Model {
        final boolean strict;
        final TreeMap<Long, PoolEntry> map = new TreeMap<>();

        Model(boolean strict) {
            this.strict = strict;
        }

        boolean add(PoolEntry entry) {
            PoolEntry old = map.get(entry.nonce);
            if (old != null && !entry.replaces(old, BUMP)) return false;
            map.put(entry.nonce, entry);
            return true;
        }

        void forward(long nonce, List<PoolEntry> removed) {
            removed.addAll(map.headMap(nonce).values());
            map.headMap(nonce).clear();
        }

        void filter(BigInteger cost, long gas, List<PoolEntry> removed, List<PoolEntry> followers) {
            for (PoolEntry entry : map.values()) {
                if (entry.cost().compareTo(cost) > 0 || entry.gas() > gas) removed.add(entry);
            }
            if (removed.isEmpty()) return;
            map.values().removeAll(removed);
            if (!strict) return;
            followers.addAll(map.tailMap(removed.getFirst().nonce).values());
            map.tailMap(removed.getFirst().nonce).clear();
        }

        void cap(int keep, List<PoolEntry> removed) {
            while (map.size() > keep) removed.add(map.pollLastEntry().getValue());
        }

        boolean remove(PoolEntry entry, List<PoolEntry> followers) {
            if (map.get(entry.nonce) != entry) return false;
            map.remove(entry.nonce);
            if (strict) {
                followers.addAll(map.tailMap(entry.nonce).values());
                map.tailMap(entry.nonce).clear();
            }
            return true;
        }

        void ready(long start, List<PoolEntry> run) {
            if (map.isEmpty() || map.firstKey() > start) return;
            long next = map.firstKey();
            while (map.containsKey(next)) run.add(map.remove(next++));
        }

        long runEnd(long start) {
            long next = start;
            while (map.containsKey(next)) next++;
            return next;
        }

        @Nullable BigInteger runCost(long start, long end) {
            BigInteger sum = BigInteger.ZERO;
            for (long n = start; n < end; n++) {
                PoolEntry entry = map.get(n);
                if (entry == null) return null;
                sum = sum.add(entry.cost());
            }
            return sum;
        }

        BigInteger total() {
            return map.values().stream()
                    .map(e -> e.cost())
                    .reduce(BigInteger.ZERO, BigInteger::add);
        }
    }

    private static List<PoolEntry> contents(NonceList list) {
        var contents = new ArrayList<PoolEntry>();
        for (int i = 0; i < list.size(); i++) contents.add(list.at(i));
        return contents;
    }

    private PoolEntry entry(long nonce, long gas, long price) {
        return entry(Txs.legacy(1, nonce, gas, price));
    }

    private PoolEntry wide(BigInteger cap, BigInteger tip) {
        return entry(Txs.dynamic(1, 0, 21_000, cap, tip));
    }

    private PoolEntry entry(Transaction tx) {
        return new PoolEntry(tx, account, TransactionSource.GOSSIP, 0, 1);
    }
}
