package org.pollen.router;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What the application tells the router about a topic whose messages travel in parts: how the
/// metadata of its parts is read. Called on the router's thread with bytes that strangers wrote, so
/// it must be quick and must not throw.
///
/// Source: gossipsub v1.3, partial messages; router specification 10.
public interface PartialTopic {
    /// Whether we want parts instead of whole messages; a topic that is registered can always send
    /// them.
    boolean requests();

    /// Whether a partial message makes sense: a known form of group id, parts and metadata of
    /// plausible lengths. What does not is dropped and costs its sender an invalid message.
    boolean accepts(Rpc.PartialMessage message);

    /// The metadata of a peer that had one and gets, or says, another.
    ///
    /// @param older null if there was none
    /// @param newer not to be changed
    /// @return no longer than the longer of the two
    byte[] merge(byte @Nullable [] older, byte[] newer);

    /// A topic whose metadata is a bitmap of the parts one has, of at most so many bytes.
    static PartialTopic bitmap(boolean requests, int bytesMax) {
        return new PartialTopic() {
            @Override
            public boolean requests() {
                return requests;
            }

            @Override
            public boolean accepts(Rpc.PartialMessage message) {
                byte[] metadata = message.partsMetadata();
                return message.groupId().length > 0
                        && (metadata == null || metadata.length <= bytesMax)
                        && (metadata != null || message.partialMessage() != null);
            }

            @Override
            public byte[] merge(byte @Nullable [] older, byte[] newer) {
                if (older == null) return newer.clone();
                byte[] union = Arrays.copyOf(older, Math.max(older.length, newer.length));
                for (int i = 0; i < newer.length; i++) union[i] |= newer[i];
                return union;
            }
        };
    }
}
