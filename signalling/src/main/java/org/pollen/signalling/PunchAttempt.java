package org.pollen.signalling;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// One peer that is being reached: its addresses, and who asked.
///
/// Source: A8.7.
final class PunchAttempt {
    /// One that asked for it.
    ///
    /// @param relay who passed the request on; null if nobody did
    record Asker(RequestId id, @Nullable PeerId relay) {}

    /// Where it is.
    enum State {
        RESOLVING,
        WAITING_PERMIT,
        PUNCHING
    }

    /// Addresses of one IP and class, which share a permit.
    static final class Group {
        final PunchAttempt attempt;
        final IpKey key;
        final boolean verified;
        final List<Target> targets = new ArrayList<>();
        boolean waiting;
        boolean holds;

        Group(PunchAttempt attempt, IpKey key, boolean verified) {
            this.attempt = attempt;
            this.key = key;
            this.verified = verified;
        }

        boolean ended() {
            return !waiting && !holds;
        }
    }

    /// One address.
    static final class Target {
        final PunchAddress address;
        long[] steps = {};
        int step;
        long startedAt;
        long dial = -1;

        Target(PunchAddress address) {
            this.address = address;
        }

        /// When something is next due, in nanoseconds.
        long dueAt(boolean exhausted) {
            long millis =
                    step < steps.length && !exhausted
                            ? steps[step]
                            : PunchSchedule.deadlineMillis(address.verified());
            return startedAt + millis * Instants.NANOS_PER_MILLI;
        }

        boolean over(long nowNanos) {
            long end = PunchSchedule.deadlineMillis(address.verified()) * Instants.NANOS_PER_MILLI;
            return nowNanos - startedAt >= end;
        }
    }

    final PeerId peer;
    final boolean initiator;
    final @Nullable PeerId relay;
    final long expiresAt;
    final int bytesIn;
    final List<Asker> askers = new ArrayList<>();
    final List<Group> groups = new ArrayList<>();
    State state = State.RESOLVING;
    long resolveUntil;
    int queries;
    int unverifiedOut;
    int verifiedOut;
    boolean exhausted;
    SignalCode why = SignalCode.PUNCH_FAILED;

    PunchAttempt(
            PeerId peer, boolean initiator, @Nullable PeerId relay, long expiresAt, int bytesIn) {
        this.peer = peer;
        this.initiator = initiator;
        this.relay = relay;
        this.expiresAt = expiresAt;
        this.bytesIn = bytesIn;
    }

    /// Takes bytes of the budget; those this node dials on its own account have the large one.
    boolean spend(boolean verified, int bytes) {
        boolean own = verified || initiator;
        int spent = own ? verifiedOut : unverifiedOut;
        if (spent + bytes > (own ? PunchSchedule.VERIFIED_BYTES : bytesIn)) {
            exhausted = true;
            why = SignalCode.BUDGET_EXHAUSTED;
            return false;
        }
        if (own) verifiedOut += bytes;
        else unverifiedOut += bytes;
        return true;
    }

    boolean ended() {
        for (Group group : groups) if (!group.ended()) return false;
        return true;
    }
}
