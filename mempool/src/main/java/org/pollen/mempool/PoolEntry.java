package org.pollen.mempool;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// A transaction's place in the pool: the figures the hot path compares, and where it is.
///
/// One instance lives from acceptance to removal and is never used again, so that the price heaps
/// can tell a stale element by [#where] alone.
final class PoolEntry {
    /// Which list holds an entry.
    enum Where {
        /// In no list: never accepted, or removed.
        NONE,
        QUEUED,
        PENDING
    }

    final Transaction tx;
    final Account account;
    final TransactionSource source;

    /// Unsigned.
    final long nonce;

    /// `Long.MAX_VALUE` when it does not fit; then [#wide].
    final long feeCap;

    final long tipCap;

    /// Whether a price needs more than a `long`: compare the transaction's own numbers.
    final boolean wide;

    final int slots;

    /// When it came, monotonic nanoseconds.
    final long firstSeen;

    /// Number of the run that was next when it came.
    final long acceptedBeforeRun;

    Where where = Where.NONE;

    /// Position in [TransactionIndex]'s dense array.
    int position = -1;

    /// Effective tip at the base fee of the urgent heap; meaningless when [#wide].
    long effectiveTip;

    /// Whether it was announced as executable before.
    boolean announced;

    /// Whether the last snapshot holds it.
    boolean inSnapshot;

    /// Whether it is on the list of changes for the next snapshot.
    boolean changed;

    /// What snapshots show of it, made when first asked for.
    private @Nullable PooledTransaction view;

    PoolEntry(
            Transaction tx,
            Account account,
            TransactionSource source,
            long firstSeen,
            long acceptedBeforeRun) {
        this.tx = tx;
        this.account = account;
        this.source = source;
        this.nonce = tx.nonce();
        this.feeCap = tx.feeCapLong();
        this.tipCap = tx.tipCapLong();
        this.wide = feeCap == Long.MAX_VALUE || tipCap == Long.MAX_VALUE;
        this.slots = tx.slots();
        this.firstSeen = firstSeen;
        this.acceptedBeforeRun = acceptedBeforeRun;
    }

    /// Unsigned.
    long gas() {
        return tx.gas();
    }

    /// What its sender must own.
    BigInteger cost() {
        return tx.cost();
    }

    boolean pooled() {
        return where != Where.NONE;
    }

    /// The replacement rule: this one against the one at the same nonce. Source: mempool.md 4.3.
    ///
    /// @param bump percent
    boolean replaces(PoolEntry old, int bump) {
        if (!wide && !old.wide && old.feeCap < Long.MAX_VALUE / 1000 && bump < 900) {
            return feeCap > old.feeCap
                    && tipCap > old.tipCap
                    && feeCap >= old.feeCap * (100 + bump) / 100
                    && tipCap >= old.tipCap * (100 + bump) / 100;
        }
        BigInteger fee = tx.feeCap();
        BigInteger tip = tx.tipCap();
        return fee.compareTo(old.tx.feeCap()) > 0
                && tip.compareTo(old.tx.tipCap()) > 0
                && fee.compareTo(bumped(old.tx.feeCap(), bump)) >= 0
                && tip.compareTo(bumped(old.tx.tipCap(), bump)) >= 0;
    }

    PooledTransaction view() {
        PooledTransaction made = view;
        if (made == null) {
            made = new PooledTransaction(tx, source, firstSeen);
            view = made;
        }
        return made;
    }

    private static BigInteger bumped(BigInteger price, int bump) {
        return price.multiply(BigInteger.valueOf(100L + bump)).divide(BigInteger.valueOf(100));
    }
}
