package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The tables under the pool against plain maps, and the reservations.
class PoolTablesTest {
    @Test
    @DisplayName("the index of transactions equals a map over random operations")
    void transactionIndexEqualsMap() {
        var random = new Random(4);
        var index = new TransactionIndex(random.nextLong(), random.nextLong());
        Map<Hash32, PoolEntry> model = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            int key = random.nextInt(300);
            Transaction tx = Txs.legacy(key, key % 7, 21_000, 1);
            PoolEntry present = model.get(tx.hash());
            assertThat(index.get(tx.hash())).isSameAs(present);
            if (present == null) {
                var entry =
                        new PoolEntry(tx, new Account(tx.sender()), TransactionSource.LOCAL, 0, 1);
                index.add(entry);
                model.put(tx.hash(), entry);
            } else if (random.nextBoolean()) {
                index.remove(present);
                model.remove(tx.hash());
                assertThat(index.has(tx.hash())).isFalse();
            }
            assertThat(index.size()).isEqualTo(model.size());
        }
        assertThat(List.of(index.copy())).containsExactlyInAnyOrderElementsOf(model.values());
        assertThat(index.slots()).isEqualTo(model.size());
    }

    @Test
    @DisplayName("the table of accounts equals a map over random operations")
    void accountTableEqualsMap() {
        var random = new Random(5);
        var table = new AccountTable(random.nextLong(), random.nextLong());
        Map<Address, Account> model = new HashMap<>();
        for (int i = 0; i < 3000; i++) {
            Address address = Txs.address(random.nextInt(400));
            Account present = model.get(address);
            assertThat(table.get(address)).isSameAs(present);
            if (present == null) {
                var account = new Account(address);
                table.add(account);
                model.put(address, account);
            } else if (random.nextBoolean()) {
                table.remove(present);
                model.remove(address);
            }
            assertThat(table.size()).isEqualTo(model.size());
        }
    }

    @Test
    @DisplayName("a changed copy of the shared table leaves the original alone")
    void cowTable() {
        CowTable<String> empty = CowTable.empty();
        var edit = empty.edit(1000);
        for (int i = 0; i < 1000; i++) edit.put((long) i << 32, "v" + i);
        CowTable<String> full = edit.done();
        var less = full.edit(500);
        for (int i = 0; i < 1000; i += 2) {
            String value = "v" + i;
            less.removeIf((long) i << 32, value::equals);
        }
        less.removeIf(77, _ -> true);
        less.remove(0, "never there");
        CowTable<String> half = less.done();
        CowTable<String> shrunk = half.edit(2).done();

        assertThat(empty.size()).isZero();
        assertThat(full.size()).isEqualTo(1000);
        assertThat(half.size()).isEqualTo(500);
        assertThat(shrunk.size()).isEqualTo(500);
        for (int i = 0; i < 1000; i++) {
            String value = "v" + i;
            assertThat(full.find((long) i << 32, value::equals)).isEqualTo(value);
            assertThat(half.find((long) i << 32, value::equals))
                    .isEqualTo(i % 2 == 0 ? null : value);
            assertThat(shrunk.find((long) i << 32, value::equals))
                    .isEqualTo(i % 2 == 0 ? null : value);
        }
        var seen = new ArrayList<String>();
        shrunk.forEach(seen::add);
        assertThat(seen).hasSize(500).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("1.6: an address belongs to one sub-pool; misuse changes nothing and is counted")
    void reservations() {
        var reservations = new Reservations();
        Reservations.Handle plain = reservations.handle("legacypool");
        Reservations.Handle blobs = reservations.handle("blobpool");
        Address a = Txs.address(1);
        assertThat(plain.hold(a)).isTrue();
        assertThat(blobs.hold(a)).isFalse();
        assertThat(blobs.has(a)).isTrue();
        assertThat(plain.has(a)).isFalse();
        assertThat(plain.owns(a)).isTrue();
        assertThat(reservations.misuses()).isZero();

        assertThat(plain.hold(a)).as("twice").isTrue();
        blobs.release(a);
        assertThat(plain.owns(a)).isTrue();
        assertThat(reservations.misuses()).isEqualTo(2);
        assertThat(reservations.count("legacypool")).isEqualTo(1);

        plain.release(a);
        assertThat(reservations.count("legacypool")).isZero();
        assertThat(blobs.hold(a)).isTrue();
        assertThat(reservations.count("nobody")).isZero();
    }

    @Test
    @DisplayName("A18: hashes that agree in all but one word do not collide")
    void adversarialHashes() {
        var random = new Random(6);
        long key0 = random.nextLong();
        long key1 = random.nextLong();
        for (int word = 0; word < 4; word++) {
            int[] buckets = new int[1024];
            int worst = 0;
            for (int i = 0; i < 4096; i++) {
                byte[] bytes = new byte[32];
                bytes[word * 8] = (byte) i;
                bytes[word * 8 + 1] = (byte) (i >> 8);
                long mix = HashMix.mix(new Hash32(bytes), key0, key1);
                worst = Math.max(worst, ++buckets[(int) mix & 1023]);
            }
            assertThat(worst).as("word %s", word).isLessThan(20);
        }
    }

    @Test
    @DisplayName("a snapshot nobody asked for does not make the pool remember every change")
    void forgottenSnapshots() {
        var h = new PoolHarness(PoolConfig.DEFAULTS.withLimits(16, 2, 64, 1));
        h.checking = false;
        h.chain.defaultBalance(java.math.BigInteger.TEN.pow(18));
        for (int i = 0; i < 9000; i++) assertThat(h.add(Txs.legacy(i, 0, 21_000, 1 + i))).isNull();
        h.holds(3, 0);
        PoolInvariants.check(h.pool, true, false);
        PoolSnapshot snapshot = h.pool.snapshot();
        assertThat(snapshot.pending()).isEqualTo(3);
        assertThat(snapshot.version()).isPositive();
        assertThat(snapshot.nextNonce(Txs.address(8999))).hasValue(1);
        assertThat(snapshot.nextNonce(Txs.address(9))).isEmpty();
        assertThat(snapshot.head()).isEqualTo(h.chain.head());
        assertThat(snapshot.slotsMax()).isEqualTo(3);
        assertThat(snapshot.bytes()).isPositive();
        assertThat(snapshot.pendingAccounts() + snapshot.queuedAccounts()).isEqualTo(3);
        assertThat(snapshot.minTip()).isOne();
        assertThat(snapshot.metrics().count(PoolCounter.VALID)).isEqualTo(9000);
        assertThat(snapshot.metrics().runs()).isEqualTo(9000);
        assertThat(snapshot.metrics().resets()).isZero();
        assertThat(snapshot.metrics().rejected(PoolError.ErrUnderpriced, TransactionSource.GOSSIP))
                .isZero();
        assertThat(PoolCounter.VALID.metric()).isEqualTo("txpool_valid_total");
        assertThat(DropReason.MINED.outcome()).isEqualTo("mined");
    }

    @Test
    @DisplayName("a snapshot is the one before while nothing changes")
    void sameSnapshot() {
        var h = PoolHarness.reference();
        h.chain.balance(1, 1_000_000);
        PoolSnapshot empty = h.pool.snapshot();
        assertThat(h.pool.snapshot()).isSameAs(empty);
        h.gasTip(2);
        PoolSnapshot tip = h.pool.snapshot();
        assertThat(tip).isNotSameAs(empty);
        h.add(Txs.legacy(1, 0, 21_000, 1));
        PoolSnapshot refused = h.pool.snapshot();
        assertThat(refused).as("a counter moved").isNotSameAs(tip);
        assertThat(
                        refused.metrics()
                                .rejected(PoolError.ErrTxGasPriceTooLow, TransactionSource.GOSSIP))
                .isEqualTo(1);
        h.add(Txs.legacy(1, 0, 21_000, 2));
        assertThat(h.pool.snapshot().pending()).isEqualTo(1);
        assertThat(refused.pending()).isZero();
        assertThat(h.pool.snapshot()).isSameAs(h.pool.snapshot());
    }

    @Test
    @DisplayName("3.8: a local submitter reads the figures, a peer's refusal costs no text")
    void messages() {
        var h = PoolHarness.reference();
        h.chain.balance(1, 100_150);
        h.chain.nonce(1, 3);
        List<Transaction> batch =
                List.of(
                        Txs.legacy(1, 2, 100_000, 1),
                        Txs.legacy(1, 3, 100_000, 2),
                        Txs.legacy(1, 3, 100_000, 1));
        List<AddOutcome> local = h.pool.add(batch, TransactionSource.LOCAL, true, 0);
        assertThat(local.get(0).message()).isEqualTo("nonce too low: next nonce 3, tx nonce 2");
        assertThat(local.get(1).message())
                .isEqualTo(
                        "insufficient funds for gas * price + value: balance 100150, tx cost 200100,"
                                + " overshot 99950");
        assertThat(local.get(2).accepted()).isTrue();
        assertThat(local.get(2).message()).isEmpty();

        List<AddOutcome> more =
                h.pool.add(
                        List.of(Txs.legacy(1, 4, 100_000, 1), Txs.legacy(1, 3, 100_000, 2, 0)),
                        TransactionSource.LOCAL,
                        true,
                        0);
        assertThat(more.get(0).message())
                .contains("queued cost 100100, tx cost 100100, overshot 100050");
        assertThat(more.get(1).message()).contains("overshot");
        List<AddOutcome> gossip = h.pool.add(batch, TransactionSource.GOSSIP, true, 0);
        assertThat(gossip.get(0).message()).isEqualTo(PoolError.ErrNonceTooLow.text());
        assertThat(h.pool.metrics().rejected(PoolError.ErrNonceTooLow, TransactionSource.GOSSIP))
                .isEqualTo(1);
    }
}
