package org.pollen.node.trace;

import java.nio.file.Path;
import org.pollen.peer.Multiaddr;

/// Where a node's trace goes.
public sealed interface TraceSetup {
    /// To a file.
    ///
    /// @param bytesMax before the file would grow beyond it, it is put aside as `FILE.1`, over an
    ///   earlier one, and begun anew: all in all there is at most twice as much
    record File(Path file, TraceFormat format, long bytesMax) implements TraceSetup {}

    /// To a peer that collects traces.
    ///
    /// @param collector its address, with its peer id
    record Remote(Multiaddr collector) implements TraceSetup {
        /// Checks the address.
        public Remote {
            if (collector.peerId().isEmpty()) {
                throw new IllegalArgumentException(collector + " names no peer id");
            }
        }
    }
}
