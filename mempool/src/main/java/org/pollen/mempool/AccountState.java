package org.pollen.mempool;

import java.math.BigInteger;

/// An account in the state of some block.
///
/// @param nonce number of transactions it sent, unsigned
/// @param balance wei, not negative
/// @param code what executes when it is called
public record AccountState(long nonce, BigInteger balance, Code code) {
    /// An account nobody used yet.
    public static final AccountState EMPTY = new AccountState(0, BigInteger.ZERO, Code.NONE);

    /// What code an account has.
    public enum Code {
        /// None: a plain account.
        NONE,
        /// A delegation to another account's code (EIP-7702).
        DELEGATION,
        /// A contract, which cannot send transactions (EIP-3607).
        CONTRACT
    }

    /// Checks the balance.
    public AccountState {
        if (balance.signum() < 0) {
            throw new IllegalArgumentException(
                    "balance is " + balance + ": it must not be negative");
        }
    }

    /// Whether the code hash is not that of empty code.
    public boolean hasCode() {
        return code != Code.NONE;
    }
}
