package org.pollen.mempool.fetch;

import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Transaction;

/// A transaction that became executable and that peers should learn of.
///
/// @param body null if it is only announced, as blob transactions are
public record Outbound(AnnouncedTransaction announced, Address sender, @Nullable Transaction body) {
    /// A transaction of the plain pool, whose sender is known.
    public static Outbound of(Transaction tx) {
        return new Outbound(
                new AnnouncedTransaction(tx.hash(), tx.type(), tx.size()),
                tx.sender(),
                tx.type() == Transaction.BLOB ? null : tx);
    }
}
