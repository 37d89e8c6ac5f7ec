package org.pollen.mempool.fetch;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.BlobSidecar;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;

/// What no honest peer sends: found before the pool or the fetcher sees it, answered by a
/// disconnect. Stateless. Source: mempool specification 8.1.
public final class MessageRules {
    /// Most transactions of a message.
    public static final int TRANSACTIONS_MAX = 5000;

    /// Most bytes of a message.
    public static final int BYTES_MAX = 10 * 1024 * 1024;

    /// A reply ends with the transaction that brings it here, bytes.
    public static final int REPLY_BYTES = 2 * 1024 * 1024;

    private MessageRules() {}

    /// Why an announcement of parallel lists is wrong, or null.
    public static @Nullable String announcement(int types, int sizes, List<Hash32> hashes) {
        if (types != hashes.size() || sizes != hashes.size()) {
            return "announces %d types and %d sizes for %d hashes"
                    .formatted(types, sizes, hashes.size());
        }
        if (hashes.size() > TRANSACTIONS_MAX) return "announces " + hashes.size() + " at once";
        return new HashSet<>(hashes).size() < hashes.size() ? "announces a hash twice" : null;
    }

    /// Why a message of transactions is wrong, or null.
    ///
    /// @param reply whether they were asked for
    public static @Nullable String transactions(List<Transaction> transactions, boolean reply) {
        if (transactions.size() > TRANSACTIONS_MAX) {
            return "sends " + transactions.size() + " transactions at once";
        }
        Set<Hash32> seen = new HashSet<>();
        for (Transaction tx : transactions) {
            if (!seen.add(tx.hash())) return "sends a transaction twice in a message";
            String why = tx.type() == Transaction.BLOB ? blob(tx, reply) : null;
            if (why != null) return why;
        }
        return null;
    }

    private static @Nullable String blob(Transaction tx, boolean reply) {
        if (!reply) return "broadcasts a blob transaction";
        BlobSidecar sidecar = tx.sidecar();
        if (sidecar == null) return "sends a blob transaction without its sidecar";
        int hashes = tx.blobHashes().size();
        boolean whole = sidecar.blobs() == hashes && sidecar.commitments().size() == hashes;
        return whole ? null : "sends a blob transaction with another number of blobs";
    }
}
