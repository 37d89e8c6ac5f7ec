/// What the host costs over loopback sockets: bytes in bulk, small messages, connections.
@NullMarked
package org.pollen.bench.host;

import org.jspecify.annotations.NullMarked;
