package org.pollen.mempool;

/// Bytes that are no transaction; the sender's fault. Carries no stack trace, since a flood of them
/// must stay cheap.
public final class TransactionRefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final PoolError error;

    /// @param error which rule
    /// @param message what was found
    public TransactionRefusedException(PoolError error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    /// Which rule was broken.
    public PoolError error() {
        return error;
    }
}
