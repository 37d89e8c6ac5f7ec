package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A blob pool on a [FakeChain] over stores in memory; it checks the invariants after every
/// operation.
final class BlobHarness implements BlobEvents {
    final FakeChain chain = new FakeChain(30_000_000);
    final Reservations reservations = new Reservations();
    final MemoryBlobStore store = new MemoryBlobStore();
    final MemoryBlobStore limbo = new MemoryBlobStore();
    final MemoryBlobStore gapped = new MemoryBlobStore();
    final List<Hash32> announced = new ArrayList<>();
    final List<String> drops = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    BlobPoolConfig config = BlobPoolConfig.DEFAULTS;
    BlobProofs proofs = _ -> true;
    long now;
    private @Nullable BlobPool pool;

    BlobHarness() {
        chain.defaultBalance(BigInteger.TEN.pow(18));
        chain.baseFee(1);
    }

    /// Puts transactions into the store as they come.
    void stored(Transaction... transactions) {
        for (Transaction tx : transactions) store.put(tx.network());
    }

    /// Opens the pool over what the stores hold, as a new process does.
    BlobPool open() {
        var fresh = new Reservations();
        var context = new PoolContext(BigInteger.ONE, Txs.PRAGUE, chain, fresh, _ -> {});
        return open(context);
    }

    BlobPool open(PoolContext context) {
        pool = new BlobPool(config, context, storage(), proofs, this, now);
        check();
        return pool;
    }

    BlobStorage storage() {
        return new BlobStorage(store, limbo, gapped);
    }

    BlobPool pool() {
        return pool == null ? open() : Objects.requireNonNull(pool);
    }

    @Nullable PoolError add(Transaction tx) {
        return add(tx, TransactionSource.GOSSIP);
    }

    @Nullable PoolError add(Transaction tx, TransactionSource source) {
        PoolError error = pool().add(List.of(tx), source, now).getFirst().error();
        check();
        return error;
    }

    void reset(@Nullable BlockHeader from, BlockHeader to) {
        pool().reset(from, to, now);
        check();
    }

    void tip(long tip) {
        pool().setGasTip(BigInteger.valueOf(tip), now);
        check();
    }

    /// Nonces of an account in the pool.
    List<Long> nonces(int key) {
        return pool().pooled(BlobTxs.address(key)).stream().map(PooledBlob::nonce).toList();
    }

    void nonce(int key, long nonce) {
        Address address = BlobTxs.address(key);
        AccountState old = chain.account(address);
        chain.set(address, new AccountState(nonce, old.balance(), old.code()));
    }

    void balance(int key, long balance) {
        Address address = BlobTxs.address(key);
        AccountState old = chain.account(address);
        chain.set(address, new AccountState(old.nonce(), BigInteger.valueOf(balance), old.code()));
    }

    void check() {
        BlobContent content = pool().content();
        Set<Hash32> seen = new LinkedHashSet<>();
        long used = 0;
        for (BlobAccount account : content.accounts.values()) {
            assertThat(account.isEmpty()).isFalse();
            assertThat(account.place).isNotNegative();
            assertThat(content.reservations.owns(account.address)).isTrue();
            BigInteger spent = BigInteger.ZERO;
            long next = account.first().nonce;
            PooledBlob before = null;
            for (PooledBlob blob : account.blobs) {
                assertThat(blob.nonce).isEqualTo(next++);
                assertThat(seen.add(blob.hash)).isTrue();
                assertThat(content.get(blob.hash)).isSameAs(blob);
                assertThat(store.get(blob.handle)).isNotNull();
                spent = spent.add(blob.cost);
                used += blob.size;
                BigInteger least = before == null ? blob.tip : before.leastTip.min(blob.tip);
                assertThat(blob.leastTip).isEqualTo(least);
                assertThat(blob.announced && before != null && !before.announced).isFalse();
                before = blob;
            }
            assertThat(account.spent).isEqualTo(spent);
        }
        assertThat(content.size()).isEqualTo(seen.size());
        assertThat(content.used).isEqualTo(used).isLessThanOrEqualTo(config.dataCap());
        assertThat(store.entries).hasSize(seen.size());
    }

    @Override
    public void announced(List<PooledBlob> blobs) {
        for (PooledBlob blob : blobs) announced.add(blob.hash());
    }

    @Override
    public void dropped(PooledBlob blob, BlobDrop reason, long at) {
        drops.add(blob.nonce() + " " + reason);
    }

    @Override
    public void warning(String text) {
        warnings.add(text);
    }
}
