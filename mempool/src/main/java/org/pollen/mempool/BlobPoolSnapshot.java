package org.pollen.mempool;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// The blob pool at some moment, for readers on any thread; it never changes and never waits.
///
/// What it knows of a transaction is what is in memory: its bytes are in the store.
public final class BlobPoolSnapshot {
    private final CowTable<BlobAccountSnapshot> accounts;
    private final CowTable<PooledBlob> blobs;
    private final List<Address> gapped;
    private final int limbo;
    private final long dataCap;
    private final long dataUsed;
    private final BlobMetrics metrics;

    BlobPoolSnapshot(
            CowTable<BlobAccountSnapshot> accounts,
            CowTable<PooledBlob> blobs,
            List<Address> gapped,
            int limbo,
            long dataCap,
            long dataUsed,
            BlobMetrics metrics) {
        this.accounts = accounts;
        this.blobs = blobs;
        this.gapped = List.copyOf(gapped);
        this.limbo = limbo;
        this.dataCap = dataCap;
        this.dataUsed = dataUsed;
        this.metrics = metrics;
    }

    /// Pooled transactions, all executable one after the other.
    public int pending() {
        return blobs.size();
    }

    /// Those that wait for an earlier nonce.
    public int gapped() {
        return gapped.size();
    }

    /// Who sent those; an account as often as it has any.
    public List<Address> gappedSenders() {
        return gapped;
    }

    /// Accounts with pooled transactions.
    public int accounts() {
        return accounts.size();
    }

    /// Included ones whose blobs are kept.
    public int limbo() {
        return limbo;
    }

    /// Bytes that pooled ones may have in the store.
    public long dataCap() {
        return dataCap;
    }

    /// Bytes of the pooled ones in the store.
    public long dataUsed() {
        return dataUsed;
    }

    /// The counters.
    public BlobMetrics metrics() {
        return metrics;
    }

    /// A pooled transaction.
    public Optional<PooledBlob> blob(Hash32 hash) {
        return Optional.ofNullable(
                blobs.find(HashMix.mix(hash, 0, 0), blob -> blob.hash.equals(hash)));
    }

    /// One account, if it has transactions here.
    public Optional<BlobAccountSnapshot> account(Address address) {
        return Optional.ofNullable(
                accounts.find(HashMix.mix(address, 0, 0), a -> a.address().equals(address)));
    }

    /// The nonce a wallet should use next; empty if the account has nothing here.
    public OptionalLong nextNonce(Address address) {
        return account(address)
                .map(account -> OptionalLong.of(account.nextNonce()))
                .orElseGet(OptionalLong::empty);
    }

    /// Visits every account once, in no meaningful order.
    public void forEachAccount(Consumer<? super BlobAccountSnapshot> visitor) {
        accounts.forEach(visitor);
    }
}
