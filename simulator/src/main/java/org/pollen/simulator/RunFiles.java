package org.pollen.simulator;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which files of a run are written beside its tables.
///
/// @param report whether `report.html` is
/// @param trace `pb`, `ndjson` or `interop`; empty for none
/// @param rpcs whether RPCs are in the trace, most of its volume
/// @param record whether all events are
/// @param parquet whether the tables are written as Parquet, too
record RunFiles(boolean report, String trace, boolean rpcs, boolean record, boolean parquet) {
    static final RunFiles TABLES = new RunFiles(false, "", false, false, false);

    /// @throws IllegalArgumentException if there is no such format of a trace
    RunFiles {
        if (!trace.isEmpty()) TraceWriter.Format.named(trace);
    }

    /// Whether any of them is asked for.
    boolean any() {
        return !equals(TABLES);
    }

    /// What writes while a run goes on.
    RunLogs logs(@Nullable Path folder) {
        return new RunLogs(folder, trace, rpcs, record);
    }

    /// The options that ask for something that goes on while the run does.
    Map<String, Boolean> logged() {
        var options = new LinkedHashMap<String, Boolean>();
        options.put("--trace", !trace.isEmpty());
        options.put("--trace-rpcs", rpcs);
        options.put("--record", record);
        return options;
    }

    /// Writes what a run came to.
    void write(RunFolder made, Path folder) {
        made.write(folder, parquet);
        if (report) RunFolder.write(folder, "report.html", Report.html(java.util.List.of(made)));
    }
}
