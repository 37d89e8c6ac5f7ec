package org.pollen.node.trace;

import java.util.Locale;

/// Why an event is not in the trace.
public enum TraceDrop {
    /// The writer was behind and the buffer was full.
    FULL,
    /// The event is larger than a record may be.
    SIZE,
    /// The file could not be written.
    FAILED,
    /// The stream to the collector ended before the event was handed to it, or the node stopped.
    LOST;

    /// The label in metrics.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
