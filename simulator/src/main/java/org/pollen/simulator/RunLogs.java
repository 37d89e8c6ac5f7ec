package org.pollen.simulator;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What is written while a run goes on: its trace, its record, or neither. What is not complete
/// when it is closed is removed.
final class RunLogs implements AutoCloseable {
    private final @Nullable TraceWriter trace;
    private final @Nullable EventLog record;

    /// @param format of the trace; empty for none
    RunLogs(@Nullable Path folder, String format, boolean rpcs, boolean records) {
        trace =
                format.isEmpty() || folder == null
                        ? null
                        : new TraceWriter(folder, TraceWriter.Format.named(format), rpcs);
        record = records && folder != null ? new EventLog(folder) : null;
    }

    Setup.Builder into(Setup.Builder setup) {
        if (trace != null) setup.trace(trace);
        if (record != null) setup.record(record);
        return setup;
    }

    void complete() {
        if (trace != null) trace.complete();
        if (record != null) record.complete();
    }

    @Override
    public void close() {
        try {
            if (trace != null) trace.close();
        } finally {
            if (record != null) record.close();
        }
    }
}
