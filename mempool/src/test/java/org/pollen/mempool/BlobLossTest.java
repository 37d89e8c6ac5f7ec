package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.BlobTxs.blob;

import java.math.BigInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What was acknowledged stays: over an opening that waits, a full disk, and one that fails for a
/// moment. Source: mempool specification 11 and 14.
class BlobLossTest {
    private static final int A = 1;
    private static final int B = 2;

    private final BlobHarness h = new BlobHarness();
    private final PoolHarness plain = PoolHarness.reference();
    private final PoolContext shared =
            new PoolContext(BigInteger.ONE, Txs.PRAGUE, h.chain, plain.reservations, _ -> {});

    BlobLossTest() {
        plain.chain.defaultBalance(BigInteger.TEN.pow(18));
    }

    private static Transaction transfer(int key) {
        return BlobTxs.signer(key).draft(0, BigInteger.ONE).to(Txs.address(9)).sign();
    }

    @Test
    @DisplayName("1.6, 11: accounts of an opening that waits are held, and released if not used")
    void heldUntilTheOpening() {
        h.stored(blob(A, 0));
        h.gapped.put(blob(B, 7).network()); // too early for its account: it does not stay
        BlobPool.reserve(shared, BlobPool.senders(h.storage()));
        assertThat(plain.add(transfer(A))).isEqualTo(PoolError.ErrAlreadyReserved);
        assertThat(plain.add(transfer(B))).isEqualTo(PoolError.ErrAlreadyReserved);
        h.open(shared);
        assertThat(h.nonces(A)).containsExactly(0L);
        assertThat(plain.add(transfer(A))).isEqualTo(PoolError.ErrAlreadyReserved);
        assertThat(plain.add(transfer(B))).isNull();
        assertThat(plain.reservations.count(BlobPool.SUB_POOL)).isEqualTo(1);
        assertThat(plain.reservations.misuses()).isZero();
        assertThat(h.warnings)
                .singleElement()
                .asString()
                .contains(blob(B, 7).hash() + " may not wait");
    }

    @Test
    @DisplayName(
            "1.6, 11: an entry whose account the other pool has stays on the disk, and is told")
    void notDeletedForAReservation() {
        h.stored(blob(A, 0));
        assertThat(plain.add(transfer(A))).isNull();
        BlobPool pool =
                new BlobPool(BlobPoolConfig.DEFAULTS, shared, h.storage(), h.proofs, h, h.now);
        assertThat(pool.pooled(BlobTxs.address(A))).isEmpty();
        assertThat(h.store.entries).hasSize(1);
        assertThat(h.warnings)
                .singleElement()
                .asString()
                .contains(blob(A, 0).hash() + " has other transactions pooled");
        h.warnings.clear();
        h.open(); // the next start, where the other pool is empty
        assertThat(h.nonces(A)).containsExactly(0L);
        assertThat(h.warnings).isEmpty();
    }

    @Test
    @DisplayName(
            "1.6, 14.6: what left the chain stays in the limbo while the other pool has its account")
    void limboKeepsWhatIsReserved() {
        h.chain.finalNumber = 0;
        h.open(shared);
        Transaction tx = blob(A, 0);
        h.add(tx);
        BlockHeader genesis = h.chain.head();
        BlockHeader old = h.chain.extend(genesis, BlobTxs.bare(A, 0, 1, 1, 1, 1));
        h.reset(genesis, old);
        assertThat(plain.add(transfer(A))).isNull();
        h.reset(old, h.chain.extendBy(genesis, 2));
        assertThat(h.nonces(A)).isEmpty();
        assertThat(h.limbo.entries).hasSize(1);
        assertThat(h.warnings).singleElement().asString().contains("it is not pooled again");
    }

    @Test
    @DisplayName("11, 14.2: what waited for its nonce is pooled in the room that its waiting took")
    void gapFilledOnAFullDisk() {
        h.nonce(A, 99);
        assertThat(h.add(blob(A, 100), TransactionSource.LOCAL)).isNull();
        h.store.room = 1;
        h.store.roomOnceFreed(h.gapped);
        assertThat(h.add(blob(A, 99), TransactionSource.LOCAL)).isNull();
        assertThat(h.nonces(A)).containsExactly(99L, 100L);
        assertThat(h.gapped.entries).isEmpty();
        assertThat(h.warnings).isEmpty();

        // The same at the start.
        h.store.entries.clear();
        h.gapped.put(blob(A, 99).network());
        h.store.room = 0;
        h.store.roomOnceFreed(h.gapped);
        h.open();
        assertThat(h.nonces(A)).containsExactly(99L);
        assertThat(h.warnings).isEmpty();
    }

    @Test
    @DisplayName(
            "11, 14.2: what waited for its nonce and finds no room at all is told; a peer's is not")
    void gapFilledWithoutAnyRoom() {
        for (int key : new int[] {A, B}) {
            h.nonce(key, 99);
            var source = key == A ? TransactionSource.LOCAL : TransactionSource.GOSSIP;
            assertThat(h.add(blob(key, 100), source)).isNull();
        }
        h.store.room = 1;
        assertThat(h.add(blob(A, 99))).isNull();
        h.store.room = 2;
        assertThat(h.add(blob(B, 99))).isNull();
        assertThat(h.warnings)
                .singleElement()
                .asString()
                .contains("no room for " + blob(A, 100).hash());
    }

    @Test
    @DisplayName(
            "11, 14.6: what cannot be read for a moment is not deleted, neither pooled nor included")
    void readFailuresPass() {
        h.chain.finalNumber = 0;
        Transaction tx = blob(A, 0);
        h.add(tx);
        BlockHeader genesis = h.chain.head();
        BlockHeader old = h.chain.extend(genesis, BlobTxs.bare(A, 0, 1, 1, 1, 1));
        h.store.unreadable = true;
        h.pool().reset(genesis, old, h.now);
        assertThat(h.warnings)
                .singleElement()
                .asString()
                .contains("cannot read the blobs of " + tx.hash());
        assertThat(h.store.entries).hasSize(1);
        h.store.unreadable = false;
        h.chain.replaceHead(genesis);
        h.open(); // after a restart, and a reorganisation meanwhile
        assertThat(h.nonces(A)).containsExactly(0L);
        h.warnings.clear();

        h.reset(genesis, old);
        assertThat(h.pool().inLimbo(tx.hash())).isTrue();
        h.limbo.unreadable = true;
        BlockHeader fork = h.chain.extendBy(genesis, 2);
        h.reset(old, fork);
        assertThat(h.warnings).singleElement().asString().contains("cannot be read");
        assertThat(h.limbo.entries).hasSize(1);
        h.limbo.unreadable = false;
        h.open();
        assertThat(h.nonces(A)).containsExactly(0L);
        assertThat(h.limbo.entries).isEmpty();
    }

    @Test
    @DisplayName("operations 3: the operator drops what waits for an earlier nonce, too")
    void gappedDropped() {
        h.nonce(A, 9_999);
        Transaction first = blob(A, 10_001);
        Transaction second = blob(A, 10_002);
        for (Transaction tx : new Transaction[] {first, second}) {
            assertThat(h.add(tx, TransactionSource.LOCAL)).isNull();
        }
        assertThat(h.pool().drop(second.hash(), h.now)).isTrue();
        assertThat(h.pool().drop(second.hash(), h.now)).isFalse();
        assertThat(h.gapped.entries).hasSize(1);
        assertThat(h.pool().has(first.hash())).isTrue();
        assertThat(h.pool().drop(first.hash(), h.now)).isTrue();
        assertThat(h.gapped.entries).isEmpty();
        assertThat(h.pool().snapshot().gapped()).isZero();
    }
}
