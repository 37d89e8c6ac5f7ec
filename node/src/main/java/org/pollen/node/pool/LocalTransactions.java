package org.pollen.node.pool;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.LocalTracker;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionPool;
import org.pollen.node.store.TransactionJournal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The transactions submitted to this node: in memory, in the journal, and back in the pool when it
/// loses them. Owned by the pool's thread.
///
/// Source: mempool.md 1.7 and 11.
final class LocalTransactions implements AutoCloseable {
    /// Transactions that are tracked at once; further ones are refused.
    static final int MAX = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger("pool");
    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    private final TransactionJournal journal;
    private final LocalTracker tracker;
    private final Set<Address> senders =
            ConcurrentHashMap.newKeySet(); // read by the chain's thread
    private volatile int size;
    private long retryAt;

    /// Takes over what the journal held.
    ///
    /// @param chainId the transactions have to be for
    /// @throws org.pollen.node.OperatorException DAT-005 if they are for another chain
    LocalTransactions(
            TransactionJournal journal, Duration rejournal, BigInteger chainId, long now) {
        this.journal = journal;
        this.tracker = new LocalTracker(journal, rejournal, now);
        this.retryAt = now;
        byte[] content = journal.takeFound();
        LocalTracker.Loaded loaded = tracker.load(content);
        if (loaded.failure() != null) {
            var aside = journal.setAside(TransactionJournal.tail(content, loaded.goodBytes()));
            LOG.warn(
                    "journal {}: {}; {} transactions before it are kept, the rest is in {}",
                    journal.file(),
                    loaded.failure(),
                    loaded.transactions().size(),
                    aside);
        } else if (!loaded.transactions().isEmpty()) {
            LOG.info("journal: {} local transactions", loaded.transactions().size());
        }
        for (Transaction tx : loaded.transactions()) {
            if (tx.isProtected() && !tx.chainId().equals(chainId)) {
                throw TransactionJournal.unusable(
                        journal.file(),
                        "it holds transactions of chain %d, and the node follows chain %d"
                                .formatted(tx.chainId(), chainId));
            }
        }
        changed();
    }

    /// Whether a submission should ask for a [#refusal] first; any thread.
    boolean trouble() {
        return size >= MAX || journal.trouble() != null;
    }

    /// Why a submission cannot be kept now; empty if it can. After a failed write one submission a
    /// second finds out whether the journal takes it again.
    Optional<NotKeptException> refusal(long now) {
        if (size >= MAX) {
            return Optional.of(NotKeptException.of("too many local transactions, limit " + MAX));
        }
        String trouble = journal.trouble();
        if (trouble == null) return Optional.empty();
        if (now - retryAt < 0) return Optional.of(NotKeptException.journal(trouble, false));
        retryAt = now + RETRY_NANOS;
        if (journal.wantsRotation()) tracker.rotate();
        return Optional.empty();
    }

    /// Writes a journal anew that could not be written, without waiting for a submission to try:
    /// nobody submits to a node that is not ready.
    void heal() {
        if (journal.trouble() != null || journal.rotationDue()) tracker.rotate();
    }

    /// Writes the journal anew, if the last time failed: it may hold what was given up.
    ///
    /// @return whether that was due; [TransactionJournal#rotated] tells how it went
    boolean rewritten() {
        boolean due = journal.rotationDue();
        if (due) tracker.rotate();
        return due;
    }

    /// Keeps a transaction.
    ///
    /// @return completes with true when it is on the disk, with false if it could not be written
    CompletableFuture<Boolean> track(Transaction tx) {
        if (!tracker.track(tx))
            return CompletableFuture.completedFuture(true); // it is kept already
        senders.add(tx.sender());
        size = tracker.size();
        return journal.durable();
    }

    /// Forgets what was mined, rotates when it is time.
    ///
    /// @return what the pool should have and has not
    List<Transaction> recheck(TransactionPool pool, long now) {
        List<Transaction> lost = tracker.recheck(pool, now);
        changed();
        return lost;
    }

    /// Gives a transaction up, also in the journal.
    boolean forget(Hash32 hash) {
        boolean forgotten = tracker.forget(hash);
        changed();
        return forgotten;
    }

    private void changed() {
        Collection<Address> now = tracker.senders();
        senders.retainAll(now);
        senders.addAll(now);
        size = tracker.size();
    }

    /// Who sent them; any thread.
    Set<Address> senders() {
        return senders;
    }

    /// How many; any thread.
    int size() {
        return size;
    }

    TransactionJournal journal() {
        return journal;
    }

    @Override
    public void close() {
        journal.close();
    }
}
