package org.pollen.node.trace;

import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;

/// How events are written to a file.
public enum TraceFormat {
    /// A JSON object a line.
    NDJSON,
    /// `TraceEvent` messages of go-libp2p-pubsub's schema, each with its length before it.
    PB;

    /// Longest record that is written, and read: a line, or a message with its length.
    public static final int RECORD_BYTES_MAX = 8 << 20;

    /// The event as it is in a file.
    byte[] record(TraceEncoder encoder, TraceEvent event) {
        return switch (this) {
            case NDJSON -> encoder.jsonLine(event);
            case PB -> encoder.protobuf(event);
        };
    }
}
