/// Traces of what a node's router does, for those who analyse them: to a file, or to a peer that
/// collects them; and the reader of such files.
///
/// [TraceQueue] is filled by the router's thread and emptied by the one thread of [TraceService],
/// which owns a [TraceTarget]. Times are nanoseconds, sizes bytes. Everything is bounded, and what
/// does not fit is dropped and counted: a trace never holds up the node.
///
/// Source: router specification 9.8, operations specification 9.
@NullMarked
package org.pollen.node.trace;

import org.jspecify.annotations.NullMarked;
