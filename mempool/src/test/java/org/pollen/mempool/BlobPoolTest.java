package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.pollen.mempool.BlobTxs.blob;
import static org.pollen.mempool.PoolError.ErrAccountLimitExceeded;
import static org.pollen.mempool.PoolError.ErrAlreadyKnown;
import static org.pollen.mempool.PoolError.ErrAlreadyReserved;
import static org.pollen.mempool.PoolError.ErrInflightTxLimitReached;
import static org.pollen.mempool.PoolError.ErrInsufficientFunds;
import static org.pollen.mempool.PoolError.ErrKZGVerificationError;
import static org.pollen.mempool.PoolError.ErrNonceTooHigh;
import static org.pollen.mempool.PoolError.ErrNonceTooLow;
import static org.pollen.mempool.PoolError.ErrReplaceUnderpriced;
import static org.pollen.mempool.PoolError.ErrSenderNoEOA;
import static org.pollen.mempool.PoolError.ErrTxBlobLimitExceeded;
import static org.pollen.mempool.PoolError.ErrTxGasPriceTooLow;
import static org.pollen.mempool.PoolError.ErrTxPoolOverflow;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Rows C168 to C184 of mempool.md 12.11, T2 and T6, and the rest of section 14.
class BlobPoolTest {
    private static final int A = 1;
    private static final int B = 2;
    private static final int C = 3;
    private static final int D = 4;

    private final BlobHarness h = new BlobHarness();

    @Test
    @DisplayName("C168: entries that are no transaction, or that nobody signed, are deleted")
    void badEntries() {
        h.store.put(new byte[] {3, 1, 2, 3});
        h.store.put(BlobTxs.bare(A, 0, 1, 1, 1, 1).raw()); // no sidecar
        h.store.put(Txs.legacy(A, 0, 21_000, 1).raw());
        h.store.put(badlySigned());
        h.stored(blob(B, 0));
        h.open();
        assertThat(h.store.entries).hasSize(1);
        assertThat(h.nonces(B)).containsExactly(0L);
        assertThat(h.pool().snapshot().metrics().count(BlobDrop.INVALID)).isEqualTo(4);
    }

    /// A transaction with an s that is too high.
    private static byte[] badlySigned() {
        Transaction good = BlobTxs.bare(A, 0, 1, 1, 1, 1);
        byte[] raw = good.raw().clone();
        Arrays.fill(raw, raw.length - 32, raw.length, (byte) 0xff);
        return BlobTxs.network(BlobTxs.decode(raw), 1);
    }

    @Test
    @DisplayName("C169: of what the store holds, the run from the state's nonce on is kept")
    void gapsInTheStore() {
        for (long nonce : new long[] {0, 1, 3, 4, 6, 7}) h.stored(blob(A, nonce));
        for (long nonce : new long[] {1, 2, 3}) h.stored(blob(B, nonce));
        for (long nonce : new long[] {0, 1, 2}) h.stored(blob(C, nonce));
        h.nonce(C, 3);
        for (long nonce : new long[] {3, 0, 2, 1}) h.stored(blob(D, nonce));
        h.nonce(D, 2);
        h.open();
        assertThat(h.nonces(A)).containsExactly(0L, 1L);
        assertThat(h.nonces(B)).isEmpty();
        assertThat(h.nonces(C)).isEmpty();
        assertThat(h.nonces(D)).containsExactly(2L, 3L);
        BlobMetrics metrics = h.pool().snapshot().metrics();
        assertThat(metrics.count(BlobDrop.GAPPED)).isEqualTo(4);
        assertThat(metrics.count(BlobDrop.DANGLING)).isEqualTo(3);
        assertThat(metrics.count(BlobDrop.FILLED)).isEqualTo(3);
        assertThat(metrics.count(BlobDrop.OVERLAPPED)).isEqualTo(2);
    }

    @Test
    @DisplayName("14.4: a gap that straddles the state's nonce leaves nothing")
    void gapAcrossTheState() {
        h.stored(blob(A, 0), blob(A, 3));
        h.nonce(A, 2);
        h.open();
        assertThat(h.nonces(A)).isEmpty();
        assertThat(h.store.entries).isEmpty();
    }

    @Test
    @DisplayName("C170: what pays less than the minimum tip goes, with all behind it")
    void underpricedInTheStore() {
        for (int i = 0; i < 5; i++) h.stored(blob(A, i, i == 0 ? 0 : 1, 1, 1));
        for (int i = 0; i < 5; i++) h.stored(blob(B, i, i == 2 ? 0 : 1, 1, 1));
        h.open();
        assertThat(h.nonces(A)).isEmpty();
        assertThat(h.nonces(B)).containsExactly(0L, 1L);
    }

    @Test
    @DisplayName("C171: what the account cannot pay goes, highest nonce first")
    void overdraftedInTheStore() {
        h.balance(A, 1_000_000);
        h.balance(B, 1_000_000);
        h.stored(blob(A, 0, 1, 1000, 1), blob(A, 1));
        h.stored(blob(B, 0), blob(B, 1, 1, 1000, 1), blob(B, 2));
        h.open();
        assertThat(h.nonces(A)).isEmpty();
        assertThat(h.nonces(B)).containsExactly(0L);
        assertThat(h.pool().snapshot().metrics().count(BlobDrop.OVERDRAFTED)).isEqualTo(4);
    }

    @Test
    @DisplayName("C172: 16 transactions of an account are kept")
    void overcappedInTheStore() {
        for (int i = 0; i < 19; i++) h.stored(blob(A, i));
        h.open();
        assertThat(h.nonces(A)).hasSize(16).endsWith(15L);
        assertThat(h.pool().snapshot().metrics().count(BlobDrop.OVERCAPPED)).isEqualTo(3);
    }

    @Test
    @DisplayName("C173: a transaction is kept once, and one a nonce")
    void repeatedInTheStore() {
        h.stored(blob(A, 0), blob(A, 0), blob(A, 0), blob(A, 1), blob(A, 1, 5, 5, 5));
        h.open();
        assertThat(h.nonces(A)).containsExactly(0L, 1L);
        assertThat(h.pool().has(blob(A, 1).hash())).isTrue();
        assertThat(h.pool().snapshot().metrics().count(BlobDrop.INVALID)).isEqualTo(2);
        assertThat(h.pool().snapshot().metrics().count(BlobDrop.REPEATED)).isEqualTo(1);
    }

    @Test
    @DisplayName("C174: the least tip and jumps of each nonce and those before")
    void rollingMinima() {
        long[] tips = {10, 25, 5, 7, 1, 100};
        long[] caps = {100, 90, 200, 10, 80, 300};
        long[] blobCaps = {55, 66, 77, 33, 22, 11};
        for (int i = 0; i < 6; i++) h.stored(blob(A, i, tips[i], caps[i], blobCaps[i]));
        List<PooledBlob> pooled = h.open().pooled(BlobTxs.address(A));
        long[] least = {10, 10, 5, 5, 1, 1};
        double[] fees = {39.098, 38.204, 38.204, 19.549, 19.549, 19.549};
        double[] blobs = {25.517, 25.517, 25.517, 22.265, 19.683, 15.269};
        BigInteger spent = BigInteger.ZERO;
        for (int i = 0; i < 6; i++) {
            PooledBlob one = pooled.get(i);
            assertThat(one.leastTip).isEqualTo(least[i]);
            assertThat(one.leastFeeJumps).isEqualTo(fees[i], within(0.001));
            assertThat(one.leastBlobJumps).isEqualTo(blobs[i], within(0.001));
            spent = spent.add(one.cost());
        }
        BlobAccount account = h.pool().content().accounts.get(BlobTxs.address(A));
        assertThat(Objects.requireNonNull(account).spent).isEqualTo(spent);
    }

    @Test
    @DisplayName("C175: accounts in the order in which they are evicted")
    void evictionOrder() {
        h.chain.baseFee(1050);
        h.chain.blobFee = BigInteger.valueOf(105);
        h.stored(blob(A, 0, 1, 1000, 90), blob(B, 0, 1, 800, 70), blob(C, 0, 1, 1500, 110));
        BlobEvictions heap = h.open().content().evictions;
        List<Address> order = new ArrayList<>();
        while (!heap.isEmpty()) {
            BlobAccount worst = heap.worst();
            order.add(worst.address);
            heap.remove(worst);
        }
        assertThat(order)
                .containsExactly(BlobTxs.address(B), BlobTxs.address(A), BlobTxs.address(C));
    }

    @Test
    @DisplayName("C176: with room for two of three the cheapest account goes, from the store too")
    void dataCap() {
        h.chain.baseFee(1050);
        h.chain.blobFee = BigInteger.valueOf(105);
        h.stored(blob(A, 0, 1, 1000, 100), blob(B, 0, 1, 800, 70), blob(C, 0, 1, 1500, 110));
        h.config = new BlobPoolConfig(2L * blob(A, 0, 1, 1000, 100).size() + 10, 100);
        h.open();
        assertThat(h.nonces(B)).isEmpty();
        assertThat(h.drops).containsExactly("0 OVERFLOWN");
        h.open(); // the disk knows
        assertThat(h.pool().snapshot().pending()).isEqualTo(2);
        assertThat(h.drops).hasSize(1);
    }

    @Test
    @DisplayName("A15: what would be refused anyway is known before its proofs are looked at")
    void refusalsBeforeProofs() {
        assertThat(h.add(blob(A, 0))).isNull();
        assertThat(h.pool().refusal(blob(A, 0))).isEqualTo(ErrAlreadyKnown);
        assertThat(h.pool().refusal(blob(A, 1))).isNull();
        assertThat(h.pool().refusal(blob(B, 1))).isEqualTo(ErrNonceTooHigh);
        h.nonce(C, 5);
        assertThat(h.pool().refusal(blob(C, 4))).isEqualTo(ErrNonceTooLow);
        h.nonce(D, 10);
        assertThat(h.pool().refusal(blob(D, 11))).isNull(); // one may wait
        h.balance(D, 1);
        assertThat(h.pool().refusal(blob(D, 11))).isEqualTo(ErrInsufficientFunds);
        assertThat(h.pool().refusal(blob(D, 10))).isEqualTo(ErrInsufficientFunds);
    }

    @Test
    void aSnapshotTellsOfTransactionsAndAccountsAndDoesNotChange() {
        Transaction zero = blob(A, 0);
        Transaction one = blob(A, 1);
        h.add(zero);
        h.add(one);
        BlobPoolSnapshot before = h.pool().snapshot();
        assertThat(before.blob(zero.hash()).orElseThrow().nonce()).isZero();
        assertThat(before.accounts()).isEqualTo(1);
        assertThat(before.nextNonce(zero.sender())).hasValue(2);
        assertThat(before.nextNonce(blob(B, 0).sender())).isEmpty();
        h.nonce(A, 1);
        h.tip(Long.MAX_VALUE); // everything goes
        BlobPoolSnapshot after = h.pool().snapshot();
        assertThat(after.blob(zero.hash())).isEmpty();
        assertThat(after.account(zero.sender())).isEmpty();
        var visited = new java.util.ArrayList<BlobAccountSnapshot>();
        before.forEachAccount(visited::add);
        assertThat(visited).singleElement().extracting(a -> a.blobs().size()).isEqualTo(2);
        var announced = new java.util.ArrayList<PooledBlob>();
        h.pool().forEachAnnounced(announced::add);
        assertThat(announced).isEmpty();
    }

    @Test
    @DisplayName("C177, T2: what is behind a gap is refused, or kept for a moment")
    void nonces() {
        assertThat(h.add(blob(A, 0))).isNull();
        assertThat(h.add(blob(B, 1))).isEqualTo(ErrNonceTooHigh);
        h.nonce(C, 5);
        assertThat(h.add(blob(C, 4))).isEqualTo(ErrNonceTooLow);
        assertThat(h.add(blob(C, 6))).isEqualTo(ErrNonceTooHigh);
        h.nonce(D, 10);
        Transaction early = blob(D, 11);
        assertThat(h.add(early)).isNull();
        assertThat(h.pool().status(early.hash())).isEqualTo(TransactionStatus.QUEUED);
        assertThat(h.pool().snapshot().gapped()).isEqualTo(1);
        assertThat(h.add(early)).isEqualTo(ErrAlreadyKnown);
        assertThat(h.add(blob(D, 12))).isEqualTo(ErrNonceTooHigh); // one is allowed after ten
        assertThat(h.add(blob(D, 10))).isNull();
        assertThat(h.nonces(D)).containsExactly(10L, 11L);
        assertThat(h.pool().snapshot().gapped()).isZero();
        BlobMetrics metrics = h.pool().snapshot().metrics();
        assertThat(metrics.count(BlobAdd.GAPPED)).isEqualTo(4);
        assertThat(metrics.count(BlobAdd.GAPPEDFULL)).isEqualTo(3);
        assertThat(metrics.count(BlobAdd.STALE)).isEqualTo(1);
        assertThat(metrics.count(BlobAdd.VALID)).isEqualTo(3);
    }

    @Test
    @DisplayName("14.1: what waits for an earlier nonce waits a minute, 128 of all accounts")
    void gappedIsBounded() {
        h.nonce(A, 99);
        assertThat(h.add(blob(A, 101))).isNull();
        h.now += Duration.ofSeconds(61).toNanos();
        BlockHeader head = h.chain.head();
        h.reset(head, h.chain.extend(head));
        assertThat(h.pool().snapshot().gapped()).isZero();

        var gapped = new GappedBlobs(h.gapped);
        for (int i = 0; i < 128; i++) {
            Transaction tx = Txs.blob(i, 20);
            assertThat(gapped.offer(tx, TransactionSource.GOSSIP, 10, 0, 0)).isTrue();
        }
        assertThat(gapped.offer(Txs.blob(999, 20), TransactionSource.GOSSIP, 10, 0, 0)).isFalse();
        assertThat(gapped.expire(Duration.ofMinutes(1).toNanos())).isZero();
        assertThat(gapped.expire(Duration.ofMinutes(1).toNanos() + 1)).isEqualTo(128);
        assertThat(gapped.senders()).isEmpty();
    }

    @Test
    @DisplayName("14.2: a new head fills a gap as well")
    void headFillsAGap() {
        h.nonce(A, 10);
        assertThat(h.add(blob(A, 11))).isNull();
        BlockHeader head = h.chain.head();
        BlockHeader next = h.chain.extend(head, BlobTxs.bare(A, 10, 1, 1, 1, 1));
        h.reset(head, next);
        assertThat(h.nonces(A)).containsExactly(11L);
    }

    @Test
    @DisplayName("C178: the same again, and the same nonce without a bump")
    void knownAndNotBetter() {
        assertThat(h.add(blob(A, 0))).isNull();
        assertThat(h.add(blob(A, 0))).isEqualTo(ErrAlreadyKnown);
        assertThat(h.add(blob(A, 0, 1, 2, 1))).isEqualTo(ErrReplaceUnderpriced);
    }

    @Test
    @DisplayName("C179: what the account cannot pay together is refused")
    void overdraft() {
        h.balance(A, 63_299 + 3 * 131_072);
        assertThat(h.add(blob(A, 0))).isNull();
        assertThat(h.add(blob(A, 1))).isNull();
        assertThat(h.add(blob(A, 2))).isEqualTo(ErrInsufficientFunds);
    }

    @Test
    @DisplayName("C180, T6: 16 of an account; a replacement is not a 17th")
    void accountLimit() {
        for (int i = 0; i < 16; i++) assertThat(h.add(blob(A, i))).isNull();
        assertThat(h.add(blob(A, 15, 10, 10, 10))).isNull();
        assertThat(h.add(blob(A, 16))).isEqualTo(ErrAccountLimitExceeded);
        assertThat(h.drops).containsExactly("15 REPLACED");
    }

    @Test
    @DisplayName("C181: a replacement doubles all three fees")
    void replacement() {
        assertThat(h.add(blob(A, 0, 2, 4, 2))).isNull();
        assertThat(h.add(blob(A, 0, 3, 8, 4))).isEqualTo(ErrReplaceUnderpriced);
        assertThat(h.add(blob(A, 0, 4, 6, 4))).isEqualTo(ErrReplaceUnderpriced);
        assertThat(h.add(blob(A, 0, 4, 8, 3))).isEqualTo(ErrReplaceUnderpriced);
        assertThat(h.add(blob(A, 0, 4, 8, 4))).isNull();
    }

    @Test
    @DisplayName("C182: no fee for blobs is too little")
    void blobFee() {
        assertThat(h.add(blob(A, 0, 1, 1, 0))).isEqualTo(ErrTxGasPriceTooLow);
        assertThat(h.add(blob(A, 0, 1, 1, 1))).isNull();
    }

    @Test
    @DisplayName("C183: six blobs, not seven")
    void blobLimit() {
        assertThat(h.add(blob(A, 0, 1, 1, 1, 6))).isNull();
        assertThat(h.add(blob(B, 0, 1, 1, 1, 7))).isEqualTo(ErrTxBlobLimitExceeded);
    }

    @Test
    @DisplayName("C184: what is included leaves the pool, and its blobs stay until it is final")
    void limbo() {
        h.chain.finalNumber = 0;
        Transaction mined = blob(A, 0);
        h.add(mined);
        h.add(blob(A, 1));
        BlockHeader genesis = h.chain.head();
        BlockHeader one = h.chain.extend(genesis, BlobTxs.bare(A, 0, 1, 1, 1, 1));
        h.reset(genesis, one);
        assertThat(h.nonces(A)).containsExactly(1L);
        assertThat(h.pool().inLimbo(mined.hash())).isTrue();
        BlobPool again = h.open(); // the limbo is on disk, too
        assertThat(again.inLimbo(mined.hash())).isTrue();
        h.chain.finalNumber = one.number();
        h.reset(one, h.chain.extend(one));
        assertThat(h.pool().inLimbo(mined.hash())).isFalse();
        assertThat(h.limbo.entries).isEmpty();
    }

    @Test
    @DisplayName(
            "11, 14.2: what was submitted here and waits for an earlier nonce survives a restart")
    void gappedOfOursIsKept() {
        h.nonce(A, 99);
        Transaction early = blob(A, 100);
        assertThat(h.add(early, TransactionSource.LOCAL)).isNull();
        h.nonce(B, 99);
        assertThat(h.add(blob(B, 100))).isNull(); // a peer's: it may come again
        assertThat(h.gapped.entries).hasSize(1);
        assertThat(BlobPool.senders(h.storage())).containsExactly(BlobTxs.address(A));

        BlobPool again = h.open();
        assertThat(again.status(early.hash())).isEqualTo(TransactionStatus.QUEUED);
        assertThat(h.add(blob(A, 99), TransactionSource.LOCAL)).isNull();
        assertThat(h.nonces(A)).containsExactly(99L, 100L);
        assertThat(h.gapped.entries).isEmpty();

        // A crash after it was pooled and before it was given up here leaves both.
        h.gapped.put(early.network());
        h.gapped.put(new byte[] {1});
        h.gapped.put(blob(C, 7).network()); // behind a gap that is not allowed to it
        assertThat(h.open().status(early.hash())).isEqualTo(TransactionStatus.PENDING);
        assertThat(h.gapped.entries).isEmpty();
    }

    @Test
    @DisplayName("14.2: what waits for an earlier nonce and cannot be kept is refused; old ones go")
    void gappedWithoutRoom() {
        h.nonce(A, 99);
        h.gapped.room = 0;
        assertThat(h.add(blob(A, 100), TransactionSource.LOCAL)).isEqualTo(ErrNonceTooHigh);
        h.gapped.room = 1;
        assertThat(h.add(blob(A, 100), TransactionSource.LOCAL)).isNull();
        h.now += Duration.ofSeconds(61).toNanos();
        BlockHeader head = h.chain.head();
        h.reset(head, h.chain.extend(head));
        assertThat(h.gapped.entries).isEmpty();
    }

    @Test
    @DisplayName(
            "11, 14.6: what left the chain while the process was down is pooled again at the start")
    void limboAfterAReorganisationThatNobodySaw() {
        h.chain.finalNumber = 0;
        Transaction mined = blob(A, 0);
        Transaction kept = blob(B, 0);
        h.add(mined);
        h.add(kept);
        BlockHeader genesis = h.chain.head();
        BlockHeader one =
                h.chain.extend(
                        genesis, BlobTxs.bare(A, 0, 1, 1, 1, 1), BlobTxs.bare(B, 0, 1, 1, 1, 1));
        h.reset(genesis, one);
        assertThat(h.limbo.entries).hasSize(2);
        assertThat(BlobPool.senders(h.storage()))
                .containsExactlyInAnyOrder(BlobTxs.address(A), BlobTxs.address(B));
        // Another chain's state: only the second one is included there.
        h.nonce(A, 0);
        BlobPool again = h.open();
        assertThat(again.status(mined.hash())).isEqualTo(TransactionStatus.PENDING);
        assertThat(again.status(kept.hash())).isEqualTo(TransactionStatus.UNKNOWN);
        assertThat(again.inLimbo(kept.hash())).isTrue();
        assertThat(again.inLimbo(mined.hash())).isFalse();
    }

    @Test
    @DisplayName("11, 14.6: a full disk loses nothing that is included, moved or returned")
    void limboOnAFullDisk() {
        h.chain.finalNumber = 0;
        Transaction tx = blob(A, 0);
        h.add(tx);
        h.limbo.room = 0;
        BlockHeader genesis = h.chain.head();
        Transaction bare = BlobTxs.bare(A, 0, 1, 1, 1, 1);
        h.limbo.roomOnceFreed(h.store);
        BlockHeader old = h.chain.extend(genesis, bare);
        h.reset(genesis, old);
        assertThat(h.pool().inLimbo(tx.hash())).isTrue(); // in the room that the pool left
        h.limbo.room = 1;
        BlockHeader fork = h.chain.extend(h.chain.extend(genesis), bare);
        h.reset(old, fork);
        assertThat(h.pool().inLimbo(tx.hash())).isTrue(); // the old entry stays
        h.store.room = 0;
        h.store.roomOnceFreed(h.limbo);
        h.reset(fork, h.chain.extendBy(genesis, 3));
        assertThat(h.nonces(A)).containsExactly(0L);
        assertThat(h.limbo.entries).isEmpty();
        assertThat(h.warnings).isEmpty();
    }

    @Test
    @DisplayName("11, 14.6: what a full disk does lose is told")
    void limboWithoutAnyRoom() {
        Transaction tx = blob(A, 0);
        h.add(tx);
        h.limbo.room = 0;
        BlockHeader genesis = h.chain.head();
        BlockHeader old = h.chain.extend(genesis, BlobTxs.bare(A, 0, 1, 1, 1, 1));
        h.reset(genesis, old);
        assertThat(h.warnings).singleElement().asString().contains("no room for the blobs of");
        h.limbo.room = 1;
        h.add(blob(B, 0));
        BlockHeader next = h.chain.extend(old, BlobTxs.bare(B, 0, 1, 1, 1, 1));
        h.reset(old, next);
        h.store.room = 0;
        h.reset(next, h.chain.extendBy(old, 2));
        assertThat(h.warnings).hasSize(2).last().asString().contains("no room for 0x");
        assertThat(h.nonces(B)).isEmpty();
    }

    @Test
    @DisplayName("operations 3: one that the operator drops takes those behind it along")
    void dropped() {
        Transaction second = blob(A, 1);
        h.add(blob(A, 0));
        h.add(second);
        h.add(blob(A, 2));
        assertThat(h.pool().drop(second.hash(), h.now)).isTrue();
        h.check();
        assertThat(h.nonces(A)).containsExactly(0L);
        assertThat(h.pool().drop(second.hash(), h.now)).isFalse();
        Transaction only = blob(B, 0);
        h.add(only);
        assertThat(h.pool().drop(only.hash(), h.now)).isTrue();
        h.check();
        assertThat(h.nonces(B)).isEmpty();
    }

    @Test
    @DisplayName("14.6: without word of what is final, 64 blocks are")
    void limboWithoutFinality() {
        h.add(blob(A, 0));
        BlockHeader genesis = h.chain.head();
        BlockHeader one = h.chain.extend(genesis, BlobTxs.bare(A, 0, 1, 1, 1, 1));
        h.reset(genesis, one);
        BlockHeader later = h.chain.extendBy(one, 63);
        h.reset(one, later);
        assertThat(h.limbo.entries).hasSize(1);
        h.reset(later, h.chain.extend(later));
        assertThat(h.limbo.entries).isEmpty();
    }

    @Test
    @DisplayName("14.6: what leaves the chain is pooled again; without its blobs it is lost")
    void reorg() {
        Transaction known = blob(A, 0);
        h.add(known);
        BlockHeader genesis = h.chain.head();
        BlockHeader old =
                h.chain.extend(
                        genesis,
                        BlobTxs.bare(A, 0, 1, 1, 1, 1),
                        BlobTxs.bare(B, 0, 1, 1, 1, 1)); // never seen here
        h.reset(genesis, old);
        assertThat(h.pool().snapshot().pending()).isZero();
        BlockHeader fork = h.chain.extendBy(genesis, 2);
        h.reset(old, fork);
        assertThat(h.nonces(A)).containsExactly(0L);
        assertThat(h.nonces(B)).isEmpty();
        assertThat(h.limbo.entries).isEmpty();
        assertThat(h.warnings).hasSize(1);
        assertThat(h.pool().network(known.hash())).isEqualTo(known.network());
    }

    @Test
    @DisplayName("14.6: included on both sides of a fork it stays in the limbo, for the new block")
    void includedOnBothSides() {
        h.chain.finalNumber = 0;
        Transaction tx = blob(A, 0);
        Transaction bare = BlobTxs.bare(A, 0, 1, 1, 1, 1);
        h.add(tx);
        BlockHeader genesis = h.chain.head();
        BlockHeader old = h.chain.extend(genesis, bare);
        h.reset(genesis, old);
        BlockHeader fork = h.chain.extend(h.chain.extend(genesis), bare);
        h.reset(old, fork);
        assertThat(h.pool().inLimbo(tx.hash())).isTrue();
        h.chain.finalNumber = old.number();
        BlockHeader next = h.chain.extend(fork);
        h.reset(fork, next);
        assertThat(h.pool().inLimbo(tx.hash())).isTrue(); // it is in block 2 now
        h.chain.finalNumber = fork.number();
        h.reset(next, h.chain.extend(next));
        assertThat(h.pool().inLimbo(tx.hash())).isFalse();
    }

    @Test
    @DisplayName("14.6: what was replaced on the chain does not go to the limbo")
    void replacedOnTheChain() {
        h.add(blob(A, 0));
        BlockHeader genesis = h.chain.head();
        BlockHeader one = h.chain.extend(genesis, BlobTxs.bare(A, 0, 7, 7, 7, 1));
        h.reset(genesis, one);
        assertThat(h.nonces(A)).isEmpty();
        assertThat(h.limbo.entries).isEmpty();
    }

    @Test
    @DisplayName("14.4: a head that lowers the balance drops what cannot be paid")
    void headLowersTheBalance() {
        h.add(blob(A, 0));
        h.add(blob(A, 1));
        BlockHeader genesis = h.chain.head();
        BlockHeader one = h.chain.extend(genesis);
        h.chain.touch(
                BlobTxs.address(A),
                new AccountState(0, BigInteger.valueOf(160_000), AccountState.Code.NONE));
        h.reset(genesis, one);
        assertThat(h.nonces(A)).containsExactly(0L);
        h.chain.forgetState(one.hash());
        h.reset(genesis, one);
        assertThat(h.warnings).hasSize(1);
    }

    @Test
    @DisplayName("14.5: announced when it could be included soon and all before it were")
    void announcements() {
        h.chain.baseFee(1000);
        h.add(blob(A, 0, 1, 2000, 1));
        h.add(blob(A, 1, 1, 800, 1)); // two steps below
        h.add(blob(A, 2, 1, 2000, 1));
        assertThat(h.announced).containsExactly(blob(A, 0, 1, 2000, 1).hash());
        BlockHeader genesis = h.chain.head();
        BlockHeader next = h.chain.extend(genesis);
        h.chain.baseFee(890); // one step below
        h.reset(genesis, h.chain.head());
        assertThat(next.number()).isEqualTo(1);
        assertThat(h.announced)
                .containsExactly(
                        blob(A, 0, 1, 2000, 1).hash(),
                        blob(A, 1, 1, 800, 1).hash(),
                        blob(A, 2, 1, 2000, 1).hash());
    }

    @Test
    @DisplayName("14.7: a higher minimum tip drops the first offender and all behind it")
    void minimumTip() {
        h.add(blob(A, 0, 5, 9, 1));
        h.add(blob(A, 1, 2, 9, 1));
        h.add(blob(A, 2, 5, 9, 1));
        h.add(blob(B, 0, 1, 9, 1));
        h.tip(3);
        assertThat(h.nonces(A)).containsExactly(0L);
        assertThat(h.nonces(B)).isEmpty();
        h.tip(2);
        assertThat(h.add(blob(A, 1, 2, 9, 1))).isNull();
        assertThat(h.add(blob(B, 0, 1, 9, 1))).isEqualTo(ErrTxGasPriceTooLow);
    }

    @Test
    @DisplayName("14.3: a full store evicts the last nonce of the account that waits longest")
    void evictions() {
        h.chain.baseFee(1000);
        Transaction first = blob(A, 0, 1, 2000, 1);
        h.config = new BlobPoolConfig(3L * first.size() + 100, 100);
        h.add(first);
        h.add(blob(A, 1, 1, 700, 1)); // waits three steps, and so does all behind it
        h.add(blob(A, 2, 9, 2000, 1));
        assertThat(h.add(blob(B, 0, 1, 1000, 1))).isNull();
        assertThat(h.nonces(A)).containsExactly(0L, 1L);
        assertThat(h.add(blob(C, 0, 1, 500, 1))).isNull(); // accepted, and worst of all
        assertThat(h.nonces(C)).isEmpty();
        assertThat(h.announced).doesNotContain(blob(C, 0, 1, 500, 1).hash());
        assertThat(h.drops).containsExactly("2 OVERFLOWN", "0 OVERFLOWN");
    }

    @Test
    @DisplayName("3.5: an account is in one pool at a time")
    void exclusive() {
        var plain = PoolHarness.reference();
        plain.chain.defaultBalance(BigInteger.TEN.pow(18));
        var context =
                new PoolContext(BigInteger.ONE, Txs.PRAGUE, h.chain, plain.reservations, _ -> {});
        h.open(context);
        Transaction other = BlobTxs.signer(A).draft(0, BigInteger.ONE).to(Txs.address(9)).sign();
        assertThat(plain.add(other)).isNull();
        assertThat(h.add(blob(A, 0))).isEqualTo(ErrAlreadyReserved);
        assertThat(h.add(blob(B, 0))).isNull();
        Transaction late = BlobTxs.signer(B).draft(0, BigInteger.ONE).to(Txs.address(9)).sign();
        assertThat(plain.add(late)).isEqualTo(ErrAlreadyReserved);
        h.tip(9); // B's leaves
        assertThat(plain.add(late)).isNull();
        assertThat(plain.reservations.misuses()).isZero();
    }

    @Test
    @DisplayName("3.4: a delegated account has one in flight, a contract none")
    void delegated() {
        h.chain.set(
                BlobTxs.address(A),
                new AccountState(0, BigInteger.TEN.pow(18), AccountState.Code.DELEGATION));
        h.chain.set(
                BlobTxs.address(C),
                new AccountState(0, BigInteger.TEN.pow(18), AccountState.Code.CONTRACT));
        assertThat(h.add(blob(A, 0))).isNull();
        assertThat(h.add(blob(A, 1))).isEqualTo(ErrInflightTxLimitReached);
        assertThat(h.add(blob(A, 0, 2, 2, 2))).isNull();
        assertThat(h.add(blob(C, 0))).isEqualTo(ErrSenderNoEOA);
        h.pool().authorities(BlobTxs.address(B)::equals);
        assertThat(h.add(blob(B, 0))).isNull();
        assertThat(h.add(blob(B, 1))).isEqualTo(ErrInflightTxLimitReached);
    }

    @Test
    @DisplayName("S29: proofs are verified once, after everything cheap")
    void proofs() {
        int[] asked = new int[1];
        h.proofs =
                _ -> {
                    asked[0]++;
                    return false;
                };
        assertThat(h.add(blob(A, 0, 0, 1, 1))).isEqualTo(ErrTxGasPriceTooLow);
        assertThat(asked[0]).isZero();
        Transaction tx = blob(A, 0);
        assertThat(h.add(tx)).isEqualTo(ErrKZGVerificationError);
        assertThat(h.add(tx)).isEqualTo(ErrKZGVerificationError);
        assertThat(asked[0]).isEqualTo(1);
        assertThat(tx.proofsHold(_ -> true)).isFalse(); // remembered
        assertThat(BlobTxs.bare(A, 0, 1, 1, 1, 1).proofsHold(_ -> true)).isFalse();
    }

    @Test
    @DisplayName("a store without room refuses, and nothing is left behind")
    void fullDisk() {
        h.store.room = 1;
        assertThat(h.add(blob(A, 0))).isNull();
        assertThat(h.add(blob(A, 1))).isEqualTo(ErrTxPoolOverflow);
        assertThat(h.add(blob(B, 0))).isEqualTo(ErrTxPoolOverflow);
        assertThat(h.pool().content().reservations.owns(BlobTxs.address(B))).isFalse();
    }

    @Test
    @DisplayName("2.2: limits that are nonsense are replaced")
    void config() {
        var clean = new BlobPoolConfig(0, 99).sanitize();
        assertThat(clean.config()).isEqualTo(BlobPoolConfig.DEFAULTS);
        assertThat(clean.warnings()).hasSize(2);
        assertThat(new BlobPoolConfig(5, 100).sanitize().warnings()).isEmpty();
    }

    @Test
    @DisplayName("14: a long random run keeps every index in agreement, over restarts too")
    void randomRun() {
        var random = new Random(3);
        h.config = new BlobPoolConfig(20L * blob(A, 0).size(), 100);
        h.chain.baseFee(100);
        h.chain.finalNumber = 0;
        h.open();
        BlockHeader head = h.chain.head();
        for (int step = 0; step < 1500; step++) {
            int key = 1 + random.nextInt(6);
            long state = h.chain.account(BlobTxs.address(key)).nonce();
            switch (random.nextInt(12)) {
                case 0 -> {
                    List<Transaction> mined = new ArrayList<>();
                    for (PooledBlob one : h.pool().pooled(BlobTxs.address(key))) {
                        byte[] bytes = Objects.requireNonNull(h.pool().network(one.hash()));
                        if (mined.size() < 2)
                            mined.add(BlobTxs.decode(BlobTxs.decode(bytes).raw()));
                    }
                    BlockHeader next = h.chain.extend(head, mined.toArray(Transaction[]::new));
                    h.reset(head, next);
                    head = next;
                }
                case 1 -> {
                    if (head.number() < 3) break;
                    Block parent = h.chain.block(head.parentHash()).orElseThrow();
                    BlockHeader fork = h.chain.extendBy(parent.header(), 2);
                    h.reset(head, fork);
                    head = fork;
                }
                case 2 -> {
                    if (step % 5 == 0) h.open();
                }
                case 3 -> h.chain.blobFee = BigInteger.valueOf(1L + random.nextInt(50));
                default -> {
                    long fee = 1L + random.nextInt(300);
                    h.add(blob(key, state + random.nextInt(4), fee, fee + 100, fee));
                }
            }
        }
        assertThat(h.pool().snapshot().metrics().count(BlobAdd.VALID)).isPositive();
    }
}
