/// Hole punching (DCUtR) without I/O: its messages and how two peers behind NATs agree on the
/// moment at which both dial. Sockets and streams are the host's.
///
/// Source: libp2p specifications, "dcutr".
@NullMarked
package org.pollen.libp2p.holepunch;

import org.jspecify.annotations.NullMarked;
