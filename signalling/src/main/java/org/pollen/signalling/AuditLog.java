package org.pollen.signalling;

import java.util.ArrayDeque;
import java.util.List;

/// The last relay envelopes that were accepted, for the operator.
///
/// Source: A11.3.
public final class AuditLog {
    static final int ENTRIES_MAX = 1024;

    /// One of them.
    ///
    /// @param atMillis since 1970
    /// @param relayEnvelope as received
    /// @param requestId of the request inside
    public record Entry(long atMillis, byte[] relayEnvelope, RequestId requestId) {}

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    AuditLog() {}

    void add(Entry entry) {
        if (entries.size() == ENTRIES_MAX) entries.removeFirst();
        entries.addLast(entry);
    }

    /// Oldest first.
    public List<Entry> entries() {
        return List.copyOf(entries);
    }
}
