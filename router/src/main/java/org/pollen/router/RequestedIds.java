package org.pollen.router;

/// How many peers were asked for an id lately: two are enough until the time in which they must
/// answer is over.
///
/// Two generations of half that time each, so an id is held back for half to all of it and never
/// longer: whoever announces and does not send must not keep us from asking others.
final class RequestedIds {
    private static final int PEERS = 2;
    private static final int ENTRIES_MAX = 100_000;

    private final boolean limited;
    private final long halfNanos;
    private KeyTable recent = new KeyTable();
    private KeyTable older = new KeyTable();
    private long turnedAt;

    RequestedIds(boolean limited, long timeNanos, long now) {
        this.limited = limited;
        this.halfNanos = timeNanos / 2;
        this.turnedAt = now;
    }

    /// Whether another peer may be asked for an id.
    boolean mayAsk(long hi, long lo, long now) {
        if (!limited) return true;
        turn(now);
        return count(recent, hi, lo) + count(older, hi, lo) < PEERS;
    }

    /// Whether some peer was asked for an id lately.
    boolean wasAsked(long hi, long lo) {
        return limited && count(recent, hi, lo) + count(older, hi, lo) > 0;
    }

    /// A peer was asked for an id.
    void asked(long hi, long lo, long now) {
        if (!limited) return;
        turn(now);
        if (recent.size() < ENTRIES_MAX) recent.put(hi, lo, count(recent, hi, lo) + 1);
    }

    private static long count(KeyTable table, long hi, long lo) {
        long count = table.get(hi, lo);
        return count == KeyTable.ABSENT ? 0 : count;
    }

    private void turn(long now) {
        if (now - turnedAt < halfNanos) return;
        boolean longAgo = now - turnedAt >= 2 * halfNanos;
        KeyTable oldest = older;
        older = recent;
        recent = oldest;
        recent.clear();
        if (longAgo) older.clear();
        turnedAt = now;
    }
}
