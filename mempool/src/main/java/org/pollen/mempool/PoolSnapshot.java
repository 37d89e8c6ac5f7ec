package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// The pool at some instant, for readers on any thread; it never changes and never waits.
public final class PoolSnapshot {
    private final long version;
    private final BlockHeader head;
    private final CowTable<AccountSnapshot> accounts;
    private final CowTable<Transaction> transactions;
    private final int pending;
    private final int queued;
    private final int pendingAccounts;
    private final int queuedAccounts;
    private final long slots;
    private final long slotsMax;
    private final long bytes;
    private final BigInteger minTip;
    private final PoolMetrics metrics;

    PoolSnapshot(
            long version,
            BlockHeader head,
            CowTable<AccountSnapshot> accounts,
            CowTable<Transaction> transactions,
            int pending,
            int queued,
            int pendingAccounts,
            int queuedAccounts,
            long slots,
            long slotsMax,
            long bytes,
            BigInteger minTip,
            PoolMetrics metrics) {
        this.version = version;
        this.head = head;
        this.accounts = accounts;
        this.transactions = transactions;
        this.pending = pending;
        this.queued = queued;
        this.pendingAccounts = pendingAccounts;
        this.queuedAccounts = queuedAccounts;
        this.slots = slots;
        this.slotsMax = slotsMax;
        this.bytes = bytes;
        this.minTip = minTip;
        this.metrics = metrics;
    }

    /// Number of this snapshot, from 1.
    public long version() {
        return version;
    }

    /// The block whose state the pool follows.
    public BlockHeader head() {
        return head;
    }

    /// Number of executable transactions.
    public int pending() {
        return pending;
    }

    /// Number of queued transactions.
    public int queued() {
        return queued;
    }

    /// Number of accounts with executable transactions.
    public int pendingAccounts() {
        return pendingAccounts;
    }

    /// Number of accounts with queued transactions.
    public int queuedAccounts() {
        return queuedAccounts;
    }

    /// Slots in use; one for each 32 KiB begun of a transaction.
    public long slots() {
        return slots;
    }

    /// Slots there are.
    public long slotsMax() {
        return slotsMax;
    }

    /// Sum of the encoded sizes.
    public long bytes() {
        return bytes;
    }

    /// The minimum tip, wei.
    public BigInteger minTip() {
        return minTip;
    }

    /// The counters.
    public PoolMetrics metrics() {
        return metrics;
    }

    /// One account, if it has transactions here.
    public Optional<AccountSnapshot> account(Address address) {
        return Optional.ofNullable(
                accounts.find(HashMix.mix(address, 0, 0), a -> a.address().equals(address)));
    }

    /// The nonce a wallet should use next; empty if the account has nothing here, and then it is
    /// the state nonce.
    public OptionalLong nextNonce(Address address) {
        return account(address)
                .map(account -> OptionalLong.of(account.nextNonce()))
                .orElseGet(OptionalLong::empty);
    }

    /// Visits every account once, in no meaningful order.
    public void forEachAccount(Consumer<? super AccountSnapshot> visitor) {
        accounts.forEach(visitor);
    }

    /// A pooled transaction by its hash.
    public Optional<Transaction> transaction(Hash32 hash) {
        return Optional.ofNullable(
                transactions.find(HashMix.mix(hash, 0, 0), tx -> tx.hash().equals(hash)));
    }

    /// Where a transaction is.
    public TransactionStatus status(Hash32 hash) {
        Optional<Transaction> found = transaction(hash);
        if (found.isEmpty()) return TransactionStatus.UNKNOWN;
        Transaction tx = found.get();
        return account(tx.sender())
                .filter(account -> holds(account.pending(), tx))
                .map(_ -> TransactionStatus.PENDING)
                .orElse(TransactionStatus.QUEUED);
    }

    /// The executable transactions of each account that a block could include, for
    /// [PriceNonceOrder]. Source: mempool.md 7.
    public List<List<PooledTransaction>> pending(PendingFilter filter) {
        var groups = new ArrayList<List<PooledTransaction>>();
        accounts.forEach(account -> {
            List<PooledTransaction> cut = filter.cut(account.pending());
            if (!cut.isEmpty()) groups.add(cut);
        });
        return groups;
    }

    @SuppressWarnings("ReferenceEquality") // a transaction that left and came back is another one
    private static boolean holds(List<PooledTransaction> pending, Transaction tx) {
        int low = 0;
        int high = pending.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Transaction there = pending.get(middle).transaction();
            int order = Long.compareUnsigned(there.nonce(), tx.nonce());
            if (order == 0) return there == tx;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return false;
    }
}
