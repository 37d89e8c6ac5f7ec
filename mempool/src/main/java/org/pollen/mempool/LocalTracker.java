package org.pollen.mempool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Remembers the transactions submitted to this node until their nonce is used up, and hands out
/// again what the pool lost. Source: mempool.md 1.7 and 11.
///
/// The pool itself gives local transactions no privilege. Owned by the pool's thread.
public final class LocalTracker {
    /// Time from the start to the first [#recheck].
    public static final Duration FIRST_RECHECK = Duration.ofSeconds(10);

    /// Time between two of them.
    public static final Duration RECHECK_INTERVAL = Duration.ofSeconds(60);

    /// How many loaded transactions should enter the pool at once.
    public static final int LOAD_BATCH = 1024 + 1;

    private final LocalJournal journal;
    private final long rejournalNanos;
    private final Map<Hash32, Transaction> all = new LinkedHashMap<>();
    private final Map<Address, TreeMap<Long, Transaction>> byAddress = new LinkedHashMap<>();
    private long rotatedAt;
    private long writes;
    private long failedWrites;

    /// @param rejournal time between two rotations of the journal
    /// @param now monotonic nanoseconds
    public LocalTracker(LocalJournal journal, Duration rejournal, long now) {
        this.journal = journal;
        this.rejournalNanos = rejournal.toNanos();
        this.rotatedAt = now;
    }

    /// What a journal held.
    ///
    /// @param transactions all records before the first bad one
    /// @param goodBytes length of these records
    /// @param failure what was wrong behind them, or null if nothing was
    public record Loaded(List<Transaction> transactions, int goodBytes, @Nullable String failure) {
        /// Copies the list.
        public Loaded {
            transactions = List.copyOf(transactions);
        }
    }

    /// Starts to track a transaction and appends it to the journal. Blob transactions, known ones
    /// and those without a sender are ignored.
    ///
    /// @return whether it is tracked now and was not before
    public boolean track(Transaction tx) {
        if (!remember(tx)) return false;
        wrote(journal.append(tx.listElement()));
        return true;
    }

    /// Tracks what an earlier process left in the journal, and rewrites a journal with a bad tail,
    /// since nothing behind it could be read again.
    ///
    /// @param content the whole file; empty if there is none
    public Loaded load(byte[] content) {
        Loaded loaded = parse(content);
        for (Transaction tx : loaded.transactions()) remember(tx);
        if (loaded.failure() != null) rotate();
        return loaded;
    }

    /// Forgets what is used up on the chain, and rewrites the journal when its time has come.
    ///
    /// @return what the pool should have and has not: add it again, without a run
    public List<Transaction> recheck(TransactionPool pool, long now) {
        var lost = new ArrayList<Transaction>();
        var accounts = byAddress.entrySet().iterator();
        while (accounts.hasNext()) {
            var account = accounts.next();
            var used = account.getValue().headMap(pool.stateNonce(account.getKey()));
            for (Transaction tx : used.values()) all.remove(tx.hash());
            used.clear();
            for (Transaction tx : account.getValue().values()) {
                if (!pool.has(tx.hash())) lost.add(tx);
            }
            if (account.getValue().isEmpty()) accounts.remove();
        }
        if (now - rotatedAt > rejournalNanos) {
            rotate();
            rotatedAt = now;
        }
        return lost;
    }

    /// Gives a transaction up, also in the journal.
    ///
    /// @return whether it was tracked
    public boolean forget(Hash32 hash) {
        Transaction tx = all.remove(hash);
        if (tx == null) return false;
        TreeMap<Long, Transaction> account = byAddress.get(tx.sender());
        if (account != null) {
            account.remove(tx.nonce());
            if (account.isEmpty()) byAddress.remove(tx.sender());
        }
        rotate();
        return true;
    }

    /// Rewrites the journal with what is tracked, by account and nonce.
    public void rotate() {
        var records = new ArrayList<byte[]>(all.size());
        for (TreeMap<Long, Transaction> account : byAddress.values()) {
            for (Transaction tx : account.values()) records.add(tx.listElement());
        }
        wrote(journal.rotate(records));
    }

    /// Number of tracked transactions: the gauge `txpool_local`.
    public int size() {
        return all.size();
    }

    /// Who sent what is tracked, a copy.
    public List<Address> senders() {
        return List.copyOf(byAddress.keySet());
    }

    /// Whether a transaction is tracked.
    public boolean tracks(Hash32 hash) {
        return all.containsKey(hash);
    }

    /// Journal writes that succeeded.
    public long writes() {
        return writes;
    }

    /// Journal writes that failed.
    public long failedWrites() {
        return failedWrites;
    }

    private boolean remember(Transaction tx) {
        if (tx.type() == Transaction.BLOB || all.containsKey(tx.hash())) return false;
        Address sender = tx.senderOrNull();
        if (sender == null) return false;
        all.put(tx.hash(), tx);
        Transaction old =
                byAddress
                        .computeIfAbsent(sender, _ -> new TreeMap<>(Long::compareUnsigned))
                        .put(tx.nonce(), tx);
        if (old != null) all.remove(old.hash());
        return true;
    }

    private void wrote(boolean success) {
        if (success) writes++;
        else failedWrites++;
    }

    private static Loaded parse(byte[] content) {
        var transactions = new ArrayList<Transaction>();
        int at = 0;
        while (at < content.length) {
            int length = itemLength(content, at);
            if (length < 0 || length > content.length - at) {
                return new Loaded(transactions, at, "torn record at byte " + at);
            }
            try {
                transactions.add(
                        TransactionDecoder.decodeListElement(
                                Arrays.copyOfRange(content, at, at + length)));
            } catch (TransactionRefusedException e) {
                return new Loaded(transactions, at, "byte " + at + ": " + e.getMessage());
            }
            at += length;
        }
        return new Loaded(transactions, at, null);
    }

    /// Length of the RLP item at an offset with its header; negative if even the header is torn or
    /// no file could hold the item.
    private static int itemLength(byte[] content, int at) {
        int first = content[at] & 0xff;
        if (first < 0x80) return 1;
        int base = first < 0xc0 ? 0x80 : 0xc0;
        if (first - base <= 55) return 1 + first - base;
        int lengthBytes = first - base - 55;
        if (lengthBytes > 4 || lengthBytes >= content.length - at) return -1;
        long length = 0;
        for (int i = 1; i <= lengthBytes; i++) length = (length << 8) | (content[at + i] & 0xff);
        long total = 1 + lengthBytes + length;
        return total > Integer.MAX_VALUE ? -1 : (int) total;
    }
}
