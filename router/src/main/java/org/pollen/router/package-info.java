/// The bitmask-gossip router: masks, the RPC codec, queues and caches, and the gossip state machine
/// that uses them.
///
/// Everything here is owned by one thread, the router's, except what says otherwise ([RpcDecoder]
/// and [MessageIdentifier] work on a connection's thread, [MessageVerifier] on a validation
/// worker). Time is a `long` of monotonic nanoseconds that the caller passes in; randomness is
/// injected; nothing here reads a clock, starts a thread or touches a socket. Peers, masks and
/// topics are dense `int` handles. Bytes are slices of heap arrays that nobody changes once they
/// were handed over.
///
/// Source: libp2p gossipsub v1.0 to v1.3, BlossomSub 2.0 and 2.1.
@NullMarked
package org.pollen.router;

import org.jspecify.annotations.NullMarked;
