package org.pollen.node;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.LongSupplier;

/// The last things that happened on a node, for the page. Thread-safe; bounded.
public final class NodeEvents {
    /// Events that are kept.
    public static final int KEPT = 200;

    /// One thing that happened.
    ///
    /// @param seq its number, from 1
    /// @param at milliseconds since 1970
    /// @param kind one word or two
    public record Event(long seq, long at, String kind, String text) {}

    private final LongSupplier wallMillis;
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private long seq;

    NodeEvents(LongSupplier wallMillis) {
        this.wallMillis = wallMillis;
    }

    /// Adds an event; the oldest goes when there are too many.
    public synchronized void add(String kind, String text) {
        if (events.size() == KEPT) events.removeFirst();
        events.add(new Event(++seq, wallMillis.getAsLong(), kind, text));
    }

    /// What is kept, oldest first.
    public synchronized List<Event> list() {
        return List.copyOf(events);
    }
}
