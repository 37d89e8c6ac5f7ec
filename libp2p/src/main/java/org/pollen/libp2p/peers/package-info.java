/// Whom to know, whom to dial and whom to let go: the address book, the dial scheduler, the
/// connection manager, and [PeerManager], which drives them for a host.
///
/// All but `PeerManager` are state machines without threads, clocks, sockets or files: they are
/// told the time and answer with what is to be done, so tests run them on a virtual clock.
/// Durations are nanoseconds of a monotonic clock, except in the address book, whose times outlive
/// the process and are milliseconds since 1970.
///
/// Source: libp2p specifications; host.md 12, 16 and 17.
@NullMarked
package org.pollen.libp2p.peers;

import org.jspecify.annotations.NullMarked;
