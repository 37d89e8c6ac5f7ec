package org.pollen.router;

/// Which ids were asked for lately: two requests are enough, for as long as a heartbeat. Whom they
/// went to is not kept: who announces an id twice in a heartbeat is asked twice.
///
/// Whoever announces and does not send must not keep us from asking others while they still
/// announce, so an id that has not come by then is asked of everybody, as the references do at
/// once. An id is remembered while gossip offers it, in two generations of that time.
///
/// Source: router specification 6.6; docs/adr/0106-two-peers-are-asked-for-a-heartbeat.md.
final class RequestedIds {
    private static final int ENTRIES_MAX = 100_000;
    private static final long TWO = 1; // the lowest bit; the others are the time of the first

    private final boolean limited;
    private final long patienceNanos;
    private final long keptNanos;
    private KeyTable recent = new KeyTable();
    private KeyTable older = new KeyTable();
    private long turnedAt;

    /// @param limited whether there is a limit at all
    /// @param patienceNanos from when on everybody may be asked
    /// @param keptNanos how long gossip offers an id
    RequestedIds(boolean limited, long patienceNanos, long keptNanos, long now) {
        this.limited = limited;
        this.patienceNanos = patienceNanos;
        this.keptNanos = Math.max(patienceNanos, keptNanos);
        this.turnedAt = now;
    }

    /// Whether another peer may be asked for an id.
    boolean mayAsk(long hi, long lo, long now) {
        if (!limited) return true;
        turn(now);
        long first = find(hi, lo);
        return first == KeyTable.ABSENT
                || (first & TWO) == 0
                || now - (first & ~TWO) >= patienceNanos;
    }

    /// Whether some peer was asked for an id lately.
    boolean wasAsked(long hi, long lo) {
        return limited && find(hi, lo) != KeyTable.ABSENT;
    }

    /// A peer was asked for an id.
    void asked(long hi, long lo, long now) {
        if (!limited) return;
        turn(now);
        long first = find(hi, lo);
        long entry = first == KeyTable.ABSENT ? now & ~TWO : first | TWO;
        if (recent.size() < ENTRIES_MAX || recent.contains(hi, lo)) recent.put(hi, lo, entry);
    }

    private long find(long hi, long lo) {
        long first = recent.get(hi, lo);
        return first == KeyTable.ABSENT ? older.get(hi, lo) : first;
    }

    private void turn(long now) {
        if (now - turnedAt < keptNanos) return;
        boolean longAgo = now - turnedAt >= 2 * keptNanos;
        KeyTable oldest = older;
        older = recent;
        recent = oldest;
        recent.clear();
        if (longAgo) older.clear();
        turnedAt = now;
    }
}
