package org.pollen.mempool;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A block with its transactions.
///
/// @param touched every account whose nonce, balance or code differs between the state before this
///   block and the state after it, or null if the source cannot tell. With it a hardened pool
///   visits only these accounts on a new head, so a missing one would be a stale account
public record Block(
        BlockHeader header, List<Transaction> transactions, @Nullable Set<Address> touched) {
    /// Copies the collections.
    public Block {
        transactions = List.copyOf(transactions);
        // Not Set.copyOf, whose order differs from process to process.
        touched =
                touched == null ? null : Collections.unmodifiableSet(new LinkedHashSet<>(touched));
    }
}
