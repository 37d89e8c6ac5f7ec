package org.pollen.router;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;

/// What the application has of one message: some of its parts, all, or none yet. Read during
/// [GossipRouter#publishPartial] only.
public interface PartialContent {
    /// Which message it is: known before the message itself is.
    byte[] groupId();

    /// The parts there are, and thereby those that are missing, for other peers to read.
    byte[] metadata();

    /// The parts we have and a peer lacks, encoded, or null if there are none.
    ///
    /// @param metadata what the peer said it has
    /// @throws MalformedException if that cannot be read: the peer is charged
    byte @Nullable [] partsFor(byte[] metadata) throws MalformedException;
}
