package org.pollen.mempool;

/// Why a transaction left the pool.
public enum DropReason {
    /// Its nonce is used up on the chain: it was included, or another one was.
    MINED("mined"),
    /// Another transaction of the same account and nonce pays enough more.
    REPLACED("replaced"),
    /// The pool was full and it paid least.
    UNDERPRICED("evicted"),
    /// The balance does not cover it any more.
    NO_FUNDS("evicted"),
    /// It does not fit a block any more, by the head's limit or a fork's cap.
    GAS_LIMIT("evicted"),
    /// Its account has too many queued transactions.
    ACCOUNT_QUEUE("evicted"),
    /// All accounts together have too many executable transactions, and its account most of them.
    GLOBAL_SLOTS("evicted"),
    /// All accounts together have too many queued transactions, and its account was idle longest.
    GLOBAL_QUEUE("evicted"),
    /// Its account was idle for too long.
    EXPIRED("expired"),
    /// The minimum tip rose above its tip.
    MIN_TIP("evicted"),
    /// The operator wanted it gone.
    OPERATOR("evicted");

    private final String outcome;

    DropReason(String outcome) {
        this.outcome = outcome;
    }

    /// Value of the label `outcome` of `txpool_residence_seconds`.
    public String outcome() {
        return outcome;
    }
}
