/// Hosts without sockets: a second implementation of [org.pollen.libp2p.Host], in memory.
///
/// A [MemoryNetwork] joins hosts of one process. What is above the host (gossip, peer manager) runs
/// on it unchanged, so a test of it needs no ports, no handshakes and, with an executor that the
/// test drives, no threads. It keeps every promise of `docs/host-spi.md` and is the shortest
/// example of what an adapter has to do. Nothing is encrypted: not for anything but one process.
@NullMarked
package org.pollen.libp2p.memory;

import org.jspecify.annotations.NullMarked;
