/// Circuit relay v2 without I/O: its messages, vouchers, and the relay's table of reservations and
/// circuits. Sockets and streams are the host's.
///
/// Everything read comes from strangers: sizes and counts are bounded before anything is built.
/// Source: libp2p specifications, "circuit v2"; numbers of go-libp2p.
@NullMarked
package org.pollen.libp2p.relay;

import org.jspecify.annotations.NullMarked;
