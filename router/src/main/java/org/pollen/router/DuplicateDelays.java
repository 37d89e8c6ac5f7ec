package org.pollen.router;

/// How long after the first copy of a message the others come, for one message in sixteen, chosen
/// by its id.
///
/// A sample, because the time of the first copy would otherwise have to be kept, and looked up, for
/// every message.
final class DuplicateDelays {
    private static final int SAMPLE = 15;
    private static final int HEARTBEATS = 8;
    private static final int ENTRIES_MAX = 4096;

    private KeyTable recent = new KeyTable();
    private KeyTable older = new KeyTable();
    private int heartbeats;

    /// The first copy of a message came.
    void first(long hi, long lo, long now) {
        if ((lo >>> 32 & SAMPLE) == 0 && recent.size() < ENTRIES_MAX) recent.put(hi, lo, now);
    }

    /// Another copy came.
    void observe(RouterMetrics.Topic topic, long hi, long lo, long now) {
        if ((lo >>> 32 & SAMPLE) != 0) return;
        long first = recent.get(hi, lo);
        if (first == KeyTable.ABSENT) first = older.get(hi, lo);
        if (first != KeyTable.ABSENT) topic.duplicateDelaySeconds.observe((now - first) / 1e9);
    }

    /// A heartbeat passed: what is older than eight to sixteen is forgotten.
    void shift() {
        if (++heartbeats % HEARTBEATS != 0) return;
        KeyTable oldest = older;
        older = recent;
        recent = oldest;
        recent.clear();
    }
}
