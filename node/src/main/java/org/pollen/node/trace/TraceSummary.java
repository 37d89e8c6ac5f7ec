package org.pollen.node.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.router.TraceKind;

/// What is in a trace.
///
/// @param events how many of each kind, every kind there
/// @param unknown events of kinds that this version does not know
/// @param nodes peer ids of those that wrote it, at most [#NODES_MAX]
/// @param first earliest time, Unix nanoseconds; 0 without events
/// @param last latest time
/// @param torn bytes at the end that are the beginning of an event
public record TraceSummary(
        TraceFormat format,
        Map<TraceKind, Long> events,
        long unknown,
        Set<String> nodes,
        long first,
        long last,
        long torn) {
    /// Most nodes that are told apart.
    public static final int NODES_MAX = 10_000;

    /// Copies the collections, in their order.
    public TraceSummary {
        events = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(events));
        nodes = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(nodes));
    }

    /// All events.
    public long total() {
        return unknown + events.values().stream().mapToLong(Long::longValue).sum();
    }

    /// Reads a file.
    ///
    /// @throws TraceFormatException if it is no trace, or damaged before its end
    public static TraceSummary of(Path file) throws IOException, TraceFormatException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("not a file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return of(in, Files.size(file));
        }
    }

    static TraceSummary of(InputStream in, long size) throws IOException, TraceFormatException {
        var reader = new TraceReader(in, size);
        var events = new EnumMap<TraceKind, Long>(TraceKind.class);
        for (TraceKind kind : TraceKind.values()) events.put(kind, 0L);
        var nodes = new LinkedHashSet<String>();
        long unknown = 0;
        long first = 0;
        long last = 0;
        long count = 0;
        for (@Nullable TraceRecord one; (one = reader.next()) != null; count++) {
            TraceKind kind = one.kind();
            if (kind == null) unknown++;
            else events.merge(kind, 1L, Long::sum);
            if (nodes.size() < NODES_MAX && !one.node().isEmpty()) nodes.add(one.node());
            if (one.time() != 0) {
                first = first == 0 ? one.time() : Math.min(first, one.time());
                last = Math.max(last, one.time());
            }
        }
        if (count == 0 && reader.torn() > 0) {
            throw new TraceFormatException(0, "there is not one whole event in it");
        }
        return new TraceSummary(
                reader.format(), events, unknown, nodes, first, last, reader.torn());
    }
}
