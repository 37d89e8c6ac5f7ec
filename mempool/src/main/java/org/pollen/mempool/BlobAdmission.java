package org.pollen.mempool;

import java.math.BigInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Decides about one blob transaction that passed the checks without state, and places it. Source:
/// mempool specification 3.3 to 3.5, 4.3 and 14.2.
final class BlobAdmission {
    private final BlobContent content;
    private final int bump;

    /// Whether an account is named by a set-code transaction of the plain pool.
    Predicate<Address> authority = _ -> false;

    BlobAdmission(BlobContent content, int bump) {
        this.content = content;
        this.bump = bump;
    }

    /// Why a transaction is refused, or null.
    @Nullable PoolError check(Transaction tx, AccountState state) {
        if (Long.compareUnsigned(state.nonce(), tx.nonce()) > 0) return PoolError.ErrNonceTooLow;
        BlobAccount account = content.accounts.get(tx.sender());
        int pooled = account == null ? 0 : account.size();
        long index = tx.nonce() - state.nonce();
        if (Long.compareUnsigned(index, pooled) > 0) return PoolError.ErrNonceTooHigh;
        PooledBlob old = account == null || index == pooled ? null : account.blobs.get((int) index);
        BigInteger spent = account == null ? BigInteger.ZERO : account.spent;
        if (old != null) spent = spent.subtract(old.cost);
        if (state.balance().compareTo(spent.add(tx.cost())) < 0) {
            return PoolError.ErrInsufficientFunds;
        }
        if (old == null && pooled >= BlobPoolConfig.ACCOUNT_MAX) {
            return PoolError.ErrAccountLimitExceeded;
        }
        if (state.code() == AccountState.Code.CONTRACT) return PoolError.ErrSenderNoEOA;
        boolean delegated = state.hasCode() || authority.test(tx.sender());
        if (delegated && pooled > 0 && !(pooled == 1 && index == 0)) {
            return PoolError.ErrInflightTxLimitReached;
        }
        return old == null || replaces(old, tx) ? null : PoolError.ErrReplaceUnderpriced;
    }

    /// Strictly more in all three fees, and so many percent more.
    private boolean replaces(PooledBlob old, Transaction tx) {
        return more(old.feeCap, tx.feeCap())
                && more(old.tip, tx.tipCap())
                && more(old.blobFeeCap, tx.blobFeeCap());
    }

    private boolean more(BigInteger old, BigInteger offered) {
        BigInteger least =
                old.multiply(BigInteger.valueOf(100L + bump)).divide(BigInteger.valueOf(100));
        return offered.compareTo(old) > 0 && offered.compareTo(least) >= 0;
    }

    /// Stores and places a transaction that [#check] accepted.
    ///
    /// @return why it could not be, or null
    @Nullable PoolError place(Transaction tx, AccountState state, TransactionSource source) {
        Address sender = tx.sender();
        BlobAccount account = content.accounts.get(sender);
        boolean fresh = account == null;
        if (fresh && !content.reservations.hold(sender)) return PoolError.ErrAlreadyReserved;
        PooledBlob blob = content.store(tx, source);
        if (blob == null) {
            if (fresh) content.reservations.release(sender);
            return PoolError.ErrTxPoolOverflow;
        }
        if (account == null) {
            account = new BlobAccount(sender);
            content.accounts.put(sender, account);
        }
        int index = (int) (tx.nonce() - state.nonce());
        if (index < account.size()) {
            PooledBlob old = account.replace(index, blob);
            content.drop(old, BlobDrop.REPLACED);
        } else {
            account.add(blob);
        }
        content.track(blob);
        content.settle(account);
        return null;
    }

    /// The transaction that one would replace; null if its nonce is new.
    @Nullable PooledBlob atNonce(Transaction tx, AccountState state) {
        BlobAccount account = content.accounts.get(tx.sender());
        if (account == null) return null;
        long index = tx.nonce() - state.nonce();
        boolean inside = Long.compareUnsigned(index, account.size()) < 0;
        return inside ? account.blobs.get((int) index) : null;
    }
}
