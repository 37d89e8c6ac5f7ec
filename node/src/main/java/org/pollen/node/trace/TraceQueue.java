package org.pollen.node.trace;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.router.TraceEvent;

/// Events on their way from the router to the writer: bounded by number and by bytes, since what a
/// peer's RPC makes an event hold is up to the peer. When it is full, the newest are refused.
final class TraceQueue {
    /// Most events that wait.
    static final int EVENTS_MAX = 1 << 16;

    /// Most memory of events that wait, roughly.
    static final long BYTES_MAX = 64L << 20;

    private final int eventsMax;
    private final long bytesMax;
    private final ArrayDeque<TraceEvent> events = new ArrayDeque<>();
    private long bytes;

    TraceQueue() {
        this(EVENTS_MAX, BYTES_MAX);
    }

    TraceQueue(int eventsMax, long bytesMax) {
        this.eventsMax = eventsMax;
        this.bytesMax = bytesMax;
    }

    /// Takes an event.
    ///
    /// @return false if there is no room
    boolean offer(TraceEvent event) {
        long weight = weight(event);
        synchronized (this) {
            if (events.size() >= eventsMax || bytes + weight > bytesMax) return false;
            events.add(event);
            bytes += weight;
            return true;
        }
    }

    /// The oldest event, or null.
    synchronized @Nullable TraceEvent poll() {
        TraceEvent event = events.poll();
        if (event != null) bytes -= weight(event);
        return event;
    }

    synchronized int size() {
        return events.size();
    }

    /// What an event holds in memory, roughly: objects and arrays that it alone refers to.
    static long weight(TraceEvent event) {
        return switch (event) {
            case TraceEvent.ReceiveRpc e -> weight(e.meta());
            case TraceEvent.SendRpc e -> weight(e.meta());
            case TraceEvent.DropRpc e -> weight(e.meta());
            default -> 128;
        };
    }

    private static long weight(TraceEvent.RpcMeta meta) {
        return 320
                + ids(meta.messages())
                + 160L * meta.subscriptions().size()
                + ids(meta.ihave())
                + arrays(meta.iwant())
                + 128L * meta.graft().size()
                + 128L * meta.prune().size()
                + arrays(meta.idontwant());
    }

    private static long ids(List<TraceEvent.RpcMeta.Ids> entries) {
        long sum = 0;
        for (TraceEvent.RpcMeta.Ids entry : entries) sum += 192 + arrays(entry.ids());
        return sum;
    }

    private static long arrays(List<byte[]> arrays) {
        long sum = 0;
        for (byte[] array : arrays) sum += 24 + array.length;
        return sum;
    }
}
