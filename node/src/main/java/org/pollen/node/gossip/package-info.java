/// The router on its thread, between the host's streams and the validators.
///
/// Bytes come in on event loops, are decoded there and handed to the router's loop through its
/// bounded inbox; what the router wants sent is drained from its queues as fast as the streams take
/// it. Source: design.md, "The way of a transaction".
@NullMarked
package org.pollen.node.gossip;

import org.jspecify.annotations.NullMarked;
