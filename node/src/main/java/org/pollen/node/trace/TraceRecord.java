package org.pollen.node.trace;

import org.jspecify.annotations.Nullable;
import org.pollen.router.TraceKind;

/// What a reader knows of an event in a trace.
///
/// @param kind null for one that this version does not know
/// @param time Unix, nanoseconds; 0 if the event does not say
/// @param node peer id of the node that wrote it, base58; empty if the event does not say
public record TraceRecord(@Nullable TraceKind kind, long time, String node) {}
