package org.pollen.mempool;

/// The state after one block; it does not change.
public interface StateView {
    /// The account at an address; [AccountState#EMPTY] if nobody used it.
    AccountState account(Address address);
}
