package org.pollen.mempool.fetch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.Transaction;

/// Hands the transactions of a message to the pool, a batch at a time, and judges who sent them.
///
/// What a pool refuses for its price is remembered, so that it is not fetched again; a wrong
/// sidecar ends the message, and the transaction does not count as delivered, because its hash does
/// not say what the sidecar must be. Source: mempool specification 8.2.
final class Deliveries {
    static final int BATCH = 128;

    /// What became of a message.
    ///
    /// @param delivered what arrived for good or bad, wrong sidecars apart
    /// @param fault set if the rest of the message was ignored
    /// @param flooded whether a batch held so much nonsense that the peer should be slowed down
    record Result(
            List<AnnouncedTransaction> delivered, @Nullable FetchFault fault, boolean flooded) {}

    private final FetchPool pool;
    private final FetchCounts counts;
    private final RecentHashes underpriced;

    Deliveries(FetchPool pool, FetchCounts counts, RecentHashes underpriced) {
        this.pool = pool;
        this.counts = counts;
        this.underpriced = underpriced;
    }

    Result take(List<Transaction> transactions, boolean reply, long now) {
        counts.mark(reply ? FetchCounter.REPLY_IN : FetchCounter.BROADCAST_IN, transactions.size());
        var delivered = new ArrayList<AnnouncedTransaction>(transactions.size());
        boolean flooded = false;
        for (int from = 0; from < transactions.size(); from += BATCH) {
            int to = Math.min(from + BATCH, transactions.size());
            List<AddOutcome> outcomes = pool.add(transactions.subList(from, to));
            int others = 0;
            for (AddOutcome outcome : outcomes) {
                PoolError error = outcome.error();
                if (sidecarFault(error)) {
                    return new Result(delivered, FetchFault.BAD_SIDECAR, flooded);
                }
                Transaction tx = outcome.tx();
                delivered.add(new AnnouncedTransaction(tx.hash(), tx.type(), tx.size()));
                if (refused(tx, error, reply, now)) others++;
            }
            flooded |= others > (outcomes.size() + 3) / 4;
        }
        return new Result(delivered, null, flooded);
    }

    /// Counts a refusal.
    ///
    /// @return whether it was for another reason than its price or that it is known
    private boolean refused(Transaction tx, @Nullable PoolError error, boolean reply, long now) {
        if (error == null) return false;
        return switch (error) {
            case ErrAlreadyKnown -> {
                mark(reply, FetchCounter.REPLY_KNOWN, FetchCounter.BROADCAST_KNOWN);
                yield false;
            }
            case ErrUnderpriced, ErrReplaceUnderpriced, ErrTxGasPriceTooLow -> {
                underpriced.add(tx.hash(), now);
                mark(reply, FetchCounter.REPLY_UNDERPRICED, FetchCounter.BROADCAST_UNDERPRICED);
                yield false;
            }
            default -> {
                mark(reply, FetchCounter.REPLY_OTHERREJECT, FetchCounter.BROADCAST_OTHERREJECT);
                yield true;
            }
        };
    }

    private void mark(boolean reply, FetchCounter ifReply, FetchCounter ifBroadcast) {
        counts.mark(reply ? ifReply : ifBroadcast, 1);
    }

    private static boolean sidecarFault(@Nullable PoolError error) {
        if (error == null) return false;
        return switch (error) {
            case ErrKZGVerificationError,
                    ErrSidecarFormatError,
                    ErrBlobCommitmentMismatch,
                    ErrMissingSidecar,
                    ErrBlobless ->
                    true;
            default -> false;
        };
    }
}
