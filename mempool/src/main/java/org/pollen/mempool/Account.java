package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Everything the pool knows of one sender; exists while the sender has a transaction here.
final class Account {
    final Address address;

    /// Executable transactions; null when there is none.
    @Nullable NonceList pending;

    /// Queued transactions; null when there is none.
    @Nullable NonceList queue;

    /// Whether this pool holds the address's reservation.
    boolean reserved;

    /// Position among the accounts with executable transactions, or -1.
    int pendingPosition = -1;

    /// Neighbours among the accounts with queued transactions, by heartbeat.
    @Nullable Account olderQueued;

    @Nullable Account newerQueued;
    boolean inHeartbeats;

    /// Last activity while it has queued transactions, monotonic nanoseconds.
    long heartbeat;

    /// State at the head, valid while [#stateEpoch] is the pool's.
    long stateNonce;

    BigInteger balance = BigInteger.ZERO;
    AccountState.Code code = AccountState.Code.NONE;
    long stateEpoch = -1;

    /// Next nonce of a wallet, valid while [#nonceEpoch] is the pool's; else the state nonce.
    long pendingNonce;

    long nonceEpoch = -1;

    /// Whether it is among the accounts to promote in the next run.
    boolean dirty;

    /// The last run whose reset looked at it.
    long visitedInRun;

    /// Whether it is on the list of changes for the next snapshot.
    boolean changed;

    /// Whether the last snapshot holds it, and with which next nonce.
    boolean inSnapshot;

    long shownNonce;

    /// Order of first appearance in the event of the run in progress.
    int eventGroup = -1;

    Account(Address address) {
        this.address = address;
    }

    boolean isEmpty() {
        return pending == null && queue == null;
    }

    /// The executable transactions, where there must be some.
    NonceList pendingOrThrow() {
        return Objects.requireNonNull(pending, "no executable transactions");
    }

    /// The queued transactions, where there must be some.
    NonceList queueOrThrow() {
        return Objects.requireNonNull(queue, "no queued transactions");
    }

    int pendingSize() {
        return pending == null ? 0 : pending.size();
    }

    int queuedSize() {
        return queue == null ? 0 : queue.size();
    }
}
