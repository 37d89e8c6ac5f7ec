package org.pollen.node.chain;

import org.pollen.mempool.Address;
import org.pollen.mempool.StateView;

/// The state after one block, with code.
public interface ChainState extends StateView {
    /// The code of an account; empty if it has none.
    byte[] code(Address address);

    /// Least gas that a call of an account needs besides its intrinsic gas; 0 if nothing runs.
    long gasOfCall(Address address);
}
