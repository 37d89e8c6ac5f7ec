package org.pollen.node.trace;

import java.io.IOException;
import org.pollen.router.TraceEvent;

/// Where the writer puts events. One thread calls it.
interface TraceTarget {
    /// Writes what waits in the queue and fits now; returns soon.
    ///
    /// @param now monotonic nanoseconds
    /// @param last whether the trace ends with it, so that there is nothing to wait for
    /// @throws IOException when there is no use in going on
    void drain(TraceQueue queue, long now, boolean last) throws IOException;

    /// Ends the trace in order, if that is possible without waiting.
    void close();

    /// Counts what becomes of events.
    interface Counts {
        void written(TraceEvent event);

        void dropped(TraceDrop reason, long events);
    }
}
