/// AutoNAT v2 without I/O: its messages, a server's rates, how peers see us, and what came of
/// asking them to dial us. Streams and sockets are the host's.
///
/// Times are monotonic nanoseconds. Everything read comes from strangers and is bounded. Source:
/// libp2p specifications, "autonat v2"; numbers of go-libp2p.
@NullMarked
package org.pollen.libp2p.autonat;

import org.jspecify.annotations.NullMarked;
