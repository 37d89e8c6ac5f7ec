package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Rows C130 to C134 of mempool.md 12.8.
class LocalTrackerTest {
    private static final TransactionSigner SIGNER =
            new TransactionSigner(Keccak256.hash(new byte[] {7}));

    private final PoolHarness h = PoolHarness.reference();
    private final MemoryJournal file = new MemoryJournal();
    private final LocalTracker tracker = new LocalTracker(file, Duration.ofHours(1), 0);

    @Test
    @DisplayName("C130: what the pool has not is to be submitted again, all stays tracked")
    void recheck() {
        h.chain.defaultBalance(BigInteger.TEN.pow(18));
        List<Transaction> txs = run(10);
        h.addAll(txs.subList(0, 5));
        for (Transaction tx : txs) assertThat(tracker.track(tx)).isTrue();

        assertThat(tracker.recheck(h.pool, h.now)).isEqualTo(txs.subList(5, 10));
        assertThat(tracker.size()).isEqualTo(10);
        assertThat(tracker.tracks(txs.getFirst().hash())).isTrue();
        assertThat(tracker.track(txs.getFirst())).as("known").isFalse();
    }

    @Test
    @DisplayName("C131: what is tracked survives a rotation and a restart")
    void journal() {
        for (Transaction tx : run(10)) tracker.track(tx);
        byte[] appended = file.content();
        tracker.rotate();
        assertThat(file.content()).isEqualTo(appended);

        var next = new LocalTracker(file, Duration.ofHours(1), 0);
        LocalTracker.Loaded loaded = next.load(file.content());
        assertThat(loaded.failure()).isNull();
        assertThat(loaded.goodBytes()).isEqualTo(appended.length);
        assertThat(next.size()).isEqualTo(10);
        assertThat(file.content()).as("loading appends nothing").isEqualTo(appended);
    }

    @Test
    @DisplayName("operations 3: what the operator drops is in neither the tracker nor the journal")
    void forget() {
        List<Transaction> txs = run(3);
        for (Transaction tx : txs) tracker.track(tx);
        assertThat(tracker.forget(txs.get(1).hash())).isTrue();
        assertThat(tracker.forget(txs.get(1).hash())).isFalse();
        assertThat(tracker.size()).isEqualTo(2);
        var next = new LocalTracker(LocalJournal.NONE, Duration.ofHours(1), 0);
        assertThat(next.load(file.content()).transactions())
                .containsExactly(txs.get(0), txs.get(2));
        assertThat(tracker.forget(txs.get(0).hash())).isTrue();
        assertThat(tracker.forget(txs.get(2).hash())).isTrue();
        assertThat(tracker.senders()).isEmpty();
        assertThat(file.content()).isEmpty();
    }

    @Test
    @DisplayName("C132: what was mined is dropped at the recheck and from the next rotation")
    void minedIsDropped() {
        h.chain.defaultBalance(BigInteger.TEN.pow(18));
        List<Transaction> txs = run(3);
        for (Transaction tx : txs) tracker.track(tx);
        nonce(2);
        h.reset();
        assertThat(tracker.recheck(h.pool, 0)).containsExactly(txs.get(2));
        assertThat(tracker.size()).isEqualTo(1);
        assertThat(file.rotations).isZero();

        tracker.recheck(h.pool, Duration.ofHours(1).toNanos() + 1);
        assertThat(file.rotations).isEqualTo(1);
        assertThat(file.content()).isEqualTo(txs.get(2).listElement());

        nonce(3);
        h.reset();
        assertThat(tracker.recheck(h.pool, 0)).isEmpty();
        assertThat(tracker.size()).isZero();
    }

    @Test
    @DisplayName("C133: a journal cut at any byte gives every whole record before the cut")
    void tornJournal() {
        List<Transaction> txs = run(3);
        var ends = new ArrayList<Integer>();
        for (Transaction tx : txs) {
            tracker.track(tx);
            ends.add(file.content().length);
        }
        byte[] whole = file.content();
        for (int cut = 0; cut <= whole.length; cut++) {
            int end = cut;
            int records = (int) ends.stream().filter(e -> e <= end).count();
            var healed = new MemoryJournal();
            var next = new LocalTracker(healed, Duration.ofHours(1), 0);
            LocalTracker.Loaded loaded = next.load(Arrays.copyOf(whole, cut));
            assertThat(loaded.transactions()).hasSize(records);
            assertThat(loaded.goodBytes()).isEqualTo(records == 0 ? 0 : ends.get(records - 1));
            boolean torn = cut != loaded.goodBytes();
            assertThat(loaded.failure() != null).isEqualTo(torn);
            assertThat(healed.rotations).as("a torn tail is cut off").isEqualTo(torn ? 1 : 0);
        }
    }

    @Test
    @DisplayName("11: a record that is no transaction ends the load; nonsense lengths do too")
    void damagedJournal() {
        tracker.track(run(1).getFirst());
        byte[] good = file.content();
        for (byte[] tail :
                new byte[][] {
                    {0x05}, {(byte) 0xbf, 1, 1, 1, 1, 1, 1, 1, 1}, {(byte) 0xfb, -1, -1, -1, -1}
                }) {
            var next = new LocalTracker(LocalJournal.NONE, Duration.ofHours(1), 0);
            byte[] content = Arrays.copyOf(good, good.length + tail.length);
            System.arraycopy(tail, 0, content, good.length, tail.length);
            LocalTracker.Loaded loaded = next.load(content);
            assertThat(loaded.failure()).isNotNull();
            assertThat(loaded.goodBytes()).isEqualTo(good.length);
            assertThat(next.size()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("C134: blob transactions are not tracked")
    void blobsAreIgnored() {
        assertThat(tracker.track(Txs.blob(1, 0))).isFalse();
        assertThat(tracker.size()).isZero();
    }

    @Test
    @DisplayName("1.7: a newer transaction takes the nonce of an older one")
    void newerTakesTheNonce() {
        tracker.track(sign(0, 1));
        tracker.track(sign(0, 2));
        assertThat(tracker.size()).isEqualTo(1);
        assertThat(tracker.tracks(sign(0, 2).hash())).isTrue();
    }

    @Test
    @DisplayName("16: journal writes that fail are counted")
    void failedWritesAreCounted() {
        file.broken = true;
        assertThat(tracker.track(run(1).getFirst())).isTrue();
        tracker.rotate();
        assertThat(tracker.failedWrites()).isEqualTo(2);
        file.broken = false;
        tracker.rotate();
        assertThat(tracker.writes()).isEqualTo(1);
        assertThat(LocalJournal.NONE.append(new byte[0]) && LocalJournal.NONE.rotate(List.of()))
                .isTrue();
    }

    private void nonce(long nonce) {
        h.chain.set(
                SIGNER.address(),
                new AccountState(nonce, BigInteger.TEN.pow(18), AccountState.Code.NONE));
    }

    private static Transaction sign(long nonce, long price) {
        return SIGNER.draft(
                        nonce % 2 == 0 ? Transaction.LEGACY : Transaction.DYNAMIC_FEE,
                        BigInteger.ONE)
                .nonce(nonce)
                .gasPrice(BigInteger.valueOf(price))
                .to(SIGNER.address())
                .sign();
    }

    private static List<Transaction> run(int n) {
        var run = new ArrayList<Transaction>();
        for (int i = 0; i < n; i++) run.add(sign(i, 1));
        return run;
    }

    private static final class MemoryJournal implements LocalJournal {
        private ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int rotations;
        private boolean broken;

        byte[] content() {
            return bytes.toByteArray();
        }

        @Override
        public boolean append(byte[] record) {
            if (broken) return false;
            bytes.writeBytes(record);
            return true;
        }

        @Override
        public boolean rotate(List<byte[]> records) {
            if (broken) return false;
            rotations++;
            bytes = new ByteArrayOutputStream();
            records.forEach(bytes::writeBytes);
            return true;
        }
    }
}
