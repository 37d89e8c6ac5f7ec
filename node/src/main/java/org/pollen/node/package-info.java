/// One running node: wiring of the pure cores to sockets, clocks, files and people.
///
/// Each core has a [org.pollen.node.CoreLoop] of its own; they meet in bounded queues that refuse
/// and count. Everything a person can mend is an [org.pollen.node.OperatorException].
@NullMarked
package org.pollen.node;

import org.jspecify.annotations.NullMarked;
