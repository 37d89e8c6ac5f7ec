package org.pollen.mempool;

/// The next nonce of each account as a wallet should use it: what is pooled and executable counts
/// as sent. Source: mempool.md 1.5.
///
/// The values live in the accounts; a new epoch forgets them all at once. An account that is not in
/// the pool always answers its state nonce, which is also what every forgotten one falls back to.
final class PendingNonces {
    private long epoch;

    /// @param account its state nonce must be current
    long get(Account account) {
        return account.nonceEpoch == epoch ? account.pendingNonce : account.stateNonce;
    }

    void set(Account account, long nonce) {
        account.nonceEpoch = epoch;
        account.pendingNonce = nonce;
    }

    /// @param account its state nonce must be current
    void setIfLower(Account account, long nonce) {
        if (Long.compareUnsigned(nonce, get(account)) < 0) set(account, nonce);
    }

    void forget(Account account) {
        account.nonceEpoch = -1;
    }

    void forgetAll() {
        epoch++;
    }
}
